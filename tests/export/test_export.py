"""What ``atvos export`` writes, and what it refuses."""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import CliRunner, Result

from atvos.cli import app
from atvos.export import ExportError, Format, Style, writers
from atvos.export.writers import Sheet, write
from tests.export.conftest import FORMULA, OCCURRENCE, ROWS
from tests.sql.running import Runner

DAYS = ("--from", "2025-06-01", "--to", "2025-06-30")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files go."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def export(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["export", *arguments])


def said(result: Result) -> str:
    return " ".join(result.output.replace("│", " ").split())


def test_a_table_becomes_a_csv_file(marts: Runner, folder: Path) -> None:
    result = export("fct_occurrence")
    assert (result.exit_code, said(result)) == (
        0,
        "wrote fct_occurrence.csv: 2 rows, 17 columns; data as of unknown",
    )
    content = (folder / "fct_occurrence.csv").read_text(encoding="utf-8")
    header, first, second = csv.reader(io.StringIO(content, newline=""))
    assert header == [column.name for column in OCCURRENCE.columns]
    assert dict(zip(header, first, strict=True))["evento"] == FORMULA
    found = dict(zip(header, second, strict=True))
    assert found["evento"] == 'a;b,"c"\nd é'
    assert (found["data"], found["replanejado"], found["causa_raiz"]) == ("2025-06-02", "true", "")
    assert [entry.name for entry in folder.iterdir()] == ["fct_occurrence.csv"]


def test_a_brazilian_excel_can_open_the_csv_file(marts: Runner, folder: Path) -> None:
    export("marts.fct_fleet_month_cost", "--decimal", "comma")
    content = (folder / "fct_fleet_month_cost.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfmes;frota;")
    assert b";1234,5;" in content
    export("fct_occurrence", "--decimal", "comma")
    assert f"'{FORMULA}".replace('"', '""') in (folder / "fct_occurrence.csv").read_text("utf-8")


def test_days_are_chosen(marts: Runner, folder: Path) -> None:
    result = export("fct_occurrence", "--from", "2025-06-02", "--to", "2025-06-02")
    assert "1 rows" in said(result)
    assert "UAT" not in (folder / "fct_occurrence.csv").read_text()


def test_a_table_becomes_a_workbook_without_formulas(marts: Runner, folder: Path) -> None:
    result = export("fct_occurrence", "--format", "xlsx", *DAYS)
    assert result.exit_code == 0, result.output
    book = openpyxl.load_workbook(folder / "fct_occurrence.xlsx")
    rows = list(book["fct_occurrence"].iter_rows(values_only=True))
    header = [str(name) for name in rows[0]]
    first = dict(zip(header, rows[1], strict=True))
    assert len(rows) == 3
    assert (first["data"], first["tempo_atraso_min"]) == (datetime.fromisoformat("2025-06-01"), 25)
    cell = book["fct_occurrence"].cell(2, header.index("evento") + 1)
    assert (cell.value, cell.data_type) == (FORMULA, "s")
    about = {row[0]: row[1] for row in book["sobre"].iter_rows(values_only=True)}
    assert about["tabela"] == "marts.fct_occurrence"
    assert about["dados até"] == "unknown"
    assert about["tempo_atraso_min"] == "Delay that it caused (minutes)."


def test_a_table_becomes_parquet_with_its_types(marts: Runner, folder: Path) -> None:
    export("fct_occurrence", "--format", "parquet", "-o", "x.parquet")
    found = parquet.read_table(folder / "x.parquet")
    assert found.schema.field("data").type == pa.date32()
    assert found.schema.field("tempo_atraso_min").type == pa.int64()
    assert found["evento"].to_pylist() == [row["evento"] for row in ROWS]


def test_a_table_without_rows_becomes_a_file_with_columns(marts: Runner, folder: Path) -> None:
    for format_ in Format:
        result = export("fct_occurrence", "--format", format_, "--from", "2030-01-01")
        assert "0 rows" in said(result)
    assert parquet.read_table(folder / "fct_occurrence.parquet").num_columns == 17
    assert (folder / "fct_occurrence.csv").read_text().count("\n") == 1


def test_a_dry_run_shows_the_query_and_writes_nothing(marts: Runner, folder: Path) -> None:
    result = export("fct_occurrence", "--dry-run")
    assert result.exit_code == 0
    assert "WHERE `data` BETWEEN @first AND @last" in said(result)
    assert "nothing was written" in said(result)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rpt_d2",), "no table 'rpt_d2'; valid: rpt_d1"),
        (("staging.x",), "no table 'staging.x'; valid: curated.app_logs,"),
        (("rpt_d1; DROP TABLE x",), "no table 'rpt_d1; DROP TABLE x'"),
        (("dim_unit", "--from", "2025-06-01"), "marts.dim_unit has no days; valid: neither"),
        (("rpt_d1", "--from", "2025-06-02", "--to", "2025-06-01"), "--to=2025-06-01 is before"),
        (("rpt_d1", "--format", "doc"), "'doc' is not one of 'csv', 'xlsx', 'parquet'"),
        (("rpt_d1", "-o", "there.csv"), "there.csv is there already; valid: another --output"),
        (("rpt_d1", "-o", "no/where.csv"), "no: no such folder"),
        (("rpt_d1", "-o", "."), ". is a folder; valid: --output with the name of a file"),
    ],
)
def test_what_cannot_be_exported_is_refused_with_what_can(
    folder: Path, arguments: tuple[str, ...], message: str
) -> None:
    (folder / "there.csv").write_text("mine")
    result = export(*arguments)
    assert result.exit_code == 2
    assert message in said(result)
    assert (folder / "there.csv").read_text() == "mine"


def test_a_table_that_is_not_there_ends_with_one_and_leaves_no_file(
    marts: Runner, folder: Path
) -> None:
    marts.drop("marts.fct_occurrence")
    result = export("fct_occurrence")
    assert result.exit_code == 1
    assert said(result).startswith("BigQuery: ")
    assert list(folder.iterdir()) == []


def batch(rows: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"n": list(range(rows))})


def test_more_rows_than_a_sheet_holds_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "_SHEET_ROWS", 10)
    sheet = Sheet("t", OCCURRENCE.columns[:1], [])
    with pytest.raises(ExportError, match=r"more than 9 rows .* valid: fewer days"):
        write(folder / "t.xlsx", Format.XLSX, Style.POINT, sheet, [batch(6), batch(6)])
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("format_", Format)
def test_a_file_is_whole_or_it_is_not_there(folder: Path, format_: Format) -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        yield batch(3)
        raise OSError(28, "No space left on device")

    file = folder / f"t.{format_}"
    file.write_text("before")
    sheet = Sheet("t", OCCURRENCE.columns[:1], [])
    with pytest.raises(OSError, match="No space left"):
        write(file, format_, Style.POINT, sheet, broken())
    assert file.read_text() == "before"
    assert list(folder.iterdir()) == [file]


def test_days_of_a_workbook_are_those_of_sao_paulo(folder: Path) -> None:
    instant = datetime.fromisoformat("2025-06-02T01:30:00+00:00")
    rows = pa.RecordBatch.from_pydict({"at": [instant], "day": [date(2025, 6, 2)]})
    columns = [OCCURRENCE.by_name["data"]] * 2
    write(folder / "t.xlsx", Format.XLSX, Style.POINT, Sheet("t", columns, []), [rows])
    (_, row) = openpyxl.load_workbook(folder / "t.xlsx")["t"].iter_rows(values_only=True)
    assert row == tuple(map(datetime.fromisoformat, ("2025-06-01T22:30", "2025-06-02")))
