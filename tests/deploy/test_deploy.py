"""Deploys to a bucket on the emulator, and back."""

import json
import os
import re
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.api_core.exceptions import ServiceUnavailable
from rich.console import Console

from atvos.deploy import checks, command, files
from atvos.deploy.bucket import Bucket
from atvos.deploy.checks import Dags
from atvos.deploy.deploying import Desk, Wishes
from atvos.deploy.errors import DeployError, RefusedError
from atvos.deploy.history import History, State
from atvos.deploy.lock import Lock
from atvos.deploy.manifest import Entry, Manifest, Origin, new
from atvos.deploy.release import Release
from atvos.names import release_tag
from tests.deploy.conftest import DeskOf, Said
from tests.deploy.repository import DAG_FILE, OWNER, Tree

_DAG = re.compile(r'DAG\("(\w+)"')
UNWATCHED = Wishes(no_wait=True)
DEPLOYED = {
    "dags/.airflowignore",
    "dags/contracts/trips.odcs.yaml",
    "dags/first.py",
    "dags/release.json",
    "dags/second.py",
    "dags/sql/marts/rpt_d1/model.yaml",
    "dags/sql/marts/rpt_d1/query.sql",
    "plugins/atvos/__init__.py",
    "plugins/atvos/page.html",
}


@pytest.fixture(autouse=True)
def _dag_files_are_looked_at_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing them takes seconds, and has its own tests."""

    def look(folder: Path, _work: Path, variables: dict[str, str]) -> Dags:
        texts = {f"dags/{file.name}": file.read_text() for file in (folder / "dags").glob("*.py")}
        dags = {found: name for name, text in texts.items() for found in _DAG.findall(text)}
        return Dags(dags, {dag: [release_tag(variables["ATVOS_COMMIT"])] for dag in dags}, {})

    monkeypatch.setattr(checks, "read_dags", look)


@dataclass(frozen=True)
class Recorded(Bucket):
    """A bucket that remembers what was done to it, and breaks before the ``breaks_at``th."""

    done: list[str] = field(default_factory=list)
    breaks_at: int | None = None

    def keep(self, entry: Entry, content: bytes) -> None:
        """Keep a content."""
        self._note(f"keep {entry.path}")
        super().keep(entry, content)

    def place(self, entry: Entry) -> None:
        """Place an object."""
        self._note(f"place {entry.path}")
        super().place(entry)

    def remove(self, name: str) -> None:
        """Remove an object."""
        self._note(f"remove {name}")
        super().remove(name)

    def _note(self, what: str) -> None:
        if self.breaks_at is not None and len(self.done) >= self.breaks_at:
            raise ServiceUnavailable("the line is cut")  # type: ignore[no-untyped-call]
        self.done.append(what)


@dataclass
class Airflow:
    """An Airflow that finds fault with what ``judge`` says."""

    judge: Callable[[Manifest], str | None]

    def wait(self, manifest: Manifest) -> str | None:
        """The fault."""
        return self.judge(manifest)


def _content(bucket: Bucket, name: str) -> str:
    return str(bucket.client.bucket(bucket.name).blob(name).download_as_text())


def _recorded(desk: Desk, bucket: Bucket, breaks_at: int | None = None) -> list[str]:
    recorded = Recorded(bucket.client, bucket.name, breaks_at=breaks_at)
    desk.bucket = recorded
    return recorded.done


def _version(tree: Tree, number: int) -> str:
    return tree.commit({"sql/marts/rpt_d1/query.sql": f"SELECT {number}\n"})


def _query(bucket: Bucket) -> str:
    return _content(bucket, "dags/sql/marts/rpt_d1/query.sql").strip()


def test_the_first_deploy_puts_everything_in_its_place(
    desk_of: DeskOf, bucket: Bucket, tree: Tree
) -> None:
    desk_of().deploy(UNWATCHED)
    assert set(bucket.deployed()) == DEPLOYED
    release = json.loads(_content(bucket, "dags/release.json"))
    assert (release["commit"], release["deployed_by"]) == (tree.git("rev-parse", "HEAD"), OWNER)
    assert _content(bucket, "plugins/atvos/page.html") == "<p>olá</p>\n"


def test_a_dry_run_writes_nothing(desk_of: DeskOf, bucket: Bucket, said: Said) -> None:
    desk_of().deploy(Wishes(dry_run=True))
    assert bucket.listed("") == {}
    assert "9 to add, 0 to change, 0 to remove, 0 unchanged" in said.text
    assert re.search(r"add +dags/contracts/trips.odcs.yaml +12", said.text)


def test_a_stale_file_is_removed_at_the_very_end(
    desk_of: DeskOf, bucket: Bucket, tree: Tree, said: Said
) -> None:
    desk_of().deploy(UNWATCHED)
    tree.commit({"dags/second.py": None, "dags/third.py": DAG_FILE.format(dag_id="third")})
    desk = desk_of()
    done = _recorded(desk, bucket)
    desk.deploy(UNWATCHED)
    assert "dags/second.py" not in bucket.deployed()
    assert done[-3:] == ["place dags/third.py", "place dags/release.json", "remove dags/second.py"]
    assert "1 to add, 1 to change, 1 to remove, 7 unchanged" in said.text


def test_what_nobody_deployed_is_removed_too_but_composers_own_file_stays(
    desk_of: DeskOf, bucket: Bucket
) -> None:
    for name in ("dags/by_hand.py", "dags/airflow_monitoring.py", "data/kept.csv"):
        bucket.write(name, {})
    desk_of().deploy(UNWATCHED)
    assert set(bucket.listed("da")) == {
        *(name for name in DEPLOYED if name.startswith("dags/")),
        "dags/airflow_monitoring.py",
        "data/kept.csv",
    }


def test_a_deploy_that_broke_off_goes_on_where_it_stopped(
    desk_of: DeskOf, bucket: Bucket, tree: Tree
) -> None:
    broken = desk_of()
    before = _recorded(broken, bucket, breaks_at=9 + 4)
    with pytest.raises(ServiceUnavailable):
        broken.deploy(UNWATCHED)
    assert 0 < len(bucket.deployed()) < len(DEPLOYED)
    assert History(bucket).current() is None

    again = desk_of()
    after = _recorded(again, bucket)
    again.deploy(UNWATCHED)
    assert set(bucket.deployed()) == DEPLOYED
    placed = {what for what in before if what.startswith("place")}
    assert placed, "the first run came that far"
    assert placed & set(after) == set(), "what was there already was written again"
    assert [what for what in after if what.startswith("keep")] == ["keep dags/release.json"]
    assert list(History(bucket).states().values()) == [State.LIVE, State.STARTED]


def test_half_of_a_deploy_is_undone_by_a_deploy_of_another_commit(
    desk_of: DeskOf, bucket: Bucket, tree: Tree
) -> None:
    desk_of().deploy(UNWATCHED)
    tree.commit({"dags/a_new_one.py": DAG_FILE.format(dag_id="new"), "dags/first.py": "# none\n"})
    broken = desk_of()
    _recorded(broken, bucket, breaks_at=3 + 1)
    with pytest.raises(ServiceUnavailable):
        broken.deploy(UNWATCHED)
    tree.git("reset", "--quiet", "--hard", "HEAD~1")
    desk_of().deploy(UNWATCHED)
    assert set(bucket.deployed()) == DEPLOYED
    assert "DAG(" in _content(bucket, "dags/first.py")


def test_half_of_a_deploy_is_undone_by_a_rollback(
    desk_of: DeskOf, bucket: Bucket, tree: Tree
) -> None:
    desk_of().deploy(UNWATCHED)
    _version(tree, 2)
    broken = desk_of()
    _recorded(broken, bucket, breaks_at=2 + 1)
    with pytest.raises(ServiceUnavailable):
        broken.deploy(UNWATCHED)
    assert _query(bucket) == "SELECT 2"
    desk_of().roll_back(UNWATCHED, None)
    assert _query(bucket) == "SELECT 1"


def test_the_same_commit_again_is_nothing_to_do(
    desk_of: DeskOf, bucket: Bucket, said: Said
) -> None:
    desk_of().deploy(UNWATCHED)
    desk = desk_of()
    done = _recorded(desk, bucket)
    desk.deploy(UNWATCHED)
    assert done == []
    assert "nothing to do" in said.text
    assert len(History(bucket).states()) == 1


def test_an_object_that_somebody_changed_is_put_right(
    desk_of: DeskOf, bucket: Bucket, said: Said
) -> None:
    desk_of().deploy(UNWATCHED)
    bucket.write("dags/first.py", {"by": "hand"})
    with pytest.raises(DeployError, match=r"is not as .* left it: 1 objects"):
        desk_of().show_status()
    assert "to change: dags/first.py" in said.text
    desk_of().deploy(UNWATCHED)
    assert "DAG(" in _content(bucket, "dags/first.py")
    desk_of().show_status()
    assert f"gs://{bucket.name} holds just that: 9 objects" in said.text


def test_of_two_at_once_the_second_is_refused_and_told_who_is_at_it(
    desk_of: DeskOf, bucket: Bucket
) -> None:
    with Lock(bucket, "dev", "bia@example.com", "c0ffee" * 6 + "c0ff"):
        with pytest.raises(RefusedError) as refused:
            desk_of().deploy(UNWATCHED)
        assert bucket.deployed() == {}
    message = str(refused.value)
    assert "bia@example.com on " in message
    assert "deploys c0ffeec0ffee to dev since 20" in message
    assert "atvos deploy unlock --env dev --owner-was bia@example.com" in message
    desk_of().deploy(UNWATCHED)
    assert set(bucket.deployed()) == DEPLOYED


def test_the_lock_of_a_dead_deploy_is_removed_by_who_knows_whose_it_was(
    desk_of: DeskOf, bucket: Bucket
) -> None:
    Lock(bucket, "dev", "bia@example.com", "0" * 40).__enter__()
    with pytest.raises(RefusedError, match=r"found 'caio'; valid: bia@example\.com"):
        desk_of().unlock("caio")
    desk_of().unlock("bia@example.com")
    with pytest.raises(RefusedError, match="nobody holds the lock of dev"):
        desk_of().unlock("bia@example.com")
    desk_of().deploy(UNWATCHED)


def test_a_deploy_whose_lock_was_broken_stops_before_it_goes_on(bucket: Bucket) -> None:
    made, contents = _small(b"one", "1" * 40, None)
    with Lock(bucket, "dev", OWNER, made.commit) as held:
        bucket.remove("deploys/lock.json")
        with (
            Lock(bucket, "dev", "bia", "2" * 40),
            pytest.raises(DeployError, match="somebody has broken the lock of dev"),
        ):
            Release(bucket, held, None, lambda _: None).run(made, contents)
    assert bucket.deployed() == {}


def test_a_rollback_brings_back_what_was_there_and_a_second_one_goes_further(
    desk_of: DeskOf, bucket: Bucket, tree: Tree
) -> None:
    commits = []
    for number in (1, 2, 3):
        commits.append(_version(tree, number) if number > 1 else tree.git("rev-parse", "HEAD"))
        desk_of().deploy(UNWATCHED)
    desk_of().roll_back(UNWATCHED, None)
    assert _query(bucket) == "SELECT 2"
    assert json.loads(_content(bucket, "dags/release.json"))["commit"] == commits[1]
    desk_of().roll_back(UNWATCHED, None)
    assert _query(bucket) == "SELECT 1"
    with pytest.raises(RefusedError, match="was the first deploy"):
        desk_of().roll_back(UNWATCHED, None)
    newest = next(name for name in History(bucket).states() if name.endswith(commits[2][:12]))
    desk_of().roll_back(UNWATCHED, newest)
    assert _query(bucket) == "SELECT 3"


def test_a_rollback_needs_something_to_go_back_to(desk_of: DeskOf, bucket: Bucket) -> None:
    with pytest.raises(RefusedError, match="nothing was deployed that could be gone back to"):
        desk_of().roll_back(UNWATCHED, None)
    with pytest.raises(RefusedError, match="deploy 'x' is not kept; valid: none"):
        desk_of().roll_back(UNWATCHED, "x")


def test_a_dry_rollback_writes_nothing(desk_of: DeskOf, bucket: Bucket, tree: Tree) -> None:
    desk_of().deploy(UNWATCHED)
    _version(tree, 2)
    desk_of().deploy(UNWATCHED)
    before = bucket.listed("")
    desk_of().roll_back(Wishes(dry_run=True), None)
    assert bucket.listed("") == before


def test_what_airflow_cannot_read_is_taken_back(
    bucket: Bucket, desk_of: DeskOf, said: Said
) -> None:
    good, contents = _small(b"good", "1" * 40, None)
    bad, worse = _small(b"bad", "2" * 40, good.deploy_id)
    airflow = Airflow(lambda m: "dags/a.py cannot be imported" if m.commit[0] == "2" else None)
    with Lock(bucket, "dev", OWNER, good.commit) as held:
        release = Release(bucket, held, airflow, lambda _: None)
        release.run(good, contents)
        with pytest.raises(DeployError, match=r"(?s)is in place again.*dags/a.py cannot be") as at:
            release.run(bad, worse)
    assert bad.deploy_id in str(at.value)
    assert _content(bucket, "dags/a.py") == "good"
    history = History(bucket)
    assert history.states() == {bad.deploy_id: State.ROLLED_BACK, good.deploy_id: State.LIVE}
    assert history.current() == good.deploy_id
    assert history.noted(bad.deploy_id, State.FAILED) == "dags/a.py cannot be imported"
    with pytest.raises(RefusedError, match=f"was never live; valid: {good.deploy_id}"):
        history.target(bad.deploy_id)
    desk_of().show_history()
    assert f"  {bad.deploy_id}  rolled-back  " in said.text
    assert f"* {good.deploy_id}  live " in said.text


def test_an_airflow_that_stays_unwell_is_told_apart(bucket: Bucket) -> None:
    good, contents = _small(b"good", "1" * 40, None)
    bad, worse = _small(b"bad", "2" * 40, good.deploy_id)
    with Lock(bucket, "dev", OWNER, good.commit) as held:
        Release(bucket, held, None, lambda _: None).run(good, contents)
        release = Release(bucket, held, Airflow(lambda m: f"no {m.commit[0]}"), lambda _: None)
        with pytest.raises(DeployError, match=r"(?s)no 2.*in place again, but .* not well\nno 1"):
            release.run(bad, worse)
    assert History(bucket).states()[bad.deploy_id] is State.FAILED


def test_the_first_deploy_has_nothing_to_go_back_to(bucket: Bucket) -> None:
    made, contents = _small(b"bad", "1" * 40, None)
    with (
        Lock(bucket, "dev", OWNER, made.commit) as held,
        pytest.raises(DeployError, match=r"it stays where it is, as it is the first\nno"),
    ):
        Release(bucket, held, Airflow(lambda _: "no"), lambda _: None).run(made, contents)
    assert History(bucket).current() is None


def test_prod_is_asked_for_and_gets_nothing_without_a_yes(
    desk_of: DeskOf, bucket: Bucket, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.git("tag", "v1.0.0")
    answers = ["y", "yes"]
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr(Console, "input", lambda *_: answers.pop(0))
    with pytest.raises(RefusedError, match="not confirmed: nothing was written"):
        desk_of("prod").deploy(UNWATCHED)
    assert bucket.listed("") == {}
    desk_of("prod").deploy(UNWATCHED)
    assert set(bucket.deployed()) == DEPLOYED


def test_the_lock_is_given_back_when_a_ci_system_ends_the_deploy(bucket: Bucket) -> None:
    def deploy() -> None:
        with command._orderly_end(), Lock(bucket, "dev", OWNER, "0" * 40):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)

    with pytest.raises(SystemExit) as ended:
        deploy()
    assert ended.value.code == 1
    assert bucket.listed("") == {}


def test_old_deploys_are_forgotten_and_no_content_that_is_needed(bucket: Bucket) -> None:
    history, ids = History(bucket), []
    with Lock(bucket, "dev", OWNER, "0" * 40) as held:
        release = Release(bucket, held, None, lambda _: None)
        for number in range(4):
            made, contents = _small(f"v{number}".encode(), f"{number}" * 40, history.current())
            release.run(made, contents)
            ids.append(made.deploy_id)
    history.make_current(ids[1])
    bucket.write("deploys/blobs/" + "f" * 64, {"of": "an upload that nobody named"})
    assert history.prune(kept=1) > 0
    assert list(history.states()) == [ids[3], ids[1], ids[0]]
    named = {
        entry.sha256 for name in (ids[3], ids[1], ids[0]) for entry in history.manifest(name).files
    }
    assert set(bucket.blobs()) == named
    assert history.prune(kept=1) == 0


def _small(content: bytes, commit: str, previous: str | None) -> tuple[Manifest, dict[str, bytes]]:
    """A deploy of one DAG file, and its contents."""
    origin = Origin(commit, OWNER, datetime.now(UTC))
    made = new(origin, [Entry.of("dags/a.py", content)], {"a": "dags/a.py"}, previous)
    return made, {"dags/a.py": content, files.RELEASE: origin.release()}
