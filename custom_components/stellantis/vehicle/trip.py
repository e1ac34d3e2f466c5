"""Completed trips: distance, duration, energy and cost."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from statistics import fmean
from typing import Final

from ..api import Energy, EnergySubType, EnergyType, Position, Propulsion, Trip
from .battery import CAPACITY_RANGE, battery_level
from .stored import StoredModel

WATT_HOURS_PER_KILOWATT_HOUR: Final = 1000.0
CENTILITERS_PER_LITER: Final = 100.0
KMH_PER_METER_PER_SECOND: Final = 3.6
# Durations of trips that are credible. Cars' clocks can be years off, while durations are measured
MAX_DURATION: Final = timedelta(days=7)
# Clocks of cars that were reset tell an earlier time
EARLIEST_TIME: Final = datetime(2010, 1, 1, tzinfo=UTC)
# Cars' clocks run ahead a little
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
# Longer and faster trips are none: the values stand for "no value"
MAX_DISTANCE: Final = 3000.0  # km
MAX_AVERAGE_SPEED: Final = 300.0  # km/h
# A trip may take more than the capacity: many cars report two thirds of it, some is regained by braking, and the engine
# of a hybrid charges it on the way
MAX_BATTERY_LOADS: Final = 1.6
MAX_BATTERY_LOADS_WITH_ENGINE: Final = 3.0
# The same trip may be listed again with slightly different figures
START_TOLERANCE: Final = timedelta(minutes=1)
DISTANCE_TOLERANCE: Final = 0.15  # km
# The shares of the segments of a trip are rounded, in %
SEGMENTS_TOLERANCE: Final = 5.0

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
        electric_share: Share of the distance that a hybrid drove on electricity alone, in %; None if unknown.
        cost: Cost of both at the prices when the trip was stored; None if they were unknown.
        currency: The currency of the cost.
        is_cost_partial: Whether the cost lacks an energy whose amount or price was unknown.
        mileage: Odometer reading at the start, in km; None if unknown.
        origin: Coordinates of the start; None if unknown.
        destination: Coordinates of the end; None if unknown.
    """

    id: str
    start: datetime
    end: datetime
    distance: float
    electricity: float | None = None
    fuel: float | None = None
    electric_share: float | None = None
    cost: float | None = None
    currency: str | None = None
    is_cost_partial: bool = False
    mileage: float | None = None
    origin: Coordinates | None = None
    destination: Coordinates | None = None

    @property
    def hours(self) -> float:
        """The duration in hours."""
        return (self.end - self.start).total_seconds() / 3600

    @property
    def minutes(self) -> float | None:
        """The duration in minutes; None if it is unknown, since a drive takes some time."""
        return self.hours * 60 if self.hours or not self.is_drive else None

    @property
    def is_drive(self) -> bool:
        """Whether the car moved. Standing with the ignition on takes energy, but is no trip to show."""
        return self.distance > 0

    @property
    def average_speed(self) -> float | None:
        """The average speed in km/h; None if it is unknown or not credible."""
        speed = self.distance / self.hours if self.hours > 0 else None
        return speed if speed is None or speed <= MAX_AVERAGE_SPEED else None

    def per_100_km(self, amount: float | None) -> float | None:
        """Return an amount per 100 km; None if the distance is 0."""
        return amount * 100 / self.distance if amount is not None and self.distance > 0 else None

    def is_same(self, other: TripRecord) -> bool:
        """Return whether another record is of the same trip, which some servers list under a second ID."""
        if self.id == other.id:
            return True
        is_at_same_mileage = None
        if self.mileage is not None and other.mileage is not None:
            is_at_same_mileage = abs(self.mileage - other.mileage) <= DISTANCE_TOLERANCE
        if abs(self.start - other.start) <= START_TOLERANCE:
            return is_at_same_mileage is not False
        is_as_far = self.is_drive and abs(self.distance - other.distance) <= DISTANCE_TOLERANCE
        return is_at_same_mileage is True and is_as_far


