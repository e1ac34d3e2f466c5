"""What evcc makes of the states of entities.

Its source, read in November 2026: github.com/evcc-io/evcc, util/homeassistant/connection.go (chargeStatusMap,
GetChargeStatus, GetFloatState, GetBoolState, GetTimeState, CallSwitchService), vehicle/homeassistant.go, and
templates/definition/vehicle/homeassistant.yaml. `statusA`, `statusB` and `statusC` came with pull request 32136.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN

# States → IEC 61851: not connected, connected, charging
CHARGE_STATUSES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("a", "disconnected", "not_plugged"), "A"),
    **dict.fromkeys(("b", "connected", "plugged", "starting", "stopped", "paused"), "B"),
    **dict.fromkeys(("complete", "charging_completed"), "B"),
    **dict.fromkeys(("c", "charging"), "C"),
}
BOOLEANS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("on", "true", "1", "active", "yes"), True),
    **dict.fromkeys(("off", "false", "0", "inactive", "no"), False),
}
# Settings of the vehicle in evcc.yaml, without those for other kinds of entities than ours
REQUIRED_SETTINGS: Final = frozenset(("name", "type", "template", "uri", "soc"))
SETTINGS: Final = REQUIRED_SETTINGS | {
    "title",
    "capacity",
    "range",
    "odometer",
    "status",
    "statusA",
    "statusB",
    "statusC",
    "limitSoc",
    "finishTime",
    "climater",
    "start_charging",
    "stop_charging",
    "wakeup",
}


class NotAvailable(Exception):
    """The entity has no value."""


def read_status(state: str, config: Mapping[str, Any]) -> str:
    """Return the charge status; a state that is neither built in nor configured is an error."""
    configured = {
        word.strip().lower(): letter
        for letter in "ABC"
        for word in config.get(f"status{letter}", "").split(",")
        if word.strip()
    }
    return {**CHARGE_STATUSES, **configured}[_value(state).strip().lower()]


def read_number(state: str) -> float:
    """Return a number; its unit does not count."""
    return float(_value(state))


def read_bool(state: str) -> bool:
    """Return a boolean."""
    return BOOLEANS[_value(state).lower()]


def read_time(state: str) -> datetime:
    """Return a time in the format of RFC 3339."""
    time = datetime.fromisoformat(_value(state))
    assert time.tzinfo
    return time


def switch_action(entity_id: str, *, on: bool) -> tuple[str, str]:
    """Return the domain and the name of the action by which an entity is switched; buttons can only be pressed."""
    domain = entity_id.partition(".")[0]
    if domain == "button":
        assert on
        return domain, "press"
    return domain, "turn_on" if on else "turn_off"


def _value(state: str) -> str:
    if state in (STATE_UNKNOWN, STATE_UNAVAILABLE):
        raise NotAvailable
    return state
