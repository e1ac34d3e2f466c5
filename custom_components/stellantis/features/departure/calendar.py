"""Departures in the calendar of a car: their titles hold the level, and whether the car is preconditioned."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import takewhile
import re
from typing import Any, Final

from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
from homeassistant.util.ulid import ulid_now

from ...const import DOMAIN
from ...data import Car
from ...number_format import format_percent
from ...vehicle.program_times import parse_days, parse_start
from ..feature import CalendarEvents, FeatureEvent
from .actions import MIN_LEVEL
from .departures import DEFAULT_LEVEL, Departure
from .manager import can_plan, get_manager

DEPARTURE: Final = "departure"
WARM: Final = "departure_warm"
DURATION: Final = timedelta(minutes=15)
_LEVEL: Final = re.compile(r"(\d{1,3})\s*%")


def _list_events(car: Car, start: datetime, end: datetime) -> Iterator[FeatureEvent]:
    """Yield the departures of a time range that are still to come."""
    after = max(start, dt_util.utcnow()) - DURATION
    for departure in get_manager(car).record.departures:
        days = ",".join(day[:2].upper() for day in departure.days)
        for at in takewhile(lambda at: at < end, departure.iter_occurrences(after)):
            yield FeatureEvent(
                uid=departure.uid,
                start=at,
                end=at + DURATION,
                details=(format_percent(departure.level, car.account.hass.config.language),),
                messages=(WARM,) if departure.warm else (),
                rrule=f"FREQ=WEEKLY;BYDAY={days}" if days else None,
            )


def parse_departure(
    event: Mapping[str, Any], translate: Callable[[str], str], now: datetime, uid: str | None = None
) -> Departure:
    """Return the departure of an event.

    Args:
        event: The event, as Home Assistant passes it to a calendar.
        translate: Returns a text of the calendar in Home Assistant's language.
        now: The present time.
        uid: What identifies the departure if it is changed.

    Raises:
        UnsupportedEventError: The event recurs in a way that is not supported, or is over.
    """
    summary, start = str(event.get("summary", "")), parse_start(event, now)
    level = _LEVEL.search(summary)
    return Departure(
        uid=uid or ulid_now(),
        at=dt_util.as_utc(start).replace(second=0, microsecond=0),
        days=parse_days(event),
        level=min(100, max(MIN_LEVEL, int(level[1]))) if level else DEFAULT_LEVEL,
        warm=translate(WARM).casefold() in summary.casefold(),
    )


async def _async_set(
    car: Car, uid: str | None, event: Mapping[str, Any] | None, translate: Callable[[str], str]
) -> None:
    """Create, change or delete a departure.

    Raises:
        ServiceValidationError: There is no such departure any more, or the car cannot be charged for it.
        UnsupportedEventError: The event recurs in a way that is not supported, or is over.
    """
    manager = get_manager(car)
    if uid is not None and all(departure.uid != uid for departure in manager.record.departures):
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="nothing_to_change")
    if event is not None and not can_plan(car):
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="not_able")
    departures = [departure for departure in manager.record.departures if departure.uid != uid]
    if event is not None:
        departures.append(parse_departure(event, translate, dt_util.utcnow(), uid))
    await manager.async_set_departures(departures)


EVENTS: Final = CalendarEvents(
    key=DEPARTURE,
    is_offered_fn=lambda car: can_plan(car) or bool(get_manager(car).record.departures),
    list_fn=_list_events,
    async_set=_async_set,
    subscribe_fn=lambda car, listener: get_manager(car).async_add_listener(listener),
)
