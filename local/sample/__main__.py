"""Write a sample into a folder: ``python -m local.sample --out DIR``."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from local.sample.generate import Sample
from local.sample.model import Settings


def main(arguments: list[str] | None = None) -> int:
    """Write the objects and ``answer.json``; 2 with a line of help where a value is invalid."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        settings = Settings(
            until=options.until or datetime.now(UTC),
            seed=options.seed,
            vehicles=options.vehicles,
            days=options.days,
            events_per_vehicle_day=options.events,
        )
    except ValueError as error:
        parser.error(str(error))
    sample = Sample(settings)
    for item in sample.objects():
        target = options.out / item.name
        if item.name.endswith("/"):
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(item.content)
    (options.out / "answer.json").write_text(sample.answer.to_json() + "\n", encoding="utf-8")
    for feed, rows in sample.answer.feeds.items():
        print(
            f"{feed}: {rows.read} rows = {rows.valid} valid"
            f" + {rows.rejected} rejected + {rows.duplicate} duplicate + {rows.pending} pending"
        )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.sample",
        description="Write sample files of every feed, and answer.json: "
        "what a correct pipeline must find in them.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--seed", type=int, default=7, help="another seed, other values")
    parser.add_argument("--vehicles", type=int, default=100, help="vehicles in the registry")
    parser.add_argument("--days", type=int, default=7, help="days back from --until")
    parser.add_argument("--events", type=int, default=36, help="events per vehicle and day")
    parser.add_argument(
        "--until",
        type=datetime.fromisoformat,
        help="the run's now, like 2026-11-23T12:00:00-03:00; the clock's if not given",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
