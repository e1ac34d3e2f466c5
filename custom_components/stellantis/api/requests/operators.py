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

_CHANGE = frozenset((Operator.ON_CHANGE,))
_ONE = frozenset((Operator.EQUALS_TO,))
_SEVERAL = frozenset((Operator.INCLUDED_IN,))
_AMOUNT = frozenset((Operator.EQUALS_TO, Operator.GREATER_THAN, Operator.LOWER_THAN))
_WORD = _CHANGE | _ONE | _SEVERAL

_TABLE: Mapping[D, tuple[frozenset[Operator], type[StrEnum | bool | int | float] | None]] = MappingProxyType(
    {
        D.ALERT: (_WORD, AlertMessage),
        D.ODOMETER: (_AMOUNT, int),
        D.POWERTRAIN_STATUS: (_WORD, PowertrainStatus),
        D.OIL_TEMPERATURE: (_AMOUNT, int),
        D.ELECTRIC_LEVEL: (_AMOUNT, int),
        D.ELECTRIC_AUTONOMY: (_AMOUNT, int),
        D.FUEL_LEVEL: (_AMOUNT, int),
        D.FUEL_AUTONOMY: (_AMOUNT, int),
        D.AUTONOMY: (_AMOUNT, int),
        D.CHARGING_STATUS: (_WORD, ChargingStatus),
        D.PLUGGED: (_CHANGE | _ONE, bool),
        D.CHARGING_TYPE: (_CHANGE | _ONE, ChargingType),
        D.LOCKED_STATE: (_CHANGE, None),
        D.OPENING: (_CHANGE, None),
        D.MOVING: (_CHANGE | _ONE, bool),
        D.SPEED: (_AMOUNT, float),
        D.TRIP_START: (_CHANGE, None),
        D.TRIP_STOP: (_CHANGE, None),
        D.TRIP_DURATION: (_AMOUNT, int),
        D.TRIP_DISTANCE: (_AMOUNT, float),
        D.TRIP_STATE: (_SEVERAL, TripState),
        D.BELT_WARNING: (_CHANGE | _ONE, BeltState),
        D.AIR_TEMPERATURE: (_AMOUNT, float),
        D.PRIVACY: (_WORD, PrivacyState),
        D.DRIVING_MODE: (_WORD, DrivingMode),
        D.EMERGENCY_CALL: (_WORD, EmergencyCall),
        D.PRECONDITIONING: (_CHANGE, None),
        D.ALARM_TRIGGER: (_WORD, BreakIn),
        D.ALARM_ACTIVATION: (_CHANGE | _ONE, AlarmActivation),
    }
)

OPERATORS: Mapping[D, frozenset[Operator]] = MappingProxyType({data: ops for data, (ops, _) in _TABLE.items()})

PREVIOUS_OPERATORS: Mapping[D, frozenset[Operator]] = MappingProxyType(
    {
        D.ALERT: _ONE | _SEVERAL,
        D.CHARGING_STATUS: _ONE | _SEVERAL,
        D.PLUGGED: _ONE,
        D.MOVING: _ONE,
        D.BELT_WARNING: _ONE | _SEVERAL,
        D.EMERGENCY_CALL: _ONE | _SEVERAL,
        D.PRIVACY: _ONE | _SEVERAL,
        D.DRIVING_MODE: _ONE | _SEVERAL,
    }
)


def text_of(field: str, data: D, value: Value) -> str:
    """A value as the text that the API compares.

    Raises:
        InvalidValue: the data cannot have this value.
    """
    kind = _TABLE[data][1]
    if kind is bool and isinstance(value, bool):
        return str(value).lower()
    if kind is int and type(value) in {int, float} and float(value).is_integer():
        return str(int(value))
    if kind is float and type(value) in {int, float} and isfinite(float(value)):
        return str(value)
    if kind is not None and issubclass(kind, StrEnum) and value in set(kind):
        return str(value)
    raise InvalidValue(field, f"{data} cannot be {value}")


def kind_of(data: D) -> type[StrEnum | bool | int | float] | None:
    """What the values of a data are: words, truths, whole numbers or numbers; None where only a change is watched."""
    return _TABLE[data][1]


def value_of(field: str, data: D, text: str) -> Value:
    """The value of a text that the API compares.

    Raises:
        InvalidValue: the data cannot have this value.
    """
    kind = _TABLE[data][1]
    value: Value = text
    if kind is bool:
        value = {"true": True, "false": False}.get(text.lower(), text)
    elif kind in {int, float}:
        try:
            value = float(text)
        except ValueError:
            raise InvalidValue(field, f"{text} is no number") from None
    text_of(field, data, value)
    return value
