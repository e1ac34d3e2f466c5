"""Long-term statistics: what trips and charges come to, hour by hour, made from the ledger and from nothing else."""

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

# All in seconds, as the recorder counts
HOUR: Final = 3600.0
# What seems to have lasted longer is spread over the last of it: clocks of cars can be years off
MAX_DURATION: Final = 7 * 24 * HOUR

# From when until when something was, and how much of it there was
type Span = tuple[datetime, datetime, float]


@dataclass(frozen=True, slots=True)
class StatisticDescription[RecordT: (TripRecord, ChargingSession)]:
    """Something that is summed up.

    Attributes:
        key: its name: of its text, and in the ledger of the sum of what is kept no longer.
        records: what it is summed up of.
        amount: how much of it a record tells; None where nothing tells.
        unit: in which; the currency of Home Assistant where none is named.
        converter: knows the other units in which it may be shown.
    """

    key: str
    records_fn: Callable[[CarStore], Sequence[RecordT]]
    amount_fn: Callable[[RecordT], float | None]
    unit: str | None = None
    converter: type[BaseUnitConverter] | None = None

    def spans(self, store: CarStore) -> list[Span]:
        """Return when there was how much of it. A cost may be negative, as prices may; of all else there is none."""
        least = 0.0 if self.unit else -inf
        told = [(record, self.amount_fn(record)) for record in self.records_fn(store)]
        return [(record.start, record.end, max(least, amount)) for record, amount in told if amount is not None]


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
        "charged", _charging_sessions, lambda charge: charge.energy, UnitOfEnergy.KILO_WATT_HOUR, EnergyConverter
    ),
    StatisticDescription("charging_cost", _charging_sessions, lambda charge: charge.cost),
)


def start_of_hour(moment: float) -> float:
    """Return the start of the hour."""
    return moment - moment % HOUR


def spread_over_hours(start: datetime, end: datetime, amount: float) -> Iterator[tuple[float, float]]:
    """Yield the start of each hour that something covers, and by its share of the time how much of it there was."""
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
    """Return the rows of a statistic from an hour on; none of what there never was.

    Args:
        spans: what is kept.
        folded: the sum of what came earlier and is kept no longer.
        first: the hour; what comes earlier is told already.
        there: the hours that have a row already: one may have become empty, where a trip is told anew.
    """
    hours = defaultdict[float, float](float)
    for span in spans:
        for hour, share in spread_over_hours(*span):
            hours[hour] += share
    if not (archived_total or existing_hours or any(hours.values())):
        return []
    for hour in existing_hours:
        hours[hour] += 0.0
    found, total = list[StatisticData](), archived_total
    for hour in sorted(hours):
        total += hours[hour]
        if hour >= first_hour:
            found.append(StatisticData(start=dt_util.utc_from_timestamp(hour), state=total, sum=total))
    return found


def statistic_id(entry: ConfigEntry[Any], vin: str, key: str) -> str:
    """Return what names a statistic: the same for the same car in the same account, and no VIN."""
    return f"{DOMAIN}:{sha256(f'{entry.unique_id}_{vin}'.encode()).hexdigest()[:12]}_{key}"


@callback
def async_setup_statistics(hass: HomeAssistant, entry: StellantisConfigEntry) -> None:
    """Have the statistics of each car follow its ledger."""

    @callback
    def add_car(car: Car) -> None:
        at_work = asyncio.Lock()

        async def import_statistics() -> None:
            async with at_work:
                await _async_import_statistics(hass, entry, car)

        @callback
        def schedule_import() -> None:
            if car.store.statistics_dirty_since and RECORDER in hass.config.components and not at_work.locked():
                entry.async_create_background_task(hass, import_statistics(), f"{DOMAIN} statistics")

        for coordinator in (car.coordinator_for(TRIPS), car.coordinator_for(CHARGES)):
            if coordinator is not None:
                entry.async_on_unload(coordinator.async_add_listener(schedule_import))
        schedule_import()

    for car in entry.runtime_data.async_add_car_listener(add_car):
        add_car(car)


@callback
def async_clear_statistics(hass: HomeAssistant, entry: ConfigEntry[Any], vins: Iterable[str]) -> None:
    """Remove the statistics of cars."""
    if RECORDER in hass.config.components:
        ids = [statistic_id(entry, vin, quantity.key) for vin in vins for quantity in STATISTICS]
        get_instance(hass).async_clear_statistics(ids)


async def _async_import_statistics(hass: HomeAssistant, entry: StellantisConfigEntry, car: Car) -> None:
    """Import what the statistics do not know yet. What is broken off is begun again, and comes to the same."""
    recorder, ledger = get_instance(hass), car.store
    device = dr.async_get(hass).async_get(car.device.id) or car.device
    texts = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
    ids = {quantity.key: statistic_id(entry, car.vin, quantity.key) for quantity in STATISTICS}
    while ledger.statistics_dirty_since is not None:
        known = replace(ledger)
        found = await recorder.async_add_executor_job(_build_new_rows, hass, known, ids)
        for quantity in STATISTICS:
            if found[quantity.key]:
                metadata = StatisticMetaData(
                    has_sum=True,
                    mean_type=StatisticMeanType.NONE,
                    name=f"{device.name_by_user or device.name} {texts[f'component.{DOMAIN}.common.{quantity.key}']}",
                    source=DOMAIN,
                    statistic_id=ids[quantity.key],
                    unit_class=quantity.converter.UNIT_CLASS if quantity.converter else None,
                    unit_of_measurement=quantity.unit or hass.config.currency,
                )
                async_add_external_statistics(hass, metadata, found[quantity.key])
        await recorder.async_block_till_done()
        if (ledger.trips, ledger.charging_sessions) == (known.trips, known.charging_sessions):
            ledger.statistics_dirty_since = None
            car.account.store.async_schedule_save()


def _build_new_rows(hass: HomeAssistant, store: CarStore, ids: Mapping[str, str]) -> dict[str, list[StatisticData]]:
    """Return by quantity what is to be written; in the recorder's executor."""
    assert store.statistics_dirty_since is not None  # noqa: S101 - or nothing is to be written
    first = start_of_hour(store.statistics_dirty_since.timestamp())
    start = dt_util.utc_from_timestamp(first)
    there = statistics_during_period(hass, start, None, set(ids.values()), "hour", None, {"sum"})
    return {
        quantity.key: build_rows(
            quantity.spans(store),
            store.archived_totals.get(quantity.key, 0.0),
            first,
            [row["start"] for row in there.get(ids[quantity.key], ())],
        )
        for quantity in STATISTICS
    }
