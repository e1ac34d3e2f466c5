"""Measures the capacity of a car's battery whenever a charging session has ended, and keeps the result of each year."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ...const import DOMAIN
from ...data import Car, StellantisRuntimeData
from ...endpoints import CHARGES
from ...vehicle.charging_session import ChargingSession
from ...vehicle.settings import BATTERY_CAPACITY
from ...vehicle.stored import StoredModel
from ..feature import read_record, save_record
from .capacity import CapacityEstimate, CapacitySource, MeasuredCapacity, list_estimates, pool_estimates

KEY: Final = "passport"
# The current capacity is that of the last sessions, in summer and in winter
MAX_RECENT: Final = 20
RECENT: Final = timedelta(days=365)
MAX_YEARS: Final = 30

type CapacityByYear = Mapping[str, MeasuredCapacity]


@dataclass(frozen=True, slots=True, kw_only=True)
class PassportRecord(StoredModel):
    """What is kept of a car, because charging sessions are not kept for ever.

    Attributes:
        years: The measured capacity by source and year.
    """

    years: Mapping[CapacitySource, Mapping[str, MeasuredCapacity]] = field(default_factory=dict)


def merge_years(kept: CapacityByYear, measured: CapacityByYear, dropped_until: datetime | None) -> CapacityByYear:
    """Return the capacity of each year; of a year whose sessions are not all kept any more, what they measured once.

    Args:
        kept: The earlier results.
        measured: The results of the sessions that are still kept.
        dropped_until: The end of the last session that is not kept any more.
    """
    last = _year_of(dropped_until) if dropped_until else ""
    fixed = {year: result for year, result in kept.items() if year <= last}
    better = {
        year: result
        for year, result in measured.items()
        if year not in fixed or fixed[year].sessions <= result.sessions
    }
    return dict(sorted({**fixed, **better}.items())[-MAX_YEARS:])


def pool_by_year(estimates: Sequence[CapacityEstimate]) -> CapacityByYear:
    """Return the capacity in each year, in local time, in which enough sessions measured it."""
    years: defaultdict[str, list[CapacityEstimate]] = defaultdict(list)
    for estimate in estimates:
        years[_year_of(estimate.at)].append(estimate)
    pooled = {year: pool_estimates(of_year) for year, of_year in years.items()}
    return {year: result for year, result in pooled.items() if result}


def _year_of(time: datetime) -> str:
    """Return the year of a time, in local time."""
    return f"{dt_util.as_local(time):%Y}"


def pool_recent(estimates: Sequence[CapacityEstimate]) -> MeasuredCapacity | None:
    """Return the capacity that the last sessions measured."""
    recent = sorted(estimates, key=lambda estimate: estimate.at)[-MAX_RECENT:]
    return pool_estimates([estimate for estimate in recent if recent[-1].at - estimate.at <= RECENT])


class PassportTracker:
    """What the charging sessions of a car tell about the capacity of its battery."""

    def __init__(self, car: Car) -> None:
        self.estimates: Mapping[CapacitySource, Sequence[CapacityEstimate]] = {}
        self.current: Mapping[CapacitySource, MeasuredCapacity | None] = {}
        record = read_record(car, KEY, PassportRecord) or PassportRecord()
        self.years: Mapping[CapacitySource, CapacityByYear] = record.years
        self._car = car
        self._measured: Sequence[ChargingSession] | None = None
        self._listeners: list[Callable[[], None]] = []

    @callback
    def async_start(self) -> None:
        """Measure now, and when a session has ended, until the car is unloaded."""
        if charges := self._car.coordinator_for(CHARGES):
            self._car.async_on_unload(charges.async_add_listener(self._async_measure))
        self._async_measure()

    @callback
    def async_add_listener(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `listener` when the capacity was measured; return an unsubscribe function."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def _async_measure(self) -> None:
        """Measure the capacity if the sessions have changed."""
        sessions = self._car.store.charging_sessions
        if sessions is self._measured:
            return
        self._measured = sessions
        entered = BATTERY_CAPACITY.get(self._car.account.entry.options, self._car.vin)
        self.estimates = {source: list_estimates(sessions, source, entered) for source in CapacitySource}
        self.current = {source: pool_recent(estimates) for source, estimates in self.estimates.items()}
        dropped_until = self._car.store.archived_until.get("charges")
        years = {
            source: merge_years(self.years.get(source, {}), pool_by_year(estimates), dropped_until)
            for source, estimates in self.estimates.items()
        }
        years = {source: of_source for source, of_source in years.items() if of_source}
        if years != self.years:
            self.years = years
            save_record(self._car, KEY, PassportRecord(years=years))
        for listener in list(self._listeners):
            listener()


PASSPORTS: Final[HassKey[dict[str, PassportTracker]]] = HassKey(f"{DOMAIN}_{KEY}")


def get_tracker(car: Car) -> PassportTracker:
    """Return the tracker of a car."""
    data: StellantisRuntimeData = car.account.entry.runtime_data
    return data.feature_data[PASSPORTS][car.vin]
