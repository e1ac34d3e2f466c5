"""Operators and types of values that are allowed for monitored data."""

from collections.abc import Mapping
from enum import StrEnum
from math import isfinite
from types import MappingProxyType

from ..exceptions import InvalidValue
from ..models.alert_message import AlertMessage
from ..models.body import AlarmActivation, BeltState, BreakIn, EmergencyCall
from ..models.energy import ChargingStatus, ChargingType
from ..models.engine import PowertrainStatus
from ..models.monitored_data import MonitoredData, Operator
from ..models.status import DrivingMode, PrivacyState
from ..models.trip import TripState

type Value = str | bool | float

_ON_CHANGE = frozenset((Operator.ON_CHANGE,))
_EQUALS = frozenset((Operator.EQUALS_TO,))
_INCLUDED = frozenset((Operator.INCLUDED_IN,))
_NUMERIC = frozenset((Operator.EQUALS_TO, Operator.GREATER_THAN, Operator.LOWER_THAN))
_ENUM = _ON_CHANGE | _EQUALS | _INCLUDED

_COMPARISONS: Mapping[MonitoredData, tuple[frozenset[Operator], type[StrEnum | bool | int | float] | None]] = (
    MappingProxyType(
        {
            MonitoredData.ALERT: (_ENUM, AlertMessage),
            MonitoredData.ODOMETER: (_NUMERIC, int),
            MonitoredData.POWERTRAIN_STATUS: (_ENUM, PowertrainStatus),
            MonitoredData.OIL_TEMPERATURE: (_NUMERIC, int),
            MonitoredData.ELECTRIC_LEVEL: (_NUMERIC, int),
            MonitoredData.ELECTRIC_AUTONOMY: (_NUMERIC, int),
            MonitoredData.FUEL_LEVEL: (_NUMERIC, int),
            MonitoredData.FUEL_AUTONOMY: (_NUMERIC, int),
            MonitoredData.AUTONOMY: (_NUMERIC, int),
            MonitoredData.CHARGING_STATUS: (_ENUM, ChargingStatus),
            MonitoredData.PLUGGED: (_ON_CHANGE | _EQUALS, bool),
            MonitoredData.CHARGING_TYPE: (_ON_CHANGE | _EQUALS, ChargingType),
            MonitoredData.LOCKED_STATE: (_ON_CHANGE, None),
            MonitoredData.OPENING: (_ON_CHANGE, None),
            MonitoredData.MOVING: (_ON_CHANGE | _EQUALS, bool),
            MonitoredData.SPEED: (_NUMERIC, float),
            MonitoredData.TRIP_START: (_ON_CHANGE, None),
            MonitoredData.TRIP_STOP: (_ON_CHANGE, None),
            MonitoredData.TRIP_DURATION: (_NUMERIC, int),
            MonitoredData.TRIP_DISTANCE: (_NUMERIC, float),
            MonitoredData.TRIP_STATE: (_INCLUDED, TripState),
            MonitoredData.BELT_WARNING: (_ON_CHANGE | _EQUALS, BeltState),
            MonitoredData.AIR_TEMPERATURE: (_NUMERIC, float),
            MonitoredData.PRIVACY: (_ENUM, PrivacyState),
            MonitoredData.DRIVING_MODE: (_ENUM, DrivingMode),
            MonitoredData.EMERGENCY_CALL: (_ENUM, EmergencyCall),
            MonitoredData.PRECONDITIONING: (_ON_CHANGE, None),
            MonitoredData.ALARM_TRIGGER: (_ENUM, BreakIn),
            MonitoredData.ALARM_ACTIVATION: (_ON_CHANGE | _EQUALS, AlarmActivation),
        }
    )
)

OPERATORS: Mapping[MonitoredData, frozenset[Operator]] = MappingProxyType(
    {data: ops for data, (ops, _) in _COMPARISONS.items()}
)

PREVIOUS_OPERATORS: Mapping[MonitoredData, frozenset[Operator]] = MappingProxyType(
    {
        MonitoredData.ALERT: _EQUALS | _INCLUDED,
        MonitoredData.CHARGING_STATUS: _EQUALS | _INCLUDED,
        MonitoredData.PLUGGED: _EQUALS,
        MonitoredData.MOVING: _EQUALS,
        MonitoredData.BELT_WARNING: _EQUALS | _INCLUDED,
        MonitoredData.EMERGENCY_CALL: _EQUALS | _INCLUDED,
        MonitoredData.PRIVACY: _EQUALS | _INCLUDED,
        MonitoredData.DRIVING_MODE: _EQUALS | _INCLUDED,
    }
)


def format_value(field: str, data: MonitoredData, value: Value) -> str:
    """Return a value as text for the API.

    Raises:
        InvalidValue: The data cannot have this value.
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


def get_value_type(data: MonitoredData) -> type[StrEnum | bool | int | float] | None:
    """Return the type of the values of monitored data, or None if only changes can be monitored."""
    return _COMPARISONS[data][1]


def parse_value(field: str, data: MonitoredData, text: str) -> Value:
    """Return the value of a text of the API.

    Raises:
        InvalidValue: The data cannot have this value.
    """
    value_type = _COMPARISONS[data][1]
    value: Value = text
    if value_type is bool:
        value = {"true": True, "false": False}.get(text.lower(), text)
    elif value_type in {int, float}:
        try:
            value = float(text)
        except ValueError:
            raise InvalidValue(field, f"{text} is not a number") from None
    format_value(field, data, value)
    return value
