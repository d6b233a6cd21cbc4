"""The page says what infra/ grants, and names tests that are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.layout import REPOSITORY
from local.security.__main__ import checks
from tests.infra import configuration, needs
from tests.infra.configuration import Configuration, parse
from tests.infra.needs import Grant

PAGE = REPOSITORY / "docs" / "threat_model.md"
_TABLES = {"this", "dataset_creators", "acts_as"}
"""Resources that are made of the tables of identities.tf."""


def rows(text: str, heading: str) -> Iterator[list[str]]:
    """The cells of the rows of all tables below a heading."""
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and not set(line) <= set("|- "):
            yield cells


def listed(text: str) -> set[Grant]:
    """What the page says of the identities, by its first table."""
    first = text.partition("\nBeside these tables:")[0]
    return {
        (who, what, role.strip("`"))
        for who, role, on in list(rows(first, "Identities"))[1:]
        for what in on.split(", ")
    }


def roles_beside(text: str) -> list[str]:
    """The roles of the second table, sorted."""
    second = "\n## Identities\n" + text.split("\nBeside these tables:")[1]
    return sorted(role.strip("`") for _, role, _ in list(rows(second, "Identities"))[1:])


def given_beside(found: Configuration) -> list[str]:
    """The roles that are given elsewhere than by the tables of identities.tf, sorted."""
    custom = {
        f"${{google_project_iam_custom_role.{name}": body["role_id"]
        for kind, name, body in found.resources()
        if kind == "google_project_iam_custom_role"
    }
    return sorted(
        custom.get(re.split(r"[\[.]id|\[", body["role"])[0], body["role"])
        for kind, name, body in found.resources()
        if kind.endswith("_iam_member") and name not in _TABLES
    )


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def ours() -> Configuration:
    return configuration.load()


def test_the_page_lists_what_each_identity_may_do_and_nothing_else(
    page: str, ours: Configuration
) -> None:
    granted = needs.granted(ours)

    assert sorted(granted - listed(page)) == []
    assert sorted(listed(page) - granted) == []


def test_a_grant_that_the_page_lacks_is_found(page: str, ours: Configuration) -> None:
    less = page.replace("| powerbi | `roles/bigquery.dataViewer` | dataset marts |\n", "")

    assert needs.granted(ours) - listed(less) == {
        ("powerbi", "dataset marts", "roles/bigquery.dataViewer")
    }


def test_the_page_lists_every_role_that_is_given_beside(page: str, ours: Configuration) -> None:
    assert given_beside(ours)
    assert roles_beside(page) == given_beside(ours)


def test_a_role_that_is_given_beside_is_seen() -> None:
    found = parse(
        'resource "google_project_iam_member" "x" {\n  role = "roles/viewer"\n  member = "a"\n}'
    )

    assert given_beside(found) == ["roles/viewer"]


def test_every_test_that_a_threat_names_is_there(page: str) -> None:
    threats = list(rows(page, "Threats"))[1:]

    assert [cells[0] for cells in threats] == [str(n + 1) for n in range(len(threats))]
    for number, _, stops, tested, remains in threats:
        named = re.findall(r"`(tests/[\w/.]+)`", tested)
        assert named, number
        assert [name for name in named if not (REPOSITORY / name).exists()] == [], number
        assert stops, number
        assert remains, number


def test_every_link_leads_somewhere(page: str) -> None:
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", page) if ":" not in target]

    assert targets
    assert [target for target in targets if not (PAGE.parent / Path(target)).exists()] == []


def test_the_page_names_every_check(page: str) -> None:
    assert [cells[0] for cells in rows(page, "Checks")][1:] == list(checks())
