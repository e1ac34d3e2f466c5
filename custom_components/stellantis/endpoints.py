"""The table of the endpoints of a car, and how each is fetched and merged with earlier data."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any, Final

from homeassistant.components.zone import async_active_zone
from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from .api import (
    Maintenance,
    NoData,
    Status,
    StellantisError,
    TimeRange,
    Trip,
    merge_newest,
)
from .coordinator import EndpointCoordinator, EndpointDescription
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
from .history.store import EventCursor
from .vehicle.battery import battery_capacity
from .vehicle.charging_session import update_session
from .vehicle.state import Activity, VehicleState
from .vehicle.trip import TripRecord, build_trip_record

# Events may reach the platform late
OVERLAP: Final = timedelta(days=1)


async def _fetch_status(coordinator: EndpointCoordinator[VehicleState]) -> VehicleState:
    """Fetch the status: GET /user/vehicles/{id}/status."""
    status = await coordinator.account.client.status(coordinator.vehicle_id)
    if coordinator.has_data and status is coordinator.last_response:
        return VehicleState.from_status(dt_util.utcnow(), coordinator.vehicle, coordinator.data.status)
    coordinator.last_response = status
    return merge_status(coordinator, status)


def merge_status(coordinator: EndpointCoordinator[VehicleState], status: Status) -> VehicleState:
    """Return the state of the car after merging a status into the known one; the newest of each part counts."""
    old_status = coordinator.data.status if coordinator.has_data else None
    return VehicleState.from_status(dt_util.utcnow(), coordinator.vehicle, merge_newest(old_status, status))


async def _fetch_maintenance(coordinator: EndpointCoordinator[Maintenance]) -> Maintenance:
    """Fetch the maintenance data: GET /user/vehicles/{id}/maintenance."""
    return await coordinator.account.client.maintenance(coordinator.vehicle_id)


async def _fetch_alerts(coordinator: EndpointCoordinator[Alerts]) -> Alerts:
    """Fetch the recent alerts: GET /user/vehicles/{id}/alerts."""
    cursor = coordinator.car_store.alert_cursor
    request = coordinator.account.client.alerts(coordinator.vehicle_id, timestamps=_time_filter(cursor))
    alerts = build_alerts(cursor, await _fetch_new(coordinator, cursor, request))
    coordinator.account.store.async_schedule_save()
    return alerts


async def _fetch_alarms(coordinator: EndpointCoordinator[Alarms]) -> Alarms:
    """Fetch the recent alarms: GET /user/vehicles/{id}/alarms."""
    cursor = coordinator.car_store.alarm_cursor
    request = coordinator.account.client.alarms(coordinator.vehicle_id, timestamps=_time_filter(cursor))
    alarms = build_alarms(cursor, await _fetch_new(coordinator, cursor, request))
    coordinator.account.store.async_schedule_save()
    return alarms


def _time_filter(cursor: EventCursor) -> Sequence[TimeRange]:
    return [TimeRange(start=cursor.since - OVERLAP)] if cursor.since else ()


async def _fetch_new[RecordT](
    coordinator: EndpointCoordinator[Any], cursor: EventCursor, records: AsyncIterator[RecordT]
) -> list[RecordT]:
    """Return the listed records, none if the API has no data.

    Raises:
        StellantisError: the request failed; NoData if the API has never had such data of this car.
    """
    try:
        return [record async for record in records]
    except NoData:
        cursor.initialized = True
        coordinator.account.store.async_schedule_save()
        if coordinator.has_data or cursor.seen:
            return []
        raise


async def _fetch_trips(coordinator: EndpointCoordinator[Trips]) -> Trips:
    """Fetch the trips since the last stored one, or the whole history: GET /user/vehicles/{id}/trips.

    The history is listed in any order. If it was only fetched in part, the trips before the first stored one are
    fetched, too.
    """
    store, now = coordinator.car_store, dt_util.utcnow()
    was_complete, stored = store.history_complete, store.trips
    timestamps = [TimeRange(start=min(stored[-1].end, now) - OVERLAP)] if stored else []
    if stored and not was_complete:
        timestamps.append(TimeRange(end=stored[0].end + OVERLAP))
    records: list[TripRecord | None] = []
    failure: StellantisError | None = None
    try:
        async for trip in coordinator.account.client.trips(coordinator.vehicle_id, timestamps=timestamps):
            records.append(_build_trip_record(coordinator, trip))  # noqa: PERF401 - keep trips before a failure
    except StellantisError as err:
        if was_complete:
            raise  # the trips are still new at the next attempt
        failure = err  # keep what was received of a long history
    new = store.add_trips(record for record in records if record)
    coordinator.account.store.async_schedule_save()
    if failure:
        raise failure
    store.history_complete = True
    return build_trips(
        store,
        new if was_complete else (),
        has_price=coordinator.account.prices.has_driving_price(coordinator.vehicle_state),
    )


@callback
def async_add_pushed_trip(coordinator: EndpointCoordinator[Trips], trip: Trip) -> None:
    """Add a trip from a notification, unless the history is still being fetched, which will contain it."""
    store, record = coordinator.car_store, _build_trip_record(coordinator, trip)
    if record is None or not store.history_complete:
        return
    old_trips, new = store.trips, store.add_trips([record])
    if store.trips != old_trips:
        coordinator.account.store.async_schedule_save()
        coordinator.async_set_pushed_data(
            build_trips(store, new, has_price=coordinator.account.prices.has_driving_price(coordinator.vehicle_state))
        )


def _build_trip_record(coordinator: EndpointCoordinator[Trips], trip: Trip) -> TripRecord | None:
    """Return the record of a trip; current prices apply to a recent trip only."""
    prices, state = coordinator.account.prices, coordinator.vehicle_state
    is_recent = trip.stopped_at is not None and dt_util.utcnow() - trip.stopped_at < OVERLAP
    capacity = coordinator.account.configured_capacity(coordinator.vin)
    electricity, fuel = (prices.electricity, prices.fuel) if is_recent else (None, None)
    return build_trip_record(
        trip,
        has_combustion_engine=state is None or state.has_combustion_engine,
        capacity=capacity or (battery_capacity(state) if state else None),
        electricity_price=electricity,
        fuel_price=fuel,
    )


async def _track_charging(coordinator: EndpointCoordinator[ChargingSessions]) -> ChargingSessions:
    """Update the charging session from the current state of the car, without a request."""
    store, prices, state = coordinator.car_store, coordinator.account.prices, coordinator.vehicle_state
    if state is None or state.charging is None:
        return coordinator.data  # no battery, or no status yet
    position, place = state.position, None
    if position and position.latitude is not None and position.longitude is not None:
        zone = async_active_zone(coordinator.hass, position.latitude, position.longitude)
        place = zone.name if zone else None
    update = update_session(
        store.active_session,
        store.battery_sample,
        state,
        now=dt_util.utcnow(),
        capacity=coordinator.account.configured_capacity(coordinator.vin),
        zone=place,
        price=prices.electricity,
        currency=coordinator.hass.config.currency,
        last_end=store.charging_sessions[-1].end if store.charging_sessions else None,
    )
    if (update.active, update.sample) != (store.active_session, store.battery_sample):
        store.active_session, store.battery_sample = update.active, update.sample
        coordinator.account.store.async_schedule_save()
    for session in update.ended:
        store.add_charging_session(session)
    return build_charging_sessions(store, update.ended, has_price=prices.has_charging_price(state))


def _has_drive_ended(old: VehicleState | None, new: VehicleState) -> bool:
    """Return whether the car was driven since the last state and is not driven now."""
    if old is None or new.is_driving:
        return False
    return old.is_driving or (old.mileage is not None and new.mileage is not None and new.mileage > old.mileage)


def _has_drive_begun_or_ended(old: VehicleState | None, new: VehicleState) -> bool:
    return (old is not None and new.is_driving and not old.is_driving) or _has_drive_ended(old, new)


def _has_alarm_changed(old: VehicleState | None, new: VehicleState) -> bool:
    return old is not None and _comparable_alarm(old) != _comparable_alarm(new)


def _comparable_alarm(state: VehicleState) -> tuple[object, ...]:
    """Return the alarm's state without its timestamp."""
    status, trigger = (alarm.status, alarm.trigger) if (alarm := state.status.alarm) else (None, None)
    return status and status.activation, trigger and trigger.type, trigger and trigger.start_at


def _has_charging_changed(old: VehicleState | None, new: VehicleState) -> bool:
    return old is None or old.electric != new.electric


STATUS: Final = EndpointDescription[VehicleState](
    key="status",
    fetch_fn=_fetch_status,
    intervals={},
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
    intervals=dict.fromkeys(Activity, timedelta(hours=12)),
    needs_refresh_fn=_has_drive_ended,
)
ALERTS: Final = EndpointDescription[Alerts](
    key="alerts",
    fetch_fn=_fetch_alerts,
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
    intervals=dict.fromkeys(Activity, timedelta(hours=12)),
    needs_refresh_fn=_has_alarm_changed,
    retry_if_empty=True,
)
TRIPS: Final = EndpointDescription[Trips](
    key="trips",
    fetch_fn=_fetch_trips,
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
HISTORY_ENDPOINTS: Final[tuple[EndpointDescription[Any], ...]] = (MAINTENANCE, ALERTS, ALARMS, TRIPS, CHARGES)
