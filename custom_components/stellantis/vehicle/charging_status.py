"""The charging status, in the words that evcc and Home Assistant's own integrations of cars use."""

from typing import Final

from ..api import Charging, ChargingStatus

# Plugged in, and neither charging nor at the end of a charge
CONNECTED: Final = "connected"
DISCONNECTED: Final = "disconnected"
CHARGING: Final = "charging"
STOPPED: Final = "stopped"
COMPLETE: Final = "complete"
ERROR: Final = "error"
CHARGING_STATUSES: Final = (CONNECTED, DISCONNECTED, CHARGING, STOPPED, COMPLETE, ERROR)

_REPORTED: Final = {
    ChargingStatus.DISCONNECTED: DISCONNECTED,
    ChargingStatus.IN_PROGRESS: CHARGING,
    ChargingStatus.STOPPED: STOPPED,
    ChargingStatus.FINISHED: COMPLETE,
    ChargingStatus.FAILURE: ERROR,
}


def charging_status(charging: Charging) -> str | None:
    """Return the status of a charge; None if it is not known.

    Cars that wait on the cable report Disconnected, too, and others go on reporting how a charge ended without it.
    """
    if charging.plugged is False and charging.status != ChargingStatus.IN_PROGRESS:
        return DISCONNECTED
    if charging.plugged and charging.status == ChargingStatus.DISCONNECTED:
        return CONNECTED
    return _REPORTED.get(charging.status) if isinstance(charging.status, ChargingStatus) else None
