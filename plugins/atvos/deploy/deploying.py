"""What `atvos deploy` does, step by step."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from rich.console import Console
from rich.text import Text

from atvos.deploy import candidate, files, lock, manifest, plan, report
from atvos.deploy.bucket import Bucket
from atvos.deploy.candidate import PROD, Candidate
from atvos.deploy.checks import CHECKS, Check
from atvos.deploy.errors import DeployError, RefusedError
from atvos.deploy.history import History, State
from atvos.deploy.lock import Lock
from atvos.deploy.manifest import Manifest, Origin
from atvos.deploy.plan import Plan
from atvos.deploy.release import Release, not_kept
from atvos.deploy.repository import Repository
from atvos.deploy.watch import Patience, Watcher
from atvos.environments import Environment
from atvos.user_clients import storage_client


@dataclass(frozen=True, slots=True)
class Wishes:
    """How it is to be done; ``limit`` is how long Airflow may take, in seconds."""

    dry_run: bool = False
    yes: bool = False
    no_wait: bool = False
    limit: float = 600


@dataclass
class Desk:
    """Deploys of the repository at ``root`` to one environment, by ``owner``."""

    root: Path
    environment: Environment
    owner: str
    console: Console
    checks: tuple[Check, ...] = CHECKS
    patience: Patience = field(default_factory=Patience)

    def deploy(self, wishes: Wishes, *, skip_checks: bool = False) -> None:
        """Deploy the commit that is checked out.

        RefusedError before anything was written, DeployError afterwards.
        """
        if skip_checks and self.environment.name == PROD:
            raise RefusedError(f"--skip-checks: {PROD} gets nothing unchecked")
        self._refuse_unasked(wishes)
        candidate.refuse_unready(self.root, self.environment)
        watcher = self._watcher(wishes)
        origin = self._origin(Repository(self.root).commit())
        self._require_template(origin.commit)
        checks = None if skip_checks else self.checks
        found = candidate.take(self.root, self.environment, origin, checks, self.say)
        with self._locked(wishes, origin.commit) as held:
            self._deploy(found, origin, wishes, Release(self.bucket, held, watcher, self.say))

    def roll_back(self, wishes: Wishes, to: str | None) -> None:
        """Put an earlier deploy in place again, as a deploy of its own. Raises as ``deploy``."""
        self._refuse_unasked(wishes)
        watcher = self._watcher(wishes)
        target = self.history.target(to) if to else self.history.target_of_rollback()
        self._require_template(target.commit)
        lost = not_kept(self.bucket, target.files)
        if lost:
            raise RefusedError(f"{target.deploy_id}: the content of {lost[0].path} is not kept")
        with self._locked(wishes, target.commit) as held:
            origin = self._origin(target.commit)
            wanted = manifest.new(
                origin, target.files, target.dags, target.previous, target.deploy_id
            )
            if self._confirmed(wanted, wishes):
                release = Release(self.bucket, held, watcher, self.say)
                release.run(wanted, {files.RELEASE: origin.release()})
                self.say(f"{wanted.deploy_id} is live: it is {target.deploy_id} again")

    def show_history(self) -> None:
        """Print the deploys that are kept."""
        states = self.history.states()
        manifests = {deploy_id: self.history.manifest(deploy_id) for deploy_id in states}
        report.show_history(manifests, states, self.history.current(), self.console)

    def show_status(self) -> None:
        """Print what is deployed. DeployError where the bucket holds something else."""
        held, current = lock.holder(self.bucket), self.history.current()
        if held:
            self.say(lock.described(held, self.environment.name))
        if current is None:
            self.say(f"nothing was deployed to {self.environment.name} yet")
            return
        newest, state = next(iter(self.history.states().items()))
        if newest != current:
            self.say(f"{newest}, which was begun last, is {state}")
        deployed = self.history.manifest(current)
        drift = plan.make(deployed.files, self.bucket.deployed())
        self.say(f"{current} is current: commit {deployed.commit} by {deployed.owner}")
        for step in drift.steps:
            self.say(f"  to {step.action}: {step.path}")
        if drift.steps:
            raise DeployError(
                f"gs://{self.bucket.name} is not as {current} left it: {len(drift.steps)} objects"
            )
        self.say(f"gs://{self.bucket.name} holds just that: {drift.unchanged} objects")

    def unlock(self, owner_was: str) -> None:
        """Remove the lock of a deploy that has died."""
        was = lock.break_lock(self.bucket, self.environment.name, owner_was)
        self.say(f"the lock is removed: {was}")

    @cached_property
    def bucket(self) -> Bucket:
        """The environment's bucket. RefusedError where there is none, or no credentials."""
        from google.auth.exceptions import DefaultCredentialsError

        composer = self.environment.composer
        if composer is None:
            file = self.environment.file
            raise RefusedError(f"{file}: composer: found None: nothing is deployed to it")
        try:
            client = storage_client(self.environment.settings())
        except DefaultCredentialsError:
            valid = "run: gcloud auth application-default login"
            raise RefusedError(f"no Google credentials; {valid}") from None
        return Bucket(client, composer.bucket)

    @property
    def history(self) -> History:
        """The deploys that there were."""
        return History(self.bucket)

    def say(self, line: str) -> None:
        """Print a line."""
        self.console.print(Text(line))

    def _deploy(self, found: Candidate, origin: Origin, wishes: Wishes, release: Release) -> None:
        current = self.history.current()
        wanted = found.manifest(origin, current)
        todo = plan.make(wanted.files, self.bucket.deployed())
        if current and self._is_there(current, origin.commit, todo):
            self.say(f"nothing to do: {current} is this commit, and is live")
        elif self._confirmed(wanted, wishes):
            release.run(wanted, {**found.contents, files.RELEASE: origin.release()})
            self.say(f"{wanted.deploy_id} is live")

    def _is_there(self, current: str, commit: str, todo: Plan) -> bool:
        """Whether the commit is what is there, and nothing was begun since."""
        if todo.changes_code or self.history.manifest(current).commit != commit:
            return False
        newest, state = next(iter(self.history.states().items()))
        return newest == current or state is State.ROLLED_BACK

    def _confirmed(self, wanted: Manifest, wishes: Wishes) -> bool:
        """Show the plan, and ask where prod is meant. Whether it is to be done."""
        todo = plan.make(wanted.files, self.bucket.deployed())
        report.show_plan(todo, wanted, f"gs://{self.bucket.name}", self.console)
        if wishes.dry_run:
            self.say("dry run: nothing was written")
            return False
        if self.environment.name != PROD or wishes.yes:
            return True
        said = self.console.input(f"deploy this to {PROD}? type yes: ")
        if said.strip() != "yes":
            raise RefusedError("not confirmed: nothing was written")
        return True

    def _refuse_unasked(self, wishes: Wishes) -> None:
        must_ask = self.environment.name == PROD and not (wishes.yes or wishes.dry_run)
        if must_ask and not sys.stdin.isatty():
            raise RefusedError(f"{PROD} is asked for, and there is no terminal: say --yes")

    def _watcher(self, wishes: Wishes) -> Watcher | None:
        """Who asks Airflow; None where nobody is to."""
        if wishes.no_wait or wishes.dry_run:
            return None
        composer = self.environment.composer
        url = composer.airflow_url if composer else None
        if url is None:
            raise RefusedError(
                f"{self.environment.file}: composer.airflowUrl: found None: Airflow cannot be "
                "asked what it makes of a deploy; set it, or say --no-wait"
            )
        return Watcher(url, replace(self.patience, limit=wishes.limit))

    def _require_template(self, commit: str) -> None:
        """RefusedError where the curate job could not be launched: its template is not there."""
        dataflow = self.environment.settings(commit).dataflow
        if dataflow is None:
            return
        name, _, blob = dataflow.template.removeprefix("gs://").partition("/")
        if not self.bucket.client.bucket(name).blob(blob).exists():
            raise RefusedError(
                f"{dataflow.template} is not there: publish the template of this commit first "
                f"(atvos template publish --env {self.environment.name})"
            )

    @contextmanager
    def _locked(self, wishes: Wishes, commit: str) -> Iterator[Lock]:
        """Hold the lock; a dry run needs none, as it writes nothing."""
        held = Lock(self.bucket, self.environment.name, self.owner, commit)
        if wishes.dry_run:
            yield held
            return
        with held:
            yield held

    def _origin(self, commit: str) -> Origin:
        return Origin(commit, self.owner, datetime.now(UTC))
