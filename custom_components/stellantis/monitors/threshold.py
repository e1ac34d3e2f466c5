"""The threshold of a monitored number: conversion between the input of its selector and trigger conditions."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.helpers.selector import (
    NumberSelectorConfig,
    NumberSelectorMode,
    NumericThresholdMode,
    NumericThresholdSelector,
    NumericThresholdSelectorConfig,
    NumericThresholdType,
)

from ..api import MonitoredData
from ..api.requests import Operator, get_value_type
from .summary import UNITS

DEFAULT_THRESHOLD: Final = {"type": NumericThresholdType.BELOW.value}
TYPE_BY_OPERATOR: Final = {
    Operator.GREATER_THAN: NumericThresholdType.ABOVE,
    Operator.LOWER_THAN: NumericThresholdType.BELOW,
}


def threshold_selector(data: MonitoredData) -> NumericThresholdSelector:
    """Return the selector of a threshold of the data."""
    step = 1.0 if get_value_type(data) is int else 0.1
    return NumericThresholdSelector(
        NumericThresholdSelectorConfig(
            mode=NumericThresholdMode.IS,
            number=NumberSelectorConfig(mode=NumberSelectorMode.BOX, step=step, unit_of_measurement=UNITS[data]),
        )
    )


def threshold_to_input(op: Operator, value: float) -> dict[str, Any]:
    """Return the input that corresponds to an operator and a number; exactly a number is between it and itself."""
    entry = {"active_choice": "number", "number": value}
    if threshold_type := TYPE_BY_OPERATOR.get(op):
        return {"type": threshold_type.value, "value": entry}
    return {"type": NumericThresholdType.BETWEEN.value, "value_min": entry, "value_max": entry}


def threshold_from_input(threshold: Mapping[str, Any]) -> list[tuple[Operator, float]] | None:
    """Return the operators and numbers that have to be true; None if there are none for what was entered."""
    names = ("value_min", "value_max") if "value_min" in threshold else ("value",)
    numbers = [threshold[name].get("number") for name in names]
    if None in numbers:
        return None
    if threshold["type"] == NumericThresholdType.BETWEEN:
        least, most = numbers
        if least == most:
            return [(Operator.EQUALS_TO, least)]
        return [(Operator.GREATER_THAN, least), (Operator.LOWER_THAN, most)]
    operators = [op for op, threshold_type in TYPE_BY_OPERATOR.items() if threshold_type == threshold["type"]]
    return [(op, numbers[0]) for op in operators] or None
