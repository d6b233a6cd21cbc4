"""Every alert has a runbook in both languages that names only what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from atvos.cli import app
from atvos.monitoring.runbooks import BASE, HEADINGS, INDEX, Language, file_name, url
from local.layout import REPOSITORY
from tests.monitoring.programs import alerting_rules

FOLDER = REPOSITORY / "docs" / "runbooks"
PAGES = sorted(page for page in FOLDER.glob("*/*.md") if page.name != INDEX)
ALERTS = sorted({rule["alert"] for rule in alerting_rules()})


def commands(group: typer.Typer, prefix: str = "") -> set[str]:
    """Every command of a command line, with its arguments left out."""
    own = {
        prefix + (command.name or str(command.callback and command.callback.__name__))
        for command in group.registered_commands
    }
    groups = [(g.name, g.typer_instance) for g in group.registered_groups]
    return own.union(*(commands(g, f"{prefix}{name} ") for name, g in groups if g))


@pytest.mark.parametrize("language", Language)
def test_every_alert_has_a_page_and_every_page_an_alert(language: Language) -> None:
    pages = {page.name for page in PAGES if page.parent.name == language}

    assert pages == {file_name(alert) for alert in ALERTS}


def test_every_rule_leads_to_its_pages() -> None:
    found = {
        (rule["alert"], rule["annotations"]["runbook_url"], rule["annotations"]["runbook_url_en"])
        for rule in alerting_rules()
    }

    assert found == {(a, url(a, Language.PORTUGUESE), url(a, Language.ENGLISH)) for a in ALERTS}
    assert BASE.endswith("docs/runbooks")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_a_page_has_its_alert_as_title_and_the_headings_of_its_language(page: Path) -> None:
    titles = re.findall(r"^# (.*)$", page.read_text(), re.MULTILINE)
    headings = re.findall(r"^## (.*)$", page.read_text(), re.MULTILINE)

    assert [file_name(title) for title in titles] == [page.name]
    assert tuple(headings) == HEADINGS[Language(page.parent.name)]


@pytest.mark.parametrize("alert", ALERTS)
def test_both_languages_name_the_same_commands_and_pages(alert: str) -> None:
    portuguese, english = (
        (FOLDER / language / file_name(alert)).read_text() for language in Language
    )

    def named(text: str) -> list[str]:
        return sorted(re.findall(r"`atvos [a-z]+(?: (?:check|diff|build))?|\]\([\w./-]+\)", text))

    assert named(portuguese) == named(english)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_every_command_and_page_that_is_named_exists(page: Path) -> None:
    text = " ".join(page.read_text().split())
    known = commands(app)
    named = re.findall(r"`atvos ((?:contract|sql|feed|docs|monitoring) \w+|\w+)", text)
    links = re.findall(r"\]\(([\w./-]+)\)", text)

    assert [command for command in named if command not in known] == []
    assert [link for link in links if not (page.parent / link).is_file()] == []
