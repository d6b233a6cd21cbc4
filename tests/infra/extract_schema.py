"""Takes from the provider's published bindings which arguments and attributes its types have.

    npm pack @cdktf/provider-google@16.12.1      # bindings of hashicorp/google 6.50.0
    tar -xzf cdktf-provider-google-16.12.1.tgz package/.jsii package/package.json
    python -m tests.infra.extract_schema package tests/infra/provider_schema.json

To be run again for another version of the provider, and where infra/ gets a resource of a new
type: only the types that infra/ uses are kept.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.infra import configuration

Schema = dict[str, Any]

_ARGUMENT = re.compile(r"registry\.terraform\.io/providers/\S+#(\w+) ")
# Terraform's own, which the bindings list among the arguments.
_META = frozenset(
    {"connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioners"}
)


def main(package: Path, target: Path) -> None:
    """Write the schema of every type that infra/ uses."""
    types = json.loads((package / ".jsii").read_text(encoding="utf-8"))["types"]
    binding = json.loads((package / "package.json").read_text(encoding="utf-8"))
    found = configuration.load()
    used = {("resource", kind) for kind, _, _ in found.resources()}
    used |= {("data", kind) for kind, _, _ in found.data()}
    lines = {
        mode: ",\n".join(
            f"{json.dumps(kind)}: {json.dumps(_type(types, kind, mode), sort_keys=True)}"
            for found_mode, kind in sorted(used)
            if found_mode == mode
        )
        for mode in ("resource", "data")
    }
    provider = json.dumps(binding["cdktf"]["provider"])
    parts = [f'"provider": {provider}', *(f'"{mode}": {{\n{lines[mode]}\n}}' for mode in lines)]
    target.write_text("{" + ",\n".join(parts) + "}\n", encoding="utf-8")


def _type(types: Mapping[str, Any], kind: str, mode: str) -> Schema:
    words = kind.removeprefix("google_").split("_")
    prefix = ["data", "google"] if mode == "data" else []
    name = "".join(word.capitalize() for word in [*prefix, *words])
    if any(value["name"] == f"{name}AConfig" for value in types.values()):
        name += "A"  # where a block of another type would have the same name
    return {
        "arguments": {
            argument: facts
            for argument, facts in _arguments(types, _only(types, f"{name}Config")).items()
            if argument not in _META
        },
        "attributes": sorted(
            _snake(property_["name"])
            for property_ in types[_only(types, name)]["properties"]
            if not property_["name"].endswith("Input") and not property_.get("static")
        ),
    }


def _only(types: Mapping[str, Any], name: str) -> str:
    found = [fqn for fqn, value in types.items() if value["name"] == name]
    if len(found) != 1:
        raise SystemExit(f"{name}: the bindings have {found or 'nothing'} of that name")
    return found[0]


def _arguments(types: Mapping[str, Any], fqn: str) -> Schema:
    found: Schema = {}
    for property_ in types[fqn].get("properties", []):
        docs = property_.get("docs", {})
        match = _ARGUMENT.search(docs.get("summary", "") + " " + docs.get("remarks", ""))
        name = match[1] if match else _snake(property_["name"])
        found[name] = {"required": not property_.get("optional", False)}
        block = _block(types, property_["type"])
        if block is not None:
            found[name]["block"] = block
    return found


def _block(types: Mapping[str, Any], type_: Mapping[str, Any]) -> Schema | None:
    """The arguments of a block, None where it is an attribute."""
    for part in [type_, *type_.get("union", {}).get("types", [])]:
        fqn = part.get("collection", {}).get("elementtype", part).get("fqn", "")
        if fqn.startswith("@cdktf/provider-google.") and types[fqn]["kind"] == "interface":
            return _arguments(types, fqn)
    return None


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
