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
    newest,
)
from .coordinator import Endpoint, EndpointCoordinator
from .history.events import Alarms, Alerts, Charges, Trips, alarms_of, alerts_of, charges_of, trips_of
from .history.store import Told
from .vehicle.charging_session import advance, capacity
from .vehicle.state import Activity, Reading
from .vehicle.trip import TripRecord, trip_record

# What happened can reach the platform late
OVERLAP: Final = timedelta(days=1)


async def _read_status(of: EndpointCoordinator[Reading]) -> Reading:
    status = await of.account.client.status(of.vehicle_id)
    if of.told and status is of.last_response:
        return Reading.at(dt_util.utcnow(), of.vehicle, of.data.status)
    of.last_response = status
    return reading_of(of, status)


def reading_of(of: EndpointCoordinator[Reading], status: Status) -> Reading:
    """Return how a car stands by what is told now and what was known: of each part the newest."""
    return Reading.at(dt_util.utcnow(), of.vehicle, newest(of.data.status if of.told else None, status))


async def _read_maintenance(of: EndpointCoordinator[Maintenance]) -> Maintenance:
    return await of.account.client.maintenance(of.vehicle_id)


async def _read_alerts(of: EndpointCoordinator[Alerts]) -> Alerts:
    told = of.ledger.alerts
    alerts = alerts_of(told, await _news(of, told, of.account.client.alerts(of.vehicle_id, timestamps=_since(told))))
    of.account.ledger.async_changed()
    return alerts


async def _read_alarms(of: EndpointCoordinator[Alarms]) -> Alarms:
    told = of.ledger.alarms
    alarms = alarms_of(told, await _news(of, told, of.account.client.alarms(of.vehicle_id, timestamps=_since(told))))
    of.account.ledger.async_changed()
    return alarms


def _since(told: Told) -> Sequence[TimeRange]:
    return [TimeRange(start=told.since - OVERLAP)] if told.since else ()


async def _news[RecordT](of: EndpointCoordinator[Any], told: Told, listed: AsyncIterator[RecordT]) -> list[RecordT]:
    """Return what is listed. Where there is nothing, whatever comes is news, and what there was is over."""
    try:
        return [record async for record in listed]
    except NoData:
        told.read = True
        of.account.ledger.async_changed()
        if of.told or told.seen:
            return []
        raise


async def _read_trips(of: EndpointCoordinator[Trips]) -> Trips:
    """Read on from the last trip that is known; at first, all that there is, in whatever order it comes."""
    ledger, now = of.ledger, dt_util.utcnow()
    was_read, known = ledger.trips_read, ledger.trips
    since = [TimeRange(start=min(known[-1].end, now) - OVERLAP)] if known else []
    if known and not was_read:
        since.append(TimeRange(end=known[0].end + OVERLAP))
    records: list[TripRecord | None] = []
    failure: StellantisError | None = None
    try:
        async for trip in of.account.client.trips(of.vehicle_id, timestamps=since):
            records.append(_trip_record(of, trip))  # noqa: PERF401 - what came before a failure counts
    except StellantisError as err:
        if was_read:
            raise  # news that was read in part is news the next time
        failure = err  # of a long history, what came is kept
    new = ledger.add_trips(record for record in records if record)
    of.account.ledger.async_changed()
    if failure:
        raise failure
    ledger.trips_read = True
    return trips_of(ledger, new if was_read else (), priced=of.account.prices.of_driving(of.reading))


def take_trip(of: EndpointCoordinator[Trips], trip: Trip) -> None:
    """Take a trip that was told by itself. Before the history is known, it is but a part of that."""
    ledger, record = of.ledger, _trip_record(of, trip)
    if record is None or not ledger.trips_read:
        return
    known, new = ledger.trips, ledger.add_trips([record])
    if ledger.trips != known:
        of.account.ledger.async_changed()
        of.async_set_pushed_data(trips_of(ledger, new, priced=of.account.prices.of_driving(of.reading)))


