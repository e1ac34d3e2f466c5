"""Which data can be compared in which ways with which values: the table behind data triggers."""

from collections.abc import Mapping
from enum import StrEnum
from math import isfinite
from types import MappingProxyType

from ..exceptions import InvalidValue
from ..models.alert_message import AlertMessage
from ..models.body import AlarmActivation, BeltState, BreakIn, EmergencyCall
from ..models.energy import ChargingStatus, ChargingType
from ..models.engine import PowertrainStatus
from ..models.monitored_data import MonitoredData as D, Operator
from ..models.status import DrivingMode, PrivacyState
from ..models.trip import TripState

type Value = str | bool | float

_ON_CHANGE = frozenset((Operator.ON_CHANGE,))
_EQUALS = frozenset((Operator.EQUALS_TO,))
_INCLUDED = frozenset((Operator.INCLUDED_IN,))
_NUMERIC = frozenset((Operator.EQUALS_TO, Operator.GREATER_THAN, Operator.LOWER_THAN))
_ENUM = _ON_CHANGE | _EQUALS | _INCLUDED

_COMPARISONS: Mapping[D, tuple[frozenset[Operator], type[StrEnum | bool | int | float] | None]] = MappingProxyType(
    {
        D.ALERT: (_ENUM, AlertMessage),
        D.ODOMETER: (_NUMERIC, int),
        D.POWERTRAIN_STATUS: (_ENUM, PowertrainStatus),
        D.OIL_TEMPERATURE: (_NUMERIC, int),
        D.ELECTRIC_LEVEL: (_NUMERIC, int),
        D.ELECTRIC_AUTONOMY: (_NUMERIC, int),
        D.FUEL_LEVEL: (_NUMERIC, int),
        D.FUEL_AUTONOMY: (_NUMERIC, int),
        D.AUTONOMY: (_NUMERIC, int),
        D.CHARGING_STATUS: (_ENUM, ChargingStatus),
        D.PLUGGED: (_ON_CHANGE | _EQUALS, bool),
        D.CHARGING_TYPE: (_ON_CHANGE | _EQUALS, ChargingType),
        D.LOCKED_STATE: (_ON_CHANGE, None),
        D.OPENING: (_ON_CHANGE, None),
        D.MOVING: (_ON_CHANGE | _EQUALS, bool),
        D.SPEED: (_NUMERIC, float),
        D.TRIP_START: (_ON_CHANGE, None),
        D.TRIP_STOP: (_ON_CHANGE, None),
        D.TRIP_DURATION: (_NUMERIC, int),
        D.TRIP_DISTANCE: (_NUMERIC, float),
        D.TRIP_STATE: (_INCLUDED, TripState),
        D.BELT_WARNING: (_ON_CHANGE | _EQUALS, BeltState),
        D.AIR_TEMPERATURE: (_NUMERIC, float),
        D.PRIVACY: (_ENUM, PrivacyState),
        D.DRIVING_MODE: (_ENUM, DrivingMode),
        D.EMERGENCY_CALL: (_ENUM, EmergencyCall),
        D.PRECONDITIONING: (_ON_CHANGE, None),
        D.ALARM_TRIGGER: (_ENUM, BreakIn),
        D.ALARM_ACTIVATION: (_ON_CHANGE | _EQUALS, AlarmActivation),
    }
)

OPERATORS: Mapping[D, frozenset[Operator]] = MappingProxyType({data: ops for data, (ops, _) in _COMPARISONS.items()})

PREVIOUS_OPERATORS: Mapping[D, frozenset[Operator]] = MappingProxyType(
    {
        D.ALERT: _EQUALS | _INCLUDED,
        D.CHARGING_STATUS: _EQUALS | _INCLUDED,
        D.PLUGGED: _EQUALS,
        D.MOVING: _EQUALS,
        D.BELT_WARNING: _EQUALS | _INCLUDED,
        D.EMERGENCY_CALL: _EQUALS | _INCLUDED,
        D.PRIVACY: _EQUALS | _INCLUDED,
        D.DRIVING_MODE: _EQUALS | _INCLUDED,
    }
)


def format_value(field: str, data: D, value: Value) -> str:
    """A value as the text that the API compares.

    Raises:
        InvalidValue: the data cannot have this value.
    """
    value_type = _COMPARISONS[data][1]
    if value_type is bool and isinstance(value, bool):
        return str(value).lower()
    if value_type is int and type(value) in {int, float} and float(value).is_integer():
        return str(int(value))
    if value_type is float and type(value) in {int, float} and isfinite(float(value)):
        return str(value)
    if value_type is not None and issubclass(value_type, StrEnum) and value in set(value_type):
        return str(value)
    raise InvalidValue(field, f"{data} cannot be {value}")


def get_value_type(data: D) -> type[StrEnum | bool | int | float] | None:
    """What the values of a data are: words, truths, whole numbers or numbers; None where only a change is watched."""
    return _COMPARISONS[data][1]


def parse_value(field: str, data: D, text: str) -> Value:
    """The value of a text that the API compares.

    Raises:
        InvalidValue: the data cannot have this value.
    """
    value_type = _COMPARISONS[data][1]
    value: Value = text
    if value_type is bool:
        value = {"true": True, "false": False}.get(text.lower(), text)
    elif value_type in {int, float}:
        try:
            value = float(text)
        except ValueError:
            raise InvalidValue(field, f"{text} is no number") from None
    format_value(field, data, value)
    return value