def build_trip_record(
    trip: Trip,
    *,
    has_combustion_engine: bool = True,
    capacity: float | None = None,
    electricity_price: float | None = None,
    fuel_price: float | None = None,
    currency: str | None = None,
    is_electric: bool = False,
    now: datetime | None = None,
) -> TripRecord | None:
    """Build the record of a trip; None if it has not ended, or if its times or distance are unknown.

    Args:
        trip: The trip as the API reports it.
        has_combustion_engine: Whether the car consumes fuel; some electric cars report that they do.
        capacity: Capacity of the traction battery in kWh, to estimate unreported electricity from levels.
        electricity_price: The price of a kWh.
        fuel_price: The price of a liter.
        currency: The currency of the prices.
        is_electric: Whether the car has a traction battery, even if the trip does not tell of it.
        now: The current time; a trip cannot end later.
    """
    end = _stopped_at(trip, now)
    start = _started_at(trip, end) if end else None
    if trip.id is None or trip.done is False or start is None or end is None:
        return None
    distance = _distance(trip, end - start)
    if distance is None:
        return None
    electricity = _electricity(trip, distance, capacity, has_combustion_engine=has_combustion_engine)
    fuel = _consumption(trip, EnergyType.FUEL, distance) if has_combustion_engine else None
    amounts = [(electricity, electricity_price)] if is_electric or electricity is not None else []
    amounts += [(fuel, fuel_price)] if has_combustion_engine else []
    cost, is_partial = _total_cost(*amounts)
    return TripRecord(
        id=trip.id,
        start=start,
        end=end,
        distance=distance,
        electricity=electricity,
        fuel=fuel,
        electric_share=_electric_share(trip, fuel) if is_electric and has_combustion_engine and distance else None,
        cost=cost,
        currency=None if cost is None else currency,
        is_cost_partial=cost is not None and is_partial,
        mileage=trip.start_mileage,
        origin=get_coordinates(trip.start_position),
        destination=get_coordinates(trip.stop_position),
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


def _stopped_at(trip: Trip, now: datetime | None) -> datetime | None:
    """Return the end of a trip; that is when it was recorded if the clock of the car was wrong."""
    latest = now + CLOCK_TOLERANCE if now else None
    times = (trip.stopped_at, trip.created_at) if trip.stopped_at else ()
    return next((time for time in times if time and time >= EARLIEST_TIME and not (latest and time > latest)), None)


def _started_at(trip: Trip, end: datetime) -> datetime | None:
    """Return the start of a trip, by its duration if that is known: clocks of cars may be wrong at one end."""
    start = trip.started_at
    duration = None if trip.duration is None else timedelta(seconds=trip.duration)
    if start and trip.stopped_at:
        start += end - trip.stopped_at
    if duration is not None and (timedelta(0) < duration <= MAX_DURATION or start is None):
        return end - duration
    return start if start is None or start <= end else end


def _distance(trip: Trip, duration: timedelta) -> float | None:
    """Return the distance in km, if need be calculated from the average speed, which is in m/s."""
    distance = trip.distance
    if (distance is None or distance > MAX_DISTANCE) and trip.kinetic and trip.kinetic.avg_speed is not None:
        distance = trip.kinetic.avg_speed * KMH_PER_METER_PER_SECOND * duration.total_seconds() / 3600
    return distance if distance is None or distance <= MAX_DISTANCE else None


def _electricity(trip: Trip, distance: float, capacity: float | None, *, has_combustion_engine: bool) -> float | None:
    """Return the electricity in kWh as reported, or else by the levels; None if it is unknown or not credible."""
    loads = MAX_BATTERY_LOADS_WITH_ENGINE if has_combustion_engine else MAX_BATTERY_LOADS
    maximum = (capacity or CAPACITY_RANGE[1]) * loads
    reported = _consumption(trip, EnergyType.ELECTRIC, distance)
    if reported and reported <= maximum:
        return reported
    by_levels = _electricity_from_levels(trip, capacity)
    if by_levels is not None or reported is None or reported > maximum:
        return by_levels
    # An electric car that was driven took something; a hybrid may have taken none
    return reported if has_combustion_engine or not distance else None


def _consumption(trip: Trip, energy_type: EnergyType, distance: float) -> float | None:
    """Return the consumption in kWh or liters; hydrogen is neither.

    The average, in Wh or cl per 100 km, and the total, in Wh or cl, have the same unit on all cars. Of electricity, the
    description says kWh, cars report Wh. The average is meaningless if the distance is 0.
    """
    units = WATT_HOURS_PER_KILOWATT_HOUR if energy_type == EnergyType.ELECTRIC else CENTILITERS_PER_LITER
    for consumption in trip.energy_consumptions:
        if consumption.type != energy_type or consumption.sub_type == EnergySubType.HYDROGEN:
            continue
        if consumption.avg_consumption is not None and distance > 0:
            return consumption.avg_consumption * distance / 100 / units
        if consumption.consumption is not None:
            return consumption.consumption / units
    return None


def _electricity_from_levels(trip: Trip, capacity: float | None) -> float | None:
    """Estimate the electricity in kWh from the levels, for cars that do not report it although the level fell."""
    start, end = (
        next(
            (
                battery_level(Energy(level=energy.level, autonomy=energy.autonomy), is_plug_in=True)
                for energy in energies
                if energy.type == EnergyType.ELECTRIC
            ),
            None,
        )
        for energies in (trip.start_energies, trip.end_energies)
    )
    # Levels are in whole %: a trip that is too short to show took some electricity, nobody knows how much
    if capacity is None or start is None or end is None or end >= start:
        return None
    return (start - end) / 100 * capacity


def _electric_share(trip: Trip, fuel: float | None) -> float | None:
    """Return the share of a hybrid's trip on electricity alone, in %: by its segments, or if it took no fuel."""
    shares = [(segment.propulsion, segment.percent) for segment in trip.segments]
    known = [percent for _, percent in shares if percent is not None]
    if known and len(known) == len(shares) and abs(sum(known) - 100) <= SEGMENTS_TOLERANCE:
        return sum(percent for propulsion, percent in shares if percent and propulsion == Propulsion.ELECTRIC)
    return 100.0 if fuel == 0 else None


def _total_cost(*parts: tuple[float | None, float | None]) -> tuple[float | None, bool]:
    """Return the cost of the amounts at their prices, None if it is unknown, and whether a part of it is.

    That nothing was taken of one energy tells nothing about the cost of a trip, unless all are known.
    """
    costs = [amount * price for amount, price in parts if amount is not None and price is not None]
    is_partial = len(costs) < len(parts)
    is_known = any(amount for amount, price in parts if price is not None) or (costs and not is_partial)
    return (sum(costs), is_partial) if is_known else (None, is_partial)


def get_coordinates(position: Position | None) -> Coordinates | None:
    """Return longitude and latitude of a position; None if it is unknown."""
    if position is None or position.longitude is None or position.latitude is None:
        return None
    return (position.longitude, position.latitude)
