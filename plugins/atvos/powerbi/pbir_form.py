"""Which keys the files of a report have, and what stands under them.

Microsoft's JSON schemas close their objects, and Power BI Desktop does not open a report that
has a key too many. Only what this report uses is let through here, so a new key is looked up
there first (github.com/microsoft/json-schemas, fabric/item/report), and then added.

A form is a type or several, a set of words, a pattern of a text, ``[form]`` for a list of any
length, or the form of each key of an object: ``!`` at its end says that the key is required, and
``*`` stands for all other keys. ANY is everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from atvos.powerbi.report_places import near

Form = Any
ANY = object
OBJECT: Form = {"*": ANY}
NUMBER = (int, float)
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")

_SOURCE: Form = {"SourceRef!": {"Entity": str, "Source": str}}
_FIELD: Form = {key: {"Expression!": _SOURCE, "Property!": str} for key in ("Column", "Measure")}
_SELECTOR: Form = {"id": str, "metadata": str, "data": [OBJECT]}
_PARAGRAPHS: Form = [{"textRuns!": [{"value!": str, "textStyle": {"*": str}}]}]
_OBJECTS: Form = {
    "general": [{"properties!": {"paragraphs": _PARAGRAPHS, "*": ANY}, "selector": _SELECTOR}],
    "*": [{"properties!": OBJECT, "selector": _SELECTOR}],
}
_FILTERS: Form = {
    "filters!": [
        {
            "name!": str,
            "displayName": str,
            "field!": _FIELD,
            "type!": {"Categorical", "RelativeDate"},
            "filter": {
                "Version!": int,
                "From!": [{"Name!": str, "Entity!": str, "Type!": int}],
                "Where!": [
                    {
                        "Condition!": {
                            "In": {"Expressions!": [_FIELD], "Values!": [[OBJECT]]},
                            "Between": {
                                "Expression!": _FIELD,
                                "LowerBound!": OBJECT,
                                "UpperBound!": OBJECT,
                            },
                        }
                    }
                ],
            },
            "howCreated": {"User", "Drillthrough"},
            "isHiddenInViewMode": bool,
            "isLockedInViewMode": bool,
        }
    ]
}
_POSITION: Form = {
    **{f"{side}!": NUMBER for side in ("x", "y", "width", "height")},
    **dict.fromkeys(("z", "tabOrder"), NUMBER),
}
_VERSIONS: Form = {f"{each}!": str for each in ("visual", "page", "report")}
_THEME_NAME: Form = {
    "name!": str,
    "reportVersionAtImport!": _VERSIONS,
    "type!": {"SharedResources", "RegisteredResources"},
}

_FRAMES: Form = {
    name: [{"properties!": dict.fromkeys(keys, ANY), "selector": OBJECT}]
    for name, keys in {
        "title": ("show", "text", "titleWrap", "fontColor", "fontSize", "bold", "alignment"),
        "background": ("show", "color", "transparency"),
        "border": ("show", "color", "radius", "width"),
        "general": ("altText",),
        "visualLink": ("show", "type", "tooltip", "navigationSection"),
    }.items()
}

DATASET: Form = {
    "$schema!": str,
    "version!": str,
    "datasetReference!": {"byPath!": {"path!": str}},
}
VERSION: Form = {"$schema!": str, "version!": str}
REPORT: Form = {
    "$schema!": str,
    "themeCollection!": {"baseTheme!": _THEME_NAME, "customTheme!": _THEME_NAME},
    "filterConfig": _FILTERS,
    "resourcePackages!": [
        {
            "name!": str,
            "type!": {"SharedResources", "RegisteredResources"},
            "items!": [
                {"name!": str, "path!": str, "type!": {"CustomTheme", "BaseTheme", "Image"}}
            ],
        }
    ],
    "settings": {"*": (bool, str)},
}
PAGES: Form = {"$schema!": str, "pageOrder!": [str], "activePageName!": str}
PAGE: Form = {
    "$schema!": str,
    "name!": str,
    "displayName!": str,
    "displayOption!": {"FitToPage"},
    "height!": NUMBER,
    "width!": NUMBER,
    "filterConfig": _FILTERS,
    "pageBinding": {
        "name!": str,
        "type!": {"Drillthrough"},
        "referenceScope": {"Default"},
        "acceptsFilterContext": {"Default", "None"},
        "parameters!": [{"name!": str, "boundFilter!": str, "fieldExpr!": _FIELD}],
    },
    "type": {"Drillthrough"},
    "visibility": {"AlwaysVisible", "HiddenInViewMode"},
}
VISUAL: Form = {
    "$schema!": str,
    "name!": str,
    "position!": _POSITION,
    "visual!": {
        "visualType!": str,
        "query": {
            "queryState!": {
                "*": {
                    "projections!": [
                        {
                            "field!": _FIELD,
                            "queryRef!": str,
                            "nativeQueryRef!": str,
                            "displayName": str,
                        }
                    ]
                }
            },
            "sortDefinition": {
                "sort!": [{"field!": _FIELD, "direction!": {"Ascending", "Descending"}}],
                "isDefaultSort": bool,
            },
        },
        "objects": _OBJECTS,
        "visualContainerObjects!": _FRAMES,
        "syncGroup": {"groupName!": str, "fieldChanges": bool, "filterChanges": bool},
        "drillFilterOtherVisuals": bool,
    },
    "filterConfig": _FILTERS,
}
MOBILE: Form = {"$schema!": str, "position!": _POSITION, "objects": _OBJECTS}
THEME: Form = {
    "name!": str,
    "dataColors!": [COLOUR],
    **{
        f"{key}!": COLOUR
        for key in (
            *("foreground", "foregroundNeutralSecondary", "foregroundNeutralTertiary"),
            *("background", "backgroundLight", "backgroundNeutral", "tableAccent", "hyperlink"),
            *("good", "neutral", "bad", "maximum", "center", "minimum", "null"),
        )
    },
    "textClasses!": {"*": {"fontFace": str, "fontSize": NUMBER, "color!": COLOUR}},
    "visualStyles": OBJECT,
}

_VALID: Mapping[object, str] = MappingProxyType(
    {
        str: "a text",
        bool: "true or false",
        int: "a whole number",
        NUMBER: "a number",
        (bool, str): "true, false or a text",
    }
)


def errors(value: Any, form: Form, where: str = "") -> Iterator[tuple[str, Any, str]]:
    """What is not of its form: the path to it, what was found, and what is valid."""
    if isinstance(form, dict):
        if not isinstance(value, dict):
            yield where, value, "an object, {…}"
            return
        yield from _object(value, form, where)
    elif isinstance(form, list):
        if not isinstance(value, list):
            yield where, value, "a list, […]"
            return
        for number, each in enumerate(value):
            yield from errors(each, form[0], f"{where}[{number}]")
    elif isinstance(form, set):
        if value not in sorted(form):
            yield where, value, near(str(value), form)
    elif isinstance(form, re.Pattern):
        if not (isinstance(value, str) and form.fullmatch(value)):
            yield where, value, "#rrggbb"
    elif not isinstance(value, form) or (isinstance(value, bool) and form in (int, NUMBER)):
        yield where, value, _VALID[form]


def _object(value: dict[str, Any], form: Form, where: str) -> Iterator[tuple[str, Any, str]]:
    forms = {key.removesuffix("!"): each for key, each in form.items()}
    inside = f"{where}." if where else ""
    for key, each in value.items():
        if key in forms or "*" in forms:
            yield from errors(each, forms.get(key, forms.get("*")), f"{inside}{key}")
        else:
            yield f"key of {where or 'the file'}", key, near(key, forms)
    if form is _FIELD and len(value) != 1:
        yield where, sorted(value), "one of Column, Measure"
    for key in form:
        if key.endswith("!") and key.removesuffix("!") not in value:
            yield f"{inside}{key.removesuffix('!')}", None, "it is required"
