"""The table of long-term statistics of a car."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any, Final, Literal

from homeassistant.const import UnitOfEnergy, UnitOfLength, UnitOfTime, UnitOfVolume
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import (
    BaseUnitConverter,
    DistanceConverter,
    DurationConverter,
    EnergyConverter,
    VolumeConverter,
)

from .data import Car
from .endpoints import usable_capacity
from .history.hours import HOUR, Span, start_of_hour
from .history.store import CarStore
from .vehicle.charging_session import ChargingSession
from .vehicle.trip import TripRecord


@dataclass(frozen=True, slots=True)
class StatisticDescription[RecordT: (TripRecord, ChargingSession)]:
    """A statistic: the sum of an amount over all trips or charging sessions.

    Attributes:
        key: The key of its name in the translations, and of its total in `CarStore.archived_totals`.
        kind: The kind of records, as in `CarStore.archived_until`.
        records_fn: Returns the records of a car.
        amount_fn: Returns the amount of a record; None if unknown.
        unit: The unit of the amount; None stands for a currency.
        converter: The recorder's converter to other units.
        exists_fn: Returns whether a car has the statistic before its first record.
        is_at_home: Whether it counts only sessions at home, or only those elsewhere; None if it counts all.
    """

    key: str
    kind: Literal["trips", "charges"]
    records_fn: Callable[[CarStore], Sequence[RecordT]]
    amount_fn: Callable[[RecordT], float | None]
    unit: str | None = None
    converter: type[BaseUnitConverter] | None = None
    exists_fn: Callable[[Car], bool] = lambda _: False
    is_at_home: bool | None = None

    def spans(self, store: CarStore, currency: str | None = None) -> list[Span]:
        """Return the spans of all records with an amount. Only a cost may be negative, since a price may be.

        Args:
            store: The stored data of the car.
            currency: The currency of a cost.
        """
        minimum = 0.0 if self.unit else -inf
        amounts = [
            (record, self.amount_fn(record))
            for record in self.records_fn(store)
            if (self.unit or store.cost_key("", record.currency) == store.cost_key("", currency))
            and (self.is_at_home is None or self._is_counted(record, store.home_names))
        ]
        return [(record.start, record.end, max(minimum, amount)) for record, amount in amounts if amount is not None]

    def _is_counted(self, record: TripRecord | ChargingSession, home_names: Collection[str]) -> bool:
        """Return whether a record is a session at home, or elsewhere, as the statistic counts them."""
        return isinstance(record, ChargingSession) and record.is_at_home(home_names) is self.is_at_home

    def dirty_since(self, store: CarStore) -> datetime | None:
        """Return the start of the first record that is not in the statistics yet."""
        return store.statistics_dirty_since if self.kind == "trips" else store.charging_dirty_since


def _trips(store: CarStore) -> Sequence[TripRecord]:
    return store.trips


def _can_charge(car: Car) -> bool:
    """Return whether a car can be plugged in and what it charges can be estimated."""
    state = car.status.data if car.status.has_data else None
    return state is not None and state.charging is not None and usable_capacity(car.account, car.vin, state) is not None


def _can_charge_at_home(car: Car) -> bool:
    """Return whether it can be told, too, where a car charges."""
    return car.account.has_scope("data:position") and _can_charge(car)


def _charging_sessions(store: CarStore) -> Sequence[ChargingSession]:
    return store.charging_sessions


STATISTICS: Final[tuple[StatisticDescription[Any], ...]] = (
    StatisticDescription(
        "distance", "trips", _trips, lambda trip: trip.distance, UnitOfLength.KILOMETERS, DistanceConverter
    ),
    StatisticDescription("duration", "trips", _trips, lambda trip: trip.hours, UnitOfTime.HOURS, DurationConverter),
    StatisticDescription(
        "electricity", "trips", _trips, lambda trip: trip.electricity, UnitOfEnergy.KILO_WATT_HOUR, EnergyConverter
    ),
    StatisticDescription("fuel", "trips", _trips, lambda trip: trip.fuel, UnitOfVolume.LITERS, VolumeConverter),
    StatisticDescription("driving_cost", "trips", _trips, lambda trip: trip.cost),
    StatisticDescription(
        "charged",
        "charges",
        _charging_sessions,
        lambda session: session.energy,
        UnitOfEnergy.KILO_WATT_HOUR,
        EnergyConverter,
        exists_fn=_can_charge,  # the Energy dashboard offers it before the first charge
    ),
    StatisticDescription(
        "charged_at_home",
        "charges",
        _charging_sessions,
        lambda session: session.energy,
        UnitOfEnergy.KILO_WATT_HOUR,
        EnergyConverter,
        exists_fn=_can_charge_at_home,
        is_at_home=True,
    ),
    StatisticDescription(
        "charged_elsewhere",
        "charges",
        _charging_sessions,
        lambda session: session.energy,
        UnitOfEnergy.KILO_WATT_HOUR,
        EnergyConverter,
        is_at_home=False,
    ),
    StatisticDescription("charging_cost", "charges", _charging_sessions, lambda session: session.cost),
)


def archived_until(store: CarStore, description: StatisticDescription[Any]) -> datetime | None:
    """Return the end of the hour in which the last record that was dropped ended: until then, no row is rewritten.

    The store of an older version does not know that time; there it is the start of the first record.
    """
    if (until := store.archived_until.get(description.kind)) is not None:
        return dt_util.utc_from_timestamp(start_of_hour(until.timestamp()) + HOUR)
    if description.key not in store.archived_totals:
        return None
    return min((record.start for record in description.records_fn(store)), default=None)
