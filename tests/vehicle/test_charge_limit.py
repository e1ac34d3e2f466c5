"""When a charge is ended at the limit: tables of what a car reports and what was tried."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from custom_components.stellantis.api import Status, Vehicle
from custom_components.stellantis.vehicle.charge_limit import (
    ChargeLimitRecord,
    ChargeReport,
    LimitAction,
    LimitProblem,
    LimitStatus,
)
from custom_components.stellantis.vehicle.charge_limit_rules import (
    FINAL_CAUSES,
    MAX_ATTEMPTS,
    MAX_SILENCE,
    MAX_SILENCE_WITHOUT_ESTIMATE,
    decide,
)
from custom_components.stellantis.vehicle.state import VehicleState
from tests.support.charging import START, time

LIMIT: Final = ChargeLimitRecord(level=80, enabled=True)
STOP, POLL = LimitAction.STOP, LimitAction.POLL


def report(minutes: float, level: float | None, *, hours: float | None = None, **members: Any) -> ChargeReport:
    """Return what a charging car reports; `hours` is the remaining time."""
    remaining = None if hours is None else timedelta(hours=hours)
    members.setdefault("is_charging", True)
    return ChargeReport(measured_at=time(minutes), level=level, remaining=remaining, **members)


def tried(attempts: int, minutes: float, cause: str | None = "vehicle_in_use", **members: Any) -> ChargeLimitRecord:
    """Return a record after attempts, the last of which ended at a time."""
    record = replace(LIMIT, attempts=attempts).with_result(cause, time(minutes))
    return replace(record, **members)


CASES: Final[dict[str, tuple[ChargeLimitRecord, ChargeReport | None, float, LimitAction | None, LimitStatus]]] = {
    # What is reported, minutes, action, status
    "off": (replace(LIMIT, enabled=False), report(0, 90), 0, None, LimitStatus.OFF),
    "100 is no limit": (replace(LIMIT, level=100), report(0, 100), 0, None, LimitStatus.OFF),
    "no report": (LIMIT, None, 0, None, LimitStatus.IDLE),
    "below": (LIMIT, report(0, 79), 0, None, LimitStatus.CHARGING),
    "at the limit": (LIMIT, report(0, 80), 0, STOP, LimitStatus.STOPPING),
    "above": (LIMIT, report(0, 97), 5, STOP, LimitStatus.STOPPING),
    "not charging": (LIMIT, report(0, 97, is_charging=False), 5, None, LimitStatus.IDLE),
    "level that is not credible": (LIMIT, report(0, None, hours=3), 500, None, LimitStatus.IDLE),
    "recent": (LIMIT, report(0, 85), 30, STOP, LimitStatus.STOPPING),
    "not recent": (LIMIT, report(0, 85), 31, None, LimitStatus.SILENT),
    "not recent, but not full yet": (LIMIT, report(0, 85, hours=3), 170, STOP, LimitStatus.STOPPING),
    "three days old": (LIMIT, report(0, 85, hours=3), 4320, None, LimitStatus.IDLE),
    "three days old and below": (LIMIT, report(0, 60, hours=3), 4320, None, LimitStatus.IDLE),
    "started from Home Assistant": (replace(LIMIT, overridden=True), report(0, 90), 0, None, LimitStatus.OVERRIDDEN),
    "failed just now": (tried(1, 0), report(0, 81), 0.4, None, LimitStatus.RETRYING),
    "failed": (tried(1, 0), report(0, 81), 0.5, STOP, LimitStatus.STOPPING),
    "failed twice": (tried(2, 0), report(0, 81), 4, None, LimitStatus.RETRYING),
    "failed twice, a while ago": (tried(2, 0), report(0, 81), 5, STOP, LimitStatus.STOPPING),
    "failed too often": (tried(MAX_ATTEMPTS, 0), report(60, 81), 60, None, LimitStatus.FAILED),
    "failed too often, half a day ago": (tried(MAX_ATTEMPTS, 0), report(720, 81), 720, STOP, LimitStatus.STOPPING),
    "failed for good": (tried(1, 0, "missing_rights"), report(60, 81), 60, None, LimitStatus.FAILED),
    "failed, then silent": (tried(2, 0), report(0, 81), 40, None, LimitStatus.FAILED),
    "stopped": (tried(1, 0, None), report(1, 80, is_charging=False), 1, None, LimitStatus.STOPPED),
    "stopped, by what it reported before": (tried(1, 1, None), report(0, 80), 1, None, LimitStatus.STOPPED),
    "charges on after a success": (tried(1, 0, None), report(1, 83), 1, STOP, LimitStatus.STOPPING),
    "started by its own clock": (tried(1, 0, None), report(90, 80), 90, STOP, LimitStatus.STOPPING),
    "started by its own clock every day": (tried(1, 0, None), report(1440, 80), 1440, STOP, LimitStatus.STOPPING),
    "charges on after all": (tried(MAX_ATTEMPTS, 0, None), report(30, 84), 30, None, LimitStatus.FAILED),
    "below the limit again": (tried(MAX_ATTEMPTS, 0), report(9, 78), 9, None, LimitStatus.CHARGING),
    "the clock was set back": (tried(1, 600), report(0, 81), 0, None, LimitStatus.RETRYING),
    # Silent cars: 60 % with two hours to 100 % are 80 % after one hour
    "before the estimate": (LIMIT, report(0, 60, hours=2), 59, None, LimitStatus.CHARGING),
    "at the estimate": (LIMIT, report(0, 60, hours=2), 60, POLL, LimitStatus.CHARGING),
    "at the estimate, but just reported": (LIMIT, report(0, 79, hours=1), 10, None, LimitStatus.CHARGING),
    "by the speed": (LIMIT, report(0, 60, percent_per_hour=10), 119, None, LimitStatus.CHARGING),
    "by the speed, now": (LIMIT, report(0, 60, percent_per_hour=10), 120, POLL, LimitStatus.CHARGING),
    "the car ends itself": (LIMIT, report(0, 60, hours=1, target=80, own_limit=80), 70, None, LimitStatus.CHARGING),
    "the car's own limit is higher": (
        replace(LIMIT, level=70), report(0, 60, hours=1, target=80, own_limit=80), 30, POLL, LimitStatus.CHARGING
    ),
    "after its end": (LIMIT, report(0, 60, hours=2), 181, None, LimitStatus.SILENT),
    "without estimate": (LIMIT, report(0, 60), 119, None, LimitStatus.CHARGING),
    "without estimate, for long": (LIMIT, report(0, 60), 120, POLL, LimitStatus.CHARGING),
    "without estimate, for too long": (LIMIT, report(0, 60), 150, None, LimitStatus.SILENT),
    "silent, and already tried": (tried(1, 60), report(0, 60, hours=2), 60.4, None, LimitStatus.RETRYING),
}  # fmt: skip


@pytest.mark.parametrize(("record", "reported", "minutes", "action", "status"), CASES.values(), ids=CASES)
def test_decision(
    record: ChargeLimitRecord,
    reported: ChargeReport | None,
    minutes: float,
    action: LimitAction | None,
    status: LimitStatus,
) -> None:
    polled_at = time(60) if record.attempts else None
    decision = decide(record, reported, time(minutes), polled_at=polled_at)
    assert (decision.action, decision.status) == (action, status)
    if status in set(LimitProblem):
        assert decision.record.problem == LimitProblem(status)
        assert decision.record.problem_at == time(minutes)
    if status in (LimitStatus.RETRYING, LimitStatus.CHARGING) and reported and reported.own_limit > record.level:
        assert decision.next_at is not None, "a silent car is not forgotten"


def test_silent_car_is_polled_and_then_stopped() -> None:
    reported = report(0, 60, hours=2)
    decision = decide(LIMIT, reported, time(0))
    assert (decision.action, decision.next_at, decision.estimated_stop) == (None, time(60), time(60))
    assert decide(LIMIT, reported, time(60), polled_at=time(55)).action is POLL
    stop = decide(LIMIT, reported, time(60), polled_at=time(60))
    assert (stop.action, stop.is_estimated, stop.estimated_stop) == (STOP, True, time(60))
    news = report(60, 71, hours=2)
    assert decide(stop.record, news, time(60), polled_at=time(60)).next_at == news.estimate(80)
    done = stop.record.with_attempt(time(60), None).with_result(None, time(60))
    assert decide(done, reported, time(200), polled_at=time(200)).status is LimitStatus.STOPPED


def test_level_that_stands_still_is_told() -> None:
    """A car reports all the time that it charges at 60 % and needs two hours, for hours."""
    record = LIMIT
    for minute in range(0, 300, 5):
        decision = decide(record, report(minute, 60, hours=2), time(minute), polled_at=time(minute))
        record = decision.record
        assert decision.action is None
        assert (decision.status is LimitStatus.SILENT) is (minute >= 120)
    decision = decide(record, report(300, 61, hours=2), time(300))
    assert (decision.status, decision.record.problem) == (LimitStatus.CHARGING, None)


def test_problem_is_told_until_the_charge_is_another_one() -> None:
    failed = decide(tried(MAX_ATTEMPTS, 0), report(30, 81), time(30)).record
    full = decide(failed, report(120, 100, is_charging=False), time(120))
    assert (full.status, full.record.problem) == (LimitStatus.FAILED, LimitProblem.FAILED)
    later = decide(full.record, report(900, 100, is_charging=False), time(900))
    assert later.record.problem is LimitProblem.FAILED
    unplugged = report(910, 100, is_charging=False, is_unplugged=True)
    assert decide(later.record, unplugged, time(910)).record == LIMIT


@pytest.mark.parametrize(
    ("reported", "is_rearmed"),
    [
        (report(60, 90, is_unplugged=True, is_charging=False), True),
        (report(60, 90, mileage=1007), True),
        (report(60, 90, mileage=1000.4), False),
        (report(60, 90), False),
        (report(60, 60), False),
    ],
)
def test_start_from_home_assistant_holds_until_unplugged(reported: ChargeReport, is_rearmed: bool) -> None:
    at_limit = report(0, 80, is_charging=False, mileage=1000)
    record = tried(1, 0, None).with_start(at_limit)
    assert record.overridden
    assert decide(record, reported, time(60)).record.overridden is not is_rearmed


def test_start_below_the_limit_does_not_override_it() -> None:
    assert not LIMIT.with_start(report(0, 60, is_charging=False)).overridden
    assert LIMIT.with_start(report(0, 80, is_charging=False)).overridden
    assert not replace(LIMIT, enabled=False).with_start(report(0, 80)).overridden
    assert not LIMIT.with_start(report(0, None)).overridden
    late = tried(1, 0, "timed_out").with_start(report(5, 79, is_charging=False))
    assert late.overridden, "a stop that was done late is followed by a start"


def test_no_stop_while_a_command_runs() -> None:
    assert decide(LIMIT, report(0, 85), time(0), is_busy=True).action is None


def test_car_that_cannot_be_stopped_is_told() -> None:
    assert decide(LIMIT, report(0, 60), time(0), can_stop=False).status is LimitStatus.CHARGING
    decision = decide(LIMIT, report(0, 85), time(0), can_stop=False)
    assert (decision.action, decision.record.problem) == (None, LimitProblem.UNSUPPORTED)


def test_success_is_looked_at_again() -> None:
    record, before = tried(1, 10, None), report(9, 80)
    polls, minute, polled_at = [], 10.0, time(9)
    while minute < 60:
        decision = decide(record, before, time(minute), polled_at=polled_at)
        if decision.action is POLL:
            polls.append(minute)
            polled_at = time(minute)
        minute += 0.5
    assert polls == [12, 20]
    confirmed = decide(record, report(13, 80, is_charging=False), time(13), polled_at=polled_at)
    assert (confirmed.action, confirmed.next_at) == (None, None)


@pytest.mark.parametrize("cause", sorted(FINAL_CAUSES))
def test_final_cause_ends_the_attempts(cause: str) -> None:
    assert decide(tried(1, 0, cause), report(10, 85), time(10)).record.problem is LimitProblem.FAILED
    changed = tried(1, 0, cause).with_settings(enabled=True)
    assert decide(changed, report(10, 85), time(10)).action is STOP


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"level": 85, "autonomy": 250}, (85, True)),
        ({"level": 100, "autonomy": 0}, (None, True)),
        ({"level": 63, "autonomy": 0}, (None, True)),
        ({"level": 3, "autonomy": 0}, (3, True)),
        ({"level": None}, (None, True)),
    ],
)
def test_report_of_a_state(members: dict[str, Any], expected: tuple[float | None, bool]) -> None:
    """A level beside a range of 0 is not believed, as of a plug-in hybrid that was driven empty."""
    charging = {"plugged": True, "status": "InProgress", "remainingTime": "PT3H40M", "chargingMode": "Slow"}
    energy = {"type": "Electric", "createdAt": START.isoformat(), "extension": {"electric": {"charging": charging}}}
    status = Status.from_dict({"createdAt": START.isoformat(), "energies": [energy | members]})
    state = VehicleState.from_status(START, Vehicle(motorization="Hybrid"), status)
    reported = ChargeReport.from_state(state)
    assert reported is not None
    assert (reported.level, reported.is_charging) == expected
    assert reported.remaining == timedelta(hours=3, minutes=40)
    assert decide(LIMIT, reported, START).action == (STOP if reported.level == 85 else None)


@pytest.mark.parametrize(
    ("charging", "target", "own_limit"),
    [({"type": "Partial"}, 80, 80), ({"type": "Full"}, 100, 100), ({"chargingMode": "Quick"}, 80, 100), ({}, 100, 100)],
)
def test_end_that_the_remaining_time_refers_to(charging: dict[str, str], target: float, own_limit: float) -> None:
    extension = {"electric": {"charging": {"status": "InProgress", **charging}}}
    energy = {"type": "Electric", "createdAt": START.isoformat(), "level": 40, "extension": extension}
    status = Status.from_dict({"createdAt": START.isoformat(), "energies": [energy]})
    reported = ChargeReport.from_state(VehicleState.from_status(START, Vehicle(motorization="Electric"), status))
    assert reported is not None
    assert (reported.target, reported.own_limit) == (target, own_limit)


def test_record_is_stored_and_read() -> None:
    full = ChargeLimitRecord(
        level=75,
        enabled=True,
        applied=True,
        mileage=12.5,
        overridden=True,
        attempts=2,
        last_attempt=time(1),
        stopped_at=time(2),
        cause="timed_out",
        problem=LimitProblem.SILENT,
        problem_at=time(3),
        anchor_level=60,
        anchor_at=time(4),
        anchor_estimate=time(5),
    )
    for record in (full, LIMIT, ChargeLimitRecord()):
        assert ChargeLimitRecord.from_dict(record.to_dict()) == record
    assert LIMIT.to_dict() == {"level": 80, "enabled": True, "obeyed": False, "mileage": None}


def test_silent_charge_ends_or_is_told() -> None:
    """Whatever a silent car reported at first, its charge is stopped, or the user is told, in time."""
    for level in range(20, 80, 7):
        for hours in (None, 0.5, 2, 9):
            reported = report(0, level, hours=hours)
            record, is_done = LIMIT, False
            last = max(MAX_SILENCE_WITHOUT_ESTIMATE, timedelta(hours=hours or 0) + MAX_SILENCE)
            for minute in range(int(last.total_seconds() / 60) + 1):
                decision = decide(record, reported, time(minute), polled_at=time(minute))
                record = decision.record
                is_done |= decision.action is STOP or record.problem is LimitProblem.SILENT
            assert is_done, (level, hours)
