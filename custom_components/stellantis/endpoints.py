"""What is read of a car: a table of endpoints, and how each joins the answer with what was known."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any, Final

from homeassistant.components.zone import async_active_zone
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
from .vehicle.charging_session import battery_capacity, update_session
from .vehicle.state import Activity, VehicleState
from .vehicle.trip import TripRecord, build_trip_record

# What happened can reach the platform late
OVERLAP: Final = timedelta(days=1)


async def _fetch_status(coordinator: EndpointCoordinator[VehicleState]) -> VehicleState:
    status = await coordinator.account.client.status(coordinator.vehicle_id)
    if coordinator.has_data and status is coordinator.last_response:
        return VehicleState.from_status(dt_util.utcnow(), coordinator.vehicle, coordinator.data.status)
    coordinator.last_response = status
    return merge_status(coordinator, status)


def merge_status(coordinator: EndpointCoordinator[VehicleState], status: Status) -> VehicleState:
    """Return how a car stands by what is told now and what was known: of each part the newest."""
    return VehicleState.from_status(
        dt_util.utcnow(),
        coordinator.vehicle,
        merge_newest(coordinator.data.status if coordinator.has_data else None, status),
    )


async def _fetch_maintenance(coordinator: EndpointCoordinator[Maintenance]) -> Maintenance:
    return await coordinator.account.client.maintenance(coordinator.vehicle_id)


async def _fetch_alerts(coordinator: EndpointCoordinator[Alerts]) -> Alerts:
    cursor = coordinator.car_store.alert_cursor
    alerts = build_alerts(
        cursor,
        await _fetch_new(
            coordinator,
            cursor,
            coordinator.account.client.alerts(coordinator.vehicle_id, timestamps=_time_filter(cursor)),
        ),
    )
    coordinator.account.store.async_schedule_save()
    return alerts


async def _fetch_alarms(coordinator: EndpointCoordinator[Alarms]) -> Alarms:
    cursor = coordinator.car_store.alarm_cursor
    alarms = build_alarms(
        cursor,
        await _fetch_new(
            coordinator,
            cursor,
            coordinator.account.client.alarms(coordinator.vehicle_id, timestamps=_time_filter(cursor)),
        ),
    )
    coordinator.account.store.async_schedule_save()
    return alarms


def _time_filter(cursor: EventCursor) -> Sequence[TimeRange]:
    return [TimeRange(start=cursor.since - OVERLAP)] if cursor.since else ()


async def _fetch_new[RecordT](
    coordinator: EndpointCoordinator[Any], cursor: EventCursor, records: AsyncIterator[RecordT]
) -> list[RecordT]:
    """Return what is listed. Where there is nothing, whatever comes is news, and what there was is over."""
    try:
        return [record async for record in records]
    except NoData:
        cursor.initialized = True
        coordinator.account.store.async_schedule_save()
        if coordinator.has_data or cursor.seen:
            return []
        raise


async def _fetch_trips(coordinator: EndpointCoordinator[Trips]) -> Trips:
    """Read on from the last trip that is known; at first, all that there is, in whatever order it comes."""
    store, now = coordinator.car_store, dt_util.utcnow()
    was_read, known = store.history_complete, store.trips
    since = [TimeRange(start=min(known[-1].end, now) - OVERLAP)] if known else []
    if known and not was_read:
        since.append(TimeRange(end=known[0].end + OVERLAP))
    records: list[TripRecord | None] = []
    failure: StellantisError | None = None
    try:
        async for trip in coordinator.account.client.trips(coordinator.vehicle_id, timestamps=since):
            records.append(_build_trip_record(coordinator, trip))  # noqa: PERF401 - what came before a failure counts
    except StellantisError as err:
        if was_read:
            raise  # news that was read in part is news the next time
        failure = err  # of a long history, what came is kept
    new = store.add_trips(record for record in records if record)
    coordinator.account.store.async_schedule_save()
    if failure:
        raise failure
    store.history_complete = True
    return build_trips(
        store,
        new if was_read else (),
        has_price=coordinator.account.prices.has_driving_price(coordinator.vehicle_state),
    )


def async_add_pushed_trip(coordinator: EndpointCoordinator[Trips], trip: Trip) -> None:
    """Take a trip that was told by itself. Before the history is known, it is but a part of that."""
    store, record = coordinator.car_store, _build_trip_record(coordinator, trip)
    if record is None or not store.history_complete:
        return
    known, new = store.trips, store.add_trips([record])
    if store.trips != known:
        coordinator.account.store.async_schedule_save()
        coordinator.async_set_pushed_data(
            build_trips(store, new, has_price=coordinator.account.prices.has_driving_price(coordinator.vehicle_state))
        )


def _build_trip_record(coordinator: EndpointCoordinator[Trips], trip: Trip) -> TripRecord | None:
    prices, state = coordinator.account.prices, coordinator.vehicle_state
    recent = trip.stopped_at is not None and dt_util.utcnow() - trip.stopped_at < OVERLAP
    electricity, fuel = (prices.electricity, prices.fuel) if recent else (None, None)
    return build_trip_record(
        trip,
        has_combustion_engine=state is None or state.has_combustion_engine,
        capacity=battery_capacity(state) if state else None,
        electricity_price=electricity,
        fuel_price=fuel,
    )


async def _track_charging(coordinator: EndpointCoordinator[ChargingSessions]) -> ChargingSessions:
    """Follow the charging from reading to reading; nothing is asked for."""
    store, prices, state = coordinator.car_store, coordinator.account.prices, coordinator.vehicle_state
    if state is None or state.charging is None:
        return coordinator.data  # nothing that could be charged, or not known yet
    position, place = state.position, None
    if position and position.latitude is not None and position.longitude is not None:
        zone = async_active_zone(coordinator.hass, position.latitude, position.longitude)
        place = zone.name if zone else None
    before = store.active_session
    ended_at = store.charging_sessions[-1].end if store.charging_sessions else None
    store.active_session, ended = update_session(before, state, zone=place, price=prices.electricity, last_end=ended_at)
    if ended:
        store.add_charging_session(ended)
    if store.active_session != before:
        coordinator.account.store.async_schedule_save()
    return build_charging_sessions(store, ended, has_price=prices.has_charging_price(state))


def _has_drive_ended(old: VehicleState | None, new: VehicleState) -> bool:
    """Say whether the car was driven since the last look and is not driven now."""
    if old is None or new.is_driving:
        return False
    return old.is_driving or (old.mileage is not None and new.mileage is not None and new.mileage > old.mileage)


def _has_drive_begun_or_ended(old: VehicleState | None, new: VehicleState) -> bool:
    return (old is not None and new.is_driving and not old.is_driving) or _has_drive_ended(old, new)


def _has_alarm_changed(old: VehicleState | None, new: VehicleState) -> bool:
    return old is not None and _comparable_alarm(old) != _comparable_alarm(new)


def _comparable_alarm(state: VehicleState) -> tuple[object, ...]:
    """Return what the status says of the alarm, without when it was last said."""
    status, trigger = (alarm.status, alarm.trigger) if (alarm := state.status.alarm) else (None, None)
    return status and status.activation, trigger and trigger.type, trigger and trigger.start_at


def _has_charging_changed(old: VehicleState | None, new: VehicleState) -> bool:
    return old is None or old.electric != new.electric


STATUS: Final = EndpointDescription[VehicleState](
    key="status",
    fetch_fn=_fetch_status,
    intervals={},
    push_intervals={
        # One that drives or charges is heard of every few minutes
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

# What is read of a car beside its status
HISTORY_ENDPOINTS: Final[tuple[EndpointDescription[Any], ...]] = (MAINTENANCE, ALERTS, ALARMS, TRIPS, CHARGES)