def _trip_record(of: EndpointCoordinator[Trips], trip: Trip) -> TripRecord | None:
    prices, reading = of.account.prices, of.reading
    recent = trip.stopped_at is not None and dt_util.utcnow() - trip.stopped_at < OVERLAP
    electricity, fuel = (prices.electricity, prices.fuel) if recent else (None, None)
    return trip_record(
        trip,
        burns=reading is None or reading.burns,
        capacity=capacity(reading) if reading else None,
        electricity_price=electricity,
        fuel_price=fuel,
    )


async def _read_charges(of: EndpointCoordinator[Charges]) -> Charges:
    """Follow the charging from reading to reading; nothing is asked for."""
    ledger, prices, reading = of.ledger, of.account.prices, of.reading
    if reading is None or reading.charging is None:
        return of.data  # nothing that could be charged, or not known yet
    position, place = reading.position, None
    if position and position.latitude is not None and position.longitude is not None:
        zone = async_active_zone(of.hass, position.latitude, position.longitude)
        place = zone.name if zone else None
    before = ledger.charge
    ended_at = ledger.charges[-1].end if ledger.charges else None
    ledger.charge, ended = advance(before, reading, place=place, price=prices.electricity, ended_at=ended_at)
    if ended:
        ledger.add_charge(ended)
    if ledger.charge != before:
        of.account.ledger.async_changed()
    return charges_of(ledger, ended, priced=prices.of_charging(reading))


def _drive_ended(old: Reading | None, new: Reading) -> bool:
    """Say whether the car was driven since the last look and is not driven now."""
    if old is None or new.drives:
        return False
    return old.drives or (old.mileage is not None and new.mileage is not None and new.mileage > old.mileage)


def _drive_began_or_ended(old: Reading | None, new: Reading) -> bool:
    return (old is not None and new.drives and not old.drives) or _drive_ended(old, new)


def _alarm_changed(old: Reading | None, new: Reading) -> bool:
    return old is not None and _alarm(old) != _alarm(new)


def _alarm(reading: Reading) -> tuple[object, ...]:
    """Return what the status says of the alarm, without when it was last said."""
    status, trigger = (alarm.status, alarm.trigger) if (alarm := reading.status.alarm) else (None, None)
    return status and status.activation, trigger and trigger.type, trigger and trigger.start_at


def _charging_changed(old: Reading | None, new: Reading) -> bool:
    return old is None or old.electric != new.electric


STATUS: Final = Endpoint[Reading](
    key="status",
    read=_read_status,
    intervals={},
    pushed={
        # One that drives or charges is heard of every few minutes
        Activity.ACTIVE: timedelta(minutes=15),
        Activity.PARKED: timedelta(hours=6),
        Activity.ASLEEP: timedelta(hours=12),
    },
)
MAINTENANCE: Final = Endpoint[Maintenance](
    key="maintenance",
    read=_read_maintenance,
    intervals=dict.fromkeys(Activity, timedelta(hours=12)),
    announced=_drive_ended,
)
ALERTS: Final = Endpoint[Alerts](
    key="alerts",
    read=_read_alerts,
    intervals={
        Activity.ACTIVE: timedelta(minutes=15),
        Activity.PARKED: timedelta(hours=1),
        Activity.ASLEEP: timedelta(hours=6),
    },
    scope="data:alert",
    announced=_drive_began_or_ended,
    late=True,
    pushed=dict.fromkeys(Activity, timedelta(hours=12)),
)
ALARMS: Final = Endpoint[Alarms](
    key="alarms",
    read=_read_alarms,
    intervals=dict.fromkeys(Activity, timedelta(hours=12)),
    announced=_alarm_changed,
    late=True,
)
TRIPS: Final = Endpoint[Trips](
    key="trips", read=_read_trips, intervals={}, scope="data:trip", announced=_drive_ended, late=True, pushed={}
)
CHARGES: Final = Endpoint[Charges](key="charges", read=_read_charges, intervals={}, announced=_charging_changed)

# What is read of a car beside its status
RECORDS: Final[tuple[Endpoint[Any], ...]] = (MAINTENANCE, ALERTS, ALARMS, TRIPS, CHARGES)
