"""Price forecasts as the price integrations of Home Assistant tell them: pure functions.

Almost all tell them as lists of mappings with a start and a price; only the names of the members differ. Some tell them
as mappings of starts to prices.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise, zip_longest
from math import isfinite
import re
from typing import Any, Final

from homeassistant.util import dt as dt_util

from .planner import PriceSlot

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
STARTS: Final = (
    *("start", "start_time", "startsAt", "starts_at", "start_timestamp", "valid_from", "from", "hour", "time"),
    *("datetime", "timestamp", "date"),
)
ENDS: Final = ("end", "end_time", "endsAt", "ends_at", "end_timestamp", "valid_to", "till")
# Members that hold a price, and its factor to the currency per kWh; None if it has the unit of the entity
PRICES: Final[Mapping[str, float | None]] = {
    "value_inc_vat": 1.0,
    "price_per_kwh": 1.0,
    "per_kwh": 1.0,
    "price_ct_per_kwh": 0.01,
    "price_pence_per_kwh": 0.01,
    "price_eur_per_mwh": 0.001,
    "electricity_price": 1e-7,  # Zonneplan
    "marketprice": 0.001,
    "total": None,
    "value": None,
    "price": None,
}
# A price of a later time is a placeholder, such as one of the year 9999
MAX_AHEAD: Final = timedelta(days=366)
# Larger numbers are milliseconds, not seconds, since 1970
MAX_SECONDS: Final = 1e11
# Attributes of PVPC: a price per hour of today, and of the next day; on a day of 25 hours, one hour is there twice
_BY_HOUR: Final = re.compile(r"price_(next_day_)?(\d\d)h(_d)?")
_NUMBER: Final = re.compile(r"-?\d+(?:[.,]\d+)?")


def read_prices(body: Any, factor: float, now: datetime) -> tuple[PriceSlot, ...]:
    """Return the prices in attributes of entities or responses of actions, sorted. Of two at one time, the last counts.

    Args:
        body: The attributes or responses.
        factor: Converts a price in the unit of the entity to the currency per kWh.
        now: The present time.
    """
    entries = _iter_entries(body, factor, now)
    by_start = {start: (end, price) for start, end, price in entries if start - now < MAX_AHEAD}
    return tuple(_with_ends([(start, *by_start[start]) for start in sorted(by_start)]))


def select_part(body: Mapping[str, Any], names: Collection[str]) -> Any:
    """Return the part of a response that has one of the names, such as an area; the whole response without one."""
    parts = [part for part in (body, *body.values()) if isinstance(part, Mapping)]
    return next((part[name] for part in parts for name in part if name in names), body)


def read_events(events: Iterable[Mapping[str, Any]]) -> tuple[PriceSlot, ...]:
    """Return the prices in the events of a tariff calendar, whose titles hold the price of a kWh."""
    slots = []
    for event in events:
        start, end = _parse_time(event.get("start")), _parse_time(event.get("end"))
        number = _NUMBER.search(str(event.get("summary", "")))
        if start and end and number and start < end:
            slots.append(PriceSlot(start, end, float(number[0].replace(",", "."))))
    return tuple(_without_overlaps(sorted(slots, key=lambda slot: slot.start)))


type _Entry = tuple[datetime, datetime | None, float]


def _iter_entries(body: Any, factor: float, now: datetime) -> Iterator[_Entry]:
    """Yield the prices of all lists and mappings in a body, wherever they are."""
    if isinstance(body, Mapping):
        if entry := _parse_entry(body, factor):
            yield entry
        else:
            yield from _iter_keyed(body, factor)
            yield from _iter_parallel(body)
            yield from _iter_hours(body, factor, now)
        body = list(body.values())
    if isinstance(body, list | tuple):
        after: datetime | None = None
        for item in body:
            if isinstance(item, Mapping) and (entry := _parse_entry(item, factor, after)):
                after = entry[0]
                yield entry
            elif isinstance(item, Mapping | list | tuple):
                yield from _iter_entries(item, factor, now)


def _parse_entry(item: Mapping[Any, Any], factor: float, after: datetime | None = None) -> _Entry | None:
    """Return the price of a mapping; None if it has none.

    Args:
        item: The mapping.
        factor: Converts a price in the unit of the entity to the currency per kWh.
        after: The start of the price before it in a list.
    """
    start = next((time for name in STARTS if (time := _parse_time(item.get(name), after))), None)
    end = next((time for name in ENDS if (time := _parse_time(item.get(name), start))), None)
    if start is None or (end and end <= start):
        return None
    for name, own_factor in PRICES.items():
        if (price := _parse_number(item.get(name))) is not None:
            return start, end, price * (factor if own_factor is None else own_factor)
    return None


def _iter_keyed(body: Mapping[Any, Any], factor: float) -> Iterator[_Entry]:
    """Yield the prices of a mapping whose keys are their starts. A key that is only a date is skipped."""
    for key, value in body.items():
        has_time = ":" in str(key)
        if has_time and (price := _parse_number(value)) is not None and (start := _parse_time(key)):
            yield start, None, price * factor


def _iter_parallel(body: Mapping[Any, Any]) -> Iterator[_Entry]:
    """Yield the prices per MWh of a list whose times are in another, as Energy-Charts has them."""
    times, prices = body.get("unix_seconds"), body.get("price")
    if isinstance(times, list | tuple) and isinstance(prices, list | tuple):
        for seconds, item in zip(times, prices, strict=False):
            start, price = _parse_time(seconds), _parse_number(item)
            if start is not None and price is not None:
                yield start, None, price * 0.001


def _iter_hours(body: Mapping[Any, Any], factor: float, now: datetime) -> Iterator[_Entry]:
    """Yield the prices of attributes that each hold that of an hour."""
    midnight = dt_util.start_of_local_day(now)
    for name, value in body.items():
        match, price = _BY_HOUR.fullmatch(str(name)), _parse_number(value)
        if match and price is not None:
            day = dt_util.start_of_local_day(midnight.date() + DAY) if match[1] else midnight
            start = dt_util.as_utc(day.replace(hour=int(match[2]) % 24, fold=int(bool(match[3]))))
            yield start, start + HOUR, price * factor


def _with_ends(entries: list[_Entry]) -> Iterator[PriceSlot]:
    """Yield the slots; one without an end ends with the next, the last is as long as the shortest."""
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(entries)]
    usual = min([*gaps, HOUR])
    for (start, end, price), later in zip_longest(entries, [entry[0] for entry in entries[1:]]):
        latest = end or start + (usual if later is None else min(later - start, HOUR))
        yield PriceSlot(start, latest if later is None else min(latest, later), price)


def _without_overlaps(slots: list[PriceSlot]) -> Iterator[PriceSlot]:
    for slot, later in zip_longest(slots, slots[1:]):
        end = slot.end if later is None else min(slot.end, later.start)
        if slot.start < end:
            yield PriceSlot(slot.start, end, slot.price)


def _parse_time(value: Any, after: datetime | None = None) -> datetime | None:
    """Return a time; None if it is not valid, such as the 30th of February or a time in nanoseconds.

    Args:
        value: Text, or seconds or milliseconds since 1970. Text without a zone is local.
        after: An earlier time. It decides which one is meant of two equal local times, when summer time ends.
    """
    with suppress(ValueError, OverflowError):
        if isinstance(value, str):
            value = dt_util.parse_datetime(value)
        elif (number := _parse_number(value)) is not None and number > HOUR.total_seconds():
            return dt_util.utc_from_timestamp(number / 1000 if number > MAX_SECONDS else number)
        if isinstance(value, datetime):
            time = dt_util.as_utc(value)
            is_second = value.tzinfo is None and after is not None and time <= after
            return dt_util.as_utc(value.replace(fold=1)) if is_second else time
    return None


def _parse_number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if isfinite(value) else None
