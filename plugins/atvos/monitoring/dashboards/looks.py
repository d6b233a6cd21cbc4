"""Colours, bounds, units and texts: how numbers look in a panel."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders.common import GraphThresholdsStyleConfig
from grafana_foundation_sdk.models.common import GraphThresholdsStyleMode
from grafana_foundation_sdk.models.dashboard import (
    DynamicConfigValue,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)

GREEN, YELLOW, RED, BLUE, GREY = "green", "yellow", "red", "blue", "#808080"


def bounds(*steps: tuple[float, str], below: str = GREEN) -> builders.ThresholdsConfig:
    """The colour ``below`` the first value, and from each value on."""
    thresholds = [Threshold(value=None, color=below)]
    thresholds += [Threshold(value=value, color=color) for value, color in steps]
    return builders.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(thresholds)


def shaded() -> GraphThresholdsStyleConfig:
    """Thresholds as areas behind the lines."""
    return GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.AREA)


def mapping(texts: Mapping[int, tuple[str, str]]) -> list[ValueMapping]:
    """Numbers as a text in a colour."""
    results = {
        str(value): ValueMappingResult(text=text, color=color, index=index)
        for index, (value, (text, color)) in enumerate(texts.items())
    }
    return [ValueMap(options=results)]


def coloured(unit: str, thresholds: builders.ThresholdsConfig) -> list[DynamicConfigValue]:
    """A column of a table with a unit, coloured by thresholds."""
    return [
        DynamicConfigValue("unit", unit),
        DynamicConfigValue("thresholds", thresholds.build()),
        DynamicConfigValue("custom.cellOptions", {"type": "color-background", "mode": "basic"}),
    ]


def measured(unit: str) -> list[DynamicConfigValue]:
    """A column of a table with a unit."""
    return [DynamicConfigValue("unit", unit)]


def dashed() -> list[DynamicConfigValue]:
    """A line that is a bound, not a measurement."""
    return [
        DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": [10, 10]}),
        DynamicConfigValue("custom.fillOpacity", 0),
        DynamicConfigValue("color", {"mode": "fixed", "fixedColor": RED}),
    ]


def painted(color: str) -> list[DynamicConfigValue]:
    """A series of one colour."""
    return [DynamicConfigValue("color", {"mode": "fixed", "fixedColor": color})]
