"""Data of the coordinators of alerts, alarms, trips and charging sessions, with the events that are new."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

from ..api import Alarm, AlarmActivation, AlarmDetails, Alert, AlertMessage, AlertSeverity, BreakIn, Position
from ..vehicle.charging_session import ActiveSession, ChargingSession
from ..vehicle.trip import Coordinates, TripRecord
from .store import CarStore, EventCursor, has_ended

# The last trip is looked for among so many records: standing with the ignition on is one, too
MAX_STANDS: Final = 200
OLDEST: Final = datetime.min.replace(tzinfo=UTC)
SEVERITIES: Final = (AlertSeverity.INFORMATION, AlertSeverity.WARNING, AlertSeverity.CRITICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventItem:
    """An event for an event entity.

    Attributes:
        type: The event type.
        attributes: The attributes of the event.
    """

    type: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """The active alerts, and the events since the last update."""

    active: tuple[Alert, ...] = ()
    new_events: tuple[EventItem, ...] = ()

    @property
    def severity(self) -> AlertSeverity | None:
        """The highest severity of the active alerts."""
        rank = max(map(_severity_rank, self.active), default=-1)
        return SEVERITIES[rank] if rank >= 0 else None

    @property
    def by_severity(self) -> Sequence[Alert]:
        """The active alerts, the gravest first; of the same severity, the latest first."""
        latest = sorted(self.active, key=lambda alert: _started_at(alert) or OLDEST, reverse=True)
        return sorted(latest, key=_severity_rank, reverse=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """The events of the alarm system since the last update.

    Attributes:
        was_told: Whether the car ever reported an event: not every car has an alarm system.
        new_events: The events since the last update.
    """

    was_told: bool = False
    new_events: tuple[EventItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trips:
    """The last trip, the total cost of driving, and the new trips.

    Attributes:
        last: The trip that ended last.
        total_cost: Cost of all trips since prices were configured; None if no price is configured.
        total_electricity: Electricity of all trips in kWh; None if that of none is known.
        total_fuel: Fuel of all trips in liters; None if that of none is known.
        new_events: An event for each trip that was not stored before.
    """

    last: TripRecord | None = None
    total_cost: float | None = None
    total_electricity: float | None = None
    total_fuel: float | None = None
    new_events: tuple[EventItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingSessions:
    """The last charging session, the total energy and cost of charging, and the sessions that have just ended.

    Attributes:
        last: The session that ended last.
        total_energy: Energy of all sessions in kWh.
        has_capacity: Whether the capacity of the battery is known, without which energies cannot be estimated.
        power: Charging power now in kW; None if it is unknown.
        place: Where the last session was, in the words of a device tracker; None if it is unknown or hidden.
        total_cost: Cost of all sessions; None if no price is configured.
        new_events: An event for each session that has just started or ended.
    """

    last: ChargingSession | None = None
    place: str | None = None
    total_energy: float | None = None
    has_capacity: bool = False
    power: float | None = None
    total_cost: float | None = None
    new_events: tuple[EventItem, ...] = ()


def _severity_rank(alert: Alert) -> int:
    """Return the rank of an alert's severity, -1 if that is unknown."""
    return SEVERITIES.index(alert.severity) if isinstance(alert.severity, AlertSeverity) else -1


def alert_key(alert: Alert) -> str:
    """Return the translation key of an alert."""
    return alert.type.name.lower() if isinstance(alert.type, AlertMessage) else "unknown"


def build_alerts(cursor: EventCursor, alerts: Iterable[Alert], now: datetime | None = None) -> Alerts:
    """Return the active alerts and the new events, and advance the cursor.

    Alerts in the first update create no events.
    """
    alerts_by_id = {alert.id: alert for alert in alerts if alert.id and _started_at(alert)}
    active = {alert_id: alert for alert_id, alert in alerts_by_id.items() if alert.active}
    events: list[EventItem] = []
    for alert_id, alert in alerts_by_id.items():
        is_new, was_active = alert_id not in cursor.seen, cursor.seen.get(alert_id) is not None
        if is_new or (alert.active and not was_active):
            events.append(_build_alert_event("raised", alert))
        if not alert.active and (is_new or was_active):
            events.append(_build_alert_event("cleared", alert))
    # Only the key is known of active alerts that the API no longer lists
    missing = [key for alert_id, key in cursor.seen.items() if key is not None and alert_id not in alerts_by_id]
    events += [EventItem(type="cleared", attributes={"alert": key}) for key in missing]
    # ISO timestamps in UTC sort chronologically; events without a time sort last
    events.sort(key=lambda event: event.attributes.get("time", "later"))
    events, cursor.initialized = events if cursor.initialized else [], True
    cursor.seen = {alert_id: alert_key(alert) if alert.active else None for alert_id, alert in alerts_by_id.items()}
    if starts := [start for alert in (active or alerts_by_id).values() if (start := _started_at(alert))]:
        cursor.advance(min(starts) if active else max(starts), now)
    return Alerts(active=tuple(active.values()), new_events=tuple(events))


