"""What a car starts by itself: its programs, and a delayed charge."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from homeassistant.util import dt as dt_util

from ..api import ChargingProgram, Day, Program, Recurrence
from .program_times import WEEKDAYS
from .programs import CHARGING, DAY, PRECONDITIONING, program_uid
from .state import VehicleState

DELAYED_CHARGING: Final = "delayed_charging"
# Days for which recurring activities are listed
LOOKAHEAD_DAYS: Final = 366
# Used when the car reports a start without an end
DEFAULT_CHARGING_DURATION: Final = timedelta(hours=1)
DEFAULT_PRECONDITIONING_DURATION: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledActivity:
    """An activity that the car starts at a local time of day.

    Attributes:
        type: translation key of the activity.
        start: time since midnight.
        end: time since the same midnight; more than 24 hours if it is on the next day.
        days: days of the week.
        once_after: for an activity that does not recur, when the car reported it: it occurs once, next after this.
        uid: the id of its events; None if they cannot be changed.
    """

    type: str
    start: timedelta
    end: timedelta
    days: tuple[Day, ...]
    once_after: datetime | None = None
    uid: str | None = None

    @property
    def rrule(self) -> str | None:
        """The recurrence rule (RFC 5545); None if the activity does not recur."""
        return None if self.once_after else f"FREQ=WEEKLY;BYDAY={','.join(day[:2].upper() for day in self.days)}"

    def iter_occurrences(self, now: datetime, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
        """Yield start and end, in UTC, of the current and of future occurrences."""
        first_day = (self.once_after or now).astimezone(zone).date()
        for offset in range(-1, LOOKAHEAD_DAYS):
            day = first_day + offset * DAY
            if WEEKDAYS[day.weekday()] not in self.days:
                continue
            # Add in local time, then convert: some days have 23 or 25 hours
            midnight = datetime.combine(day, time())
            start, end = (dt_util.as_utc((midnight + delta).replace(tzinfo=zone)) for delta in (self.start, self.end))
            if self.once_after and start < self.once_after:
                continue
            if end > now:
                yield start, end
            if self.once_after:
                return


def build_activities(state: VehicleState) -> tuple[ScheduledActivity, ...]:
    """Return the scheduled activities of a car: enabled programs, and a delayed charge."""
    energy, charging, air_conditioning = state.electric, state.charging, state.air_conditioning
    activities: list[ScheduledActivity | None] = []
    if air_conditioning:
        activities += [
            _build_activity(PRECONDITIONING, program, air_conditioning.measured_at, DEFAULT_PRECONDITIONING_DURATION)
            for program in air_conditioning.programs
        ]
    if energy and charging:
        programs = charging.schedule.programs if charging.schedule else ()
        activities += [
            _build_activity(CHARGING, program, energy.measured_at, DEFAULT_CHARGING_DURATION) for program in programs
        ]
        if delayed_time := state.next_delayed_charge:
            start = timedelta(hours=delayed_time.hour, minutes=delayed_time.minute)
            program = Program(enabled=True, recurrence=Recurrence.NONE, start=start)
            activities.append(_build_activity(DELAYED_CHARGING, program, energy.measured_at, DEFAULT_CHARGING_DURATION))
    return tuple(activity for activity in activities if activity)


def _build_activity(
    activity_type: str, program: Program, measured_at: datetime | None, default_duration: timedelta
) -> ScheduledActivity | None:
    """Return the activity of a program, None if it is disabled or incomplete. A program without days runs every day."""
    days = tuple(day for day in WEEKDAYS if day in (program.days or WEEKDAYS))
    is_once = program.recurrence == Recurrence.NONE
    if (
        not program.enabled
        or program.start is None
        or program.start >= DAY
        or not days
        or (is_once and not measured_at)
    ):
        return None
    end = program.end if isinstance(program, ChargingProgram) else None
    end = program.start + default_duration if end is None else end % DAY
    return ScheduledActivity(
        type=activity_type,
        start=program.start,
        end=end if end > program.start else end + DAY,
        days=days,
        once_after=measured_at if is_once else None,
        uid=None if activity_type == DELAYED_CHARGING else program_uid(program),
    )
