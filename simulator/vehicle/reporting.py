"""When a car reports, and what it measures with each report."""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp

from .fleet import CarModel
from .state import Charge, Drive, State, last_report_time, next_report_time
from .weather import is_daylight

# Seconds between two reports.
DRIVING_INTERVAL = 60
CHARGING_INTERVAL = 300
PARKED_INTERVAL = 60
# How many seconds a parked car stays awake, and the time constant (s) with which its coolant cools down.
AWAKE_TIME = 300
COOLING_TIME = 3600

# The objects of the status that are measured with each report.
PARKED_MEMBERS = ("ignition", "battery", "environment", "odometer", "privacy", "energies", "engines", "powertrain")
DRIVING_MEMBERS = (*PARKED_MEMBERS, "position", "kinetic", "driving", "lighting")


@dataclass(slots=True)
class Reporting:
    """Since when and until when a parked car reports.

    Attributes:
        awake_since: Since when it reports.
        awake_until: Until when it reports.
        parked_since: When it was parked.
        coolant_at_stop: The temperature of the coolant then, in °C.
        is_silent_while_charging: Whether a charge brings no reports of its own.
    """

    awake_since: float
    awake_until: float
    parked_since: float
    coolant_at_stop: float = 0.0
    is_silent_while_charging: bool = False

    def stay_awake(self, at: float, seconds: float) -> None:
        """Report for at least some more seconds."""
        self.awake_since = at
        self.awake_until = max(self.awake_until, at + seconds)

    def fall_asleep(self, at: float) -> None:
        """Stop reporting."""
        self.awake_since = self.awake_until = at

    def park(self, at: float, coolant: float) -> None:
        """Start to cool down after a drive."""
        self.parked_since, self.coolant_at_stop = at, coolant

    def next_report(self, drive: Drive | None, charge: Charge | None, now: float) -> float:
        """Return the time of the first report after `now`; infinity if the car sleeps."""
        if drive:
            return next_report_time(drive.started_at, drive.ends_at, DRIVING_INTERVAL, now)
        parked = next_report_time(self.awake_since, self.awake_until, PARKED_INTERVAL, now)
        if not charge or self.is_silent_while_charging:
            return parked
        charging = next_report_time(charge.started_at, charge.ends_at, CHARGING_INTERVAL, now)
        return min(parked, charging)

    def update(
        self,
        state: State,
        model: CarModel,
        drive: Drive | None,
        charge: Charge | None,
        now: float,
        outside_temperature: Callable[[float], float],
    ) -> None:
        """Update a state to the last report that the car sent by `now`."""
        if drive:
            at = last_report_time(drive.started_at, min(now, drive.ends_at), DRIVING_INTERVAL)
            drive.apply(state, model, at)
            state.temperature, state.daylight = outside_temperature(at), is_daylight(state.place, at)
            state.touch(at, *DRIVING_MEMBERS)
            return
        at = last_report_time(self.awake_since, min(now, self.awake_until), PARKED_INTERVAL)
        if charge and not self.is_silent_while_charging:
            charging_at = last_report_time(charge.started_at, min(now, charge.ends_at), CHARGING_INTERVAL)
            charge.apply(state, max(at, charging_at))
            state.touch(charging_at, "energies", "battery", "ignition")
        state.temperature, state.daylight = outside_temperature(at), is_daylight(state.place, at)
        warmth = max(0.0, self.coolant_at_stop - state.temperature)
        state.coolant = state.temperature + warmth * exp((self.parked_since - at) / COOLING_TIME)
        if charge and self.is_silent_while_charging:
            charge.apply(state, max(at, charge.started_at))
        state.touch(at, *PARKED_MEMBERS)
