"""What the page shows, to whom, and that nothing hostile gets through."""

import re
from html.parser import HTMLParser

import pytest
import requests

from atvos.monitoring.runbooks import Language
from atvos.web import texts
from local.layout import REPOSITORY
from tests.oncall.worlds import feed_state, overdue_mart
from tests.web.world import HOSTILE, HandMade, Person, client, sample

PAGES = ["/", "/datasets/positions", "/datasets/fct_positions", "/nowhere"]


def text(path: str, language: str = "en", data: HandMade | None = None) -> str:
    answer = client(data).get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200
    return str(answer.text)


def test_the_list_has_the_worst_first_with_words_for_states() -> None:
    page = text("/")
    assert page.index("curated.positions") < page.index("marts.fct_positions")
    assert re.search(r'class="state stale"><span aria-hidden="true">▲</span> stale<', page)
    assert "<strong>1</strong> stale" in page
    assert "<strong>0</strong> unknown" in page
    assert "2025-06-02 06:00" in page


def test_a_feed_has_batches_checks_reasons_samples_docs_and_runs() -> None:
    page = text("/datasets/positions")
    for shown in (
        "<code>0a</code>",
        "valid_ratio",
        "<code>missing:device</code>",
        "positions/a.ndjson",
        '<a href="/atvos/docs/positions/0a">0a</a>',
        '<a data-outside href="/dags/ingest__positions/runs">ingest__positions</a>',
        "docs/runbooks/en/dataset-stale.md",
        "<code>bin/atvos why positions</code>",
    ):
        assert shown in page


def test_a_mart_has_neither_batches_nor_quarantine() -> None:
    page = text("/datasets/fct_positions")
    assert 'id="checks"' in page
    assert 'id="batches"' not in page
    assert 'id="samples"' not in page
    assert '<a data-outside href="/dags/transform__fleet/runs">' in page


def test_what_is_well_has_no_runbook() -> None:
    assert 'id="do"' not in text("/datasets/fct_positions")


def test_a_missed_deadline_is_said_with_its_runbook() -> None:
    page = text("/datasets/fct_positions", data=HandMade(known={"fct_positions": overdue_mart()}))
    assert '<strong class="bad">past its deadline</strong>' in page
    assert "docs/runbooks/en/report-missing.md" in page


def test_a_record_without_a_line_is_said_to_be_withheld() -> None:
    page = text("/datasets/positions", data=HandMade(records=[sample(line=None)]))
    assert "<td>withheld</td>" in page


def test_an_empty_platform_has_pages_too() -> None:
    data = HandMade(known={"positions": feed_state(published=None, batches=())}, records=[])
    assert "No reject in the last 30 days." in text("/datasets/positions", data=data)
    assert "never" in text("/", data=data)
    assert "No dataset that you may see." in text("/", data=HandMade(known={}))


@pytest.mark.parametrize("path", PAGES)
def test_nothing_hostile_is_taken_for_markup(path: str) -> None:
    page = client().get(f"{path}?lang={HOSTILE}").text
    assert HOSTILE not in page
    assert page.count("<script") == 1


def test_hostile_values_are_shown_as_they_are() -> None:
    assert text("/datasets/positions").count("&lt;script&gt;alert(1)&lt;/script&gt;") == 3


