"""Asks git about the commit that is deployed, and takes its files."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from atvos.deploy import files
from atvos.deploy.errors import RefusedError

_LIMIT_SECONDS = 60
_VERSION = re.compile(r"v\d+\.\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Repository:
    """The working tree at ``root``. RefusedError where git does not answer."""

    root: Path

    def commit(self) -> str:
        """The commit that is checked out, 40 hex digits."""
        return self._text("rev-parse", "HEAD")

    def changes(self) -> list[str]:
        """What differs from the commit, files that are not tracked included, as git says it."""
        return self._text("status", "--porcelain").splitlines()

    def require(self, deploys: str) -> None:
        """RefusedError where the commit is not what may be deployed: ``any``, ``main``, ``tag``.

        Main is the remote's, where there is one.
        """
        commit = self.commit()[:12]
        if deploys == "tag":
            tags = self._text("tag", "--points-at", "HEAD").split()
            if not any(_VERSION.fullmatch(tag) for tag in tags):
                found = ", ".join(tags) or "none"
                raise RefusedError(
                    f"{commit} has no tag of a version: found {found}; valid: one like v1.4.0 "
                    "(git tag v1.4.0; git push origin v1.4.0)"
                )
        elif deploys == "main" and not self._is_on_main():
            raise RefusedError(f"{commit} is not on main: merge it first")

    def _is_on_main(self) -> bool:
        for branch in ("refs/remotes/origin/main", "refs/heads/main"):
            if self._holds("rev-parse", "--verify", "--quiet", branch):
                return self._holds("merge-base", "--is-ancestor", "HEAD", branch)
        return False

    def lay_out(self, folder: Path) -> dict[str, Path]:
        """Write what is deployed of the commit below ``folder`` as it is in the bucket.

        Returns the files by object name. What is not tracked is not among them.
        """
        there = self._text("ls-tree", "--name-only", "HEAD").splitlines()
        asked = [name for name in files.FOLDERS if name in there]
        archive = self._run("archive", "--format=tar", "HEAD", "--", *asked)
        checkout = folder / "checkout"
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(checkout, filter="data")
        return files.lay_out(checkout, folder / "bucket")

    def _text(self, *arguments: str) -> str:
        return self._run(*arguments).decode().strip()

    def _holds(self, *arguments: str) -> bool:
        return self._asked(*arguments).returncode == 0

    def _run(self, *arguments: str) -> bytes:
        answer = self._asked(*arguments)
        if answer.returncode != 0:
            said = answer.stderr.decode(errors="replace").strip()
            raise RefusedError(f"git {arguments[0]} in {self.root}: {said}")
        return answer.stdout

    def _asked(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = ["git", "-C", str(self.root), *arguments]
        try:
            return subprocess.run(command, capture_output=True, check=False, timeout=_LIMIT_SECONDS)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RefusedError(f"git {arguments[0]} in {self.root}: {error}") from None
