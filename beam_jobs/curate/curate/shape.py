"""Which parts of a JSON object a contract reads, as a tree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from atvos.contract import Column


@dataclass(slots=True)
class Node:
    """What is read of one JSON value.

    Either ``columns`` read the value itself, or something is read of its ``attributes``. Of
    an array of objects, ``elements`` is what is read of each.
    """

    columns: list[Column] = field(default_factory=list)
    attributes: dict[str, Node] = field(default_factory=dict)
    elements: Node | None = None

    @property
    def item(self) -> Column | None:
        """The element of the array that is read here, if it is one."""
        return self.columns[0].items if self.columns else None


def shape(columns: Iterable[Column]) -> Node:
    """What is read of an object by these columns, or by the fields of an array's element."""
    root = Node()
    for column in columns:
        for path in column.sources:
            node = root
            for name in path:
                node = node.attributes.setdefault(name, Node())
            node.columns.append(column)
            if column.items is not None and column.items.fields:
                node.elements = shape(column.items.fields)
    return root
