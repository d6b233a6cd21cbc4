"""Forms let through what they say, and tell everything else with its path."""

from __future__ import annotations

import re

import pytest

from atvos.powerbi.pbir_form import ANY, COLOUR, NUMBER, Form, errors


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("a", str),
        (1, NUMBER),
        (1.5, NUMBER),
        (True, bool),
        ([], [str]),
        (["a", "b"], [str]),
        ("b", {"a", "b"}),
        ("#0B5D4E", COLOUR),
        ({"a": 1}, {"a!": int, "b": int}),
        ({"a": 1, "z": "x"}, {"a": int, "*": str}),
        ({"a": [None]}, {"*": ANY}),
    ],
)
def test_what_has_its_form_is_let_through(value: object, form: Form) -> None:
    assert list(errors(value, form)) == []


@pytest.mark.parametrize(
    ("value", "form", "expected"),
    [
        (1, str, ("", 1, "a text")),
        ("1", NUMBER, ("", "1", "a number")),
        (True, NUMBER, ("", True, "a number")),
        (True, int, ("", True, "a whole number")),
        (1, bool, ("", 1, "true or false")),
        (1, (bool, str), ("", 1, "true, false or a text")),
        ("a", [str], ("", "a", "a list, […]")),
        ([["a"], [1]], [[str]], ("[1][0]", 1, "a text")),
        ("Acending", {"Ascending", "Descending"}, ("", "Acending", "Ascending")),
        ([], {"Ascending"}, ("", [], "Ascending")),
        ("green", COLOUR, ("", "green", "#rrggbb")),
        ([], {"a": str}, ("", [], "an object, {…}")),
        ({"a": {"b": 1}}, {"a": {"b": str}}, ("a.b", 1, "a text")),
        ({"a": {}}, {"a": {"b!": str}}, ("a.b", None, "it is required")),
        ({"nmae": "x"}, {"name": str}, ("key of the file", "nmae", "name")),
        ({"a": {"c": 1}}, {"a": {"b": str}}, ("key of a", "c", "b")),
        ({"a": 1, "z": 2}, {"a": int, "*": str}, ("z", 2, "a text")),
    ],
)
def test_what_has_another_form_is_told_with_its_path(
    value: object, form: Form, expected: tuple[str, object, str]
) -> None:
    assert list(errors(value, form)) == [expected]


def test_everything_that_is_wrong_is_told() -> None:
    value = {"a": [1, "b", 2], "c": {}, "e": "x"}

    found = list(errors(value, {"a": [str], "c": {"d!": str}, "f!": re.compile("x")}))

    assert [where for where, _, _ in found] == ["a[0]", "a[2]", "c.d", "key of the file", "f"]
