"""What happened to a car, as it is shown: alerts, alarms, trips and charges, and what of them is news."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, Final

from ..api import Alarm, AlarmActivation, AlarmDetails, Alert, AlertMessage, AlertSeverity, BreakIn, Position
from ..vehicle.charging_session import ChargingSession
from ..vehicle.trip import Coordinates, TripRecord
from .store import CarStore, EventCursor

SEVERITIES: Final = (AlertSeverity.INFORMATION, AlertSeverity.WARNING, AlertSeverity.CRITICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventItem:
    """Something that happened since the last look: for an event entity.

    Attributes:
        kind: the type of the event.
        attributes: what is told of it.
    """

    type: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """What the car warns of now, and what of that is news."""

    active: tuple[Alert, ...] = ()
    new_events: tuple[EventItem, ...] = ()

    @property
    def severity(self) -> AlertSeverity | None:
        """The highest severity of what is active."""
        known = [SEVERITIES.index(alert.severity) for alert in self.active if alert.severity in SEVERITIES]
        return SEVERITIES[max(known)] if known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """What happened to the alarm system: what is news."""

    new_events: tuple[EventItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trips:
    """The last trip, what all driving cost, and what is news.

    Attributes:
        last: the trip that ended last.
        cost: of all trips that ended while prices were known; None where there are no prices.
        news: the trips that were not known before.
    """

    last: TripRecord | None = None
    total_cost: float | None = None
    new_events: tuple[EventItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingSessions:
    """The last charge, what all charging brought and cost, and what is news.

    Attributes:
        last: the charge that ended last.
        energy: kWh of all charges that were seen.
        cost: of them; None where there is no price.
        news: the charge that has just ended.
    """

    last: ChargingSession | None = None
    total_energy: float | None = None
    total_cost: float | None = None
    new_events: tuple[EventItem, ...] = ()


def alert_key(alert: Alert) -> str:
    """Return the word for what is warned of, as the texts know it."""
    return alert.type.name.lower() if isinstance(alert.type, AlertMessage) else "unknown"


def build_alerts(cursor: EventCursor, alerts: Iterable[Alert]) -> Alerts:
    """Return the active alerts, note in the ledger what was told, and say what is news.

    What was already there when the car was first read is none.
    """
    known = {alert.id: alert for alert in alerts if alert.id and _started_at(alert)}
    active = {key: alert for key, alert in known.items() if alert.active}
    news: list[EventItem] = []
    for key, alert in known.items():
        is_new, was_active = key not in cursor.seen, cursor.seen.get(key) is not None
        if is_new or (alert.active and not was_active):
            news.append(_build_alert_event("raised", alert))
        if not alert.active and (is_new or was_active):
            news.append(_build_alert_event("cleared", alert))
    # Of what the server no longer lists, only the kind is known
    lost = [kind for key, kind in cursor.seen.items() if kind is not None and key not in known]
    news += [EventItem(type="cleared", attributes={"alert": kind}) for kind in lost]
    # All times are UTC, of which the texts have the order of the times; what has none comes last
    news.sort(key=lambda one: one.attributes.get("time", "later"))
    news, cursor.initialized = news if cursor.initialized else [], True
    cursor.seen = {key: alert_key(alert) if alert.active else None for key, alert in known.items()}
    if times := [at for alert in (active or known).values() if (at := _started_at(alert))]:
        cursor.advance(min(times) if active else max(times))
    return Alerts(active=tuple(active.values()), new_events=tuple(news))


def _started_at(alert: Alert) -> datetime | None:
    return alert.started_at or alert.measured_at


def _build_alert_event(event_type: str, alert: Alert) -> EventItem:
    at, place = _started_at(alert), alert.start_position
    if event_type == "cleared":
        at, place = alert.end_at, alert.end_position
    severity = enum_key(alert.severity)
    return EventItem(
        type=event_type,
        attributes=drop_none(alert=alert_key(alert), severity=severity, time=at, **position_attributes(place)),
    )


def alarm_key(alarm: Alarm) -> str | None:
    """Return what happened to the alarm system: armed, disarmed or triggered."""
    if alarm.trigger and alarm.trigger.type:
        return None if alarm.trigger.type == BreakIn.NO_BREAK_IN else "triggered"
    match alarm.status and alarm.status.activation:
        case AlarmActivation.ACTIVE:
            return "armed"
        case AlarmActivation.INACTIVE:
            return "disarmed"
    return None


def build_alarms(cursor: EventCursor, alarms: Iterable[AlarmDetails]) -> Alarms:
    """Say what is news of the alarm, in its order, and note in the ledger what was told."""
    known = sorted(
        (
            (at, alarm.id or at.isoformat(), key, alarm)
            for alarm in alarms
            if (at := alarm.measured_at) and (key := alarm_key(alarm))
        ),
        key=lambda found: found[:2],
    )
    new = [
        EventItem(type=key, attributes=alarm_attributes(alarm))
        for _, name, key, alarm in known
        if name not in cursor.seen
    ]
    new, cursor.initialized = new if cursor.initialized else [], True
    if known:
        cursor.seen = {name: None for _, name, _, _ in known}
        cursor.advance(known[-1][0])
    return Alarms(new_events=tuple(new))


def alarm_attributes(alarm: AlarmDetails) -> dict[str, Any]:
    """Return what is told of something that happened to the alarm system."""
    trigger = alarm.trigger
    cause = enum_key(trigger.type) if trigger else None
    return drop_none(cause=cause, time=alarm.measured_at, **position_attributes(trigger.position if trigger else None))


def build_trips(store: CarStore, new: Iterable[TripRecord], *, has_price: bool) -> Trips:
    """Return what is shown of the trips in the ledger, those that are new included."""
    cost = store.archived_totals.get("driving_cost", 0.0) + sum(trip.cost or 0.0 for trip in store.trips)
    return Trips(
        last=_last_record(store.trips, has_price=has_price),
        total_cost=cost if has_price else None,
        new_events=tuple(EventItem(type="finished", attributes=trip_attributes(trip)) for trip in new),
    )


def trip_attributes(trip: TripRecord) -> dict[str, Any]:
    """Return what is told of a trip: km, minutes, km/h, kWh, litres, and for 100 km of the latter two."""
    return drop_none(
        start=trip.start,
        end=trip.end,
        distance=trip.distance,
        duration=round(trip.hours * 60, 1),
        average_speed=round_or_none(trip.average_speed, 1),
        electricity=round_or_none(trip.electricity, 2),
        fuel=round_or_none(trip.fuel, 2),
        electricity_per_100_km=round_or_none(trip.per_100_km(trip.electricity), 1),
        fuel_per_100_km=round_or_none(trip.per_100_km(trip.fuel), 1),
        cost=round_or_none(trip.cost, 2),
        origin=_lon_lat(trip.origin),
        destination=_lon_lat(trip.destination),
    )


def build_charging_sessions(store: CarStore, ended: ChargingSession | None, *, has_price: bool) -> ChargingSessions:
    """Return what is shown of the charges in the ledger, the one that has just ended included."""
    charges = store.charging_sessions
    energy = store.archived_totals.get("charged", 0.0) + sum(charge.energy or 0.0 for charge in charges)
    cost = store.archived_totals.get("charging_cost", 0.0) + sum(charge.cost or 0.0 for charge in charges)
    return ChargingSessions(
        last=_last_record(charges, has_price=has_price),
        total_energy=energy,
        total_cost=cost if has_price else None,
        new_events=(EventItem(type="ended", attributes=charging_session_attributes(ended)),) if ended else (),
    )


def charging_session_attributes(session: ChargingSession) -> dict[str, Any]:
    """Return what is told of a charge: %, minutes, kWh as an estimate, and where."""
    return drop_none(
        start=session.start,
        end=session.end,
        start_level=session.start_level,
        end_level=session.end_level,
        duration=round(session.minutes, 1),
        energy_estimate=round_or_none(session.energy, 2),
        cost=round_or_none(session.cost, 2),
        place=session.zone,
    )


def drop_none(**members: Any) -> dict[str, Any]:
    """Return the members that are known, times as texts."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in members.items()
        if value is not None
    }


def enum_key(value: object) -> str | None:
    """Return one of the API's words as the texts know it; None of one that nobody knows."""
    return value.name.lower() if isinstance(value, Enum) else None


def position_attributes(position: Position | None) -> dict[str, float | None]:
    """Return a place as attributes; none where it is not known."""
    return {"latitude": position.latitude, "longitude": position.longitude} if position else {}


def _lon_lat(place: Coordinates | None) -> list[float] | None:
    return list(place) if place else None


def _last_record[RecordT: (TripRecord, ChargingSession)](
    records: Sequence[RecordT], *, has_price: bool
) -> RecordT | None:
    """Return the last record; without prices, nothing is told of what it cost under earlier ones."""
    if not records:
        return None
    return records[-1] if has_price else replace(records[-1], cost=None)


def round_or_none(amount: float | None, digits: int) -> float | None:
    """Return an amount as it is shown, where it is known."""
    return None if amount is None else round(amount, digits)
