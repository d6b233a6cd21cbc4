"""Data Docs: a page per batch or build with what Great Expectations found, kept in the bucket.

The page stands alone: no script, nothing from another server, and no values of the rows that
broke a check.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from atvos import names
from atvos.contract import Table
from atvos.quality import CheckResult, CheckState

if TYPE_CHECKING:
    from google.cloud import storage
    from great_expectations.core import ExpectationSuiteValidationResult

FOLDER = "data_docs/"
"""Where the pages stand in the work bucket."""

_LOG = logging.getLogger(__name__)

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>
body { color: #1c1c1c; background: #fff; font: 1rem/1.5 system-ui, sans-serif; margin: 1rem 2rem; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
caption { font-weight: 600; text-align: left; }
td, th { border: 1px solid #6b6b6b; padding: .3rem .6rem; text-align: left; vertical-align: top; }
th { background: #efefef; }
pre, .show-scrollbars { max-width: 70rem; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; }
h2 { font-size: 1.1rem; margin: 1.5rem 0 0; }
td br { display: none; }
td strong { display: block; }
.failed, .errored, .text-danger { color: #a30000; font-weight: 600; }
.fas { font-style: normal; }
.fa-check-circle::before { content: "passed"; color: #1b5e20; }
.fa-times::before { content: "failed"; }
.fa-exclamation-triangle::before { content: "errored"; }
[data-toggle="collapse"] { display: none; }
</style>
</head>
<body>
<main>
<h1>{{ title }}</h1>
<table>
<caption>Checks</caption>
<thead><tr>
<th scope="col">state</th><th scope="col">severity</th><th scope="col">check</th>
<th scope="col">columns</th><th scope="col">observed</th><th scope="col">expected</th>
</tr></thead>
<tbody>
{% for check in checks %}
<tr><td class="{{ check.state.value }}">{{ check.state.value }}</td>
<td>{{ check.severity.value }}</td><th scope="row">{{ check.name }}</th>
<td>{{ check.columns | join(", ") }}</td><td>{{ check.observed }}</td>
<td>{{ check.expected }}</td></tr>
{% endfor %}
</tbody>
</table>
{% for section in sections %}
{% set section_loop = loop %}
{% include "section.j2" %}
{% endfor %}
</main>
</body>
</html>
"""


def object_name(dataset: str, run_id: str) -> str:
    """Where the page of a batch or build stands in the work bucket.

    >>> object_name("trips", "0a")
    'data_docs/trips/0a/index.html'
    """
    return f"{FOLDER}{dataset}/{run_id}/index.html"


def keep(
    client: storage.Client,
    work_bucket: str,
    table: Table,
    run_id: str,
    results: Sequence[CheckResult],
    validations: Sequence[ExpectationSuiteValidationResult],
) -> str | None:
    """Write the page of one audit into the bucket; its address, or None where that failed.

    ``results`` are all checks of the audit, ``validations`` what Great Expectations returned.
    It raises nothing: an audit is not to fail for a page about it.
    """
    name = object_name(table.name, run_id)
    try:
        page = render(table, run_id, results, validations)
        client.bucket(work_bucket).blob(name).upload_from_string(page, "text/html; charset=utf-8")
    except Exception:  # noqa: BLE001 - whatever it is, the audit's verdict is made already
        _LOG.warning("no Data Docs for %s %s", table.name, run_id, exc_info=True)
        return None
    return names.gcs_uri(work_bucket, name)


def render(
    table: Table,
    run_id: str,
    results: Sequence[CheckResult],
    validations: Sequence[ExpectationSuiteValidationResult],
) -> str:
    """The page as HTML. Raises what Great Expectations raises."""
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
    from great_expectations.render.view.view import DefaultJinjaPageView
    from jinja2 import ChoiceLoader, DictLoader

    merged = _merged(table, [result for found in validations for result in found.results])
    document = ValidationResultsPageRenderer().render(merged).to_json_dict()
    environment = DefaultJinjaPageView().env
    # Its own page loads style sheets and scripts from five other servers.
    environment.loader = ChoiceLoader([DictLoader({"page.html": _PAGE}), environment.loader])
    page: str = environment.get_template("page.html").render(
        title=f"{table.layer.value}.{table.name}, {run_id}",
        checks=sorted(results, key=lambda result: result.state is CheckState.PASSED),
        # The first section is about the run, of which the title says enough.
        sections=document["sections"][1:],
        renderer_type=document["renderer_type"],
    )
    # Below the page's own heading there is no level between.
    return page.replace("<h5", "<h2").replace("</h5>", "</h2>")


def _merged(table: Table, found: Sequence[Any]) -> ExpectationSuiteValidationResult:
    """One validation of all results."""
    from great_expectations.core import ExpectationSuiteValidationResult

    passed = sum(bool(result.success) for result in found)
    return ExpectationSuiteValidationResult(
        success=passed == len(found),
        results=[_without_values(result) for result in found],
        suite_name=table.name,
        statistics={
            "evaluated_expectations": len(found),
            "successful_expectations": passed,
            "unsuccessful_expectations": len(found) - passed,
            "success_percent": 100 * passed / len(found) if found else None,
        },
        meta={},
    )


def _without_values(result: Any) -> Any:
    """The result with its counts alone: values may name people, and are not escaped."""
    cleaned = copy.copy(result)
    cleaned.result = {
        key: value
        for key, value in result.result.items()
        if not key.startswith(("partial_unexpected", "unexpected_list", "unexpected_index"))
    }
    cleaned.exception_info = _without_text(result.exception_info)
    return cleaned


def _without_text(info: Any) -> Any:
    """That something was raised, without the message: the list of checks has it, escaped."""
    if not isinstance(info, dict):
        return info
    if "raised_exception" not in info:
        return {key: _without_text(value) for key, value in info.items()}
    return {**info, "exception_message": "see the list above", "exception_traceback": ""}
