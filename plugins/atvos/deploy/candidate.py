"""What a commit would put into the bucket, once it has passed every check."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from atvos import names
from atvos.deploy import checks, files
from atvos.deploy.checks import Check
from atvos.deploy.errors import RefusedError
from atvos.deploy.manifest import Entry, Manifest, Origin, new
from atvos.deploy.repository import Repository
from atvos.environments import Environment

PROD = "prod"
"""The environment that gets nothing unchecked, and nothing that nobody has confirmed."""

_SHOWN_CHANGES = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """A commit's contents by object, and the object of each DAG id."""

    contents: Mapping[str, bytes]
    dags: Mapping[str, str]

    def manifest(self, origin: Origin, previous: str | None) -> Manifest:
        """The manifest of its deploy."""
        entries = [Entry.of(name, content) for name, content in self.contents.items()]
        return new(origin, entries, self.dags, previous)


def refuse_unready(root: Path, environment: Environment) -> None:
    """RefusedError where the working tree is not one to deploy from."""
    repository = Repository(root)
    changes = repository.changes()
    if changes:
        shown = "\n".join(f"  {line}" for line in changes[:_SHOWN_CHANGES])
        raise RefusedError(f"{root} differs from its commit: commit or remove this first\n{shown}")
    if environment.composer is not None:
        repository.require(environment.composer.deploys)


def take(
    root: Path,
    environment: Environment,
    origin: Origin,
    chosen: tuple[Check, ...] | None,
    say: Callable[[str], None],
) -> Candidate:
    """What the commit that is checked out would deploy.

    RefusedError where it does not pass one of the ``chosen`` checks, or its DAG files cannot be
    imported; with None as checks that is only told.
    """
    variables = {**environment.variables, "ATVOS_COMMIT": origin.commit}
    say("checking: DAG files")
    with tempfile.TemporaryDirectory(prefix="atvos-deploy-") as folder:
        work = Path(folder)
        found = Repository(root).lay_out(work)
        contents = {name: file.read_bytes() for name, file in found.items()}
        (work / "bucket" / files.RELEASE).write_bytes(origin.release())
        dags = checks.read_dags(work / "bucket", work, variables)
    checks.require_importable(dags, say if chosen is None else None)
    checks.require_tag(dags, names.release_tag(origin.commit))
    for check in chosen or ():
        say(f"checking: {check.name}")
        checks.run(check, root, variables)
    return Candidate(contents, dags.files)
