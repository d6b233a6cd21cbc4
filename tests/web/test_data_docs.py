"""Data Docs of an audit: all checks, nothing from other servers, no values."""

import re
from collections.abc import Sequence
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd  # type: ignore[import-untyped]
import pytest

from atvos import data_docs
from atvos.contract import Severity
from atvos.quality import CheckResult, CheckState
from tests.atvos.examples import positions

FEED = positions()
RESULTS = [
    CheckResult("ok", CheckState.PASSED, Severity.ERROR, "0", "0"),
    CheckResult("<b>bold</b>", CheckState.FAILED, Severity.WARNING, "2 & 3", "0", ("device",)),
    CheckResult("lost", CheckState.ERRORED, Severity.ERROR, "no column", "0"),
]


@pytest.fixture(scope="module")
def validations() -> Sequence[Any]:
    """What Great Expectations returns for a column with a null and one with a repeated value."""
    context = gx.get_context(mode="ephemeral")
    frame = pd.DataFrame({"device": ["Ana<script>", "Ana<script>", "B"], "km": [None, 1, 2]})
    frame["trip"] = "T"
    asset = context.data_sources.add_pandas("p").add_dataframe_asset("batch")
    suite = gx.ExpectationSuite(
        name="counted",
        expectations=[
            gxe.ExpectColumnValuesToBeUnique(column="device"),
            gxe.ExpectCompoundColumnsToBeUnique(column_list=["device", "trip"]),
            gxe.ExpectColumnValuesToNotBeNull(column="km"),
            gxe.ExpectColumnValuesToBeUnique(column="gone"),
        ],
    )
    definition = gx.ValidationDefinition(
        name="counted",
        data=asset.add_batch_definition_whole_dataframe("all"),
        suite=context.suites.add(suite),
    )
    found = context.validation_definitions.add(definition).run(
        batch_parameters={"dataframe": frame}, result_format={"result_format": "SUMMARY"}
    )
    return [found]


def test_the_page_has_every_check_escaped_and_what_did_not_pass_first(
    validations: Sequence[Any],
) -> None:
    page = data_docs.render(FEED, "0a", RESULTS, validations)
    assert "<h1>curated.positions, 0a</h1>" in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert page.index(">lost<") < page.index(">ok<")


def test_the_page_has_great_expectations_own_words(validations: Sequence[Any]) -> None:
    page = data_docs.render(FEED, "0a", RESULTS, validations)
    assert "2 unexpected values found." in page
    assert "values must never be null" in page


def test_the_page_needs_no_other_server_and_no_script(validations: Sequence[Any]) -> None:
    page = data_docs.render(FEED, "0a", RESULTS, validations)
    assert re.findall(r"<(?:script|link|img|iframe)\b", page) == []
    assert re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", page) == []


def test_values_that_broke_a_check_are_counted_and_not_shown(validations: Sequence[Any]) -> None:
    page = data_docs.render(FEED, "0a", RESULTS, validations)
    assert "Ana" not in page
    assert "2 unexpected values found." in page


def test_what_great_expectations_returned_is_left_as_it_was(validations: Sequence[Any]) -> None:
    data_docs.render(FEED, "0a", RESULTS, validations)
    assert "Ana<script>" in str(validations[0].results)


class Bucket:
    """A bucket that keeps what is uploaded, or refuses it."""

    def __init__(self, refuses: bool = False) -> None:
        self.refuses = refuses
        self.objects: dict[str, str] = {}

    def bucket(self, _name: str) -> "Bucket":
        return self

    def blob(self, name: str) -> "Bucket":
        self.name = name
        return self

    def upload_from_string(self, text: str, content_type: str) -> None:
        if self.refuses:
            raise PermissionError("no")
        self.objects[self.name] = content_type
        assert text.startswith("<!DOCTYPE html>")


def test_the_page_is_kept_below_the_dataset_and_the_run(validations: Sequence[Any]) -> None:
    bucket: Any = Bucket()
    address = data_docs.keep(bucket, "work", FEED, "0a", RESULTS, validations)
    assert address == "gs://work/data_docs/positions/0a/index.html"
    assert bucket.objects == {"data_docs/positions/0a/index.html": "text/html; charset=utf-8"}


def test_a_bucket_that_refuses_does_not_fail_the_audit(validations: Sequence[Any]) -> None:
    bucket: Any = Bucket(refuses=True)
    assert data_docs.keep(bucket, "work", FEED, "0a", RESULTS, validations) is None


def test_results_that_cannot_be_rendered_do_not_fail_the_audit() -> None:
    bucket: Any = Bucket()
    broken: Any = [object()]
    assert data_docs.keep(bucket, "work", FEED, "0a", RESULTS, broken) is None


def test_an_audit_without_any_expectation_has_a_page_too() -> None:
    assert ">ok<" in data_docs.render(FEED, "0a", RESULTS, [])
