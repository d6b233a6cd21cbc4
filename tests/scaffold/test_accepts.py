"""Whatever is in the sample, the proposed contract is valid and accepts what it was made of."""

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atvos.contract import odcs
from atvos.scaffold.samples import read_samples
from tests.scaffold.helpers import csv_text, loaded, ndjson, proposed, verdicts

quick = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

names = st.sampled_from(
    ["id", "ID", "hora saída", "trace.id", "order", "batch_id", "data", "timestamp", "1º", "日",
     "nome", "x" * 80, "lat", "a: b", "#x", "'", '"', "{a}", "- a", "null", "\n", "e-mail", ""]
)  # fmt: skip
dated = st.sampled_from(
    ["2025-02-28", "2025-02-29", "01/02/2025", "13/02/2025", "2025-06-01T10:00:00Z",
     "2025-06-01T10:00:00", "0001-01-01T00:00:00+14:00", "2025-06-01 10:00", "20250601",
     "10:30", "24:00", "9999-12-31T23:59:59-03:00", "01/02/2025 10:00:00", "1749553200123"]
)  # fmt: skip
numeric = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(lambda d: f"{d:f}"),
    st.integers().map(str),
    st.sampled_from(["007", "+5", "1,5", "1.234,56", "1e5", "9" * 15, "9" * 16, "-0", "9" * 400]),
)
plain = st.text(st.characters(codec="utf-8"), max_size=8)
texts = st.one_of(
    plain, dated, numeric, st.sampled_from(["true", "FALSE", "n/a", "-1", "Ana Souza", "a@b.co"])
)
numbers = st.one_of(
    st.integers(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(0, 10**6).map(lambda n: n / 1000),
    st.sampled_from([1749553200123, 1749553200, 2**63, -(2**63), 10**400, 999999999999.999]),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
json_values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=6,
)


@st.composite
def json_records(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Records whose attributes are mostly of one kind each, and have a number that counts them."""
    kinds = [dated, numeric, numbers, texts, st.booleans(), json_values, st.lists(dated)]
    columns = {name: draw(st.sampled_from(kinds)) for name in draw(st.lists(names, max_size=5))}
    count = draw(st.integers(1, 12))
    return [
        {name: draw(st.none() | values) for name, values in columns.items()} | {"seq": number}
        for number in range(count)
    ]


@quick
@given(records=json_records())
def test_every_json_record_is_accepted(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    content = ndjson(records)
    found = proposed(tmp_path, content)
    feed = loaded(tmp_path, found)
    assert odcs.problems(feed.path) == []
    assert list(verdicts(tmp_path, feed, content)) == [()] * len(records)


@st.composite
def csv_tables(draw: st.DrawFn) -> list[list[str]]:
    """A header and rows whose columns are mostly of one kind each."""
    kinds = [dated, numeric, texts, st.sampled_from(["A", "B"])]
    header = ["seq", *draw(st.lists(names, max_size=4))]
    columns = [draw(st.sampled_from(kinds)) for _ in header[1:]]
    return [header] + [
        [f"n{number}", *(draw(st.just("") | values) for values in columns)]
        for number in range(draw(st.integers(1, 12)))
    ]


@quick
@given(
    rows=csv_tables(),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "latin-1"]),
)
def test_every_csv_row_that_could_be_read_is_accepted(
    tmp_path: Path, rows: list[list[str]], delimiter: str, encoding: str
) -> None:
    content = csv_text(rows, delimiter).encode(encoding, "replace")
    found = proposed(tmp_path, content)
    feed = loaded(tmp_path, found)
    sample = read_samples([tmp_path / "sample0"])
    reasons = list(verdicts(tmp_path, feed, content))
    assert odcs.problems(feed.path) == []
    assert reasons.count(()) >= len(sample.records)
    assert len(reasons) - reasons.count(()) <= sum(sample.skipped.values())


def test_a_number_that_no_double_holds_is_a_record_that_cannot_be_read(tmp_path: Path) -> None:
    content = b'{"a": 1e999, "b": "x"}\n{"a": 1, "b": "y"}\n'
    found = proposed(tmp_path, content)
    assert any(finding.startswith("skipped: 1 records") for finding in found.findings)