def _started_at(alert: Alert) -> datetime | None:
    return alert.started_at or alert.measured_at


def _build_alert_event(event_type: str, alert: Alert) -> EventItem:
    time, position = _started_at(alert), alert.start_position
    if event_type == "cleared":
        time, position = alert.end_at, alert.end_position
    attributes = drop_none(
        alert=alert_key(alert), severity=enum_key(alert.severity), time=time, **position_attributes(position)
    )
    return EventItem(type=event_type, attributes=attributes)


def alarm_key(alarm: Alarm) -> str | None:
    """Return the event type of a change of the alarm system: armed, disarmed or triggered."""
    if alarm.trigger and alarm.trigger.type:
        return None if alarm.trigger.type == BreakIn.NO_BREAK_IN else "triggered"
    match alarm.status and alarm.status.activation:
        case AlarmActivation.ACTIVE:
            return "armed"
        case AlarmActivation.INACTIVE:
            return "disarmed"
    return None


def build_alarms(cursor: EventCursor, alarms: Iterable[AlarmDetails], now: datetime | None = None) -> Alarms:
    """Return the new events of the alarm system in chronological order, and advance the cursor."""
    dated = sorted(
        (
            (time, alarm.id or time.isoformat(), key, alarm)
            for alarm in alarms
            if (time := alarm.measured_at) and (key := alarm_key(alarm))
        ),
        key=lambda item: item[:2],
    )
    events = [
        EventItem(type=key, attributes=alarm_attributes(alarm))
        for _, alarm_id, key, alarm in dated
        if alarm_id not in cursor.seen
    ]
    events, cursor.initialized = events if cursor.initialized else [], True
    if dated:
        cursor.seen = {alarm_id: None for _, alarm_id, _, _ in dated}
        cursor.advance(dated[-1][0], now)
    return Alarms(was_told=bool(cursor.seen), new_events=tuple(events))


def alarm_attributes(alarm: AlarmDetails) -> dict[str, Any]:
    """Return the attributes of an event of the alarm system."""
    trigger = alarm.trigger
    cause = enum_key(trigger.type) if trigger else None
    return drop_none(cause=cause, time=alarm.measured_at, **position_attributes(trigger.position if trigger else None))


def build_trips(
    store: CarStore, new_trips: Iterable[TripRecord], *, currency: str | None, now: datetime | None = None
) -> Trips:
    """Return the data of the stored trips, with an event for each new one.

    Args:
        store: The stored data of the car.
        new_trips: The new trips.
        currency: The currency of the costs; None if no price is configured.
        now: The current time. A trip that ends later is not shown.
    """
    drives = [trip for trip in store.trips[-MAX_STANDS:] if trip.is_drive and (now is None or has_ended(trip, now))]
    return Trips(
        last=_last_record(drives, currency),
        total_cost=_total_cost(store, "driving_cost", store.trips, currency),
        total_electricity=_total(store, "electricity", [trip.electricity for trip in store.trips]),
        total_fuel=_total(store, "fuel", [trip.fuel for trip in store.trips]),
        new_events=tuple(
            EventItem(type="finished", attributes=trip_attributes(trip)) for trip in new_trips if trip.is_drive
        ),
    )


def trip_attributes(trip: TripRecord) -> dict[str, Any]:
    """Return the attributes of a trip, in km, minutes, km/h, kWh and liters."""
    return drop_none(
        start=trip.start,
        end=trip.end,
        distance=trip.distance,
        duration=round_or_none(trip.minutes, 1),
        average_speed=round_or_none(trip.average_speed, 1),
        electricity=round_or_none(trip.electricity, 2),
        fuel=round_or_none(trip.fuel, 2),
        electricity_per_100_km=round_or_none(trip.per_100_km(trip.electricity), 1),
        fuel_per_100_km=round_or_none(trip.per_100_km(trip.fuel), 1),
        cost=round_or_none(trip.cost, 2),
        currency=trip.currency,
        origin=_lon_lat(trip.origin),
        destination=_lon_lat(trip.destination),
    )


