"""The gate between two states of a contract: what a change does to the table that is there.

>>> from atvos import gate
>>> gate.compare(before, after).refused
False

Every change has a verdict, and each verdict asks for a step of the contract's version:

- *metadata* (1.0.0 → 1.0.1): text, owner, promises. No row and no column changes.
- *compatible* (1.0.0 → 1.1.0): the table takes it by ALTER TABLE, or only new rows differ.
- *breaking*: the table cannot take it, or its rows would mean two things. Refused whatever
  the version, with what to do instead: a contract of a new name, whose table is filled
  beside the old one. Two kinds the table can take, and only a person can mean: shorter
  retention and less protection of a column. A new major version (1.0.0 → 2.0.0) lets
  these two pass.

Only what the platform reads from a contract counts: a comment needs no new version.
"""

from atvos.gate.changes import Change, ContractDiff, Verdict
from atvos.gate.contracts import compare, compare_all

__all__ = ["Change", "ContractDiff", "Verdict", "compare", "compare_all"]
