"""What the workers of the environment .venv/zetasql have in common: the library, and its types.

FIELD is ``{"name": "km", "type": "NUMERIC", "repeated": false, "fields": [FIELD, …]}``: a
column, a query parameter, or a field of a STRUCT.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import zetasql.types as zt
from wasmtime import Config
from zetasql.core import wasm_client
from zetasql.core.local_service import ZetaSqlLocalService
from zetasql.types import TypeKind

_CACHE = Path(sys.prefix) / "wasmtime"
_KINDS = {"FLOAT64": TypeKind.TYPE_DOUBLE}
"""Types whose name in GoogleSQL is not their name in the library."""
_NAMES = {kind: name for name, kind in _KINDS.items()}
_POSITION = re.compile(r" \[at (\d+):(\d+)\]$")


def start() -> Any:
    """The library's service, in a second where it has been compiled before."""
    # The library has no setting for it: this is where it asks for its runtime's.
    wasm_client.Config = _caching_config
    return ZetaSqlLocalService.get_instance()


def _caching_config() -> Config:
    """Keeps the compiled library below the environment: it takes 25 seconds to compile."""
    _CACHE.mkdir(exist_ok=True)
    settings = _CACHE / "config.toml"
    settings.write_text(f"[cache]\ndirectory = {json.dumps(str(_CACHE / 'compiled'))}\n")
    config = Config()
    config.cache = str(settings)
    return config


def language() -> zt.LanguageOptions:
    """GoogleSQL as BigQuery speaks it."""
    options = zt.LanguageOptions.maximum_features()
    # BigQuery has it, and the library's "maximum" has not.
    options.enabled_language_features.append(zt.LanguageFeature.FEATURE_ALTER_COLUMN_SET_DATA_TYPE)
    # BigQuery's dialect: no INT32, FLOAT64 is not called DOUBLE.
    options.product_mode = zt.ProductMode.PRODUCT_EXTERNAL
    return options


def table(name: str, fields: Iterable[dict[str, Any]]) -> zt.SimpleTable:
    """A table with these columns."""
    columns = [zt.SimpleColumn(name=field["name"], type=type_of(field)) for field in fields]
    return zt.SimpleTable(name=name, column=columns)


def parameters(fields: Iterable[dict[str, Any]]) -> list[zt.AnalyzerOptions.QueryParameter]:
    """Query parameters of these types."""
    return [zt.AnalyzerOptions.QueryParameter(name=f["name"], type=type_of(f)) for f in fields]


def type_of(field: dict[str, Any]) -> zt.Type:
    """The type of a FIELD."""
    if field["repeated"]:
        element = type_of(field | {"repeated": False})
        return zt.Type(type_kind=TypeKind.TYPE_ARRAY, array_type=zt.ArrayType(element_type=element))
    if field["fields"]:
        inner = [
            zt.StructField(field_name=f["name"], field_type=type_of(f)) for f in field["fields"]
        ]
        return zt.Type(type_kind=TypeKind.TYPE_STRUCT, struct_type=zt.StructType(field=inner))
    name = field["type"]
    return zt.Type(type_kind=_KINDS.get(name) or TypeKind[f"TYPE_{name}"])


def type_name(found: zt.Type) -> str:
    """The type as GoogleSQL writes it, ``ARRAY<STRUCT<km NUMERIC>>``."""
    kind = TypeKind(found.type_kind)
    if kind is TypeKind.TYPE_ARRAY:
        return f"ARRAY<{type_name(found.array_type.element_type)}>"
    if kind is TypeKind.TYPE_STRUCT:
        fields = (f"{f.field_name} {type_name(f.field_type)}" for f in found.struct_type.field)
        return f"STRUCT<{', '.join(fields)}>"
    return _NAMES.get(kind) or kind.name.removeprefix("TYPE_")


def complaint(raw: str) -> tuple[str, tuple[int, int] | None]:
    """What the library says against a statement, and of which line and column.

    >>> complaint("Code: 3, Message: Unrecognized name: km [at 1:8]")
    ('Unrecognized name: km', (1, 8))
    """
    message = raw.partition("Message: ")[2] or raw
    position = _POSITION.search(message)
    if position:
        message = message[: position.start()]
    # Behind the first lines comes every signature that there is, over pages.
    text = " ".join(message.partition("\n  Signature:")[0].split())
    return text, (int(position[1]), int(position[2])) if position else None


def answer(document: dict[str, Any]) -> None:
    """Write a line of the worker's answer."""
    print(json.dumps(document), flush=True)
