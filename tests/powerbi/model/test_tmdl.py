"""The reader of TMDL: objects, properties, expressions, and what it refuses."""

from pathlib import Path

import pytest

from atvos.powerbi import tmdl
from atvos.powerbi.tmdl import TmdlError

TABLE = """\
/// What each vehicle drove,
/// by day.
table 'Dia do veículo'
\tlineageTag: x

\t/// Distance.
\tmeasure 'Km d''água' =
\t\t\tVAR A = 1

\t\t\tRETURN
\t\t\t    A
\t\tformatString: #,0
\t\tisHidden

\tcolumn dia
\t\tformatString: "a ""km"" b"
\t\tsourceColumn: dia

\tpartition p = m
\t\tmode: import
\t\tsource =
\t\t\t\tlet
\t\t\t\t    a = 1
\t\t\t\tin
\t\t\t\t    a

\tannotation Note = a = b
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with one table."""
    file = tmp_path / "table.tmdl"
    file.write_text(TABLE, encoding="utf-8")
    return file


def test_objects_have_their_names_lines_and_descriptions(file: Path) -> None:
    (table,) = tmdl.read(file).of("table")
    assert (table.name, table.line) == ("Dia do veículo", 3)
    assert table.description == "What each vehicle drove, by day."
    (measure,) = table.of("measure")
    assert (measure.name, measure.line, measure.description) == ("Km d'água", 7, "Distance.")


def test_an_expression_of_several_lines_keeps_them_and_says_where_it_starts(file: Path) -> None:
    (table,) = tmdl.read(file).of("table")
    (measure,) = table.of("measure")
    assert measure.value.text == "VAR A = 1\n\nRETURN\n    A"
    assert measure.value.line == 8
    assert measure.text("formatString") == "#,0"
    assert measure.flag("isHidden")
    (partition,) = table.of("partition")
    assert partition.properties["source"].text == "let\n    a = 1\nin\n    a"
    assert partition.properties["source"].line == 22


def test_a_text_in_quotes_is_read_without_them(file: Path) -> None:
    (table,) = tmdl.read(file).of("table")
    assert table.of("column")[0].text("formatString") == 'a "km" b'
    assert table.notes() == {"Note": "a = b"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("\t\tisHidden", "\t\tisHiden", "isHidden"),
        ("\tcolumn dia", "\tcolumn", "column and a name"),
        ("\tpartition p = m", "\tperspective p", "annotation"),
        ("\t\tmode: import", "\t  mode: import", "2 tabs"),
        ("\t\tmode: import", "\t\t\t\tmode: import", "2 tabs"),
        ("\tlineageTag: x", "\tlineageTag: x\n\tlineageTag: y", "each property once"),
        ("\tannotation Note = a = b\n", "\t/// Of nothing.\n", "an object below"),
        ("\tannotation Note = a = b\n", "\tannotation Note =\n", "an expression"),
    ],
)
def test_what_it_does_not_understand_is_refused(file: Path, old: str, new: str, told: str) -> None:
    file.write_text(TABLE.replace(old, new), encoding="utf-8")
    with pytest.raises(TmdlError, match=rf"table\.tmdl:\d+: .*{told}"):
        tmdl.read(file)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("rpt_d1.dia", ("rpt_d1", "dia")),
        ("'Dia do veículo'.'Km d''água'", ("Dia do veículo", "Km d'água")),
        ("rpt_d1", None),
    ],
)
def test_a_column_is_named_by_its_table(text: str, parts: tuple[str, str] | None) -> None:
    assert tmdl.column_of(text) == parts
