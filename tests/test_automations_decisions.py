"""What triggers and conditions decide, as tables."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from custom_components.stellantis.automations.decisions import (
    ToldCharge,
    TripFilter,
    charging_details,
    charging_target,
    event_details,
    has_reached_target,
    has_warning,
    is_too_old,
    is_wanted,
    tell_charge,
    was_deadline_missed,
)
from custom_components.stellantis.vehicle.charge_limit import ChargeLimitRecord, ChargeReport

NOW: Final = datetime(2026, 11, 26, 12, tzinfo=UTC)
HOME, WORK = (2.1, 48.1), (2.3, 48.3)
TRIP: Final[dict[str, Any]] = {"distance": 18.0, "duration": 20.0, "origin": [*HOME], "destination": [*WORK]}
ZONES: Final = {"zone.home": HOME, "zone.work": WORK}


def is_in_zone(zone: str, latitude: float, longitude: float) -> bool:
    """Return whether a place is that of a zone."""
    return ZONES.get(zone) == (longitude, latitude)


@pytest.mark.parametrize(
    ("trip", "options", "is_match"),
    [
        (TRIP, {}, True),
        ({}, {}, True),
        (TRIP, {"min_distance": 18}, True),
        (TRIP, {"min_distance": 18.1}, False),
        ({}, {"min_distance": 0}, False),
        (TRIP, {"min_duration": timedelta(minutes=20)}, True),
        (TRIP, {"min_duration": timedelta(minutes=21)}, False),
        ({}, {"min_duration": timedelta(minutes=1)}, False),
        ({}, {"min_duration": timedelta()}, True),
        (TRIP, {"min_distance": 10, "min_duration": timedelta(hours=1)}, False),
        (TRIP, {"from_zone": "zone.home"}, True),
        (TRIP, {"from_zone": "zone.work"}, False),
        (TRIP, {"to_zone": "zone.work"}, True),
        (TRIP, {"to_zone": "zone.home"}, False),
        (TRIP, {"from_zone": "zone.home", "to_zone": "zone.work"}, True),
        (TRIP, {"from_zone": "zone.gone"}, False),
        ({**TRIP, "origin": None}, {"from_zone": "zone.home"}, False),
    ],
)
def test_trip_filter(trip: dict[str, Any], options: dict[str, Any], is_match: bool) -> None:
    assert TripFilter(**options).matches(trip, is_in_zone) is is_match


def report(level: float | None, *, own_limit: float = 100, **changes: Any) -> ChargeReport:
    """Return what a car reported."""
    return ChargeReport(measured_at=NOW, level=level, is_charging=False, own_limit=own_limit, **changes)


OFF: Final = ChargeLimitRecord()
LIMIT: Final = ChargeLimitRecord(level=70, enabled=True)


@pytest.mark.parametrize(
    ("status", "charge", "limit", "target", "is_reached"),
    [
        ("complete", report(100), OFF, 100, True),
        ("complete", report(None), OFF, 100, True),
        ("complete", report(97), OFF, 100, True),
        ("stopped", report(100), OFF, 100, True),
        ("stopped", report(60), OFF, 100, False),
        ("stopped", report(None), OFF, 100, False),
        ("disconnected", report(60), OFF, 100, False),
        ("connected", report(60), OFF, 100, False),
        ("error", report(100), OFF, 100, False),
        # The car itself ends the charge at 80 %
        ("stopped", report(80, own_limit=80), OFF, 80, True),
        ("stopped", report(79, own_limit=80), OFF, 80, False),
        # The charge limit of Home Assistant
        ("stopped", report(70), LIMIT, 70, True),
        ("stopped", report(69), LIMIT, 70, False),
        ("stopped", report(70), ChargeLimitRecord(level=70), 100, False),
        ("stopped", report(85), ChargeLimitRecord(level=70, enabled=True, overridden=True), 100, False),
        # It stops a silent car by an estimate, before the level is reported
        ("stopped", report(60), ChargeLimitRecord(level=70, enabled=True, attempts=1), 70, True),
        ("stopped", report(60), ChargeLimitRecord(level=70, enabled=True, applied=True), 70, True),
        ("error", report(60), ChargeLimitRecord(level=70, enabled=True, attempts=1), 70, False),
    ],
)
def test_end_of_a_charge(
    status: str, charge: ChargeReport, limit: ChargeLimitRecord, target: float, is_reached: bool
) -> None:
    assert charging_target(charge, limit) == target
    assert has_reached_target(status, charge, limit) is is_reached


def test_charging_details() -> None:
    assert charging_details(None, OFF) == {}
    assert charging_details(report(None), OFF) == {"target": 100}
    idle = report(40, remaining=timedelta(hours=1))
    assert charging_details(idle, LIMIT) == {"level": 40, "target": 70}
    charging = ChargeReport(measured_at=NOW, level=40, is_charging=True, remaining=timedelta(hours=1))
    assert charging_details(charging, OFF) == {"level": 40, "target": 100, "expected_end": "2026-11-26T13:00:00+00:00"}


def test_event_details() -> None:
    attributes = {"event_type": "raised", "event_types": ["raised"], "friendly_name": "e-208 Alert", "alert": "fog"}
    assert event_details(attributes) == {"alert": "fog"}


@pytest.mark.parametrize(("kinds", "is_expected"), [([], True), (["a"], True), (["b", "a"], True), (["b"], False)])
def test_kinds(kinds: list[str], is_expected: bool) -> None:
    assert is_wanted("a", kinds) is is_expected
    assert has_warning(["a"], kinds) is is_expected
    assert not has_warning([], kinds)


@pytest.mark.parametrize(("minutes", "is_old"), [(29, False), (30, False), (31, True), (-5, False)])
def test_age(minutes: int, is_old: bool) -> None:
    assert is_too_old(NOW - timedelta(minutes=minutes), timedelta(minutes=30), NOW) is is_old


@pytest.mark.parametrize(
    ("known", "deadline", "is_missed"),
    [
        (None, NOW - timedelta(hours=1), False),  # it had passed before the start
        (NOW - timedelta(hours=1), NOW - timedelta(hours=1), True),  # it passed during an outage
        (NOW - timedelta(hours=1), NOW, False),  # the car has reported meanwhile
        (NOW + timedelta(hours=1), NOW + timedelta(hours=1), False),
        (NOW, NOW, True),
    ],
)
def test_deadline(known: datetime | None, deadline: datetime, is_missed: bool) -> None:
    assert was_deadline_missed(known, deadline, NOW) is is_missed


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ([("own", 0, 1)], [True]),
        ([("own", 0, 1), ("partner", 0, 60)], [True, False]),
        pytest.param([("partner", 0, 1), ("own", -120, 180)], [True, False], id="last report before the outage"),
        pytest.param([("partner", 0, 1), ("own", 12, 13)], [True, False], id="first report after it"),
        pytest.param([("partner", 0, 1), ("own", 60, 61)], [True, True], id="another charge"),
        pytest.param([("own", 0, 1), ("own", 10, 11)], [True, True], id="each account tells a charge once"),
        pytest.param([("partner", 0, 1), ("own", -60, 90), ("own", 91, 92)], [True, False, True], id="then another"),
        pytest.param(
            [("partner", 0, 1), ("partner", 200, 201), ("own", -60, 300)], [True, True, False], id="outage during two"
        ),
    ],
)
def test_start_of_a_charge_of_two_accounts(events: list[tuple[str, int, int]], told: list[bool]) -> None:
    """Each event is told by an account, with the start in minutes as it knows it, at a time."""
    charges: Sequence[ToldCharge] = ()
    found = []
    for entity_id, start, now in events:
        is_news, charges = tell_charge(charges, entity_id, NOW + timedelta(minutes=start), NOW + timedelta(minutes=now))
        found.append(is_news)
    assert found == told
    for number in range(100):
        _, charges = tell_charge(charges, "own", NOW + timedelta(days=number), NOW + timedelta(days=number))
    assert len(charges) < 10
