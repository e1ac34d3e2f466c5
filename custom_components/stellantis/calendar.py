"""Calendar of a car: past trips and charging sessions, and scheduled charging and preconditioning."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from itertools import takewhile
from typing import Any, Final, override

from homeassistant.components.calendar import CalendarEntity, CalendarEntityDescription, CalendarEvent
from homeassistant.components.zone import async_active_zone
from homeassistant.const import STATE_NOT_HOME, Platform, UnitOfEnergy, UnitOfLength, UnitOfTime, UnitOfVolume
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.translation import async_translate_state_attr
from homeassistant.util import dt as dt_util

from .api import ChargingProgram, Day, Program, Recurrence
from .const import DOMAIN
from .coordinator import EndpointDescription
from .data import StellantisConfigEntry
from .endpoints import CHARGES, MAINTENANCE, TRIPS
from .entity import StellantisEntity, VehicleStateEntityDescription, async_add_reported_entities
from .vehicle.charging_session import ChargingSession
from .vehicle.maintenance import service_date
from .vehicle.state import VehicleState
from .vehicle.trip import Coordinates, TripRecord

PARALLEL_UPDATES = 0  # the coordinators fetch the data

CALENDAR_ENDPOINTS: Final[tuple[EndpointDescription[Any], ...]] = (TRIPS, CHARGES, MAINTENANCE)
DAY: Final = timedelta(days=1)
WEEKDAYS: Final = tuple(Day)
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
    """

    type: str
    start: timedelta
    end: timedelta
    days: tuple[Day, ...]
    once_after: datetime | None = None

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
            _build_activity("preconditioning", program, air_conditioning.measured_at, DEFAULT_PRECONDITIONING_DURATION)
            for program in air_conditioning.programs
        ]
    if energy and charging:
        programs = charging.schedule.programs if charging.schedule else ()
        activities += [
            _build_activity("charging", program, energy.measured_at, DEFAULT_CHARGING_DURATION) for program in programs
        ]
        if delayed_time := state.next_delayed_charge:
            start = timedelta(hours=delayed_time.hour, minutes=delayed_time.minute)
            program = Program(enabled=True, recurrence=Recurrence.NONE, start=start)
            activities.append(
                _build_activity("delayed_charging", program, energy.measured_at, DEFAULT_CHARGING_DURATION)
            )
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
    )


@dataclass(frozen=True, kw_only=True)
class StellantisCalendarDescription(
    VehicleStateEntityDescription[tuple[ScheduledActivity, ...]], CalendarEntityDescription
):
    """Describe a calendar."""


