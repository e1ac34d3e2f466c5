"""What the actions answer, from what is known: nothing is asked for here."""

from collections.abc import Iterable, Iterator, Sequence
from math import floor
from typing import Any, Final

from ..api import AlarmDetails, Alert, EnergySubType, EnergyType, Motorization, Position, Telemetry, Trip, TripEnergy
from ..vehicle.charging_session import ChargeRecord
from ..vehicle.trip import Sample, TripRecord, average_per_100_km, mean_during
from .events import (
    alarm_attributes,
    alarm_key,
    alert_key,
    charge_attributes,
    plain,
    rounded,
    trip_attributes,
    where,
    word,
)

# What holds an energy, and what cars of a kind report the ghost of
HOLDERS: Final = {EnergyType.ELECTRIC: "battery", EnergyType.FUEL: "fuel"}
GHOSTS: Final = {Motorization.ELECTRIC: "fuel", Motorization.HYDROGEN: "fuel", Motorization.THERMIC: "battery"}
# °C: so wide is a range of outside temperature
BUCKET: Final = 5


def trip_details(trip: Trip, record: TripRecord | None, motorization: str | None) -> dict[str, Any]:
    """Return all that is told of a trip: its figures, and % and km of range of each energy at both ends.

    Args:
        trip: as the API tells it.
        record: what is kept of it; None of one that is under way, or of which too little is known.
        motorization: of the car.
    """
    if record:
        figures = trip_attributes(record)
    else:
        minutes = None if trip.duration is None else trip.duration / 60
        end, duration = trip.stopped_at, rounded(minutes, 1)
        figures = plain(start=trip.started_at, end=end, distance=trip.distance, duration=duration)
    ghost = GHOSTS.get(motorization) if isinstance(motorization, Motorization) else None
    return {
        "id": trip.id,
        **figures,
        **plain(
            odometer=trip.start_mileage,
            start_levels=_held(trip.start_energies, "level", ghost),
            end_levels=_held(trip.end_energies, "level", ghost),
            start_ranges=_held(trip.start_energies, "autonomy", ghost),
            end_ranges=_held(trip.end_energies, "autonomy", ghost),
        ),
        "under_way": not (trip.stopped_at if trip.done is None else trip.done),
        "segments": [
            plain(propulsion=word(part.propulsion), percent=part.percent, distance=part.distance)
            for part in trip.segments
        ],
        "faults": [plain(fault=word(one.fault), cause=word(one.cause)) for one in trip.faults],
    }


def _held(energies: Iterable[TripEnergy], member: str, ghost: str | None) -> dict[str, float]:
    held: dict[str, float] = {}
    for energy in energies:
        name = HOLDERS.get(energy.type) if isinstance(energy.type, EnergyType) else None
        name = "hydrogen" if energy.sub_type == EnergySubType.HYDROGEN else name
        value = getattr(energy, member)
        if name and name != ghost and value is not None:
            held[name] = value
    return held


def path_of(points: Iterable[Position]) -> dict[str, Any] | None:
    """Return a way as a GeoJSON feature, with the time of each of its points; None of one that leads nowhere."""
    known = [point for point in points if point.longitude is not None and point.latitude is not None]
    coordinates = [
        [point.longitude, point.latitude, *([] if point.altitude is None else [point.altitude])] for point in known
    ]
    if len(coordinates) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    times = [point.measured_at and point.measured_at.isoformat() for point in known]
    geometry = {"type": "LineString", "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": {"times": times}}


def alert_details(alert: Alert) -> dict[str, Any]:
    """Return all that is told of a warning; its place is where it appeared."""
    return plain(
        id=alert.id,
        kind=alert_key(alert),
        severity=word(alert.severity),
        active=alert.active,
        start=alert.started_at,
        end=alert.end_at,
        **where(alert.start_position),
        trips=list(alert.trip_ids),
    )


def alarm_details(alarm: AlarmDetails) -> dict[str, Any]:
    """Return all that is told of something that happened to the alarm system."""
    return plain(id=alarm.id, kind=alarm_key(alarm), **alarm_attributes(alarm))


def sessions_of(charges: Sequence[ChargeRecord]) -> dict[str, Any]:
    """Return charges, the latest first, and what they come to."""
    energies = [charge.energy for charge in charges if charge.energy is not None]
    costs = [charge.cost for charge in charges if charge.cost is not None]
    return {
        "sessions": [charge_attributes(charge) for charge in reversed(charges)],
        "totals": plain(
            sessions=len(charges),
            duration=round(sum(charge.minutes for charge in charges), 1),
            energy_estimate=rounded(sum(energies), 2) if energies else None,
            cost=rounded(sum(costs), 2) if costs else None,
        ),
    }


def consumption(trips: Sequence[TripRecord], telemetry: Iterable[Telemetry]) -> dict[str, Any]:
    """Return what trips took for 100 km, by the temperature outside in ranges of 5 °C, and all together.

    Args:
        trips: any.
        telemetry: what the car measured meanwhile.
    """
    temperatures = sorted(_temperatures(telemetry))
    buckets: dict[int, list[TripRecord]] = {}
    for trip in trips:
        mean = mean_during(trip, temperatures)
        if mean is not None:
            buckets.setdefault(floor(mean / BUCKET) * BUCKET, []).append(trip)
    return {
        "buckets": [{"from": low, "to": low + BUCKET, **_consumed(buckets[low])} for low in sorted(buckets)],
        "overall": _consumed(trips),
        "trips_without_temperature": len(trips) - sum(map(len, buckets.values())),
    }


def _temperatures(telemetry: Iterable[Telemetry]) -> Iterator[Sample]:
    for sample in telemetry:
        air = sample.environment.air if sample.environment else None
        if sample.measured_at and air and air.temp is not None:
            yield sample.measured_at, air.temp


def _consumed(trips: Sequence[TripRecord]) -> dict[str, Any]:
    return plain(
        trips=len(trips),
        distance=round(sum(trip.distance for trip in trips), 1),
        electricity_per_100_km=rounded(average_per_100_km((trip, trip.electricity) for trip in trips), 1),
        fuel_per_100_km=rounded(average_per_100_km((trip, trip.fuel) for trip in trips), 1),
    )
