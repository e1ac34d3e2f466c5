"""Hourly long-term statistics of trips and charging sessions, imported from the store."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from math import inf
from typing import Any, Final

from homeassistant.components.recorder import DOMAIN as RECORDER, get_instance
from homeassistant.components.recorder.models import StatisticData, StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import async_add_external_statistics, statistics_during_period
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import UnitOfEnergy, UnitOfLength, UnitOfTime, UnitOfVolume
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import (
    BaseUnitConverter,
    DistanceConverter,
    DurationConverter,
    EnergyConverter,
    VolumeConverter,
)

from .const import DOMAIN
from .data import Car, StellantisConfigEntry
from .endpoints import CHARGES, TRIPS
from .history.store import CarStore
from .vehicle.charging_session import ChargingSession
from .vehicle.trip import TripRecord

# In seconds, as the recorder's timestamps
HOUR: Final = 3600.0
# An amount is spread over no more than this time before its end, because clocks of cars can be years off
MAX_DURATION: Final = 7 * 24 * HOUR

# Start, end and amount
type Span = tuple[datetime, datetime, float]


@dataclass(frozen=True, slots=True)
class StatisticDescription[RecordT: (TripRecord, ChargingSession)]:
    """A statistic: the sum of an amount over all trips or charging sessions.

    Attributes:
        key: The key of its name in the translations, and of its total in `CarStore.archived_totals`.
        records_fn: Returns the records of a car.
        amount_fn: Returns the amount of a record; None if unknown.
        unit: The unit of the amount; None stands for the currency of Home Assistant.
        converter: The recorder's converter to other units.
    """

    key: str
    records_fn: Callable[[CarStore], Sequence[RecordT]]
    amount_fn: Callable[[RecordT], float | None]
    unit: str | None = None
    converter: type[BaseUnitConverter] | None = None

    def spans(self, store: CarStore) -> list[Span]:
        """Return the spans of all records with an amount. Only a cost may be negative, since a price may be."""
        minimum = 0.0 if self.unit else -inf
        amounts = [(record, self.amount_fn(record)) for record in self.records_fn(store)]
        return [(record.start, record.end, max(minimum, amount)) for record, amount in amounts if amount is not None]


def _trips(store: CarStore) -> Sequence[TripRecord]:
    return store.trips


def _charging_sessions(store: CarStore) -> Sequence[ChargingSession]:
    return store.charging_sessions


STATISTICS: Final[tuple[StatisticDescription[Any], ...]] = (
    StatisticDescription("distance", _trips, lambda trip: trip.distance, UnitOfLength.KILOMETERS, DistanceConverter),
    StatisticDescription("duration", _trips, lambda trip: trip.hours, UnitOfTime.HOURS, DurationConverter),
    StatisticDescription(
        "electricity", _trips, lambda trip: trip.electricity, UnitOfEnergy.KILO_WATT_HOUR, EnergyConverter
    ),
    StatisticDescription("fuel", _trips, lambda trip: trip.fuel, UnitOfVolume.LITERS, VolumeConverter),
    StatisticDescription("driving_cost", _trips, lambda trip: trip.cost),
    StatisticDescription(
        "charged", _charging_sessions, lambda session: session.energy, UnitOfEnergy.KILO_WATT_HOUR, EnergyConverter
    ),
    StatisticDescription("charging_cost", _charging_sessions, lambda session: session.cost),
)


def start_of_hour(timestamp: float) -> float:
    """Return the timestamp of the start of the hour."""
    return timestamp - timestamp % HOUR


def spread_over_hours(start: datetime, end: datetime, amount: float) -> Iterator[tuple[float, float]]:
    """Yield the start and the share of the amount of each hour of a span."""
    last = end.timestamp()
    first = max(start.timestamp(), last - MAX_DURATION)
    hour = start_of_hour(first)
    if first == last:
        yield hour, amount
        return
    while hour < last:
        yield hour, amount * (min(last, hour + HOUR) - max(first, hour)) / (last - first)
        hour += HOUR


def build_rows(
    spans: Iterable[Span], archived_total: float, first_hour: float, existing_hours: Collection[float] = ()
) -> list[StatisticData]:
    """Build the rows of a statistic from an hour on; none if it never had an amount.

    Args:
        spans: The spans of all stored records.
        archived_total: The total of older records.
        first_hour: Start of the first hour; earlier rows are in the database and have not changed.
        existing_hours: Hours that have a row in the database, which is rewritten even if its trip has moved away.
    """
    hours = defaultdict[float, float](float)
    for span in spans:
        for hour, share in spread_over_hours(*span):
            hours[hour] += share
    if not (archived_total or existing_hours or any(hours.values())):
        return []
    for hour in existing_hours:
        hours[hour] += 0.0
    rows, total = list[StatisticData](), archived_total
    for hour in sorted(hours):
        total += hours[hour]
        if hour >= first_hour:
            rows.append(StatisticData(start=dt_util.utc_from_timestamp(hour), state=total, sum=total))
    return rows


def statistic_id(entry: ConfigEntry[Any], vin: str, key: str) -> str:
    """Return the ID of a statistic, which is stable for a car in an account, and does not reveal the VIN."""
    return f"{DOMAIN}:{sha256(f'{entry.unique_id}_{vin}'.encode()).hexdigest()[:12]}_{key}"


@callback
def async_setup_statistics(hass: HomeAssistant, entry: StellantisConfigEntry) -> None:
    """Import the statistics of each car whenever its store changes."""

    @callback
    def add_car(car: Car) -> None:
        import_lock = asyncio.Lock()

        async def import_statistics() -> None:
            async with import_lock:
                await _async_import_statistics(hass, entry, car)

        @callback
        def schedule_import() -> None:
            if car.store.statistics_dirty_since and RECORDER in hass.config.components and not import_lock.locked():
                entry.async_create_background_task(hass, import_statistics(), f"{DOMAIN} statistics")

        for coordinator in (car.coordinator_for(TRIPS), car.coordinator_for(CHARGES)):
            if coordinator is not None:
                entry.async_on_unload(coordinator.async_add_listener(schedule_import))
        schedule_import()

    for car in entry.runtime_data.async_add_car_listener(add_car):
        add_car(car)


@callback
def async_clear_statistics(hass: HomeAssistant, entry: ConfigEntry[Any], vins: Iterable[str]) -> None:
    """Delete the statistics of cars."""
    if RECORDER in hass.config.components:
        ids = [statistic_id(entry, vin, description.key) for vin in vins for description in STATISTICS]
        get_instance(hass).async_clear_statistics(ids)


async def _async_import_statistics(hass: HomeAssistant, entry: StellantisConfigEntry, car: Car) -> None:
    """Import changed rows until the database is up to date. An interrupted import is repeated."""
    recorder, store = get_instance(hass), car.store
    device = dr.async_get(hass).async_get(car.device.id) or car.device
    translations = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
    ids = {description.key: statistic_id(entry, car.vin, description.key) for description in STATISTICS}
    while store.statistics_dirty_since is not None:
        snapshot = replace(store)
        rows = await recorder.async_add_executor_job(_build_new_rows, hass, snapshot, ids)
        for description in STATISTICS:
            if not rows[description.key]:
                continue
            name = translations[f"component.{DOMAIN}.common.{description.key}"]
            metadata = StatisticMetaData(
                has_sum=True,
                mean_type=StatisticMeanType.NONE,
                name=f"{device.name_by_user or device.name} {name}",
                source=DOMAIN,
                statistic_id=ids[description.key],
                unit_class=description.converter.UNIT_CLASS if description.converter else None,
                unit_of_measurement=description.unit or hass.config.currency,
            )
            async_add_external_statistics(hass, metadata, rows[description.key])
        await recorder.async_block_till_done()
        if (store.trips, store.charging_sessions) == (snapshot.trips, snapshot.charging_sessions):
            store.statistics_dirty_since = None
            car.account.store.async_schedule_save()


def _build_new_rows(hass: HomeAssistant, store: CarStore, ids: Mapping[str, str]) -> dict[str, list[StatisticData]]:
    """Build the changed rows of each statistic. Runs in the recorder's executor."""
    assert store.statistics_dirty_since is not None  # noqa: S101 - only called if rows have changed
    first_hour = start_of_hour(store.statistics_dirty_since.timestamp())
    start = dt_util.utc_from_timestamp(first_hour)
    existing = statistics_during_period(hass, start, None, set(ids.values()), "hour", None, {"sum"})
    return {
        description.key: build_rows(
            description.spans(store),
            store.archived_totals.get(description.key, 0.0),
            first_hour,
            [row["start"] for row in existing.get(ids[description.key], ())],
        )
        for description in STATISTICS
    }
