"""One planted error for each thing that the checks of the semantic model look at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Planted:
    """``old`` becomes ``new`` in ``file``, where it stands first; the check says ``told`` of it.

    ``told_of`` is the file that is named where it is another one. What stands in a partition and
    in its refresh policy is changed ``everywhere``.
    """

    name: str
    file: str
    old: str
    new: str
    told: str
    told_of: str = ""
    everywhere: bool = False


T = "Atvos.SemanticModel/definition/tables/"
D = "Atvos.SemanticModel/definition/"
MEASURES = f"{T}medidas.tmdl"
DAY = f"{T}fct_vehicle_day.tmdl"
D1 = f"{T}rpt_d1.tmdl"
