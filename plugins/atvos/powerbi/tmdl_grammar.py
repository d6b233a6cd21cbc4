"""Which objects and properties of TMDL the reader knows: what a semantic model here may have.

https://learn.microsoft.com/en-us/analysis-services/tmdl/tmdl-overview
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object: the names of its properties, and the kinds that may stand in it.

    ``default`` is what its ``=`` gives: an expression or a text; None where it has no ``=``.
    """

    properties: frozenset[str] = frozenset()
    children: frozenset[str] = frozenset()
    default: str | None = None


def _kind(properties: str = "", children: str = "", default: str | None = None) -> Kind:
    return Kind(frozenset(properties.split()), frozenset(children.split()), default)


_TRANSLATED = "caption description displayFolder"

GRAMMAR: Mapping[str, Kind] = {
    "": _kind(children="database model table relationship expression role cultureInfo annotation"),
    "database": _kind("compatibilityLevel compatibilityMode language"),
    "model": _kind(
        "culture defaultPowerBIDataSourceVersion discourageImplicitMeasures sourceQueryCulture"
        " collation",
        "dataAccessOptions annotation",
    ),
    "dataAccessOptions": _kind("legacyRedirects returnErrorValuesAsNull"),
    "table": _kind(
        "lineageTag dataCategory isHidden isPrivate",
        "column measure partition refreshPolicy hierarchy annotation",
    ),
    "column": _kind(
        "dataType isNameInferred isDataTypeInferred isHidden isKey isUnique isNullable"
        " formatString displayFolder dataCategory lineageTag summarizeBy sourceColumn sortByColumn",
        "annotation extendedProperty changedProperty",
    ),
    "measure": _kind("formatString displayFolder isHidden lineageTag", "annotation", "expression"),
    "hierarchy": _kind("lineageTag displayFolder isHidden", "level annotation"),
    "level": _kind("lineageTag column"),
    "partition": _kind("mode source", "annotation", "kind"),
    "refreshPolicy": _kind(
        "policyType mode rollingWindowGranularity rollingWindowPeriods incrementalGranularity"
        " incrementalPeriods incrementalPeriodsOffset sourceExpression pollingExpression"
    ),
    "relationship": _kind(
        "fromColumn toColumn fromCardinality toCardinality isActive crossFilteringBehavior"
        " securityFilteringBehavior joinOnDateBehavior relyOnReferentialIntegrity"
    ),
    "expression": _kind("lineageTag", "annotation", "expression"),
    "role": _kind("modelPermission", "tablePermission annotation"),
    "tablePermission": _kind(default="filter"),
    "cultureInfo": _kind("linguisticMetadata", "translations annotation"),
    "translations": _kind(children="translated_model"),
    "translated_model": _kind(_TRANSLATED, "translated_table"),
    "translated_table": _kind(
        _TRANSLATED, "translated_column translated_measure translated_hierarchy"
    ),
    "translated_column": _kind(_TRANSLATED),
    "translated_measure": _kind(_TRANSLATED),
    "translated_hierarchy": _kind(_TRANSLATED),
    "annotation": _kind(default="text"),
    "extendedProperty": _kind(default="text"),
    "changedProperty": _kind(default="text"),
}
"""By keyword; "" is a file. Within translations objects of a kind have other properties."""

UNNAMED = frozenset({"database", "translations", "refreshPolicy", "dataAccessOptions"})
"""Kinds whose objects may have no name."""


def child_kind(parent: str, keyword: str) -> str | None:
    """The kind that ``keyword`` starts below an object of kind ``parent``, None for none."""
    within = f"translated_{keyword}"
    children = GRAMMAR[parent].children
    return next((kind for kind in (keyword, within) if kind in children), None)


def valid_words(parent: str) -> list[str]:
    """What may start a line below an object of kind ``parent``."""
    kind = GRAMMAR[parent]
    return sorted({*kind.properties, *(each.removeprefix("translated_") for each in kind.children)})
