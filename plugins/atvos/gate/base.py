"""Reads contracts and models as they stand in a folder, or stood in a git revision."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from atvos import models, names
from atvos.contract import ContractError, Problem, Table, contract_files, load_feed
from atvos.settings import Settings

_GIT_SECONDS = 60


class BaseError(Exception):
    """The base cannot be read: it is no revision and no folder, or its contracts are broken."""


def tables(settings: Settings) -> dict[str, Table]:
    """The working tree's contracts and models by ``dataset.table``.

    ContractError with the problems of all of them. Contracts that are being tried are no
    part of it.
    """
    return _read(_contracts_dir(settings), settings.sql_dir)


def base_tables(base: str, settings: Settings) -> dict[str, Table]:
    """The contracts and models of ``base`` by ``dataset.table``.

    ``base`` is a git revision of the repository that the contracts are in, or else a folder
    that is laid out like it. BaseError says why it cannot be read.
    """
    contracts, sql = _contracts_dir(settings).resolve(), settings.sql_dir.resolve()
    root = Path(os.path.commonpath([contracts, sql]))
    with _tree(base, root, [contracts.relative_to(root), sql.relative_to(root)]) as folder:
        try:
            return _read(folder / contracts.relative_to(root), folder / sql.relative_to(root))
        except ContractError as error:
            problems = [_of_base(problem, folder, base) for problem in error.problems]
            raise BaseError("\n".join(problems)) from None
        except OSError as error:
            raise BaseError(f"{base}: {error}") from None


def _contracts_dir(settings: Settings) -> Path:
    return settings.dags_dir / "contracts"


def _read(contracts: Path, sql: Path) -> dict[str, Table]:
    """Each file is read by itself: what contracts say of each other is no change of a table."""
    found: dict[str, Table] = {}
    problems: list[Problem] = []
    for file in contract_files([contracts]):
        try:
            found[names.curated_table(file.name.partition(".")[0])] = load_feed(file)
        except ContractError as error:
            problems += error.problems
    try:
        loaded = models.load_models(sql)
    except ContractError as error:
        loaded = {}
        problems += error.problems
    if problems:
        raise ContractError(problems)
    return found | {names.mart(name): model for name, model in loaded.items()}


@contextmanager
def _tree(base: str, root: Path, parts: list[Path]) -> Iterator[Path]:
    """A folder that is laid out like ``root`` and has ``parts`` as they were in ``base``."""
    commit = _commit(base, root)
    if commit is None:
        if not Path(base).is_dir():
            raise BaseError(
                f"found {base!r}; valid: a git revision such as origin/main, or a folder that is "
                "laid out like the repository (in CI: has the revision been fetched?)"
            )
        yield Path(base)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, content in _files(commit, root, parts).items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(content)
        yield folder


def _commit(base: str, root: Path) -> str | None:
    """The id of the commit that ``base`` names, None where it names none."""
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}")
    return found.stdout.decode().strip() if found.returncode == 0 else None


def _files(commit: str, root: Path, parts: list[Path]) -> Mapping[PurePosixPath, bytes]:
    """The files below ``parts`` in ``commit``, by their path below ``root``."""
    paths = [str(PurePosixPath(part)) for part in parts]
    listed = _checked(_git(root, "ls-tree", "-r", "-z", "--name-only", commit, "--", *paths))
    wanted = [
        PurePosixPath(name)
        for name in listed.decode().split("\0")
        if name.endswith((".odcs.yaml", "/model.yaml", "/query.sql"))
    ]
    return {path: _checked(_git(root, "show", f"{commit}:./{path}")) for path in wanted}


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = ["git", "-C", str(root), *arguments]
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=_GIT_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BaseError(f"git does not answer: {error}") from None


def _checked(done: subprocess.CompletedProcess[bytes]) -> bytes:
    if done.returncode:
        raise BaseError(f"git: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _of_base(problem: Problem, folder: Path, base: str) -> str:
    """The problem, its file named as one of the base."""
    return str(problem).replace(f"{folder}/", f"{base}:", 1)
