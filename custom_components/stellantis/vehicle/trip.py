"""What a trip comes to: distance, time, energy, cost."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from statistics import fmean
from typing import Final

from mashumaro import DataClassDictMixin

from ..api import EnergySubType, EnergyType, Position, Trip

WATT_HOURS_PER_KILOWATT_HOUR: Final = 1000.0
CENTILITERS_PER_LITER: Final = 100.0
KMH_PER_METER_PER_SECOND: Final = 3.6

type Coordinates = tuple[float, float]
# When something was measured, and what
type Sample = tuple[datetime, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class TripRecord(DataClassDictMixin):
    """A trip that has ended, as it is kept.

    Attributes:
        id: by which the API knows it.
        start: when it began.
        end: when it ended.
        distance: km.
        electricity: kWh taken from the traction battery; None where nothing tells.
        fuel: litres burnt; None where nothing tells.
        cost: of both, at the prices of then; None where there were none.
        origin: longitude and latitude of its start, where they are known.
        destination: longitude and latitude of its end, where they are known.
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
        """How long it took."""
        return (self.end - self.start).total_seconds() / 3600

    @property
    def average_speed(self) -> float | None:
        """Its speed in km/h."""
        return self.distance / self.hours if self.hours > 0 else None

    def per_100_km(self, amount: float | None) -> float | None:
        """Return what an amount is for 100 km; nothing can be said of a trip that led nowhere."""
        return amount * 100 / self.distance if amount is not None and self.distance > 0 else None


def build_trip_record(
    trip: Trip,
    *,
    has_combustion_engine: bool = True,
    capacity: float | None = None,
    electricity_price: float | None = None,
    fuel_price: float | None = None,
) -> TripRecord | None:
    """Return what is kept of a trip; None of one that has not ended, or of which too little is known.

    Args:
        trip: as the API tells it.
        burns: whether the car burns fuel: electric ones may report the ghost of it.
        capacity: kWh that the traction battery holds, to estimate from levels what the car does not tell.
        electricity_price: of a kWh.
        fuel_price: of a litre.
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
    """Return what trips took of an energy for 100 km, by distance; those of which nothing is known do not count."""
    known = [(trip.distance, amount) for trip, amount in amounts if amount is not None]
    distance = sum(distance for distance, _ in known)
    return sum(amount for _, amount in known) * 100 / distance if distance > 0 else None


def mean_during(trip: TripRecord, samples: Sequence[Sample]) -> float | None:
    """Return the mean of what was measured during a trip, of samples in the order of time."""
    first = bisect_left(samples, trip.start, key=itemgetter(0))
    last = bisect_right(samples, trip.end, key=itemgetter(0))
    return fmean(value for _, value in samples[first:last]) if first < last else None


def _started_at(trip: Trip) -> datetime | None:
    """Return when a trip began; of some only the end and the duration are told."""
    if trip.started_at is None and trip.stopped_at is not None and trip.duration is not None:
        return trip.stopped_at - timedelta(seconds=trip.duration)
    return trip.started_at


def _distance(trip: Trip, time: timedelta) -> float | None:
    """Return km: those that are told, else what the average speed, which is in m/s, comes to."""
    if trip.distance is None and trip.kinetic and trip.kinetic.avg_speed is not None:
        return trip.kinetic.avg_speed * KMH_PER_METER_PER_SECOND * time.total_seconds() / 3600
    return trip.distance


def _consumption(trip: Trip, energy_type: EnergyType, distance: float) -> float | None:
    """Return kWh or litres. Of the two members only the average has one unit on all cars: Wh or cl for 100 km.

    Of a car that got nowhere, the average says nothing. Hydrogen is neither.
    """
    finer = WATT_HOURS_PER_KILOWATT_HOUR if energy_type == EnergyType.ELECTRIC else CENTILITERS_PER_LITER
    for consumption in trip.energy_consumptions:
        if consumption.type != energy_type or consumption.sub_type == EnergySubType.HYDROGEN:
            continue
        if consumption.avg_consumption is not None and distance > 0:
            return consumption.avg_consumption * distance / 100 / finer
        if consumption.consumption is not None:
            return consumption.consumption / (CENTILITERS_PER_LITER if energy_type == EnergyType.FUEL else 1)
    return None


def _electricity_from_levels(trip: Trip, capacity: float | None) -> float | None:
    """Return kWh by the levels at both ends: some cars tell of no consumption, or of none where the level fell."""
    levels = [
        next((energy.level for energy in energies if energy.type == EnergyType.ELECTRIC), None)
        for energies in (trip.start_energies, trip.end_energies)
    ]
    before, after = levels
    if capacity is None or before is None or after is None or after > before:
        return None
    return (before - after) / 100 * capacity


def _total_cost(*parts: tuple[float | None, float | None]) -> float | None:
    known = [amount * price for amount, price in parts if amount is not None and price is not None]
    return sum(known) if known else None


def _coordinates(position: Position | None) -> Coordinates | None:
    if position is None or position.longitude is None or position.latitude is None:
        return None
    return (position.longitude, position.latitude)
