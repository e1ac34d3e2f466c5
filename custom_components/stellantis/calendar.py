"""Calendar of a car: past trips and charging sessions, and its programs, which the user can change in it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, Final, override

from homeassistant.components.calendar import (
    CalendarEntity,
    CalendarEntityDescription,
    CalendarEntityFeature,
    CalendarEvent,
)
from homeassistant.const import Platform, UnitOfEnergy, UnitOfLength, UnitOfTime, UnitOfVolume
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.translation import async_translate_state_attr
from homeassistant.util import dt as dt_util

from .commands.program_events import (
    PROGRAM_FEATURES,
    build_create_request,
    build_delete_request,
    build_update_request,
    is_only_charging_program,
)
from .const import DOMAIN
from .coordinator import EndpointDescription
from .data import StellantisConfigEntry
from .endpoints import CHARGES, MAINTENANCE, TRIPS
from .entity import StellantisEntity, VehicleStateEntityDescription
from .features import async_add_feature_entities, list_calendar_events
from .features.feature import CalendarEvents, FeatureEvent
from .number_format import format_number, format_percent
from .reported_entities import async_add_reported_entities
from .vehicle.activities import ScheduledActivity, build_activities
from .vehicle.charging_session import ChargingSession
from .vehicle.maintenance import service_date
from .vehicle.parts import PartsReader
from .vehicle.program_times import ProgramTimes, UnsupportedEventError, parse_event
from .vehicle.trip import Coordinates, TripRecord

PARALLEL_UPDATES = 0  # the coordinators fetch the data

CALENDAR_ENDPOINTS: Final[tuple[EndpointDescription[Any], ...]] = (TRIPS, CHARGES, MAINTENANCE)
DAY: Final = timedelta(days=1)
PROGRAM_EVENT_FEATURES: Final = (
    CalendarEntityFeature.CREATE_EVENT | CalendarEntityFeature.UPDATE_EVENT | CalendarEntityFeature.DELETE_EVENT
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
        value_fn=PartsReader(
            lambda state: (state.electric, state.charging, state.air_conditioning, state.next_delayed_charge),
            build_activities,
        ),
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
    await async_add_feature_entities(entry, async_add_entities, Platform.CALENDAR)


class StellantisCalendar(
    StellantisEntity[StellantisCalendarDescription, tuple[ScheduledActivity, ...]], CalendarEntity
):
    """Calendar of a car. Its state only reflects scheduled activities.

    Only events of programs have an id, with which the frontend offers to change and delete them.
    """

    entity_description: StellantisCalendarDescription
    _event: CalendarEvent | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Update subscribed frontends when trips or charging sessions are added."""
        await super().async_added_to_hass()
        for endpoint in CALENDAR_ENDPOINTS:
            if coordinator := self.car.coordinator_for(endpoint):
                self.async_on_remove(coordinator.async_add_listener(self.async_update_event_listeners))
        self.async_on_remove(self.car.account.place_names.async_add_listener(self.async_update_event_listeners))
        for events in list_calendar_events(self.car):
            self.async_on_remove(events.subscribe_fn(self.car, self.async_update_event_listeners))

    @property
    @override
    def event(self) -> CalendarEvent | None:
        """Return the current or next scheduled activity, as of the state that is being written."""
        return self._event

    @callback
    @override
    def _async_write_ha_state(self) -> None:
        # The base class reads the event several times
        self._event = self._next_event()
        super()._async_write_ha_state()

    def _next_event(self) -> CalendarEvent | None:
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
        for own in list_calendar_events(self.car):
            events += [self._feature_event(own, event) for event in own.list_fn(self.car, start_date, end_date)]
        return sorted(events, key=lambda event: event.start_datetime_local)

    @property
    @override
    def supported_features(self) -> CalendarEntityFeature:
        """Return whether the car has programs, or a feature has events, that can be changed."""
        can_change = self._program_types or list_calendar_events(self.car)
        return PROGRAM_EVENT_FEATURES if can_change else CalendarEntityFeature(0)

    @override
    async def async_create_event(self, **kwargs: Any) -> None:
        """Add a program that runs as an event occurs, or an event of a feature."""
        if own := self._find_feature_events(kwargs.get("summary", "")):
            await self._async_set_feature_event(own, None, kwargs)
            return
        commands = self.car.commands
        state = commands.expected_state if self.coordinator.has_data else None
        context = self._async_take_context()
        try:
            request = build_create_request(
                self._parse_type(kwargs.get("summary", "")), _parse_times(kwargs), state, commands.support
            )
        except UnsupportedEventError as err:
            raise _unsupported_event() from err
        await commands.async_send(request, context)

    @override
    async def async_update_event(
        self,
        uid: str,
        event: dict[str, Any],
        recurrence_id: str | None = None,
        recurrence_range: str | None = None,
    ) -> None:
        """Change a program, or an event of a feature."""
        if own := self._find_feature_events_by_uid(uid, recurrence_id):
            await self._async_set_feature_event(own, uid, event)
            return
        activity = self._find_activity(uid, recurrence_id)
        if self._parse_type(event.get("summary", "")) != activity.type:
            raise _unsupported_event()
        try:
            request = build_update_request(uid, _parse_times(event))
        except UnsupportedEventError as err:
            raise _unsupported_event() from err
        await self.car.commands.async_send(request, self._async_take_context())

    @override
    async def async_delete_event(
        self, uid: str, recurrence_id: str | None = None, recurrence_range: str | None = None
    ) -> None:
        """Delete a program, or an event of a feature."""
        if own := self._find_feature_events_by_uid(uid, recurrence_id):
            await self._async_set_feature_event(own, uid, None)
            return
        self._find_activity(uid, recurrence_id)
        await self.car.commands.async_send(build_delete_request(uid), self._async_take_context())

    @property
    def _program_types(self) -> list[str]:
        """The types of programs that can be changed."""
        available = self.car.commands.support.available
        return [activity_type for activity_type, feature in PROGRAM_FEATURES.items() if feature in available]

    def _parse_type(self, summary: str) -> str:
        """Return the type of program that an event names.

        Raises:
            ServiceValidationError: it names none.
        """
        names = {activity_type: self._translate(activity_type) for activity_type in self._program_types}
        entered = summary.strip().casefold()
        for activity_type, name in names.items():
            if entered and (entered in name.casefold() or name.casefold() in entered):
                return activity_type
        offered = [*names.values(), *self._feature_event_names]
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="event_without_program",
            translation_placeholders={"names": ", ".join(offered)},
        )

    @property
    def _feature_event_names(self) -> dict[str, CalendarEvents]:
        return {self._translate(events.key): events for events in list_calendar_events(self.car)}

    def _find_feature_events(self, summary: str) -> CalendarEvents | None:
        """Return the feature whose events have a title that begins like this one."""
        entered = summary.strip().casefold()
        names = self._feature_event_names
        return next((events for name, events in names.items() if entered.startswith(name.casefold())), None)

    def _find_feature_events_by_uid(self, uid: str, recurrence_id: str | None) -> CalendarEvents | None:
        """Return the feature that an event belongs to; None if it is that of a program.

        Raises:
            ServiceValidationError: only one of its events is meant.
        """
        key = uid.partition(" ")[0]
        own = next((events for events in list_calendar_events(self.car) if events.key == key), None)
        if own and recurrence_id:
            raise _unsupported_event()
        return own

    async def _async_set_feature_event(
        self, own: CalendarEvents, uid: str | None, event: dict[str, Any] | None
    ) -> None:
        """Create, change or delete an event of a feature."""
        try:
            await own.async_set(self.car, uid.partition(" ")[2] if uid else None, event, self._translate)
        except UnsupportedEventError as err:
            raise _unsupported_event() from err

    def _feature_event(self, own: CalendarEvents, event: FeatureEvent) -> CalendarEvent:
        details = (*event.details, *(self._translate(message) for message in event.messages))
        uid = f"{own.key} {event.uid}"
        return self._build_event(own.key, event.start, event.end, *details, rrule=event.rrule, uid=uid)

    def _find_activity(self, uid: str, recurrence_id: str | None) -> ScheduledActivity:
        """Return the activity of an event.

        Raises:
            ServiceValidationError: the car has no such program any more, or only one of its events is meant.
        """
        if recurrence_id:
            raise _unsupported_event()
        for activity in self._value or ():
            if activity.uid == uid and activity.type in self._program_types:
                return activity
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="nothing_to_change")

    def _activity_event(self, activity: ScheduledActivity, start: datetime, end: datetime) -> CalendarEvent:
        is_program = activity.type in self._program_types
        uid = activity.uid if is_program else None
        hint: str | None = None
        if self._program_types and not is_program:
            hint = "read_only"
        elif uid and is_only_charging_program(uid, self.car.commands.shown_state):
            hint = "only_program"
        description = self._translate(hint) if hint else None
        return self._build_event(activity.type, start, end, description=description, rrule=activity.rrule, uid=uid)

    def _trip_event(self, trip: TripRecord) -> CalendarEvent:
        units, cost = self.hass.config.units, (trip.cost, 2, trip.currency or self.hass.config.currency)
        distance = units.length(trip.distance, UnitOfLength.KILOMETERS)
        return self._build_event(
            "trip",
            trip.start,
            trip.end,
            self._format_amounts((distance, 0 if distance >= 10 else 1, units.length_unit)),  # noqa: PLR2004
            description=self._format_amounts(
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
            f"{session.start_level:.0f} → {format_percent(session.end_level, self.hass.config.language, 0)}",
            description=", ".join(
                filter(
                    None,
                    (
                        # The start or the end is a bound
                        None if session.minutes is not None else self._translate("time_unknown"),
                        self._format_amounts(
                            (session.minutes, 0, UnitOfTime.MINUTES),
                            (session.energy, 1, UnitOfEnergy.KILO_WATT_HOUR),
                            (session.cost, 2, session.currency or self.hass.config.currency),
                        ),
                    ),
                )
            ),
            location=self.car.account.place_names.async_get_of_session(session),
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
        uid: str | None = None,
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
            uid=uid,
        )

    def _translate(self, message: str) -> str:
        return async_translate_state_attr(
            self.hass, message, Platform.CALENDAR, DOMAIN, self.translation_key, None, "message"
        )

    def _format_amounts(self, *amounts: tuple[float | None, int, str]) -> str:
        """Format (amount, digits, unit) tuples as a comma-separated text, without unknown amounts."""
        language = self.hass.config.language
        return ", ".join(
            f"{format_number(amount, language, digits)} {unit}"
            for amount, digits, unit in amounts
            if amount is not None
        )

    def _location_name(self, position: Coordinates) -> str:
        """Return the name of a place, or else its latitude and longitude."""
        longitude, latitude = position
        return self.car.account.place_names.async_get(position) or f"{latitude:.5f}, {longitude:.5f}"


def _parse_times(event: dict[str, Any]) -> ProgramTimes:
    return parse_event(event, dt_util.utcnow())


def _unsupported_event() -> ServiceValidationError:
    return ServiceValidationError(translation_domain=DOMAIN, translation_key="event_unsupported")
