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

from .api import ChargeProgram, ChargingStatus, Day, Program, Recurrence
from .const import DOMAIN
from .coordinator import Endpoint
from .data import StellantisConfigEntry
from .endpoints import CHARGES, TRIPS
from .entity import ReadingDescription, StellantisEntity, async_add_when_told
from .vehicle.charging_session import ChargeRecord
from .vehicle.state import Reading
from .vehicle.trip import Place, TripRecord

PARALLEL_UPDATES = 0  # the coordinator reads

RECORDS: Final[tuple[Endpoint[Any], ...]] = (TRIPS, CHARGES)
DAY: Final = timedelta(days=1)
WEEK: Final = tuple(Day)
# For so many days what recurs is told ahead
AHEAD: Final = 366
# The car tells when these begin, not always when they end
CHARGING: Final = timedelta(hours=1)
PRECONDITIONING: Final = timedelta(minutes=10)
# Where the charging is at this, no charge waits for its time
NOT_DELAYED: Final = (ChargingStatus.IN_PROGRESS, ChargingStatus.FINISHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the car will do by the clock on the wall.

    Attributes:
        kind: what it will do.
        start: since midnight.
        end: since the same midnight, even if it is on the next day.
        days: of the week.
        once: None of what recurs; else when the car told of it: it happens the next time after that.
    """

    kind: str
    start: timedelta
    end: timedelta
    days: tuple[Day, ...]
    once: datetime | None = None

    @property
    def rrule(self) -> str | None:
        """How it recurs, in iCalendar's words."""
        return None if self.once else f"FREQ=WEEKLY;BYDAY={','.join(day[:2].upper() for day in self.days)}"

    def occurrences(self, now: datetime, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
        """Yield start and end of each time that it is under way or still to come."""
        today = (self.once or now).astimezone(zone).date()
        for number in range(-1, AHEAD):
            day = today + number * DAY
            if WEEK[day.weekday()] not in self.days:
                continue
            # First what the clock shows, then when that is: some days have 23 hours or 25
            midnight = datetime.combine(day, time())
            start, end = (dt_util.as_utc((midnight + at).replace(tzinfo=zone)) for at in (self.start, self.end))
            if self.once and start < self.once:
                continue
            if end > now:
                yield start, end
            if self.once:
                return


def plans(reading: Reading) -> tuple[Plan, ...]:
    """Return what the car has planned: the programs that are on, and a charge that waits for its time."""
    energy, charging, air = reading.electric, reading.charging, reading.air_conditioning
    found: list[Plan | None] = []
    if air:
        found += [_plan("preconditioning", program, air.measured_at, PRECONDITIONING) for program in air.programs]
    if energy and charging:
        programs = charging.schedule.programs if charging.schedule else ()
        found += [_plan("charging", program, energy.measured_at, CHARGING) for program in programs]
        delayed = charging.next_delayed_time
        # Cars that know of none say midnight
        if delayed and delayed != time() and charging.plugged and charging.status not in NOT_DELAYED:
            start = timedelta(hours=delayed.hour, minutes=delayed.minute)
            next_one = Program(enabled=True, recurrence=Recurrence.NONE, start=start)
            found.append(_plan("delayed_charging", next_one, energy.measured_at, CHARGING))
    return tuple(plan for plan in found if plan)


def _plan(kind: str, program: Program, told: datetime | None, usual: timedelta) -> Plan | None:
    """Return the plan that a program is, if it is on. One without days means each day."""
    days = tuple(day for day in WEEK if day in (program.days or WEEK))
    once = program.recurrence == Recurrence.NONE
    if not program.enabled or program.start is None or program.start >= DAY or not days or (once and not told):
        return None
    end = program.end if isinstance(program, ChargeProgram) else None
    end = program.start + usual if end is None else end % DAY
    return Plan(
        kind=kind,
        start=program.start,
        end=end if end > program.start else end + DAY,
        days=days,
        once=told if once else None,
    )


@dataclass(frozen=True, kw_only=True)
class StellantisCalendarDescription(ReadingDescription[tuple[Plan, ...]], CalendarEntityDescription):
    """The calendar of a car."""


CALENDARS: Final = (
    StellantisCalendarDescription(
        key="calendar",
        translation_key="calendar",
        value_fn=plans,
        source="preconditioning.air_conditioning.programs, energies[Electric].charging; trip",
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the calendar of each car."""
    await async_add_when_told(entry, async_add_entities, Platform.CALENDAR, CALENDARS, StellantisCalendar)


class StellantisCalendar(StellantisEntity[StellantisCalendarDescription, tuple[Plan, ...]], CalendarEntity):
    """What a car did and will do. Its state is that of its plans."""

    entity_description: StellantisCalendarDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Have new trips and charges shown where somebody looks."""
        await super().async_added_to_hass()
        for endpoint in RECORDS:
            if records := self.car.reads(endpoint):
                self.async_on_remove(records.async_add_listener(self.async_update_event_listeners))

    @property
    @override
    def event(self) -> CalendarEvent | None:
        """Return what is planned and under way, or comes next."""
        now, zone = dt_util.utcnow(), dt_util.get_default_time_zone()
        found = [(times, plan) for plan in self._value or () if (times := next(plan.occurrences(now, zone), None))]
        first = min(found, key=lambda one: one[0], default=None)
        return self._planned(first[1], *first[0]) if first else None

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        """Return trips, charges and plans in a time."""
        now, zone, ledger = dt_util.utcnow(), dt_util.get_default_time_zone(), self.car.ledger
        found = [self._trip(trip) for trip in ledger.trips if trip.start < end_date and trip.end > start_date]
        found += [self._charge(one) for one in ledger.charges if one.start < end_date and one.end > start_date]
        for plan in self._value or ():
            coming = takewhile(lambda times: times[0] < end_date, plan.occurrences(now, zone))
            found += [self._planned(plan, start, end) for start, end in coming if end > start_date]
        return sorted(found, key=lambda event: event.start_datetime_local)

    def _planned(self, plan: Plan, start: datetime, end: datetime) -> CalendarEvent:
        return self._event(plan.kind, start, end, rrule=plan.rrule)

    def _trip(self, trip: TripRecord) -> CalendarEvent:
        units, cost = self.hass.config.units, (trip.cost, 2, self.hass.config.currency)
        distance = units.length(trip.distance, UnitOfLength.KILOMETERS)
        return self._event(
            "trip",
            trip.start,
            trip.end,
            _amounts((distance, 0 if distance >= 10 else 1, units.length_unit)),  # noqa: PLR2004
            description=_amounts(
                (trip.hours * 60, 0, UnitOfTime.MINUTES),
                (trip.electricity, 1, UnitOfEnergy.KILO_WATT_HOUR),
                (trip.fuel, 1, UnitOfVolume.LITERS),
                cost,
            ),
            location=trip.destination and self._name(trip.destination),
        )

    def _charge(self, charge: ChargeRecord) -> CalendarEvent:
        return self._event(
            "charge",
            charge.start,
            charge.end,
            f"{charge.start_level:.0f} → {charge.end_level:.0f} %",
            description=_amounts(
                (charge.minutes, 0, UnitOfTime.MINUTES),
                (charge.energy, 1, UnitOfEnergy.KILO_WATT_HOUR),
                (charge.cost, 2, self.hass.config.currency),
            ),
            location=charge.place,
        )

    def _event(
        self,
        kind: str,
        start: datetime,
        end: datetime,
        *more: str,
        description: str | None = None,
        location: str | None = None,
        rrule: str | None = None,
    ) -> CalendarEvent:
        """Return an event, named in the language of Home Assistant: the frontend shows it as it is."""
        names = (Platform.CALENDAR, DOMAIN, self.translation_key, None, "message")
        start, end = dt_util.as_local(start), dt_util.as_local(end)
        return CalendarEvent(
            start=start,
            # In the night in which an hour recurs the clock may show less at the end, which Home Assistant refuses
            end=max(start, end),
            summary=", ".join((async_translate_state_attr(self.hass, kind, *names), *more)),
            description=description,
            location=location,
            rrule=rrule,
        )

    def _name(self, place: Place) -> str:
        """Return the zone in which a place is, or else its latitude and longitude."""
        longitude, latitude = place
        zone = async_active_zone(self.hass, latitude, longitude)
        return zone.name if zone else f"{latitude:.5f}, {longitude:.5f}"


def _amounts(*amounts: tuple[float | None, int, str]) -> str:
    """Return the amounts that are known, each with so many decimals and its unit."""
    return ", ".join(f"{amount:.{digits}f} {unit}" for amount, digits, unit in amounts if amount is not None)
