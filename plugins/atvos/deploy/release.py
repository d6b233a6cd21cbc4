"""Puts a deploy in place, watches it, and takes it back where Airflow cannot read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

from atvos.deploy import plan
from atvos.deploy.bucket import Bucket
from atvos.deploy.errors import DeployError
from atvos.deploy.history import History, State
from atvos.deploy.lock import Lock
from atvos.deploy.manifest import Entry, Manifest
from atvos.deploy.plan import Step

_AT_ONCE = 8
_Item = TypeVar("_Item")

Contents = Mapping[str, bytes]
"""The content of each object, by its name."""


class Watch(Protocol):
    """Who asks Airflow."""

    def wait(self, manifest: Manifest) -> str | None:
        """Wait until Airflow has read what is in place; what is wrong, None if nothing."""


@dataclass(frozen=True)
class Release:
    """One run, which holds ``lock``. Without a ``watcher`` Airflow is not asked."""

    bucket: Bucket
    lock: Lock
    watcher: Watch | None
    say: Callable[[str], None]

    @property
    def history(self) -> History:
        """The deploys that there were."""
        return History(self.bucket)

    def run(self, manifest: Manifest, contents: Contents) -> None:
        """Put a deploy in place; what is there of it already is not written again.

        ``contents`` may lack what the bucket keeps. DeployError where Airflow cannot read it,
        with the deploy before it in place again.
        """
        self.history.begin(manifest)
        self._put(manifest, contents)
        self.history.note(manifest.deploy_id, State.UPLOADED, "")
        problem = self._problem(manifest)
        if problem is not None:
            self.history.note(manifest.deploy_id, State.FAILED, problem)
            self._take_back(manifest, problem)
        watched = "" if self.watcher else "Airflow was not asked"
        self.history.note(manifest.deploy_id, State.LIVE, watched)
        self.history.make_current(manifest.deploy_id)
        self.history.prune()

    def _put(self, manifest: Manifest, contents: Contents) -> None:
        self._keep(manifest.files, contents)
        todo = plan.make(manifest.files, self.bucket.deployed())
        for phase, steps in todo.phases:
            self.lock.check()
            self.say(f"{phase.name.lower().replace('_', ' ')}: {len(steps)} objects")
            _each(self._do, steps)

    def _keep(self, entries: Iterable[Entry], contents: Contents) -> None:
        """Keep the contents that are not kept yet."""
        new = {entry.sha256: entry for entry in not_kept(self.bucket, entries)}
        lost = [entry.path for entry in new.values() if entry.path not in contents]
        if lost:
            raise DeployError(f"gs://{self.bucket.name} does not keep the content of {lost[0]}")
        if new:
            self.lock.check()
            self.say(f"contents: {len(new)} objects")
        _each(lambda entry: self.bucket.keep(entry, contents[entry.path]), new.values())

    def _do(self, step: Step) -> None:
        if step.entry is None:
            self.bucket.remove(step.path)
        else:
            self.bucket.place(step.entry)

    def _problem(self, manifest: Manifest) -> str | None:
        """What Airflow finds wrong."""
        if self.watcher is None:
            return None
        self.say(f"waiting until Airflow has read {len(manifest.dags)} DAGs")
        return self.watcher.wait(manifest)

    def _take_back(self, manifest: Manifest, problem: str) -> None:
        """Put the deploy before in place. Always a DeployError, which says what came of it."""
        if manifest.previous is None:
            raise DeployError(
                f"{manifest.deploy_id} failed; it stays where it is, as it is the first\n{problem}"
            )
        self.say(f"failed, going back to {manifest.previous}")
        before = self.history.manifest(manifest.previous)
        self._put(before, {})
        after = self._problem(before)
        if after is not None:
            raise DeployError(
                f"{manifest.deploy_id} failed\n{problem}\n"
                f"{before.deploy_id} is in place again, but Airflow is not well\n{after}"
            )
        note = f"back to {before.deploy_id}"
        self.history.note(manifest.deploy_id, State.ROLLED_BACK, note)
        raise DeployError(
            f"{manifest.deploy_id} failed; {before.deploy_id} is in place again, and Airflow "
            f"has read it\n{problem}"
        )


def not_kept(bucket: Bucket, entries: Iterable[Entry]) -> list[Entry]:
    """The entries whose contents the bucket does not keep."""
    kept = bucket.blobs()
    return [entry for entry in entries if kept.get(entry.sha256) != entry.md5]


def _each(do: Callable[[_Item], None], items: Iterable[_Item]) -> None:
    """Do it to all items, several at once. After a failure no other one is begun."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        begun = [pool.submit(do, item) for item in items]
        try:
            for future in begun:
                future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
