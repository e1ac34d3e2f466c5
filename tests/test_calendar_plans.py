"""What a car has planned, and when that is, whatever the clocks do."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.stellantis.api import Day, Status, Vehicle
from custom_components.stellantis.calendar import LOOKAHEAD_DAYS, ScheduledActivity, build_activities
from custom_components.stellantis.vehicle.state import VehicleState

from .support.programs import MEASURED_AT, build_program, build_status

PARIS: Final = ZoneInfo("Europe/Paris")


def vehicle_state(status: Any) -> VehicleState:
    """Return what is known of an electric car by a status."""
    body = Status.from_dict(status)
    return VehicleState.from_status(datetime(2027, 3, 26, 12, tzinfo=UTC), Vehicle(motorization="Electric"), body)


def activity_types(status: Any) -> list[str]:
    """Return the kinds of what is planned by a status."""
    return [plan.type for plan in build_activities(vehicle_state(status))]


@pytest.mark.parametrize(
    ("charging", "planned"),
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
def test_delayed_charge(charging: dict[str, Any], planned: bool) -> None:
    activities = build_activities(vehicle_state(build_status(**charging)))
    times = [
        times for plan in activities for times in plan.iter_occurrences(datetime(2027, 3, 26, 21, tzinfo=UTC), PARIS)
    ]
    start = datetime(2027, 3, 26, 22, 5, tzinfo=PARIS)
    assert times == ([(start, start + timedelta(hours=1))] if planned else [])


@pytest.mark.parametrize(
    "odd",
    [
        {"enabled": True},
        {"start": "PT7H"},
        {"enabled": True, "start": "PT26H"},
        {"enabled": True, "start": "P999999D"},
        {"enabled": True, "start": "PT7H", "occurence": {"day": ["Payday"]}},
    ],
)
def test_incomplete_program_is_ignored(odd: dict[str, Any]) -> None:
    assert activity_types(build_status(odd, charge=(odd,))) == []


def test_cars_without_programs() -> None:
    assert activity_types({"createdAt": MEASURED_AT, "_links": {}}) == []
    assert activity_types(build_status()) == []
    assert (
        activity_types({"energies": [{"type": "Electric", "extension": {"electric": {"charging": {"schedule": []}}}}]})
        == []
    )


def test_running_occurrence_comes_first() -> None:
    (plan,) = build_activities(vehicle_state(build_status(charge=(build_program("PT22H", end="PT6H"),))))
    start, _ = next(plan.iter_occurrences(datetime(2027, 3, 27, 5, tzinfo=PARIS), PARIS))
    assert start == datetime(2027, 3, 26, 22, tzinfo=PARIS)


def test_program_without_recurrence_occurs_once() -> None:
    """It is over when its time has come, though the car has not been heard of since."""
    once = {"enabled": True, "recurrence": "None", "start": "PT7H", "occurence": {"day": ["Tue", "Wed"]}}
    (plan,) = build_activities(vehicle_state(build_status(once)))
    start = datetime(2027, 3, 30, 7, tzinfo=PARIS)
    created_at = datetime(2027, 3, 26, 12, tzinfo=UTC)
    for now, expected in (
        (created_at, [start]),
        (start, [start]),
        (start + timedelta(minutes=10), []),
        (start + timedelta(days=7), []),
    ):
        assert [begins for begins, _ in plan.iter_occurrences(now, PARIS)] == expected
    assert plan.rrule is None
    # Of one that nobody knows the age of, nobody knows whether it is over
    assert activity_types({"preconditioning": {"airConditioning": {"programs": [once]}}}) == []


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
    """Each is on its days, shows the planned time unless the clock skips it, and has not ended; none is left out."""
    activity = ScheduledActivity(type="charging", start=start, end=start + length, days=tuple(days))
    occurrences = list(islice(activity.iter_occurrences(now, zone), 20))
    assert occurrences
    for begins, ends in occurrences:
        assert ends > now
        local = begins.astimezone(zone)
        clock = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        skipped = clock - start
        if skipped:
            assert timedelta(0) < skipped <= timedelta(hours=1)
            assert local.utcoffset() != (local - timedelta(hours=3)).utcoffset()
        assert tuple(Day)[local.weekday()] in days
    for (one, _), (next_one, _) in pairwise(occurrences):
        assert timedelta(hours=22) < next_one - one < timedelta(days=8)
    if len(days) == 7:
        assert occurrences[0][0] - now < timedelta(hours=26)


@given(now=NOW)
def test_occurrences_end_after_lookahead(now: datetime) -> None:
    activity = ScheduledActivity(type="charging", start=timedelta(hours=7), end=timedelta(hours=8), days=tuple(Day))
    assert LOOKAHEAD_DAYS - 1 <= len(list(activity.iter_occurrences(now, PARIS))) <= LOOKAHEAD_DAYS
