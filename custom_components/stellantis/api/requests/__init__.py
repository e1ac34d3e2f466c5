"""Bodies of requests. Creating one raises `InvalidValue` if the platform would reject it."""

from ..models.callback import (
    AttributeType,
    CallbackType,
)
from ..models.energy import (
    ChargingPowerLevel,
    ChargingType,
)
from ..models.monitored_data import EventExtension, MonitoredData, Operator, Transition
from ..models.program import (
    Day,
    Recurrence,
)
from ..models.remote import (
    HornState,
)
from .attribute import (
    AttributeVariable,
    CallbackAttributes,
    NewAttribute,
    PushAttributes,
    SocketAttributes,
    WebhookAttributes,
)
from .callback import (
    CallbackRequest,
    PushTarget,
    SocketTarget,
    WebhookTarget,
)
from .expression import (
    check_expression,
)
from .from_monitor import request_from_monitor
from .monitor import (
    MonitorRequest,
    Trigger,
    round_interval,
)
from .operators import OPERATORS, PREVIOUS_OPERATORS, Value, get_value_type, parse_value
from .remote import (
    ChargeCommand,
    DeleteProgram,
    Lock,
    Navigate,
    NewChargingProgram,
    Place,
    PreconditionCommand,
    RemoteCommand,
    RemoteRequest,
    ScheduleCharging,
    SetChargingPreferences,
    SetProgram,
    SoundHorn,
    SwitchLights,
    Unlock,
    WakeUp,
)
from .trigger import (
    DailyTime,
    DataTrigger,
    Previous,
    SingleTime,
    TimeTrigger,
    ZoneTrigger,
)

__all__ = [
    "OPERATORS",
    "PREVIOUS_OPERATORS",
    "AttributeType",
    "AttributeVariable",
    "CallbackAttributes",
    "CallbackRequest",
    "CallbackType",
    "ChargeCommand",
    "ChargingPowerLevel",
    "ChargingType",
    "DailyTime",
    "DataTrigger",
    "Day",
    "DeleteProgram",
    "EventExtension",
    "HornState",
    "Lock",
    "MonitorRequest",
    "MonitoredData",
    "Navigate",
    "NewAttribute",
    "NewChargingProgram",
    "Operator",
    "Place",
    "PreconditionCommand",
    "Previous",
    "PushAttributes",
    "PushTarget",
    "Recurrence",
    "RemoteCommand",
    "RemoteRequest",
    "ScheduleCharging",
    "SetChargingPreferences",
    "SetProgram",
    "SingleTime",
    "SocketAttributes",
    "SocketTarget",
    "SoundHorn",
    "SwitchLights",
    "TimeTrigger",
    "Transition",
    "Trigger",
    "Unlock",
    "Value",
    "WakeUp",
    "WebhookAttributes",
    "WebhookTarget",
    "ZoneTrigger",
    "check_expression",
    "get_value_type",
    "parse_value",
    "request_from_monitor",
    "round_interval",
]
