"""What a running stack leaves on disk for other processes: ``stack.json``."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from local.errors import StackError
from local.ports import Ports
from local.services import Service

_FILE_NAME = "stack.json"


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process for certain: its number, and when it started, as numbers are used again."""

    pid: int
    started: float


@dataclass(frozen=True, slots=True)
class StackState:
    """All that is needed to use, inspect and end a stack from another process."""

    services: tuple[Service, ...]
    ports: Ports
    socket: Path
    environment: Mapping[str, str]
    absent: Mapping[Service, str] = field(default_factory=dict)
    """Services that were asked for but cannot run here, with the reason."""
    processes: tuple[ProcessId, ...] = ()

    def write(self, state_dir: Path) -> None:
        """Write the file in one step; it holds Airflow's keys, so only the owner may read it."""
        path = state_dir / _FILE_NAME
        partial = path.with_suffix(".partial")
        partial.touch(mode=0o600)
        partial.write_text(json.dumps(asdict(self), default=os.fspath, indent=2))
        partial.replace(path)

    @classmethod
    def read(cls, state_dir: Path) -> Self | None:
        """Return the state in `state_dir`, or None where no stack was left.

        Raises StackError if there is a file that does not hold a state.
        """
        path = state_dir / _FILE_NAME
        try:
            raw = json.loads(path.read_text())
            return cls(
                services=tuple(Service(name) for name in raw["services"]),
                ports=Ports(**raw["ports"]),
                socket=Path(raw["socket"]),
                environment=raw["environment"],
                absent={Service(name): why for name, why in raw["absent"].items()},
                processes=tuple(ProcessId(**process) for process in raw["processes"]),
            )
        except FileNotFoundError:
            return None
        except (KeyError, TypeError, ValueError) as error:
            raise StackError(
                f"{path} is not the state of a stack ({error!r}). End what may still run "
                f"from it by hand (the pids are in that file), then remove {state_dir}."
            ) from error

    @staticmethod
    def remove(state_dir: Path) -> None:
        """Forget the stack of `state_dir`, if there is one."""
        (state_dir / _FILE_NAME).unlink(missing_ok=True)
