"""The scripts of remotes and the delivery faults that the control interface takes."""

from typing import Any

from ..http.errors import ApiError
from ..push.notifier import DeliveryFaults
from ..remote.execution import RemoteScript
from ..remote.remotes import ABORTED, DONE, PENDING
from ..resources.links import Json
from .parsing import MAX_NUMBER, is_bool, is_number, is_seconds

STATUSES = (*PENDING, *ABORTED, *DONE)
FAILURE_CAUSES = (
    "GeneralError",
    "VehicleError",
    "WrongCommand",
    "VehicleConnectionTimeout",
    "MissingRights",
    "NotPossibleDueToVehicleBatteryLevel",
    "NotPossibleDueToVehiclePrivacyLevel",
    "TooManyWakeUpsOverMonth",
    "TooManyRequestInShortTime",
    "SameActionInProgress",
    "NotPossibleDueToVehicleStolenState",
    "VehicleInUse",
    "TooManyRequestSent",
    "DoorsOpen",
    "VehicleErrorOrCidInside",
    "CidInside",
    "ExternalChargingSystemError",
    "VehicleChargingSystemError",
    "VehicleIsNotLocked",
    "CanceledByDriver",
)


def parse_delivery_faults(body: Json) -> DeliveryFaults:
    """Return faults in the delivery of notifications (`PUT /notifications`).

    Raises:
        ValueError: They are invalid; the message says what is expected.
    """
    for name, value in body.items():
        if name not in {"drop", "duplicate", "delay", "shuffle"}:
            raise ValueError(f"unknown key {name!r}; known: drop, duplicate, delay, shuffle")
        is_valid = is_seconds(value) if name == "delay" else is_bool(value)
        if not is_valid:
            raise ValueError(f"{name} takes {'seconds' if name == 'delay' else 'true or false'}")
    return DeliveryFaults(**body)


def parse_script(body: Any) -> RemoteScript:
    """Return the script of a remote (`POST /remotes/next`).

    Raises:
        ValueError: It is invalid; the message says what is expected.
    """
    keys = {"events", "refuse", "notifications", "erase_programs"}
    if not isinstance(body, dict) or not body or body.keys() - keys:
        raise ValueError(f"an object is wanted, with some of: {', '.join(sorted(keys))}")
    events = body.get("events")
    if events is not None and not (isinstance(events, list) and all(map(_is_event, events))):
        raise ValueError(
            f"events takes a list of {{status, type?, failureCause?, delay?}}; status one of "
            f"{', '.join(STATUSES)}; failureCause, with Failed, one of {', '.join(FAILURE_CAUSES)}"
        )
    refusal = body.get("refuse")
    if refusal is not None and not _is_refusal(refusal):
        raise ValueError('refuse takes {"code": 40300, "message": "why"}: the first three digits are the status')
    notifications = body.get("notifications")
    if notifications is not None and not isinstance(notifications, dict):
        raise ValueError("notifications takes an object")
    return RemoteScript(
        events=events,
        refusal=ApiError(refusal["code"], refusal.get("message", "Refused")) if refusal else None,
        delivery_faults=parse_delivery_faults(notifications) if notifications is not None else None,
        erases_programs=bool(body.get("erase_programs", False)),
    )


def _is_event(event: Any) -> bool:
    if not isinstance(event, dict) or event.keys() - {"status", "type", "failureCause", "delay"}:
        return False
    status = event.get("status")
    if status not in STATUSES or not is_number(0, MAX_NUMBER)(event.get("delay", 0)):
        return False
    type_ = "Done" if status in DONE else "Pending"
    cause = event.get("failureCause")
    return event.get("type", type_) == type_ and (cause in FAILURE_CAUSES if status == "Failed" else not cause)


def _is_refusal(refusal: Any) -> bool:
    if not isinstance(refusal, dict) or refusal.keys() - {"code", "message"}:
        return False
    code = refusal.get("code")
    return isinstance(code, int) and 40000 <= code < 60000
