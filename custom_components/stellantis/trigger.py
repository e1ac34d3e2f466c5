"""Triggers of a car."""

from collections.abc import Mapping
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.trigger import Trigger

from .automations.charging import (
    ChargingEndedTrigger,
    ChargingInterruptedTrigger,
    ChargingStartedTrigger,
    PluggedInTrigger,
    UnpluggedTrigger,
)
from .automations.data_age import DataAgeTrigger, FellAsleepTrigger, WokeUpTrigger
from .automations.events import (
    AlarmSetOffTrigger,
    CommandFailedTrigger,
    MonitorTriggeredTrigger,
    TripFinishedTrigger,
    WarningClearedTrigger,
    WarningRaisedTrigger,
)

TRIGGERS: Final[Mapping[str, type[Trigger]]] = {
    "alarm_set_off": AlarmSetOffTrigger,
    "charging_ended": ChargingEndedTrigger,
    "charging_interrupted": ChargingInterruptedTrigger,
    "charging_started": ChargingStartedTrigger,
    "command_failed": CommandFailedTrigger,
    "data_older_than": DataAgeTrigger,
    "fell_asleep": FellAsleepTrigger,
    "monitor_triggered": MonitorTriggeredTrigger,
    "plugged_in": PluggedInTrigger,
    "trip_finished": TripFinishedTrigger,
    "unplugged": UnpluggedTrigger,
    "warning_cleared": WarningClearedTrigger,
    "warning_raised": WarningRaisedTrigger,
    "woke_up": WokeUpTrigger,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:  # noqa: ARG001
    """Return the triggers of this integration."""
    return dict(TRIGGERS)
