"""The times of a program from an event of a calendar."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellantis.api import Day
from custom_components.stellantis.vehicle.program_times import ProgramTimes, UnsupportedEventError, parse_event

PARIS = ZoneInfo("Europe/Paris")
# A Friday
NOW = datetime(2026, 11, 20, 12, tzinfo=PARIS)
START = datetime(2026, 11, 23, 7, 30, 20, tzinfo=PARIS)
WORKDAYS = tuple(Day)[:5]


def event(start: Any = START, hours: float = 1, **others: Any) -> dict[str, Any]:
    """Return an event as Home Assistant passes it."""
    return {"dtstart": start, "dtend": start + timedelta(hours=hours), "summary": "Charging", **others}


@pytest.fixture(autouse=True)
async def paris(hass: HomeAssistant) -> None:
    await hass.config.async_set_time_zone("Europe/Paris")


@pytest.mark.parametrize(
    ("given", "days", "repeats"),
    [
        (event(), (Day.MONDAY,), False),
        (event(rrule=None), (Day.MONDAY,), False),
        (event(rrule="FREQ=WEEKLY"), (Day.MONDAY,), True),
        (event(rrule="FREQ=DAILY"), tuple(Day), True),
        (event(rrule="FREQ=WEEKLY;BYDAY=FR,MO,TU,WE,TH"), WORKDAYS, True),
        (event(rrule="FREQ=DAILY;BYDAY=SU;INTERVAL=1;WKST=MO"), (Day.SUNDAY,), True),
        # An occurrence of a series may be over
        (event(NOW - timedelta(days=9), rrule="FREQ=WEEKLY;BYDAY=SA"), (Day.SATURDAY,), True),
    ],
)
def test_days(given: dict[str, Any], days: tuple[Day, ...], repeats: bool) -> None:
    times = parse_event(given, NOW)
    assert (times.days, times.repeats) == (days, repeats)


def test_times_are_local_and_in_whole_minutes() -> None:
    start = START.astimezone(ZoneInfo("America/New_York"))
    assert parse_event(event(start, 23), NOW) == ProgramTimes(
        start=time(7, 30), end=time(6, 30), days=(Day.MONDAY,), repeats=False
    )


@pytest.mark.parametrize(
    "given",
    [
        {"dtstart": date(2026, 11, 23), "dtend": date(2026, 11, 24)},
        event(hours=24),
        event(NOW - timedelta(minutes=1)),
        event(NOW + timedelta(days=8)),
        event(NOW + timedelta(days=8), rrule="FREQ=WEEKLY"),
        event(rrule="FREQ=MONTHLY"),
        event(rrule="BYDAY=MO"),
        event(rrule="FREQ=WEEKLY;COUNT=3"),
        event(rrule="FREQ=WEEKLY;UNTIL=20270101T000000Z"),
        event(rrule="FREQ=WEEKLY;INTERVAL=2"),
        event(rrule="FREQ=WEEKLY;BYDAY=1MO"),
    ],
    ids=lambda given: given.get("rrule", str(given["dtstart"])),
)
def test_what_no_program_has(given: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedEventError):
        parse_event(given, NOW)
