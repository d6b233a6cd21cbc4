"""The words of DAX."""

import pytest

from atvos.powerbi.dax import DaxError, Kind, balance, tokens
from atvos.powerbi.dax_check import measures_used


def test_strings_tables_brackets_and_words_are_told_apart() -> None:
    text = """SUM ( 'my table'[a]]b] ) + "it""s" -- [comment]"""
    found = [(token.kind, token.text) for token in tokens(text)]
    assert found == [
        (Kind.WORD, "SUM"),
        (Kind.SIGN, "("),
        (Kind.TABLE, "my table"),
        (Kind.BRACKET, "a]b"),
        (Kind.SIGN, ")"),
        (Kind.SIGN, "+"),
        (Kind.STRING, 'it"s'),
    ]


def test_lines_are_counted_from_0() -> None:
    assert [token.line for token in tokens("VAR A = 1\n/* two\nlines */\nRETURN A")] == [
        *(0, 0, 0, 0),
        *(3, 3),
    ]


@pytest.mark.parametrize("text", ['"open', "[open", "'open", "a § b"])
def test_what_is_no_dax_is_refused(text: str) -> None:
    with pytest.raises(DaxError):
        list(tokens(text))


@pytest.mark.parametrize(("text", "found"), [("( {1) }", ")"), ("(1", "("), ("1}", "}")])
def test_brackets_close_what_they_open(text: str, found: str) -> None:
    with pytest.raises(DaxError) as raised:
        balance(list(tokens(text)))
    assert raised.value.found == found


def test_a_measure_stands_without_a_table_and_a_column_with_one() -> None:
    text = "VAR A = [Km] RETURN IF ( NOT [Viagens] > t[km], 't'[x], [Custo por km] )"
    assert measures_used(text) == {"Km", "Viagens", "Custo por km"}


def test_what_is_no_dax_uses_no_measure() -> None:
    assert measures_used('[Km] + "') == set()
