"""Values that are put into SQL: there are none but those whose letters are known.

BigQuery takes no parameters for names of tables and columns, nor for values in a script of several
statements, so SQL is put together here. What it is put together of is judged by where it stands:

- within quotes: a name that the contract's rules leave no quote in, a hash that was made here, a
  date, or a constant;
- within backticks or bare: names, constants, or pieces of SQL that functions here have made. An
  item of a row, an argument of a command or a parameter that is text is none of these.

Helpers that write lists and literals refuse or escape what they cannot write.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local.layout import REPOSITORY
from local.security.outcome import Outcome, judged

NAME = "values in SQL"
FOLDERS = ("plugins", "dags", "beam_jobs", "local", "bench")

_SQL = re.compile(
    r"\b(SELECT\s|DELETE FROM|INSERT INTO|INSERT \(|UPDATE SET|UPDATE `|MERGE `|DROP TABLE"
    r"|CREATE (OR REPLACE )?(TABLE|SCHEMA|VIEW|TEMP)|ALTER (TABLE|COLUMN)|TRUNCATE|EXPORT DATA"
    r"|DECLARE |BEGIN TRANSACTION|FROM [`(]|WHERE |ON \(|PARTITION BY|ORDER BY|GROUP BY"
    r"|INTERVAL |AS STRING)|[a-z_]+ (=|>|<|>=|<=|IN|BETWEEN|AND|AS) ['(`]|DATE '"
    r"|\A'\0'\Z"  # one literal, for a list of them
)
HELPERS = frozenset(
    {"column_list", "date_list", "text_list", "quote", "isoformat", "_literal", "_number", "_plain"}
)
"""Functions whose result may stand anywhere in SQL: they escape, or refuse."""

NAMED = frozenset({"name", "table_name", "view_name", "table", "column", "change"})
"""Attributes that are names of tables and columns: a contract's rules leave no quote in them."""

TABLES = frozenset({"table", "staged", "staging", "column", "condition"})
"""What parameters are called that hold such a name, or a piece of SQL: not within quotes."""

HASHES = frozenset({"batch_id", "build_id", "replay_id", "restore_id", "work_id", "days"})
"""Attributes and variables that are hexadecimal digits or numbers made by this code."""

KNOWN = frozenset(
    {
        ("plugins/atvos/alter.py", "version"),  # of a contract, like 1.2.0
        ("plugins/atvos/builds.py", "kind"),  # "build" or "backfill", of its callers
        ("plugins/atvos/matching.py", "first"),  # dates
        ("plugins/atvos/matching.py", "last"),
        ("plugins/atvos/publish.py", "max(batch.landed_dates)"),  # a date
        ("plugins/atvos/tables.py", "location"),  # made by text_list
        ("plugins/atvos/publish.py", "safe"),  # letters, digits and _:,.% alone
        ("plugins/atvos/publish.py", "state"),  # "published" or "held", of its callers
        ("plugins/atvos/audit.py", "escaped"),  # of _literal, which has escaped it
        ("plugins/atvos/powerbi/report_freshness.py", "name"),  # of a visual's column, no SQL
        ("local/sample/telemetry_files.py", "part.index"),  # the name of a hostile object, no SQL
        ("bench/latency.py", "place"),  # a number
        ("bench/latency.py", "feed"),  # the name of a feed, of its callers
        ("local/drill/ground.py", "feed"),
    }
)
"""What stands within quotes besides: file and expression."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What is put into SQL: an expression, and the quote that it stands within, if any."""

    file: str
    line: int
    expression: ast.expr
    quote: str
    is_text_from_outside: bool = False

    @property
    def text(self) -> str:
        """The expression as it is written."""
        return ast.unparse(self.expression)


def check(root: Path = REPOSITORY) -> Outcome:
    """Judges every f-string, ``%`` and ``.format`` that makes SQL."""
    pieces = list(all_pieces(root))
    findings = [f"{p.file}:{p.line}: {why}: {{{p.text}}}" for p in pieces if (why := problem(p))]
    return judged(NAME, f"{len(pieces)} names and pieces that SQL is made of looked at", findings)


def all_pieces(root: Path = REPOSITORY) -> Iterator[Piece]:
    """Everything that is put into SQL, in the code that runs."""
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*.py")):
            yield from pieces_of(file.read_text(encoding="utf-8"), str(file.relative_to(root)))


def pieces_of(source: str, file: str) -> Iterator[Piece]:
    """Everything that a module puts into SQL."""
    yield from _below(ast.parse(source), file, frozenset())


def _below(node: ast.AST, file: str, texts: frozenset[str]) -> Iterator[Piece]:
    """The pieces below a node, within functions whose parameters ``texts`` are strings."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            texts |= _text_parameters(node)
        case ast.JoinedStr():
            yield from _formatted(node, file, texts)
        case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str(text))) if _SQL.search(text):
            yield Piece(file, node.lineno, node.right, "%")
    for child in ast.iter_child_nodes(node):
        yield from _below(child, file, texts)


def _text_parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> frozenset[str]:
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return frozenset(
        argument.arg
        for argument in every
        if argument.annotation is not None and "str" in ast.unparse(argument.annotation)
    )


def problem(piece: Piece) -> str | None:
    """Why the piece may not stand where it stands, None where it may."""
    found = piece.expression
    if piece.quote == "%":
        return "SQL is made with %"
    if _is_known(found) or (piece.file, piece.text) in KNOWN:
        return None
    if piece.quote == "'":
        return "a value is put between quotes: make it a parameter"
    if isinstance(found, ast.Name) and found.id in TABLES:
        return None
    if isinstance(found, ast.Subscript) or piece.is_text_from_outside:
        return "a text from outside is put into SQL: make it a parameter"
    return None


def _is_known(found: ast.expr) -> bool:
    """Whether the expression is a name, a hash, a constant, or what a helper has made."""
    match found:
        case ast.Name(id=name):
            return name.isupper() or name in HASHES
        case ast.Attribute(value=owner, attr=name):
            return name in NAMED | HASHES or name.isupper() or _is_known(owner)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="names"))):
            return True
        case ast.BinOp(op=ast.Add() | ast.Sub(), right=ast.Name(id="_DAY")):
            return True  # a date: to a text no timedelta can be added
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in HELPERS
    return False


def _formatted(node: ast.JoinedStr, file: str, from_outside: frozenset[str]) -> Iterator[Piece]:
    texts = [v.value if isinstance(v, ast.Constant) else "\0" for v in node.values]
    whole = "".join(map(str, texts))
    if not _SQL.search(whole):
        return
    before = ""
    for value, text in zip(node.values, texts, strict=True):
        if isinstance(value, ast.FormattedValue):
            quote = next((mark for mark in "'`" if before.count(mark) % 2), "")
            outside = isinstance(value.value, ast.Name) and value.value.id in from_outside
            yield Piece(file, value.lineno, value.value, quote, outside)
        before += str(text)
