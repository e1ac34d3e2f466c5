"""The table of the endpoints of a car, and how each is fetched and merged with earlier data."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from homeassistant.components.recorder import DOMAIN as RECORDER
from homeassistant.components.zone import ENTITY_ID_HOME, async_active_zone
from homeassistant.const import STATE_HOME, STATE_NOT_HOME
from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from .account import AccountContext
from .api import (
    Maintenance,
    NoData,
    NotFound,
    Status,
    StellantisError,
    TimeRange,
    Trip,
    has_better_time,
    merge_newest,
)
from .coordinator import EndpointCoordinator, EndpointDescription
from .history.collisions import Collisions, build_collisions
from .history.events import (
    Alarms,
    Alerts,
    ChargingSessions,
    Trips,
    build_alarms,
    build_alerts,
    build_charging_sessions,
    build_trips,
)
from .history.store import CLOCK_TOLERANCE, EventCursor, has_ended, newest_end
from .vehicle.battery import battery_capacity
from .vehicle.charging_power import charging_power
from .vehicle.charging_reading import BatterySample
from .vehicle.charging_session import update_session
from .vehicle.charging_start import started_session
from .vehicle.settings import BATTERY_CAPACITY
from .vehicle.state import Activity, VehicleState
from .vehicle.trip import TripRecord, build_trip_record, get_coordinates

# Events may reach the platform late
OVERLAP: Final = timedelta(days=1)
TRIPS_OVERLAP: Final = timedelta(days=7)
# The trips were listed, and there was none
NEVER: Final = datetime(1970, 1, 8, tzinfo=UTC)


def usable_capacity(account: AccountContext, vin: str, state: VehicleState | None) -> float | None:
    """Return the usable battery capacity of a car in kWh: the one that the user entered, or else a credible one."""
    return BATTERY_CAPACITY.get(account.entry.options, vin) or (battery_capacity(state.electric) if state else None)


async def _fetch_status(coordinator: EndpointCoordinator[VehicleState]) -> VehicleState:
    """Fetch the status: GET /user/vehicles/{id}/status."""
    status, now = await coordinator.account.client.status(coordinator.vehicle_id), dt_util.utcnow()
    if (
        coordinator.has_data
        and status is coordinator.last_response
        and not has_better_time(coordinator.data.status, status, now)
    ):
        return VehicleState.from_status(now, coordinator.vehicle, coordinator.data.status, coordinator.data)
    coordinator.last_response = status
    return merge_status(coordinator, status)


def merge_status(coordinator: EndpointCoordinator[VehicleState], status: Status) -> VehicleState:
    """Return the state of the car after merging a status into the last one; the newest of each part counts."""
    now, last_status = dt_util.utcnow(), coordinator.account.last_status
    known = coordinator.data.status if coordinator.has_data else last_status.get(coordinator.vin)
    merged = merge_newest(known, status, now)
    last_status.async_set(coordinator.vin, merged)
    return VehicleState.from_status(now, coordinator.vehicle, merged, coordinator.data)


async def _fetch_maintenance(coordinator: EndpointCoordinator[Maintenance]) -> Maintenance:
    """Fetch the maintenance data: GET /user/vehicles/{id}/maintenance."""
    return await coordinator.account.client.maintenance(coordinator.vehicle_id)


async def _fetch_alerts(coordinator: EndpointCoordinator[Alerts]) -> Alerts:
    """Fetch the recent alerts: GET /user/vehicles/{id}/alerts."""
    cursor = coordinator.car_store.alert_cursor
    request = coordinator.account.client.alerts(coordinator.vehicle_id, timestamps=_time_filter(cursor))
    return _update_cursor(coordinator, cursor, build_alerts, await _collect(request))


async def _fetch_alarms(coordinator: EndpointCoordinator[Alarms]) -> Alarms:
    """Fetch the recent alarms: GET /user/vehicles/{id}/alarms."""
    cursor = coordinator.car_store.alarm_cursor
    request = coordinator.account.client.alarms(coordinator.vehicle_id, timestamps=_time_filter(cursor))
    try:
        alarms = [alarm async for alarm in request]
    except NoData:
        alarms = []
        if not coordinator.has_data and not cursor.seen:
            # Not every car has an alarm system. The first alarm of one that turns out to have one is new
            _update_cursor(coordinator, cursor, build_alarms, alarms)
            raise
    return _update_cursor(coordinator, cursor, build_alarms, alarms)


async def _fetch_collisions(coordinator: EndpointCoordinator[Collisions]) -> Collisions:
    """Fetch the recent collisions: GET /user/vehicles/{id}/collisions."""
    cursor = coordinator.car_store.collision_cursor
    request = coordinator.account.client.collisions(coordinator.vehicle_id, timestamps=_time_filter(cursor))
    return _update_cursor(coordinator, cursor, build_collisions, await _collect(request))


def _time_filter(cursor: EventCursor) -> Sequence[TimeRange]:
    return [TimeRange(start=min(cursor.since, dt_util.utcnow()) - OVERLAP)] if cursor.since else ()


async def _collect[RecordT](records: AsyncIterator[RecordT]) -> list[RecordT]:
    """Return the listed records. If there is none, some servers respond that the collection does not exist."""
    try:
        return [record async for record in records]
    except NotFound:
        return []


def _update_cursor[RecordT, DataT](
    coordinator: EndpointCoordinator[Any],
    cursor: EventCursor,
    build_fn: Callable[[EventCursor, Iterable[RecordT], datetime], DataT],
    records: Iterable[RecordT],
) -> DataT:
    """Return the data of records, and save the cursor if it has moved."""
    before = replace(cursor)
    data = build_fn(cursor, records, dt_util.utcnow())
    if cursor != before:
        coordinator.account.store.async_schedule_save()
    return data


async def _fetch_trips(coordinator: EndpointCoordinator[Trips]) -> Trips:
    """Fetch the trips since the last listed one, or the whole history: GET /user/vehicles/{id}/trips.

    The history is listed in any order. If it was only fetched in part, the trips before the first stored one are
    fetched, too.
    """
    store, now = coordinator.car_store, dt_util.utcnow()
    was_complete, stored = store.history_complete, store.trips
    timestamps: list[TimeRange] = []
    # A store of an older version does not know what was listed; with trips that were pushed only, all are fetched
    if store.listed_until and store.listed_until > now + CLOCK_TOLERANCE:
        store.listed_until = None  # what was listed when the clock was ahead is not known
    if listed_until := store.listed_until or newest_end(stored, now):
        timestamps.append(TimeRange(start=listed_until - TRIPS_OVERLAP))
    if stored and not was_complete:
        timestamps.append(TimeRange(end=stored[0].end + OVERLAP))
    records: list[TripRecord | None] = []
    failure: StellantisError | None = None
    try:
        async for trip in coordinator.account.client.trips(coordinator.vehicle_id, timestamps=timestamps):
            records.append(_build_trip_record(coordinator, trip))  # noqa: PERF401 - keep trips before a failure
    except NotFound:
        pass  # no trip in this time
    except StellantisError as err:
        if was_complete:
            raise  # the trips are still new at the next attempt
        failure = err  # keep what was received of a long history
    listed = [record for record in records if record]
    new = _add_trips(coordinator, listed)
    if failure:
        coordinator.account.store.async_schedule_save()
        raise failure
    ends = [record.end for record in listed]
    state = (store.history_complete, store.listed_until)
    store.history_complete = True
    store.listed_until = max([*ends, *filter(None, [store.listed_until])], default=NEVER)
    if store.trips is not stored or state != (store.history_complete, store.listed_until):
        coordinator.account.store.async_schedule_save()
    return _build_trips(coordinator, new if was_complete else ())


def _add_trips(coordinator: EndpointCoordinator[Trips], records: Iterable[TripRecord]) -> list[TripRecord]:
    """Add trips to the store, and return the new ones."""
    store = coordinator.car_store
    new = store.add_trips(records)
    if RECORDER not in coordinator.hass.config.components:
        # Nothing waits for the statistics
        store.archive(is_forced=True)
    return new


def _build_trips(coordinator: EndpointCoordinator[Trips], new: Iterable[TripRecord]) -> Trips:
    store, has_price = coordinator.car_store, coordinator.account.prices.has_driving_price(coordinator.vehicle_state)
    now = dt_util.utcnow()
    newest = newest_end(store.trips, now)
    return build_trips(
        store,
        # Trips that are listed late are news, but not those of a history that was not available before
        [trip for trip in new if newest and newest - trip.end <= TRIPS_OVERLAP],
        currency=coordinator.hass.config.currency if has_price else None,
        now=now,
    )


@callback
def async_add_pushed_trip(coordinator: EndpointCoordinator[Trips], trip: Trip) -> None:
    """Add a trip from a notification, unless the history is still being fetched, which will contain it."""
    store, record = coordinator.car_store, _build_trip_record(coordinator, trip)
    if record is None or not store.history_complete:
        return
    old_trips, new = store.trips, _add_trips(coordinator, [record])
    if store.trips is not old_trips:
        coordinator.account.store.async_schedule_save()
        coordinator.async_set_pushed_data(_build_trips(coordinator, new))


def _build_trip_record(coordinator: EndpointCoordinator[Trips], trip: Trip) -> TripRecord | None:
    """Return the record of a trip that has ended by now; current prices apply to a recent trip only."""
    prices, state = coordinator.account.prices, coordinator.vehicle_state
    now = dt_util.utcnow()
    is_recent = trip.stopped_at is not None and now - trip.stopped_at < OVERLAP
    electricity, fuel = (prices.electricity, prices.fuel) if is_recent else (None, None)
    record = build_trip_record(
        trip,
        has_combustion_engine=state is None or state.has_combustion_engine,
        is_electric=state is not None and state.electric is not None,
        capacity=usable_capacity(coordinator.account, coordinator.vin, state),
        electricity_price=electricity,
        fuel_price=fuel,
        currency=coordinator.hass.config.currency,
        now=now,
    )
    return record if record and has_ended(record, now) else None


async def _track_charging(coordinator: EndpointCoordinator[ChargingSessions]) -> ChargingSessions:
    """Update the charging session from the current state of the car, without a request."""
    store, prices, state = coordinator.car_store, coordinator.account.prices, coordinator.vehicle_state
    now = dt_util.utcnow()
    if state is None or state.charging is None:
        return coordinator.data  # no battery, or no status yet
    place: str | None = None
    if position := get_coordinates(state.position):
        zone = async_active_zone(coordinator.hass, position[1], position[0])
        place = zone.name if zone else STATE_NOT_HOME
    update = update_session(
        store.active_session,
        store.battery_sample,
        state,
        now=now,
        capacity=BATTERY_CAPACITY.get(coordinator.account.entry.options, coordinator.vin),
        zone=place,
        # Only to find a name of the place
        position=position if coordinator.account.place_names.source else None,
        price=prices.electricity,
        currency=coordinator.hass.config.currency,
        last_end=newest_end(store.charging_sessions, now),
    )
    started = started_session(store.active_session, store.battery_sample, update, is_charging=state.is_charging)
    home = coordinator.hass.states.get(ENTITY_ID_HOME)
    is_home_new = home is not None and store.add_home_name(home.name)
    is_changed = update.active != store.active_session or _has_moved(store.battery_sample, update.sample)
    store.active_session, store.battery_sample = update.active, update.sample
    ended = coordinator.account.session_hooks.async_apply(coordinator.vin, update.active, update.ended)
    for session in ended:
        store.add_charging_session(session)
    if RECORDER not in coordinator.hass.config.components:
        store.archive(is_forced=True)
    if is_changed or is_home_new or ended:
        coordinator.account.store.async_schedule_save()
    currency = coordinator.hass.config.currency if prices.has_charging_price(state) else None
    sessions = build_charging_sessions(store, ended, started=started, currency=currency, now=now)
    has_capacity = usable_capacity(coordinator.account, coordinator.vin, state) is not None
    power = charging_power(store.active_session, is_charging=state.is_charging) if has_capacity else None
    last_zone = sessions.last.zone if sessions.last and not state.is_position_hidden else None
    # As the state of a device tracker there; home may have had another name at the time
    place = STATE_HOME if last_zone in store.home_names else last_zone
    return replace(sessions, has_capacity=has_capacity, power=power, place=place)


def _has_moved(old: BatterySample | None, new: BatterySample | None) -> bool:
    """Return whether a sample differs in more than its time, which alone is not worth writing."""
    return old != (new and old and replace(new, measured_at=old.measured_at, residual=old.residual))


def _has_drive_ended(old: VehicleState | None, new: VehicleState) -> bool:
    """Return whether the car was driven since the last state and is not driven now."""
    if old is None or not new.is_parked:
        return False
    return not old.is_parked or (old.mileage is not None and new.mileage is not None and new.mileage > old.mileage)


def _has_drive_begun_or_ended(old: VehicleState | None, new: VehicleState) -> bool:
    return (old is not None and not new.is_parked and old.is_parked) or _has_drive_ended(old, new)


def _has_alarm_changed(old: VehicleState | None, new: VehicleState) -> bool:
    if old is None or old.status.alarm is new.status.alarm:
        return False
    return _comparable_alarm(old) != _comparable_alarm(new)


def _comparable_alarm(state: VehicleState) -> tuple[object, ...]:
    """Return the alarm's state without its timestamp."""
    status, trigger = (alarm.status, alarm.trigger) if (alarm := state.status.alarm) else (None, None)
    return status and status.activation, trigger and trigger.type, trigger and trigger.start_at