def build_charging_sessions(
    store: CarStore,
    ended: Iterable[ChargingSession],
    *,
    started: ActiveSession | None = None,
    currency: str | None,
    now: datetime | None = None,
) -> ChargingSessions:
    """Return the data of the stored charging sessions, with an event for each that has just ended or started.

    Args:
        store: The stored data of the car.
        ended: The sessions that have just ended.
        started: The session that has just started; None if none has.
        currency: The currency of the costs; None if no price is configured.
        now: The current time. A session that ends later is not shown.
    """
    sessions = [session for session in store.charging_sessions if session.has_gain]
    energies = [session.energy for session in sessions if session.energy is not None]
    archived = store.archived_totals.get("charged", 0.0)
    return ChargingSessions(
        last=_last_record([session for session in sessions if now is None or has_ended(session, now)], currency),
        total_energy=archived + sum(energies) if archived or energies or not sessions else None,
        total_cost=_total_cost(store, "charging_cost", sessions, currency),
        new_events=(
            *(EventItem(type="ended", attributes=charging_session_attributes(session)) for session in ended),
            *([EventItem(type="started", attributes=_start_attributes(started))] if started else []),
        ),
    )


def _start_attributes(session: ActiveSession) -> dict[str, Any]:
    """Return the attributes of a session that has started; if the start was not seen, they are bounds."""
    return drop_none(
        start=session.start,
        started_before=session.started_before,
        start_level=session.start_level,
        place=session.zone,
    )


def charging_session_attributes(session: ChargingSession) -> dict[str, Any]:
    """Return the attributes of a charging session, in %, minutes and kWh.

    If the start or the end was not seen, they are bounds, and the duration is unknown.
    """
    return drop_none(
        start=session.start,
        started_before=session.started_before,
        ended_after=session.ended_after,
        end=session.end,
        start_level=session.start_level,
        end_level=session.end_level,
        duration=round_or_none(session.minutes, 1),
        energy_estimate=round_or_none(session.energy, 2),
        energy_supplied=round_or_none(session.supplied_energy, 2),
        energy_lost=round_or_none(session.lost_energy, 2),
        efficiency=round_or_none(session.efficiency, 1),
        cost=round_or_none(session.cost, 2),
        currency=session.currency,
        cost_source=session.cost_source and session.cost_source.value,
        cost_partial=session.is_cost_partial or None,
        place=session.zone,
    )


def drop_none(**members: Any) -> dict[str, Any]:
    """Return the members that are not None, with times in ISO format."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in members.items()
        if value is not None
    }


def enum_key(value: object) -> str | None:
    """Return the translation key of an enum member; None for a value that is not in the enum."""
    return value.name.lower() if isinstance(value, Enum) else None


def position_attributes(position: Position | None) -> dict[str, float | None]:
    """Return a position as attributes; empty if it is unknown."""
    return {"latitude": position.latitude, "longitude": position.longitude} if position else {}


def _lon_lat(coordinates: Coordinates | None) -> list[float] | None:
    return list(coordinates) if coordinates else None


def _last_record[RecordT: (TripRecord, ChargingSession)](
    records: Sequence[RecordT], currency: str | None
) -> RecordT | None:
    """Return the last record, without a cost in another currency, or if no price is configured any more."""
    if not records:
        return None
    record = records[-1]
    return record if currency and record.currency in (None, currency) else replace(record, cost=None, currency=None)


def _total(store: CarStore, key: str, amounts: Iterable[float | None]) -> float | None:
    """Return the total of the stored and of the archived records; None if no amount is known."""
    known, archived = [amount for amount in amounts if amount is not None], store.archived_totals.get(key)
    return sum(known, archived or 0.0) if known or archived is not None else None


def _total_cost(
    store: CarStore, key: str, records: Sequence[TripRecord] | Sequence[ChargingSession], currency: str | None
) -> float | None:
    """Return the total cost; None if no price is configured, or if there are records, and the cost of none is known."""
    if currency is None:
        return None
    costs, total = store.costs(key, records, currency), store.archived_totals.get(store.cost_key(key, currency))
    if total is None and not costs and records:
        return None
    return (total or 0.0) + sum(costs)


def round_or_none(amount: float | None, digits: int) -> float | None:
    """Return a rounded amount; None if it is unknown."""
    return None if amount is None else round(amount, digits)
