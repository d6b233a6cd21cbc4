"""Proposes the contract of a new feed, and its first test, from sample files of its source.

What is proposed accepts every record that it was made of. What is guessed is marked
``inferred`` in the contract: it is there to be edited.
"""

from atvos.scaffold.heads import SampleError
from atvos.scaffold.propose import Scaffold, scaffold

__all__ = ["SampleError", "Scaffold", "scaffold"]
