"""The triggers and conditions of our own that Home Assistant offers for the device of a car."""

from collections.abc import Mapping
from typing import Final

# Offered for every car
CAR_TRIGGERS: Final = {
    "alarm_set_off",
    "data_older_than",
    "fell_asleep",
    "monitor_triggered",
    "trip_finished",
    "warning_cleared",
    "warning_raised",
    "woke_up",
}
CAR_CONDITIONS: Final = {
    "has_no_warning",
    "has_warning",
    "is_asleep",
    "is_awake",
    "is_data_newer_than",
    "is_data_older_than",
}
# Offered for a car with a plug, that can be commanded
PLUG_TRIGGERS: Final = {"charging_ended", "charging_interrupted", "charging_started", "plugged_in", "unplugged"}
PLUG_CONDITIONS: Final = {"is_plugged_in", "is_unplugged"}
COMMAND_TRIGGERS: Final = {"command_failed"}
# Brand and model of a car → what is offered for its device
OFFERED: Final[Mapping[tuple[str, str], tuple[set[str], set[str]]]] = {
    ("peugeot", "e-208"): (CAR_TRIGGERS | PLUG_TRIGGERS | COMMAND_TRIGGERS, CAR_CONDITIONS | PLUG_CONDITIONS),
    ("peugeot", "308 Hybrid"): (CAR_TRIGGERS | PLUG_TRIGGERS | COMMAND_TRIGGERS, CAR_CONDITIONS | PLUG_CONDITIONS),
    ("citroen", "C3"): (CAR_TRIGGERS, CAR_CONDITIONS),
}
