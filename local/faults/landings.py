"""What a case lands, and what it expects of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from local.client import Client
from local.environment import LANDING_BUCKET
from local.faults.rules import Rule
from local.faults.runs import Kill
from local.faults.sample import Answer, Content, Landing, content


@dataclass
class Mark:
    """Counts how often something was done that a case is about."""

    struck: int = 0

    def __call__(self) -> None:
        """Count one."""
        self.struck += 1


@dataclass
class Landings:
    """A feed, what was landed of it, and the faults that it meets with.

    ``faults`` must all have struck in the end, or the case is none.
    """

    client: Client
    feed: str
    answer: Answer
    now: datetime
    faults: list[Rule | Kill | Mark] = field(default_factory=list, init=False)

    def mark(self) -> Mark:
        """Something that must happen for the case to be one."""
        mark = Mark()
        self.faults.append(mark)
        return mark

    def killing(self, kill: Callable[[], int]) -> Callable[[], None]:
        """What kills, and is counted only where somebody was there to be killed."""
        mark = self.mark()

        def killed() -> None:
            if kill():
                mark()

        return killed

    def land(
        self, number: int, *, name: str = "", high: bool = False, state: str = "published"
    ) -> Landing:
        """Upload the object of that number; its generation is part of the answer."""
        item = content(number, self.now, high=high)
        return self.upload(name or f"{self.feed}/part-{number:03}.ndjson", item, state)

    def upload(self, name: str, item: Content, state: str = "published") -> Landing:
        """Upload an object, or overwrite it."""
        blob = self.client.storage.bucket(LANDING_BUCKET).blob(name)
        blob.upload_from_string(item.data, "application/octet-stream")
        landed = Landing(name, int(blob.generation), item, state=state)
        self.answer.landed.append(landed)
        return landed

    def delete(self, landed: Landing) -> None:
        """Delete an object that is in a batch already: nobody will be able to read it."""
        self.client.storage.bucket(LANDING_BUCKET).blob(landed.name).delete()
        self.is_gone(landed)

    def is_gone(self, landed: Landing) -> None:
        """Expect of a generation that it could not be read."""
        place = self.answer.landed.index(landed)
        self.answer.landed[place] = replace(landed, is_gone=True)
