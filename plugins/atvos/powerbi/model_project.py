"""Whether the files around the model are those of a project that Power BI Desktop opens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from atvos.powerbi.model_parts import Model
from atvos.powerbi.report_places import near, problem
from atvos.powerbi.tmdl import Node

LEVEL = 1601
"""The compatibility level of the database that Power BI Desktop needs for a project."""


def problems(folder: Path, model: Model) -> list[str]:
    """What is wrong with the project in ``folder``, one line each."""
    found = [*_shortcut(folder), *_item(model.folder)]
    if model.level < LEVEL:
        place = f"{model.folder / 'definition' / 'database.tmdl'}:1"
        found.append(problem(place, "compatibilityLevel", model.level, f"{LEVEL} or more"))
    return [*found, *_refs(model), *_tags(model)]


def _json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _shortcut(folder: Path) -> Iterator[str]:
    for file in sorted(folder.glob("*.pbip")) or [folder / "Atvos.pbip"]:
        paths = [each.get("report", {}).get("path") for each in _json(file).get("artifacts", [])]
        if not paths or not all(path and (folder / path).is_dir() for path in paths):
            yield problem(f"{file}:1", "artifacts", paths, "the report's folder, Atvos.Report")


def _item(folder: Path) -> Iterator[str]:
    file = folder / "definition.pbism"
    version = str(_json(file).get("version", ""))
    if not version.startswith("4."):
        yield problem(f"{file}:1", "version", version, "4.0 or more, which TMDL needs")
    file = folder / ".platform"
    kind = _json(file).get("metadata", {}).get("type", "")
    if kind != "SemanticModel":
        yield problem(f"{file}:1", "type", kind, "SemanticModel")


def _refs(model: Model) -> Iterator[str]:
    """``ref`` lines put objects in order: each names one, and each object is named."""
    there = {
        kind: {node.name for node in model.node.of(kind)}
        for kind in ("table", "role", "cultureInfo")
    }
    told = {kind: {name for word, name in model.node.refs if word == kind} for kind in there}
    for kind, names in there.items():
        for name in sorted(told[kind] - names):
            yield problem(model.node.place, f"ref {kind}", name, near(name, names))
        for name in sorted(names - told[kind]):
            yield problem(model.node.place, f"ref {kind}", "none", name)


def _tags(model: Model) -> Iterator[str]:
    """Lineage tags tie reports to objects through renamings: each has one, of its own."""
    seen: dict[str, str] = {}
    for node in _tagged(model.node):
        tag = node.text("lineageTag")
        if not _is_guid(tag):
            yield problem(node.place, f"{node.name}: lineageTag", tag, "a GUID")
        elif tag in seen:
            yield problem(node.place, f"{node.name}: lineageTag", f"that of {seen[tag]}", "its own")
        seen[tag] = node.name


def _tagged(node: Node) -> Iterator[Node]:
    for child in node.children:
        if child.kind in ("table", "column", "measure", "expression"):
            yield child
        yield from _tagged(child)


def _is_guid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
