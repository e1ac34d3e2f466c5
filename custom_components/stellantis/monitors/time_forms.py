"""Forms for the times of monitors, and conversion between their input and requests."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta, tzinfo
import re
from typing import Any, Final

from homeassistant.helpers.selector import (
    BooleanSelector,
    DateTimeSelector,
    DurationSelector,
    DurationSelectorConfig,
    TextSelector,
    TimeSelector,
)
from homeassistant.util import dt as dt_util
import probatio as vol

from ..api import Day, InvalidValue
from ..api.requests import DailyTime, SingleTime
from .forms import FormError, build_select, duration_to_input

_WEEKS_PATTERN: Final = re.compile(r"\s*(?P<first>\d{1,2})\s*(?:-\s*(?P<last>\d{1,2})\s*)?")
_DURATION_SELECTOR: Final = DurationSelector(DurationSelectorConfig(enable_day=True))
DAILY_FORM: Final = vol.Schema(
    {
        vol.Optional("days"): build_select((day.value.lower() for day in Day), "days", multiple=True),
        vol.Optional("weeks"): TextSelector(),
        vol.Required("start"): TimeSelector(),
        vol.Required("duration"): _DURATION_SELECTOR,
        vol.Required("time_zone"): TextSelector(),
        vol.Required("again", default=False): BooleanSelector(),
    }
)
ONCE_FORM: Final = vol.Schema(
    {
        vol.Required("start"): DateTimeSelector(),
        vol.Optional("duration"): _DURATION_SELECTOR,
        vol.Required("time_zone"): TextSelector(),
        vol.Required("again", default=False): BooleanSelector(),
    }
)


def daily_from_input(user_input: Mapping[str, Any], time_zone: tzinfo | None) -> DailyTime:
    """Return the recurring time that was entered.

    Raises:
        FormError: The time zone is unknown, or the duration or weeks are invalid.
    """
    _require_time_zone(time_zone)
    try:
        return DailyTime(
            start=time.fromisoformat(user_input["start"]).replace(microsecond=0),
            duration=timedelta(**user_input["duration"]),
            days=tuple(day for day in Day if day.value.lower() in user_input.get("days", ())),
            weeks=_parse_weeks(user_input.get("weeks", "")),
        )
    except InvalidValue as err:
        raise FormError(*(("weeks", "invalid_weeks") if err.field == "weeks" else ("duration", "no_duration"))) from err


def _parse_weeks(text: str) -> tuple[tuple[int, int], ...]:
    matches = [_WEEKS_PATTERN.fullmatch(part) for part in text.split(",") if text.strip()]
    if None in matches:
        raise FormError("weeks", "invalid_weeks")
    return tuple((int(match["first"]), int(match["last"] or match["first"])) for match in matches if match)


def _require_time_zone(time_zone: tzinfo | None) -> None:
    if time_zone is None:
        raise FormError("time_zone", "unknown_time_zone")


def once_from_input(user_input: Mapping[str, Any], time_zone: tzinfo | None) -> SingleTime:
    """Return the single time that was entered.

    Raises:
        FormError: The time zone is unknown, or the duration is zero.
    """
    _require_time_zone(time_zone)
    start = datetime.fromisoformat(user_input["start"])
    duration = timedelta(**user_input["duration"]) if "duration" in user_input else None
    try:
        return SingleTime(start=start.replace(tzinfo=start.tzinfo or time_zone), duration=duration)
    except InvalidValue as err:
        raise FormError("duration", "no_duration") from err


def time_to_input(span: DailyTime | SingleTime, time_zone: str) -> dict[str, Any]:
    """Return the form input that corresponds to a time, with a single start in the given time zone."""
    duration = {} if span.duration is None else {"duration": duration_to_input(span.duration)}
    if isinstance(span, SingleTime):
        local = span.start.astimezone(dt_util.get_time_zone(time_zone)).replace(tzinfo=None)
        return {"start": local.isoformat(" "), **duration}
    weeks = ", ".join(f"{first}-{last}" if first != last else str(first) for first, last in span.weeks)
    days = [day.value.lower() for day in span.days]
    return {"start": span.start.isoformat(), "days": days, **duration, **({"weeks": weeks} if weeks else {})}
