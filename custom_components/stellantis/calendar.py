"""The calendar of a car: what was driven and charged, and what it will do by the clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from itertools import takewhile
from typing import Any, Final, override

from homeassistant.components.calendar import CalendarEntity, CalendarEntityDescription, CalendarEvent
from homeassistant.components.zone import async_active_zone
from homeassistant.const import Platform, UnitOfEnergy, UnitOfLength, UnitOfTime, UnitOfVolume
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.translation import async_translate_state_attr
from homeassistant.util import dt as dt_util

from .api import ChargingProgram, ChargingStatus, Day, Program, Recurrence
from .const import DOMAIN
from .coordinator import EndpointDescription
from .data import StellantisConfigEntry
from .endpoints import CHARGES, TRIPS
from .entity import StellantisEntity, VehicleStateEntityDescription, async_add_reported_entities
from .vehicle.charging_session import ChargingSession
from .vehicle.state import VehicleState
from .vehicle.trip import Coordinates, TripRecord

PARALLEL_UPDATES = 0  # the coordinator reads

CALENDAR_ENDPOINTS: Final[tuple[EndpointDescription[Any], ...]] = (TRIPS, CHARGES)
DAY: Final = timedelta(days=1)
WEEKDAYS: Final = tuple(Day)
# For so many days what recurs is told ahead
LOOKAHEAD_DAYS: Final = 366
# The car tells when these begin, not always when they end
DEFAULT_CHARGING_DURATION: Final = timedelta(hours=1)
DEFAULT_PRECONDITIONING_DURATION: Final = timedelta(minutes=10)
# Where the charging is at this, no charge waits for its time
NOT_WAITING_STATUSES: Final = (ChargingStatus.IN_PROGRESS, ChargingStatus.FINISHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledActivity:
    """What the car will do by the clock on the wall.

    Attributes:
        kind: what it will do.
        start: since midnight.
        end: since the same midnight, even if it is on the next day.
        days: of the week.
        once: None of what recurs; else when the car told of it: it happens the next time after that.
    """

    type: str
    start: timedelta
    end: timedelta
    days: tuple[Day, ...]
    once_after: datetime | None = None

    @property
    def rrule(self) -> str | None:
        """How it recurs, in iCalendar's words."""
        return None if self.once_after else f"FREQ=WEEKLY;BYDAY={','.join(day[:2].upper() for day in self.days)}"

    def iter_occurrences(self, now: datetime, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
        """Yield start and end of each time that it is under way or still to come."""
        first_day = (self.once_after or now).astimezone(zone).date()
        for offset in range(-1, LOOKAHEAD_DAYS):
            day = first_day + offset * DAY
            if WEEKDAYS[day.weekday()] not in self.days:
                continue
            # First what the clock shows, then when that is: some days have 23 hours or 25
            midnight = datetime.combine(day, time())
            start, end = (dt_util.as_utc((midnight + at).replace(tzinfo=zone)) for at in (self.start, self.end))
            if self.once_after and start < self.once_after:
                continue
            if end > now:
                yield start, end
            if self.once_after:
                return


def build_activities(state: VehicleState) -> tuple[ScheduledActivity, ...]:
    """Return what the car has planned: the programs that are on, and a charge that waits for its time."""
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
        delayed_time = charging.next_delayed_time
        # Cars that know of none say midnight
        if delayed_time and delayed_time != time() and charging.plugged and charging.status not in NOT_WAITING_STATUSES:
            start = timedelta(hours=delayed_time.hour, minutes=delayed_time.minute)
            program = Program(enabled=True, recurrence=Recurrence.NONE, start=start)
            activities.append(
                _build_activity("delayed_charging", program, energy.measured_at, DEFAULT_CHARGING_DURATION)
            )
    return tuple(plan for plan in activities if plan)


def _build_activity(
    activity_type: str, program: Program, measured_at: datetime | None, default_duration: timedelta
) -> ScheduledActivity | None:
    """Return the plan that a program is, if it is on. One without days means each day."""
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
    """The calendar of a car."""


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
    """Add the calendar of each car."""
    await async_add_reported_entities(entry, async_add_entities, Platform.CALENDAR, CALENDARS, StellantisCalendar)


class StellantisCalendar(
    StellantisEntity[StellantisCalendarDescription, tuple[ScheduledActivity, ...]], CalendarEntity
):
    """What a car did and will do. Its state is that of its plans."""

    entity_description: StellantisCalendarDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Have new trips and charges shown where somebody looks."""
        await super().async_added_to_hass()
        for endpoint in CALENDAR_ENDPOINTS:
            if coordinator := self.car.coordinator_for(endpoint):
                self.async_on_remove(coordinator.async_add_listener(self.async_update_event_listeners))

    @property
    @override
    def event(self) -> CalendarEvent | None:
        """Return what is planned and under way, or comes next."""
        now, zone = dt_util.utcnow(), dt_util.get_default_time_zone()
        upcoming = [
            (times, plan) for plan in self._value or () if (times := next(plan.iter_occurrences(now, zone), None))
        ]
        first = min(upcoming, key=lambda one: one[0], default=None)
        return self._activity_event(first[1], *first[0]) if first else None

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        """Return trips, charges and plans in a time."""
        now, zone, store = dt_util.utcnow(), dt_util.get_default_time_zone(), self.car.store
        events = [self._trip_event(trip) for trip in store.trips if trip.start < end_date and trip.end > start_date]
        events += [
            self._charging_event(one)
            for one in store.charging_sessions
            if one.start < end_date and one.end > start_date
        ]
        for activity in self._value or ():
            occurrences = takewhile(lambda times: times[0] < end_date, activity.iter_occurrences(now, zone))
            events += [self._activity_event(activity, start, end) for start, end in occurrences if end > start_date]
        return sorted(events, key=lambda event: event.start_datetime_local)

    def _activity_event(self, activity: ScheduledActivity, start: datetime, end: datetime) -> CalendarEvent:
        return self._build_event(activity.type, start, end, rrule=activity.rrule)

    def _trip_event(self, trip: TripRecord) -> CalendarEvent:
        units, cost = self.hass.config.units, (trip.cost, 2, self.hass.config.currency)
        distance = units.length(trip.distance, UnitOfLength.KILOMETERS)
        return self._build_event(
            "trip",
            trip.start,
            trip.end,
            _format_amounts((distance, 0 if distance >= 10 else 1, units.length_unit)),  # noqa: PLR2004
            description=_format_amounts(
                (trip.hours * 60, 0, UnitOfTime.MINUTES),
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
            description=_format_amounts(
                (session.minutes, 0, UnitOfTime.MINUTES),
                (session.energy, 1, UnitOfEnergy.KILO_WATT_HOUR),
                (session.cost, 2, self.hass.config.currency),
            ),
            location=session.zone,
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
        """Return an event, named in the language of Home Assistant: the frontend shows it as it is."""
        translation_path = (Platform.CALENDAR, DOMAIN, self.translation_key, None, "message")
        start, end = dt_util.as_local(start), dt_util.as_local(end)
        return CalendarEvent(
            start=start,
            # In the night in which an hour recurs the clock may show less at the end, which Home Assistant refuses
            end=max(start, end),
            summary=", ".join((async_translate_state_attr(self.hass, message, *translation_path), *details)),
            description=description,
            location=location,
            rrule=rrule,
        )

    def _location_name(self, position: Coordinates) -> str:
        """Return the zone in which a place is, or else its latitude and longitude."""
        longitude, latitude = position
        zone = async_active_zone(self.hass, latitude, longitude)
        return zone.name if zone else f"{latitude:.5f}, {longitude:.5f}"


def _format_amounts(*amounts: tuple[float | None, int, str]) -> str:
    """Return the amounts that are known, each with so many decimals and its unit."""
    return ", ".join(f"{amount:.{digits}f} {unit}" for amount, digits, unit in amounts if amount is not None)