def _may_have_collided(old: VehicleState | None, new: VehicleState) -> bool:
    """Return whether the car was driven since the last state, or its emergency call was triggered."""
    return _has_drive_ended(old, new) or (old is not None and _emergency_call(old) != _emergency_call(new))


def _emergency_call(state: VehicleState) -> object:
    return state.status.safety and state.status.safety.auto_ecall_triggering


def _has_charging_changed(old: VehicleState | None, new: VehicleState) -> bool:
    return old is None or old.electric != new.electric


def get_refresh_parts(state: VehicleState) -> tuple[object, ...]:
    """Return the parts of a state by which an endpoint's `needs_refresh_fn` decides."""
    return state.is_parked, state.mileage, state.status.alarm, _emergency_call(state), state.electric


STATUS: Final = EndpointDescription[VehicleState](
    key="status",
    fetch_fn=_fetch_status,
    intervals={},
    budget_share=0.6,
    push_intervals={
        # A car that drives or charges is reported every few minutes
        Activity.ACTIVE: timedelta(minutes=15),
        Activity.PARKED: timedelta(hours=6),
        Activity.ASLEEP: timedelta(hours=12),
    },
)
MAINTENANCE: Final = EndpointDescription[Maintenance](
    key="maintenance",
    fetch_fn=_fetch_maintenance,
    budget_share=0.05,
    intervals=dict.fromkeys(Activity, timedelta(hours=12)),
    needs_refresh_fn=_has_drive_ended,
)
ALERTS: Final = EndpointDescription[Alerts](
    key="alerts",
    fetch_fn=_fetch_alerts,
    budget_share=0.15,
    intervals={
        Activity.ACTIVE: timedelta(minutes=15),
        Activity.PARKED: timedelta(hours=1),
        Activity.ASLEEP: timedelta(hours=6),
    },
    scope="data:alert",
    needs_refresh_fn=_has_drive_begun_or_ended,
    retry_if_empty=True,
    push_intervals=dict.fromkeys(Activity, timedelta(hours=12)),
)
ALARMS: Final = EndpointDescription[Alarms](
    key="alarms",
    fetch_fn=_fetch_alarms,
    budget_share=0.05,
    intervals=dict.fromkeys(Activity, timedelta(hours=12)),
    needs_refresh_fn=_has_alarm_changed,
    retry_if_empty=True,
)
COLLISIONS: Final = EndpointDescription[Collisions](
    key="collisions",
    fetch_fn=_fetch_collisions,
    budget_share=0.04,
    intervals={},
    scope="data:collision",
    needs_refresh_fn=_may_have_collided,
)
TRIPS: Final = EndpointDescription[Trips](
    key="trips",
    fetch_fn=_fetch_trips,
    budget_share=0.1,
    intervals={},
    scope="data:trip",
    needs_refresh_fn=_has_drive_ended,
    retry_if_empty=True,
    push_intervals={},
)
CHARGES: Final = EndpointDescription[ChargingSessions](
    key="charges", fetch_fn=_track_charging, intervals={}, needs_refresh_fn=_has_charging_changed
)

# All endpoints but the status
SECONDARY_ENDPOINTS: Final[tuple[EndpointDescription[Any], ...]] = (
    MAINTENANCE,
    ALERTS,
    ALARMS,
    COLLISIONS,
    TRIPS,
    CHARGES,
)
