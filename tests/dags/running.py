"""Runs one operator without a scheduler."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import TaskDeferred


@dataclass
class TaskInstance:
    """The part of a task instance that the operators use: its XComs."""

    pulled: dict[str, Any] = field(default_factory=dict)
    """What earlier tasks returned, by task id."""
    pushed: dict[str, Any] = field(default_factory=dict)

    def xcom_pull(self, task_ids: str) -> Any:
        """What the task of that id returned."""
        return self.pulled[task_ids]

    def xcom_push(self, key: str, value: Any) -> None:
        """Keep a value."""
        self.pushed[key] = value


def context_of(run_id: str = "manual", **pulled: Any) -> dict[str, Any]:
    """A task's context; ``pulled`` is what earlier tasks returned."""
    instance = TaskInstance(pulled)
    return {"ti": instance, "task_instance": instance, "run_id": run_id}


def deferred(operator: BaseOperator, context: Any) -> TaskDeferred:
    """How the operator defers when it is executed; fails where it does not."""
    with pytest.raises(TaskDeferred) as caught:
        operator.execute(context)
    return caught.value
