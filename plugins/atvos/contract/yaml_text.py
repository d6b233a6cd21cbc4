"""Turns the text of a contract into plain mappings and lists."""

from __future__ import annotations

from typing import Any

import yaml

_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]  # whichever of the two there is
    """YAML's safe loader, which also refuses a doubled key instead of taking the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping, if no two of its keys are the same."""
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                raise yaml.YAMLError(f"{key.value} is given twice, line {key.start_mark.line + 1}")
            seen.add(key.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


def read(text: str) -> Any:
    """The document that ``text`` holds."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506  # nosec B506: a safe loader
