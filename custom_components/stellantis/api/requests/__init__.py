"""What is sent: types that cannot say what the platform refuses, each the body of a request or a part of one."""

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
    CallbackAttributes,
    NewAttribute,
    PushAttributes,
    SocketAttributes,
    Variable,
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
from .from_monitor import request_of
from .monitor import (
    MonitorRequest,
    Trigger,
)
from .operators import OPERATORS, PREVIOUS_OPERATORS, Value, kind_of, value_of
from .remote import (
    Action,
    Charge,
    ChargingProgram,
    DeleteProgram,
    Lock,
    Navigate,
    Place,
    Precondition,
    PreferCharging,
    RemoteRequest,
    ScheduleCharging,
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
    "Action",
    "AttributeType",
    "CallbackAttributes",
    "CallbackRequest",
    "CallbackType",
    "Charge",
    "ChargingPowerLevel",
    "ChargingProgram",
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
    "Operator",
    "Place",
    "Precondition",
    "PreferCharging",
    "Previous",
    "PushAttributes",
    "PushTarget",
    "Recurrence",
    "RemoteRequest",
    "ScheduleCharging",
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
    "Variable",
    "WakeUp",
    "WebhookAttributes",
    "WebhookTarget",
    "ZoneTrigger",
    "check_expression",
    "kind_of",
    "request_of",
    "value_of",
]
