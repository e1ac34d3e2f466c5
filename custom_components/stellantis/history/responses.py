"""Responses of actions, built from data that was already fetched."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from math import floor
from typing import Any, Final

from ..api import AlarmDetails, Alert, EnergySubType, EnergyType, Motorization, Position, Telemetry, Trip, TripEnergy
from ..vehicle.charging_session import ChargingSession
from ..vehicle.trip import Sample, TripRecord, average_per_100_km, mean_during
from .charging_costs import ChargingCosts, monthly_costs, sum_costs
from .events import (
    OLDEST,
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

# Keys of the energies in responses
ENERGY_KEYS: Final = {EnergyType.ELECTRIC: "battery", EnergyType.FUEL: "fuel"}
# Energies that cars of a motorization do not have, but may report
PHANTOM_ENERGY_KEYS: Final = {
    Motorization.ELECTRIC: "fuel",
    Motorization.HYDROGEN: "fuel",
    Motorization.THERMIC: "battery",
}
BUCKET_SIZE: Final = 5  # °C of outside temperature


def build_trip_response(trip: Trip, record: TripRecord | None, motorization: str | None) -> dict[str, Any]:
    """Build the response for a trip, with levels in % and ranges in km of each energy at its start and end.

    Args:
        trip: The trip as the API reports it.
        record: Its record; None if it has not ended, or if its times or distance are unknown.
        motorization: The motorization of the car.
    """
    if record:
        figures = trip_attributes(record)
    else:
        minutes = None if trip.duration is None else trip.duration / 60
        end, duration = trip.stopped_at, round_or_none(minutes, 1)
        figures = drop_none(start=trip.started_at, end=end, distance=trip.distance, duration=duration)
    phantom = PHANTOM_ENERGY_KEYS.get(motorization) if isinstance(motorization, Motorization) else None
    return {
        "id": trip.id,
        **figures,
        **drop_none(
            odometer=trip.start_mileage,
            start_levels=_energy_values(trip.start_energies, "level", phantom),
            end_levels=_energy_values(trip.end_energies, "level", phantom),
            start_ranges=_energy_values(trip.start_energies, "autonomy", phantom),
            end_ranges=_energy_values(trip.end_energies, "autonomy", phantom),
        ),
        "under_way": not (trip.stopped_at if trip.done is None else trip.done),
        "segments": [
            drop_none(propulsion=enum_key(segment.propulsion), percent=segment.percent, distance=segment.distance)
            for segment in trip.segments
        ],
        "faults": [drop_none(fault=enum_key(fault.fault), cause=enum_key(fault.cause)) for fault in trip.faults],
    }


def _energy_values(energies: Iterable[TripEnergy], member: str, phantom: str | None) -> dict[str, float]:
    values: dict[str, float] = {}
    for energy in energies:
        name = ENERGY_KEYS.get(energy.type) if isinstance(energy.type, EnergyType) else None
        name = "hydrogen" if energy.sub_type == EnergySubType.HYDROGEN else name
        value = getattr(energy, member)
        if name and name != phantom and value is not None:
            values[name] = value
    return values


def build_path(points: Iterable[Position]) -> dict[str, Any] | None:
    """Build a GeoJSON feature of a path, with the time of each point; None if there are fewer than two points."""
    located = [point for point in points if point.longitude is not None and point.latitude is not None]
    coordinates = [
        [point.longitude, point.latitude, *([] if point.altitude is None else [point.altitude])] for point in located
    ]
    if len(coordinates) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    times = [point.measured_at and point.measured_at.isoformat() for point in located]
    geometry = {"type": "LineString", "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": {"times": times}}


def build_alert_response(alert: Alert) -> dict[str, Any]:
    """Build the response for an alert, with the position where it started."""
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


def build_alarms_response(alarms: Iterable[AlarmDetails]) -> dict[str, Any]:
    """Build the response for changes of the alarm system, the latest first."""
    known = [(alarm, kind) for alarm in alarms if (kind := alarm_key(alarm))]
    known.sort(key=lambda item: item[0].measured_at or OLDEST, reverse=True)
    return {"alarms": [drop_none(id=alarm.id, kind=kind, **alarm_attributes(alarm)) for alarm, kind in known]}


def build_charging_response(
    sessions: Sequence[ChargingSession],
    home_names: Collection[str] = (),
    place_name_fn: Callable[[ChargingSession], str | None] = lambda session: session.zone,
) -> dict[str, Any]:
    """Build the response for charging sessions, latest first, with totals.

    Args:
        sessions: The sessions, sorted by their end.
        home_names: The names that the home zone has had.
        place_name_fn: Returns the name of the place of a session.
    """
    energies = [session.energy for session in sessions if session.energy is not None]
    supplied = [session.supplied_energy for session in sessions if session.supplied_energy is not None]
    # Costs in different currencies have no sum; the latest counts
    currencies = [session.currency for session in sessions if session.cost is not None]
    paid = [session for session in sessions if session.cost is not None and session.currency == currencies[-1]]
    durations = [session.minutes for session in sessions if session.minutes is not None]
    return {
        "sessions": [
            {**charging_session_attributes(session), **_name_place(session, place_name_fn(session))}
            for session in reversed(sessions)
        ],
        "totals": drop_none(
            sessions=len(sessions),
            duration=round(sum(durations), 1) if durations or not sessions else None,
            energy_estimate=round_or_none(sum(energies), 2) if energies else None,
            energy_supplied=round(sum(supplied), 2) if supplied else None,
            **_cost_members(sum_costs(paid, home_names)),
            currency=currencies[-1] if currencies else None,
            months=[
                drop_none(month=month, **_cost_members(costs))
                for month, costs in monthly_costs(paid, home_names).items()
            ]
            or None,
        ),
    }


def _name_place(session: ChargingSession, name: str | None) -> dict[str, str]:
    """Return the name of a session's place, unless it is that of the zone, which the session tells."""
    return {} if name is None or name == session.zone else {"place_name": name}


def _cost_members(costs: ChargingCosts) -> dict[str, float | None]:
    return {
        "cost": costs.cost,
        "cost_at_home": costs.cost_at_home,
        "cost_elsewhere": costs.cost_elsewhere,
    }


def build_consumption_response(trips: Sequence[TripRecord], telemetry: Iterable[Telemetry]) -> dict[str, Any]:
    """Build the response for the consumption per 100 km, overall and by outside temperature.

    Args:
        trips: The trips.
        telemetry: Telemetry of the same period, with the outside temperature.
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
