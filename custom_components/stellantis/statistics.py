"""Hourly long-term statistics of trips and charging sessions, imported from the store.

The sum of a statistic continues from the row before the first changed one. What the recorder has is kept, and what it
lacks, such as after its database was replaced, is written again when the entry is set up.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any, Final

from homeassistant.components.recorder import DOMAIN as RECORDER, get_instance
from homeassistant.components.recorder.models import StatisticData, StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import (
    async_add_external_statistics,
    get_last_statistics,
    statistics_during_period,
)
from homeassistant.components.zone import ENTITY_ID_HOME
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .data import Car, StellantisConfigEntry
from .endpoints import CHARGES, TRIPS
from .history.hours import HOUR, find_missing, hourly_amounts, start_of_hour
from .history.store import CarStore
from .statistics_table import STATISTICS, StatisticDescription, archived_until

MONTH: Final = 31 * 24 * HOUR


@dataclass(frozen=True, slots=True)
class _Series:
    """A statistic of a car; there is one of a cost for each currency.

    Attributes:
        description: The statistic.
        currency: The currency of a cost.
        statistic_id: The ID in the recorder.
    """

    description: StatisticDescription[Any]
    currency: str | None
    statistic_id: str


def build_rows(
    amounts: Mapping[float, float],
    first_hour: float,
    existing: Mapping[float, float] | None = None,
    *,
    base: float = 0.0,
    kept_until: float = 0.0,
) -> list[StatisticData]:
    """Build the rows of a statistic from an hour on; none if it never had an amount.

    Args:
        amounts: The amount of each hour, from the stored records.
        first_hour: Start of the first hour; earlier rows are in the database and have not changed.
        existing: By hour from then on, the sums in the database. A row is rewritten even if its trip has moved away.
        base: The sum before that hour.
        kept_until: Earlier rows of the database are kept, because their records are lost.
    """
    hours = {hour: amount for hour, amount in amounts.items() if hour >= first_hour}
    previous = base
    for hour, total in sorted((existing or {}).items()):
        known = hours.get(hour, 0.0)
        hours[hour] = max(known, total - previous) if hour < kept_until else known
        previous = total
    if not (existing or base or any(hours.values())):
        return []
    rows, total = list[StatisticData](), base
    for hour in sorted(hours):
        total += hours[hour]
        rows.append(StatisticData(start=dt_util.utc_from_timestamp(hour), state=total, sum=total))
    return rows


def statistic_id(entry: ConfigEntry[Any], vin: str, key: str) -> str:
    """Return the ID of a statistic, which is stable for a car in an account, and does not reveal the VIN."""
    return f"{DOMAIN}:{sha256(f'{entry.unique_id}_{vin}'.encode()).hexdigest()[:12]}_{key}"


@callback
def async_setup_statistics(hass: HomeAssistant, entry: StellantisConfigEntry) -> None:
    """Import the statistics of each car now, if the recorder lacks some, and whenever its store changes."""

    @callback
    def add_car(car: Car) -> None:
        importer = _Importer(hass, entry, car)

        @callback
        def schedule_import() -> None:
            if importer.is_needed and RECORDER in hass.config.components:
                entry.async_create_background_task(hass, importer.async_import(), f"{DOMAIN} statistics")

        for coordinator in (car.coordinator_for(TRIPS), car.coordinator_for(CHARGES)):
            if coordinator is not None:
                car.async_on_unload(coordinator.async_add_listener(schedule_import))
        schedule_import()

    entry.runtime_data.async_for_each_car(add_car)


@callback
def async_clear_statistics(hass: HomeAssistant, entry: ConfigEntry[Any], cars: Mapping[str, CarStore]) -> None:
    """Delete the statistics of cars."""
    if RECORDER in hass.config.components:
        ids = [series.statistic_id for vin, store in cars.items() for series in _list_series(entry, vin, store)]
        get_instance(hass).async_clear_statistics(ids)


def _list_series(entry: ConfigEntry[Any], vin: str, store: CarStore) -> list[_Series]:
    """Return the statistics of a car."""
    currencies = {trip.currency for trip in store.trips} | {session.currency for session in store.charging_sessions}
    # Those of which only a total is left
    prefixes = tuple(f"{description.key}_" for description in STATISTICS if description.unit is None)
    currencies |= {key.rpartition("_")[2].upper() for key in store.archived_totals if key.startswith(prefixes)}
    series: list[_Series] = []
    for description in STATISTICS:
        for currency in sorted(filter(None, currencies | {store.currency})) if description.unit is None else [None]:
            key = description.key if currency is None else store.cost_key(description.key, currency)
            series.append(_Series(description, currency, statistic_id(entry, vin, key)))
    return series


class _Importer:
    """Imports the statistics of a car."""

    def __init__(self, hass: HomeAssistant, entry: StellantisConfigEntry, car: Car) -> None:
        self._hass, self._entry, self._car = hass, entry, car
        self._lock = asyncio.Lock()
        # The first import looks for rows that the recorder lacks
        self._is_verified = False
        # The statistics of which the recorder has a row
        self._begun: set[str] = set()
        self._is_new_store = not car.store.has_history

    @property
    def is_needed(self) -> bool:
        """Whether there is something to import, and no import that will."""
        store = self._car.store
        is_dirty = store.statistics_dirty_since or store.charging_dirty_since
        is_up_to_date = self._is_verified and is_dirty is None and not self._list_unbegun()
        return not self._lock.locked() and not is_up_to_date

    def _list_unbegun(self) -> set[str]:
        """Return the keys of the statistics that the car has, and of which no row was written or found yet."""
        return {one.key for one in STATISTICS if one.key not in self._begun and one.exists_fn(self._car)}

    async def async_import(self) -> None:
        """Import changed rows until the database is up to date. An interrupted import is repeated."""
        async with self._lock:
            while not self._is_verified or self._dirty_since != (None, None) or self._list_unbegun():
                await self._async_import_once()

    @property
    def _dirty_since(self) -> tuple[datetime | None, datetime | None]:
        return self._car.store.statistics_dirty_since, self._car.store.charging_dirty_since

    async def _async_import_once(self) -> None:
        hass, store, car = self._hass, self._car.store, self._car
        home = hass.states.get(ENTITY_ID_HOME)
        if home and store.add_home_name(home.name):
            car.account.store.async_schedule_save()
        snapshot = replace(store)
        recorder, series = get_instance(hass), _list_series(self._entry, car.vin, snapshot)
        if not self._is_verified and self._is_new_store:
            store.statistics_kept_until = await recorder.async_add_executor_job(_find_last_row, hass, series)
            self._is_new_store = False
            snapshot.statistics_kept_until = store.statistics_kept_until
        unbegun = self._list_unbegun()
        build_rows_fn = partial(_build_new_rows, verify=not self._is_verified, unbegun=unbegun)
        rows = await recorder.async_add_executor_job(build_rows_fn, hass, snapshot, series)
        self._is_verified = True
        self._begun |= unbegun
        device = dr.async_get(hass).async_get(car.device.id) or car.device
        translations = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
        for one in series:
            if not rows[one.statistic_id]:
                continue
            converter = one.description.converter
            translated = translations[f"component.{DOMAIN}.common.{one.description.key}"]
            name = f"{device.name_by_user or device.name} {translated}"
            metadata = StatisticMetaData(
                has_sum=True,
                mean_type=StatisticMeanType.NONE,
                name=name if one.currency in (None, snapshot.currency) else f"{name} {one.currency}",
                source=DOMAIN,
                statistic_id=one.statistic_id,
                unit_class=converter.UNIT_CLASS if converter else None,
                unit_of_measurement=one.description.unit or one.currency,
            )
            async_add_external_statistics(hass, metadata, rows[one.statistic_id])
        await recorder.async_block_till_done()
        before = self._dirty_since
        if store.trips == snapshot.trips:
            store.statistics_dirty_since = None
        if store.charging_sessions == snapshot.charging_sessions:
            store.charging_dirty_since = None
        if self._dirty_since != before:
            store.archive()
            car.account.store.async_schedule_save()


def _find_last_row(hass: HomeAssistant, series: Iterable[_Series]) -> datetime | None:
    """Return the end of the last row of statistics that the recorder has. Runs in its executor."""
    ends = [
        row["end"]
        for one in series
        for rows in get_last_statistics(hass, 1, one.statistic_id, convert_units=False, types={"sum"}).values()
        for row in rows
    ]
    return dt_util.utc_from_timestamp(max(ends)) if ends else None


def _build_new_rows(
    hass: HomeAssistant,
    store: CarStore,
    series: Iterable[_Series],
    *,
    verify: bool,
    unbegun: Collection[str],
) -> dict[str, list[StatisticData]]:
    """Build the changed rows of each statistic, and an empty one for those without any. Runs in the executor.

    Args:
        hass: Home Assistant.
        store: The stored data of the car.
        series: Its statistics.
        verify: Whether to build rows that the recorder lacks, too.
        unbegun: The keys of the statistics that need a row.
    """
    kept_until = store.statistics_kept_until.timestamp() if store.statistics_kept_until else 0.0
    rows: dict[str, list[StatisticData]] = {}
    for one in series:
        description = one.description
        kept_rows_until = archived_until(store, description)
        amounts = hourly_amounts(description.spans(store, one.currency), kept_rows_until)
        dirty_since = description.dirty_since(store)
        hours = [start_of_hour(dirty_since.timestamp())] if dirty_since else []
        if verify and amounts:
            existing = _read_sums(hass, one.statistic_id, min(amounts))
            if (missing := find_missing(amounts, existing)) is not None:
                hours.append(missing)
        rows[one.statistic_id] = []
        if hours:
            first_hour = max(min(hours), start_of_hour(kept_rows_until.timestamp()) if kept_rows_until else 0.0)
            existing = _read_sums(hass, one.statistic_id, first_hour)
            base = _read_sum_before(hass, one.statistic_id, first_hour)
            rows[one.statistic_id] = build_rows(amounts, first_hour, existing, base=base, kept_until=kept_until)
        if description.key in unbegun and not rows[one.statistic_id] and _find_last_row(hass, [one]) is None:
            this_hour = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
            rows[one.statistic_id] = [StatisticData(start=this_hour, state=0.0, sum=0.0)]
    return rows


def _read_sums(hass: HomeAssistant, series_id: str, first_hour: float, end: float | None = None) -> dict[float, float]:
    """Return the sum of each hour from an hour on."""
    start, end_time = (None if hour is None else dt_util.utc_from_timestamp(hour) for hour in (first_hour, end))
    assert start is not None  # noqa: S101 - an hour has a time
    found = statistics_during_period(hass, start, end_time, {series_id}, "hour", None, {"sum"})
    return {row["start"]: row.get("sum") or 0.0 for row in found.get(series_id, ())}


def _read_sum_before(hass: HomeAssistant, series_id: str, hour: float) -> float:
    """Return the sum of the last row before an hour; it is looked for in the month before it first."""
    for length in (MONTH, hour):
        if sums := _read_sums(hass, series_id, max(0.0, hour - length), hour):
            return sums[max(sums)]
    return 0.0
