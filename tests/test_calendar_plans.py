"""Scheduled activities and their occurrences, including days on which clocks change."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.stellantis.api import Day, Status, Vehicle
from custom_components.stellantis.vehicle.activities import LOOKAHEAD_DAYS, ScheduledActivity, build_activities
from custom_components.stellantis.vehicle.state import VehicleState

from .support.programs import MEASURED_AT, build_program, build_status

PARIS: Final = ZoneInfo("Europe/Paris")


def vehicle_state(status: Any) -> VehicleState:
    """Return the state of an electric car with a status."""
    body = Status.from_dict(status)
    return VehicleState.from_status(datetime(2027, 3, 26, 12, tzinfo=UTC), Vehicle(motorization="Electric"), body)


def activity_types(status: Any) -> list[str]:
    """Return the types of the activities scheduled in a status."""
    return [activity.type for activity in build_activities(vehicle_state(status))]


@pytest.mark.parametrize(
    ("charging", "is_scheduled"),
    [
        ({"plugged": True, "status": "Stopped", "nextDelayedTime": "PT22H5M"}, True),
        ({"plugged": True, "status": "Disconnected", "nextDelayedTime": "PT22H5M"}, True),
        ({"plugged": True, "status": "Stopped", "nextDelayedTime": "PT0S"}, False),
        ({"plugged": True, "status": "Stopped"}, False),
        ({"plugged": True, "status": "InProgress", "nextDelayedTime": "PT22H5M"}, False),
        ({"plugged": True, "status": "Finished", "nextDelayedTime": "PT22H5M"}, False),
        ({"plugged": False, "status": "Disconnected", "nextDelayedTime": "PT22H5M"}, False),
    ],
)
def test_delayed_charge(charging: dict[str, Any], is_scheduled: bool) -> None:
    activities = build_activities(vehicle_state(build_status(**charging)))
    times = [
        times
        for activity in activities
        for times in activity.iter_occurrences(datetime(2027, 3, 26, 21, tzinfo=UTC), PARIS)
    ]
    start = datetime(2027, 3, 26, 22, 5, tzinfo=PARIS)
    assert times == ([(start, start + timedelta(hours=1))] if is_scheduled else [])


@pytest.mark.parametrize(
    "program",
    [
        {"enabled": True},
        {"start": "PT7H"},
        {"enabled": True, "start": "PT26H"},
        {"enabled": True, "start": "P999999D"},
        {"enabled": True, "start": "PT7H", "occurence": {"day": ["Payday"]}},
    ],
)
def test_incomplete_program_is_ignored(program: dict[str, Any]) -> None:
    assert activity_types(build_status(program, charge=(program,))) == []


def test_cars_without_programs() -> None:
    assert activity_types({"createdAt": MEASURED_AT, "_links": {}}) == []
    assert activity_types(build_status()) == []
    assert (
        activity_types({"energies": [{"type": "Electric", "extension": {"electric": {"charging": {"schedule": []}}}}]})
        == []
    )


def test_running_occurrence_comes_first() -> None:
    (activity,) = build_activities(vehicle_state(build_status(charge=(build_program("PT22H", end="PT6H"),))))
    start, _ = next(activity.iter_occurrences(datetime(2027, 3, 27, 5, tzinfo=PARIS), PARIS))
    assert start == datetime(2027, 3, 26, 22, tzinfo=PARIS)


def test_program_without_recurrence_occurs_once() -> None:
    """It is over after its time, even if the car has not reported since."""
    program = {"enabled": True, "recurrence": "None", "start": "PT7H", "occurence": {"day": ["Tue", "Wed"]}}
    (activity,) = build_activities(vehicle_state(build_status(program)))
    start = datetime(2027, 3, 30, 7, tzinfo=PARIS)
    created_at = datetime(2027, 3, 26, 12, tzinfo=UTC)
    for now, expected in (
        (created_at, [start]),
        (start, [start]),
        (start + timedelta(minutes=10), []),
        (start + timedelta(days=7), []),
    ):
        assert [occurrence_start for occurrence_start, _ in activity.iter_occurrences(now, PARIS)] == expected
    assert activity.rrule is None
    # Without a timestamp it is unknown whether the activity is over
    assert activity_types({"preconditioning": {"airConditioning": {"programs": [program]}}}) == []


NOW: Final = st.integers(1_600_000_000, 2_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
CLOCK: Final = st.timedeltas(timedelta(0), timedelta(hours=24) - timedelta(seconds=1))
ZONES: Final = st.sampled_from(
    [ZoneInfo(name) for name in ("Europe/Paris", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca", "UTC")]
)


@given(
    start=CLOCK,
    length=st.timedeltas(timedelta(minutes=1), timedelta(hours=24)),
    days=st.sets(st.sampled_from(Day), min_size=1),
    now=NOW,
    zone=ZONES,
)
def test_occurrences(start: timedelta, length: timedelta, days: set[Day], now: datetime, zone: ZoneInfo) -> None:
    """Occurrences have the right day and time, unless clocks skip that, have not ended, and are complete."""
    activity = ScheduledActivity(type="charging", start=start, end=start + length, days=tuple(days))
    occurrences = list(islice(activity.iter_occurrences(now, zone), 20))
    assert occurrences
    for occurrence_start, occurrence_end in occurrences:
        assert occurrence_end > now
        local = occurrence_start.astimezone(zone)
        clock = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        skipped = clock - start
        if skipped:
            assert timedelta(0) < skipped <= timedelta(hours=1)
            assert local.utcoffset() != (local - timedelta(hours=3)).utcoffset()
        assert tuple(Day)[local.weekday()] in days
    for (first, _), (second, _) in pairwise(occurrences):
        assert timedelta(hours=22) < second - first < timedelta(days=8)
    if len(days) == 7:
        assert occurrences[0][0] - now < timedelta(hours=26)


@given(now=NOW)
def test_occurrences_end_after_lookahead(now: datetime) -> None:
    activity = ScheduledActivity(type="charging", start=timedelta(hours=7), end=timedelta(hours=8), days=tuple(Day))
    assert LOOKAHEAD_DAYS - 1 <= len(list(activity.iter_occurrences(now, PARIS))) <= LOOKAHEAD_DAYS
