"""What happened to a car, as it is shown: alerts, alarms, trips and charges, and what of them is news."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, Final

from ..api import Alarm, AlarmActivation, AlarmDetails, Alert, AlertMessage, AlertSeverity, BreakIn, Position
from ..vehicle.charging_session import ChargeRecord
from ..vehicle.trip import Place, TripRecord
from .store import CarLedger, Told

SEVERITIES: Final = (AlertSeverity.INFORMATION, AlertSeverity.WARNING, AlertSeverity.CRITICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something that happened since the last look: for an event entity.

    Attributes:
        kind: the type of the event.
        attributes: what is told of it.
    """

    kind: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """What the car warns of now, and what of that is news."""

    active: tuple[Alert, ...] = ()
    news: tuple[News, ...] = ()

    @property
    def severity(self) -> AlertSeverity | None:
        """The highest severity of what is active."""
        known = [SEVERITIES.index(alert.severity) for alert in self.active if alert.severity in SEVERITIES]
        return SEVERITIES[max(known)] if known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """What happened to the alarm system: what is news."""

    news: tuple[News, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trips:
    """The last trip, what all driving cost, and what is news.

    Attributes:
        last: the trip that ended last.
        cost: of all trips that ended while prices were known; None where there are no prices.
        news: the trips that were not known before.
    """

    last: TripRecord | None = None
    cost: float | None = None
    news: tuple[News, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Charges:
    """The last charge, what all charging brought and cost, and what is news.

    Attributes:
        last: the charge that ended last.
        energy: kWh of all charges that were seen.
        cost: of them; None where there is no price.
        news: the charge that has just ended.
    """

    last: ChargeRecord | None = None
    energy: float | None = None
    cost: float | None = None
    news: tuple[News, ...] = ()


def alert_key(alert: Alert) -> str:
    """Return the word for what is warned of, as the texts know it."""
    return alert.type.name.lower() if isinstance(alert.type, AlertMessage) else "unknown"


def alerts_of(told: Told, alerts: Iterable[Alert]) -> Alerts:
    """Return the active alerts, note in the ledger what was told, and say what is news.

    What was already there when the car was first read is none.
    """
    known = {alert.id: alert for alert in alerts if alert.id and _began(alert)}
    active = {key: alert for key, alert in known.items() if alert.active}
    news: list[News] = []
    for key, alert in known.items():
        is_new, was_active = key not in told.seen, told.seen.get(key) is not None
        if is_new or (alert.active and not was_active):
            news.append(_alert_news("raised", alert))
        if not alert.active and (is_new or was_active):
            news.append(_alert_news("cleared", alert))
    # Of what the server no longer lists, only the kind is known
    lost = [kind for key, kind in told.seen.items() if kind is not None and key not in known]
    news += [News(kind="cleared", attributes={"alert": kind}) for kind in lost]
    # All times are UTC, of which the texts have the order of the times; what has none comes last
    news.sort(key=lambda one: one.attributes.get("time", "later"))
    news, told.read = news if told.read else [], True
    told.seen = {key: alert_key(alert) if alert.active else None for key, alert in known.items()}
    if times := [at for alert in (active or known).values() if (at := _began(alert))]:
        told.go_on(min(times) if active else max(times))
    return Alerts(active=tuple(active.values()), news=tuple(news))


def _began(alert: Alert) -> datetime | None:
    return alert.started_at or alert.measured_at


def _alert_news(kind: str, alert: Alert) -> News:
    at, place = _began(alert), alert.start_position
    if kind == "cleared":
        at, place = alert.end_at, alert.end_position
    severity = word(alert.severity)
    return News(kind=kind, attributes=plain(alert=alert_key(alert), severity=severity, time=at, **where(place)))


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


def alarms_of(told: Told, alarms: Iterable[AlarmDetails]) -> Alarms:
    """Say what is news of the alarm, in its order, and note in the ledger what was told."""
    known = sorted(
        (
            (at, alarm.id or at.isoformat(), key, alarm)
            for alarm in alarms
            if (at := alarm.measured_at) and (key := alarm_key(alarm))
        ),
        key=lambda found: found[:2],
    )
    new = [News(kind=key, attributes=alarm_attributes(alarm)) for _, name, key, alarm in known if name not in told.seen]
    new, told.read = new if told.read else [], True
    if known:
        told.seen = {name: None for _, name, _, _ in known}
        told.go_on(known[-1][0])
    return Alarms(news=tuple(new))


def alarm_attributes(alarm: AlarmDetails) -> dict[str, Any]:
    """Return what is told of something that happened to the alarm system."""
    trigger = alarm.trigger
    cause = word(trigger.type) if trigger else None
    return plain(cause=cause, time=alarm.measured_at, **where(trigger.position if trigger else None))


def trips_of(ledger: CarLedger, new: Iterable[TripRecord], *, priced: bool) -> Trips:
    """Return what is shown of the trips in the ledger, those that are new included."""
    cost = ledger.folded.get("driving_cost", 0.0) + sum(trip.cost or 0.0 for trip in ledger.trips)
    return Trips(
        last=_last(ledger.trips, priced=priced),
        cost=cost if priced else None,
        news=tuple(News(kind="finished", attributes=trip_attributes(trip)) for trip in new),
    )


def trip_attributes(trip: TripRecord) -> dict[str, Any]:
    """Return what is told of a trip: km, minutes, km/h, kWh, litres, and for 100 km of the latter two."""
    return plain(
        start=trip.start,
        end=trip.end,
        distance=trip.distance,
        duration=round(trip.hours * 60, 1),
        average_speed=rounded(trip.average_speed, 1),
        electricity=rounded(trip.electricity, 2),
        fuel=rounded(trip.fuel, 2),
        electricity_per_100_km=rounded(trip.per_100_km(trip.electricity), 1),
        fuel_per_100_km=rounded(trip.per_100_km(trip.fuel), 1),
        cost=rounded(trip.cost, 2),
        origin=_pair(trip.origin),
        destination=_pair(trip.destination),
    )


def charges_of(ledger: CarLedger, ended: ChargeRecord | None, *, priced: bool) -> Charges:
    """Return what is shown of the charges in the ledger, the one that has just ended included."""
    charges = ledger.charges
    energy = ledger.folded.get("charged", 0.0) + sum(charge.energy or 0.0 for charge in charges)
    cost = ledger.folded.get("charging_cost", 0.0) + sum(charge.cost or 0.0 for charge in charges)
    return Charges(
        last=_last(charges, priced=priced),
        energy=energy,
        cost=cost if priced else None,
        news=(News(kind="ended", attributes=charge_attributes(ended)),) if ended else (),
    )


def charge_attributes(charge: ChargeRecord) -> dict[str, Any]:
    """Return what is told of a charge: %, minutes, kWh as an estimate, and where."""
    return plain(
        start=charge.start,
        end=charge.end,
        start_level=charge.start_level,
        end_level=charge.end_level,
        duration=round(charge.minutes, 1),
        energy_estimate=rounded(charge.energy, 2),
        cost=rounded(charge.cost, 2),
        place=charge.place,
    )


def plain(**members: Any) -> dict[str, Any]:
    """Return the members that are known, times as texts."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in members.items()
        if value is not None
    }


def word(said: object) -> str | None:
    """Return one of the API's words as the texts know it; None of one that nobody knows."""
    return said.name.lower() if isinstance(said, Enum) else None


def where(position: Position | None) -> dict[str, float | None]:
    """Return a place as attributes; none where it is not known."""
    return {"latitude": position.latitude, "longitude": position.longitude} if position else {}


def _pair(place: Place | None) -> list[float] | None:
    return list(place) if place else None


def _last[RecordT: (TripRecord, ChargeRecord)](records: Sequence[RecordT], *, priced: bool) -> RecordT | None:
    """Return the last record; without prices, nothing is told of what it cost under earlier ones."""
    if not records:
        return None
    return records[-1] if priced else replace(records[-1], cost=None)


def rounded(amount: float | None, digits: int) -> float | None:
    """Return an amount as it is shown, where it is known."""
    return None if amount is None else round(amount, digits)
