"""Imported once by the process that all tasks are forked from: what they need is there then."""

from local.faults.task import warm

warm()