@pytest.mark.parametrize("path", PAGES)
def test_pages_ask_no_other_server_and_are_not_stored(path: str) -> None:
    answer = client().get(path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'; ")
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert re.findall(r'(?:src|link rel="stylesheet" href)="([^"]+)"', answer.text) == [
        "/atvos/static/style.css",
        "/atvos/static/frame.js",
    ]
    assert " style=" not in answer.text
    assert " onclick=" not in answer.text


@pytest.mark.parametrize("file", ["style.css", "frame.js"])
def test_style_and_script_need_no_user(file: str) -> None:
    assert client(reader=None).get(f"/static/{file}").status_code == 200


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py"])
def test_only_static_files_are_served_as_such(path: str) -> None:
    assert client().get(path).status_code == 404


class TestLanguage:
    """``?lang=`` comes first, then the browser's, then Portuguese."""

    @pytest.mark.parametrize(
        ("query", "accepted", "language"),
        [
            ("", "", "pt-BR"),
            ("", "fr-FR, de", "pt-BR"),
            ("", "en-GB,pt;q=0.5", "en"),
            ("", "en;q=0.2, pt-BR;q=0.9", "pt-BR"),
            ("", "en;q=x, *;q=0.1", "pt-BR"),
            ("?lang=en", "pt-BR", "en"),
            ("?lang=pt-BR", "en", "pt-BR"),
            ("?lang=xx", "en", "en"),
        ],
    )
    def test_the_language_is_chosen(self, query: str, accepted: str, language: str) -> None:
        page = client().get(f"/{query}", headers={"Accept-Language": accepted}).text
        assert f'<html lang="{language}">' in page

    def test_a_chosen_language_goes_with_the_links(self) -> None:
        assert 'href="/atvos/datasets/positions?lang=en"' in text("/?lang=en", "pt-BR")
        assert 'href="/atvos/datasets/positions"' in text("/", "en")

    def test_portuguese_has_words_of_its_own(self) -> None:
        page = text("/datasets/positions", "pt-BR")
        assert "Amostras da quarentena" in page
        assert "docs/runbooks/pt-BR/dataset-stale.md" in page


class TestUsers:
    """Nobody sees what Airflow would not show them."""

    @pytest.mark.parametrize("path", [*PAGES, "/docs/positions/0a"])
    def test_somebody_unknown_is_sent_to_airflows_login(self, path: str) -> None:
        answer = client(reader=None).get(f"{path}?lang=en")
        assert answer.status_code == 307
        here = f"/atvos{path}?lang=en".replace("/", "%2F").replace("?", "%3F").replace("=", "%3D")
        assert answer.headers["location"] == f"/api/v2/auth/login?next={here}"
        assert answer.text == ""

    def test_a_bad_token_is_refused(self) -> None:
        answer = client(reader=None, code=403).get("/")
        assert answer.status_code == 403
        assert "curated.positions" not in answer.text

    def test_a_dataset_is_seen_by_those_who_may_read_its_dag(self) -> None:
        browser = client(reader=Person(frozenset({"transform__fleet"})))
        page = browser.get("/").text
        assert "marts.fct_positions" in page
        assert "curated.positions" not in page
        assert browser.get("/datasets/fct_positions").status_code == 200
        assert browser.get("/datasets/positions").status_code == 404
        assert browser.get("/docs/positions/0a").status_code == 404


class TestDataDocs:
    """They come from the bucket, and can do nothing in the browser."""

    def test_a_page_is_served_in_a_sandbox(self) -> None:
        answer = client().get("/docs/positions/0a")
        assert answer.text == "<!DOCTYPE html><p>checks</p>"
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("sandbox; default-src 'none'; style-src 'unsafe-inline';")

    @pytest.mark.parametrize(
        "path",
        [
            "/docs/positions/0b",
            "/docs/nothing/0a",
            "/docs/positions/..%2f..%2fbatches",
            "/docs/positions/0a/index.html",
            "/docs/..%2fruns/0a",
        ],
    )
    def test_what_is_no_page_is_not_found(self, path: str) -> None:
        assert client().get(path).status_code == 404


def test_an_unknown_dataset_is_not_found_and_says_so() -> None:
    answer = client().get("/datasets/nothing?lang=en")
    assert answer.status_code == 404
    assert "<h1>Page not found</h1>" in answer.text


def test_data_that_cannot_be_read_is_said_to_be() -> None:
    answer = client(HandMade(error=requests.ConnectionError("secret host"))).get("/?lang=en")
    assert answer.status_code == 503
    assert "<h1>The data cannot be read</h1>" in answer.text
    assert "secret host" not in answer.text


def test_nothing_can_be_written() -> None:
    assert client().post("/").status_code == 405


class Outline(HTMLParser):
    """What a screen reader goes by."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_can_be_read_by_a_screen_reader_and_a_keyboard(path: str) -> None:
    outline = Outline()
    outline.feed(client().get(path).text)
    names = [tag for tag, _ in outline.tags]
    assert names.count("h1") == 1
    assert names.count("main") == 1
    assert next(attrs for tag, attrs in outline.tags if tag == "a")["href"] == "#content"
    assert all(attrs.get("scope") for tag, attrs in outline.tags if tag == "th")
    assert all(attrs.get("href") is not None for tag, attrs in outline.tags if tag == "a")
    ids = [str(attrs["id"]) for _, attrs in outline.tags if attrs.get("id")]
    labels = [
        str(attrs["aria-labelledby"]) for _, attrs in outline.tags if "aria-labelledby" in attrs
    ]
    assert len(ids) == len(set(ids))
    assert set(labels) <= set(ids)


STYLE = (REPOSITORY / "plugins/atvos/web/static/style.css").read_text(encoding="utf-8")


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    digits = colour if len(colour) == 6 else "".join(2 * digit for digit in colour)
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["text", "soft", "link", "fresh", "stale", "unknown", "paused"])
@pytest.mark.parametrize("behind", ["back", "head"])
def test_texts_have_the_contrast_of_wcag_aa(scheme: int, name: str, behind: str) -> None:
    colours = {
        found: re.findall(rf"--{found}: #([0-9a-f]+);", STYLE)[scheme] for found in (name, behind)
    }
    low, high = sorted(map(luminance, colours.values()))
    assert (high + 0.05) / (low + 0.05) >= 4.5


@pytest.mark.parametrize("template", ["index.html", "dataset.html", "problem.html"])
def test_templates_use_no_word_that_there_is_not(template: str) -> None:
    text_ = (REPOSITORY / "plugins/atvos/web/templates" / template).read_text(encoding="utf-8")
    used = set(re.findall(r"\bt\.([a-z_]+)", text_)) - {"get"}
    for language in Language:
        assert used <= set(texts.of(language))