CALENDARS: Final = (
    StellantisCalendarDescription(
        key="calendar",
        translation_key="calendar",
        value_fn=build_activities,
        source="preconditioning.air_conditioning.programs, energies[Electric].charging; trip",
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the calendar of each car."""
    await async_add_reported_entities(entry, async_add_entities, Platform.CALENDAR, CALENDARS, StellantisCalendar)


class StellantisCalendar(
    StellantisEntity[StellantisCalendarDescription, tuple[ScheduledActivity, ...]], CalendarEntity
):
    """Calendar of a car. Its state only reflects scheduled activities."""

    entity_description: StellantisCalendarDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Update subscribed frontends when trips or charging sessions are added."""
        await super().async_added_to_hass()
        for endpoint in CALENDAR_ENDPOINTS:
            if coordinator := self.car.coordinator_for(endpoint):
                self.async_on_remove(coordinator.async_add_listener(self.async_update_event_listeners))

    @property
    @override
    def event(self) -> CalendarEvent | None:
        """Return the current or next scheduled activity."""
        now, zone = dt_util.utcnow(), dt_util.get_default_time_zone()
        upcoming = [
            (times, activity)
            for activity in self._value or ()
            if (times := next(activity.iter_occurrences(now, zone), None))
        ]
        if not upcoming:
            return None
        (start, end), activity = min(upcoming, key=lambda occurrence: occurrence[0])
        return self._activity_event(activity, start, end)

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        """Return the trips, charging sessions, scheduled activities and the next service in a time range."""
        now, zone, store = dt_util.utcnow(), dt_util.get_default_time_zone(), self.car.store
        events = [
            self._trip_event(trip)
            for trip in store.trips
            if trip.is_drive and trip.start < end_date and trip.end > start_date
        ]
        events += [
            self._charging_event(session)
            for session in store.charging_sessions
            if session.has_gain and session.start < end_date and session.end > start_date
        ]
        for activity in self._value or ():
            occurrences = takewhile(lambda times: times[0] < end_date, activity.iter_occurrences(now, zone))
            events += [self._activity_event(activity, start, end) for start, end in occurrences if end > start_date]
        maintenance = self.car.coordinator_for(MAINTENANCE)
        due = service_date(maintenance.data) if maintenance and maintenance.has_data else None
        if due and start_date - DAY < dt_util.start_of_local_day(due) < end_date:
            service = self._translate("service")
            events.append(CalendarEvent(start=due, end=due + DAY, summary=service, description=self.car.name))
        return sorted(events, key=lambda event: event.start_datetime_local)

    def _activity_event(self, activity: ScheduledActivity, start: datetime, end: datetime) -> CalendarEvent:
        return self._build_event(activity.type, start, end, rrule=activity.rrule)

    def _trip_event(self, trip: TripRecord) -> CalendarEvent:
        units, cost = self.hass.config.units, (trip.cost, 2, trip.currency or self.hass.config.currency)
        distance = units.length(trip.distance, UnitOfLength.KILOMETERS)
        return self._build_event(
            "trip",
            trip.start,
            trip.end,
            _format_amounts((distance, 0 if distance >= 10 else 1, units.length_unit)),  # noqa: PLR2004
            description=_format_amounts(
                (trip.minutes, 0, UnitOfTime.MINUTES),
                (trip.electricity, 1, UnitOfEnergy.KILO_WATT_HOUR),
                (trip.fuel, 1, UnitOfVolume.LITERS),
                cost,
            ),
            location=trip.destination and self._location_name(trip.destination),
        )

    def _charging_event(self, session: ChargingSession) -> CalendarEvent:
        return self._build_event(
            "charge",
            session.start,
            session.end,
            f"{session.start_level:.0f} → {session.end_level:.0f} %",
            description=", ".join(
                filter(
                    None,
                    (
                        # The start or the end is a bound
                        None if session.minutes is not None else self._translate("time_unknown"),
                        _format_amounts(
                            (session.minutes, 0, UnitOfTime.MINUTES),
                            (session.energy, 1, UnitOfEnergy.KILO_WATT_HOUR),
                            (session.cost, 2, session.currency or self.hass.config.currency),
                        ),
                    ),
                )
            ),
            location=None if session.zone == STATE_NOT_HOME else session.zone,
        )

    def _build_event(
        self,
        message: str,
        start: datetime,
        end: datetime,
        *details: str,
        description: str | None = None,
        location: str | None = None,
        rrule: str | None = None,
    ) -> CalendarEvent:
        """Create an event with a summary in Home Assistant's language; the frontend does not translate it."""
        start, end = dt_util.as_local(start), dt_util.as_local(end)
        return CalendarEvent(
            start=start,
            # When clocks are set back, the local end may be before the local start, which Home Assistant rejects
            end=max(start, end),
            summary=", ".join((self._translate(message), *details)),
            # With several cars, Home Assistant shows the name of the calendar only, which is the same for all
            description=", ".join(filter(None, (self.car.name, description))),
            location=location,
            rrule=rrule,
        )

    def _translate(self, message: str) -> str:
        return async_translate_state_attr(
            self.hass, message, Platform.CALENDAR, DOMAIN, self.translation_key, None, "message"
        )

    def _location_name(self, position: Coordinates) -> str:
        """Return the name of the zone at a position, or else its latitude and longitude."""
        longitude, latitude = position
        zone = async_active_zone(self.hass, latitude, longitude)
        return zone.name if zone else f"{latitude:.5f}, {longitude:.5f}"


def _format_amounts(*amounts: tuple[float | None, int, str]) -> str:
    """Format (amount, digits, unit) tuples as a comma-separated text, without unknown amounts."""
    return ", ".join(f"{amount:.{digits}f} {unit}" for amount, digits, unit in amounts if amount is not None)
