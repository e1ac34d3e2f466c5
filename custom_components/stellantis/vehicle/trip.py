"""Completed trips: distance, duration, energy and cost."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from statistics import fmean
from typing import Final

from ..api import EnergySubType, EnergyType, Position, Trip
from .stored import StoredModel

WATT_HOURS_PER_KILOWATT_HOUR: Final = 1000.0
CENTILITERS_PER_LITER: Final = 100.0
KMH_PER_METER_PER_SECOND: Final = 3.6

# Longitude and latitude
type Coordinates = tuple[float, float]
# Time and value of a measurement
type Sample = tuple[datetime, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class TripRecord(StoredModel):
    """A trip that has ended, as it is stored.

    Attributes:
        id: The API's ID of the trip.
        start: When it started.
        end: When it ended.
        distance: Distance in km.
        electricity: Energy taken from the traction battery, in kWh; None if unknown.
        fuel: Fuel consumption in liters; None if unknown.
        cost: Cost of both at the prices when the trip was stored; None if they were unknown.
        origin: Coordinates of the start; None if unknown.
        destination: Coordinates of the end; None if unknown.
    """

    id: str
    start: datetime
    end: datetime
    distance: float
    electricity: float | None = None
    fuel: float | None = None
    cost: float | None = None
    origin: Coordinates | None = None
    destination: Coordinates | None = None

    @property
    def hours(self) -> float:
        """The duration in hours."""
        return (self.end - self.start).total_seconds() / 3600

    @property
    def average_speed(self) -> float | None:
        """The average speed in km/h."""
        return self.distance / self.hours if self.hours > 0 else None

    def per_100_km(self, amount: float | None) -> float | None:
        """Return an amount per 100 km; None if the distance is 0."""
        return amount * 100 / self.distance if amount is not None and self.distance > 0 else None


def build_trip_record(
    trip: Trip,
    *,
    has_combustion_engine: bool = True,
    capacity: float | None = None,
    electricity_price: float | None = None,
    fuel_price: float | None = None,
) -> TripRecord | None:
    """Build the record of a trip; None if it has not ended, or if its times or distance are unknown.

    Args:
        trip: The trip as the API reports it.
        has_combustion_engine: Whether the car consumes fuel; some electric cars report that they do.
        capacity: Capacity of the traction battery in kWh, to estimate unreported electricity from levels.
        electricity_price: The price of a kWh.
        fuel_price: The price of a liter.
    """
    start, end = _started_at(trip), trip.stopped_at
    if trip.id is None or trip.done is False or start is None or end is None or end < start:
        return None
    distance = _distance(trip, end - start)
    if distance is None:
        return None
    electricity = _consumption(trip, EnergyType.ELECTRIC, distance)
    if not electricity and (by_levels := _electricity_from_levels(trip, capacity)) is not None:
        electricity = by_levels
    fuel = _consumption(trip, EnergyType.FUEL, distance) if has_combustion_engine else None
    return TripRecord(
        id=trip.id,
        start=start,
        end=end,
        distance=distance,
        electricity=electricity,
        fuel=fuel,
        cost=_total_cost((electricity, electricity_price), (fuel, fuel_price)),
        origin=_coordinates(trip.start_position),
        destination=_coordinates(trip.stop_position),
    )


def average_per_100_km(amounts: Iterable[tuple[TripRecord, float | None]]) -> float | None:
    """Return the average consumption per 100 km, weighted by distance; trips without an amount do not count."""
    known = [(trip.distance, amount) for trip, amount in amounts if amount is not None]
    distance = sum(distance for distance, _ in known)
    return sum(amount for _, amount in known) * 100 / distance if distance > 0 else None


def mean_during(trip: TripRecord, samples: Sequence[Sample]) -> float | None:
    """Return the mean of the samples, which must be sorted by time, that were measured during a trip."""
    first = bisect_left(samples, trip.start, key=itemgetter(0))
    last = bisect_right(samples, trip.end, key=itemgetter(0))
    return fmean(value for _, value in samples[first:last]) if first < last else None


def _started_at(trip: Trip) -> datetime | None:
    """Return the start of a trip; some trips only have an end and a duration."""
    if trip.started_at is None and trip.stopped_at is not None and trip.duration is not None:
        return trip.stopped_at - timedelta(seconds=trip.duration)
    return trip.started_at


def _distance(trip: Trip, duration: timedelta) -> float | None:
    """Return the distance in km, if need be calculated from the average speed, which is in m/s."""
    if trip.distance is None and trip.kinetic and trip.kinetic.avg_speed is not None:
        return trip.kinetic.avg_speed * KMH_PER_METER_PER_SECOND * duration.total_seconds() / 3600
    return trip.distance


def _consumption(trip: Trip, energy_type: EnergyType, distance: float) -> float | None:
    """Return the consumption in kWh or liters; hydrogen is neither.

    The average has the same unit on all cars, Wh or cl per 100 km, and is therefore preferred to the total. It is
    meaningless if the distance is 0.
    """
    units = WATT_HOURS_PER_KILOWATT_HOUR if energy_type == EnergyType.ELECTRIC else CENTILITERS_PER_LITER
    for consumption in trip.energy_consumptions:
        if consumption.type != energy_type or consumption.sub_type == EnergySubType.HYDROGEN:
            continue
        if consumption.avg_consumption is not None and distance > 0:
            return consumption.avg_consumption * distance / 100 / units
        if consumption.consumption is not None:
            return consumption.consumption / (CENTILITERS_PER_LITER if energy_type == EnergyType.FUEL else 1)
    return None


def _electricity_from_levels(trip: Trip, capacity: float | None) -> float | None:
    """Estimate the electricity in kWh from the levels, for cars that do not report it although the level fell."""
    start, end = (
        next((energy.level for energy in energies if energy.type == EnergyType.ELECTRIC), None)
        for energies in (trip.start_energies, trip.end_energies)
    )
    if capacity is None or start is None or end is None or end > start:
        return None
    return (start - end) / 100 * capacity


def _total_cost(*parts: tuple[float | None, float | None]) -> float | None:
    costs = [amount * price for amount, price in parts if amount is not None and price is not None]
    return sum(costs) if costs else None


def _coordinates(position: Position | None) -> Coordinates | None:
    if position is None or position.longitude is None or position.latitude is None:
        return None
    return (position.longitude, position.latitude)
