"""Data contracts: one ODCS v3.2.0 file describes one feed, and everything else is derived.

>>> from atvos import contract
>>> feed = contract.load_feed(Path("dags/contracts/telemetry_events.odcs.yaml"))
>>> feed.key, feed.partition.name
(('device_id', 'event_timestamp', 'viagem_id'), 'event_date')
"""

from atvos.contract.calendar import SloCalendar
from atvos.contract.deadline import Deadline
from atvos.contract.document import text_of
from atvos.contract.errors import ContractError, Problem
from atvos.contract.load import contract_files, load_feed, load_feeds, load_table
from atvos.contract.model import (
    Check,
    Column,
    EpochUnit,
    Feed,
    Layer,
    LoadMode,
    LogicalType,
    Operator,
    Protection,
    Reference,
    RowRule,
    Severity,
    Source,
    SourceFormat,
    SourcePath,
    Table,
)

__all__ = [
    "Check",
    "Column",
    "ContractError",
    "Deadline",
    "EpochUnit",
    "Feed",
    "Layer",
    "LoadMode",
    "LogicalType",
    "Operator",
    "Problem",
    "Protection",
    "Reference",
    "RowRule",
    "Severity",
    "SloCalendar",
    "Source",
    "SourceFormat",
    "SourcePath",
    "Table",
    "contract_files",
    "load_feed",
    "load_feeds",
    "load_table",
    "text_of",
]
