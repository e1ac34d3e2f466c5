"""What the actions answer, from what is known: nothing is asked for here."""

from collections.abc import Iterable, Iterator, Sequence
from math import floor
from typing import Any, Final

from ..api import AlarmDetails, Alert, EnergySubType, EnergyType, Motorization, Position, Telemetry, Trip, TripEnergy
from ..vehicle.charging_session import ChargingSession
from ..vehicle.trip import Sample, TripRecord, average_per_100_km, mean_during
from .events import (
    alarm_attributes,
    alarm_key,
    alert_key,
    charging_session_attributes,
    drop_none,
    enum_key,
    position_attributes,
    round_or_none,
    trip_attributes,
)

# What holds an energy, and what cars of a kind report the ghost of
ENERGY_KEYS: Final = {EnergyType.ELECTRIC: "battery", EnergyType.FUEL: "fuel"}
PHANTOM_ENERGY_KEYS: Final = {
    Motorization.ELECTRIC: "fuel",
    Motorization.HYDROGEN: "fuel",
    Motorization.THERMIC: "battery",
}
# °C: so wide is a range of outside temperature
BUCKET_SIZE: Final = 5


def build_trip_response(trip: Trip, record: TripRecord | None, motorization: str | None) -> dict[str, Any]:
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
        end, duration = trip.stopped_at, round_or_none(minutes, 1)
        figures = drop_none(start=trip.started_at, end=end, distance=trip.distance, duration=duration)
    ghost = PHANTOM_ENERGY_KEYS.get(motorization) if isinstance(motorization, Motorization) else None
    return {
        "id": trip.id,
        **figures,
        **drop_none(
            odometer=trip.start_mileage,
            start_levels=_energy_values(trip.start_energies, "level", ghost),
            end_levels=_energy_values(trip.end_energies, "level", ghost),
            start_ranges=_energy_values(trip.start_energies, "autonomy", ghost),
            end_ranges=_energy_values(trip.end_energies, "autonomy", ghost),
        ),
        "under_way": not (trip.stopped_at if trip.done is None else trip.done),
        "segments": [
            drop_none(propulsion=enum_key(part.propulsion), percent=part.percent, distance=part.distance)
            for part in trip.segments
        ],
        "faults": [drop_none(fault=enum_key(one.fault), cause=enum_key(one.cause)) for one in trip.faults],
    }


def _energy_values(energies: Iterable[TripEnergy], member: str, phantom: str | None) -> dict[str, float]:
    held: dict[str, float] = {}
    for energy in energies:
        name = ENERGY_KEYS.get(energy.type) if isinstance(energy.type, EnergyType) else None
        name = "hydrogen" if energy.sub_type == EnergySubType.HYDROGEN else name
        value = getattr(energy, member)
        if name and name != phantom and value is not None:
            held[name] = value
    return held


def build_path(points: Iterable[Position]) -> dict[str, Any] | None:
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


def build_alert_response(alert: Alert) -> dict[str, Any]:
    """Return all that is told of a warning; its place is where it appeared."""
    return drop_none(
        id=alert.id,
        kind=alert_key(alert),
        severity=enum_key(alert.severity),
        active=alert.active,
        start=alert.started_at,
        end=alert.end_at,
        **position_attributes(alert.start_position),
        trips=list(alert.trip_ids),
    )


def build_alarm_response(alarm: AlarmDetails) -> dict[str, Any]:
    """Return all that is told of something that happened to the alarm system."""
    return drop_none(id=alarm.id, kind=alarm_key(alarm), **alarm_attributes(alarm))


def build_charging_response(sessions: Sequence[ChargingSession]) -> dict[str, Any]:
    """Return charges, the latest first, and what they come to."""
    energies = [charge.energy for charge in sessions if charge.energy is not None]
    costs = [charge.cost for charge in sessions if charge.cost is not None]
    return {
        "sessions": [charging_session_attributes(charge) for charge in reversed(sessions)],
        "totals": drop_none(
            sessions=len(sessions),
            duration=round(sum(charge.minutes for charge in sessions), 1),
            energy_estimate=round_or_none(sum(energies), 2) if energies else None,
            cost=round_or_none(sum(costs), 2) if costs else None,
        ),
    }


def build_consumption_response(trips: Sequence[TripRecord], telemetry: Iterable[Telemetry]) -> dict[str, Any]:
    """Return what trips took for 100 km, by the temperature outside in ranges of 5 °C, and all together.

    Args:
        trips: any.
        telemetry: what the car measured meanwhile.
    """
    temperatures = sorted(_temperature_samples(telemetry))
    buckets: dict[int, list[TripRecord]] = {}
    for trip in trips:
        mean = mean_during(trip, temperatures)
        if mean is not None:
            buckets.setdefault(floor(mean / BUCKET_SIZE) * BUCKET_SIZE, []).append(trip)
    return {
        "buckets": [
            {"from": low, "to": low + BUCKET_SIZE, **_consumption_figures(buckets[low])} for low in sorted(buckets)
        ],
        "overall": _consumption_figures(trips),
        "trips_without_temperature": len(trips) - sum(map(len, buckets.values())),
    }


def _temperature_samples(telemetry: Iterable[Telemetry]) -> Iterator[Sample]:
    for sample in telemetry:
        air = sample.environment.air if sample.environment else None
        if sample.measured_at and air and air.temp is not None:
            yield sample.measured_at, air.temp


def _consumption_figures(trips: Sequence[TripRecord]) -> dict[str, Any]:
    return drop_none(
        trips=len(trips),
        distance=round(sum(trip.distance for trip in trips), 1),
        electricity_per_100_km=round_or_none(average_per_100_km((trip, trip.electricity) for trip in trips), 1),
        fuel_per_100_km=round_or_none(average_per_100_km((trip, trip.fuel) for trip in trips), 1),
    )
