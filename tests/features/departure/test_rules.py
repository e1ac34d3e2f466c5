"""What is sent to a car so that it charges as planned, and which departure is next, as tables."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.api import AirConditioning, Charging, Day, Energy, Preconditioning, Status, Vehicle
from custom_components.stellantis.features.departure.control import (
    MAX_COMMANDS,
    MAX_WAKE_UPS,
    RETRY_DELAY,
    ControlRecord,
    PlanAction,
    Step,
    describe_times,
)
from custom_components.stellantis.features.departure.departures import (
    Departure,
    NextDeparture,
    next_departure,
    without_past,
)
from custom_components.stellantis.features.departure.preconditioning import (
    decide_preconditioning,
    decide_program,
    decide_start,
    is_program_replaced,
)
from custom_components.stellantis.features.departure.rules import (
    Pause,
    PlanWindow,
    Situation,
    decide,
    decide_restore,
    is_owner_served,
)
from custom_components.stellantis.vehicle.capabilities import CommandFeature
from custom_components.stellantis.vehicle.program_times import ProgramTimes
from custom_components.stellantis.vehicle.state import VehicleState

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
PARIS: Final = ZoneInfo("Europe/Paris")
# 1:00 and 4:00 in Paris
MIDNIGHT: Final = datetime(2026, 3, 2, tzinfo=UTC)
FIRST: Final = PlanWindow(start=MIDNIGHT, end=MIDNIGHT + HOUR)
SECOND: Final = PlanWindow(start=MIDNIGHT + 3 * HOUR, end=MIDNIGHT + 4 * HOUR)
SWITCHED: Final = frozenset((CommandFeature.START_CHARGING, CommandFeature.STOP_CHARGING))
SITUATION: Final = Situation(
    now=MIDNIGHT - 5 * HOUR,
    windows=(FIRST, SECOND),
    is_plugged=True,
    is_charging=False,
    delayed_start=None,
    features=SWITCHED | {CommandFeature.DELAYED_CHARGING},
)
# Its owner had it start at 22:00; 3:30 was written first
WRITTEN_OVER: Final[dict[str, Any]] = {
    "written_start": FIRST.start,
    "owner_start": time(22),
    "own_starts": (time(3, 30), time(1)),
}
WRITE_FIRST: Final = "write_start 2026-03-02T00:00"
LATE: Final = datetime(2026, 3, 1, 23, tzinfo=UTC)  # the next day in Paris begins


@pytest.fixture(autouse=True)
def local_zone() -> Iterator[None]:
    default = dt_util.get_default_time_zone()
    dt_util.set_default_time_zone(PARIS)
    yield
    dt_util.set_default_time_zone(default)


@pytest.mark.parametrize(
    ("record", "situation", "purpose", "next_at", "pause"),
    [
        # the first start is written into the car, once
        ({}, {}, WRITE_FIRST, -290, None),
        ({"written_start": FIRST.start}, {}, None, 0, None),
        ({"written_start": FIRST.start}, {"delayed_start": time(1)}, None, 0, None),
        ({"written_start": FIRST.start}, {"delayed_start": time(22)}, WRITE_FIRST, -290, None),
        ({"written_start": FIRST.start + 9 * MINUTE}, {"delayed_start": time(1, 9)}, None, 0, None),
        ({"written_start": SECOND.start}, {}, WRITE_FIRST, -290, None),
        # the clock of the car is in another time zone, or its owner has the last word; not so if it has not changed
        (WRITTEN_OVER, {"delayed_start": time(2)}, None, 0, None),
        (WRITTEN_OVER, {"delayed_start": time(22)}, WRITE_FIRST, -290, None),
        (WRITTEN_OVER, {"delayed_start": time(3, 30)}, WRITE_FIRST, -290, None),
        ({}, {"features": SWITCHED}, None, 0, None),
        ({}, {"is_plugged": False}, None, None, None),
        ({}, {"now": MIDNIGHT - 2 * MINUTE}, None, 0, None),
        # one that charges until then is delayed, and stopped if that was not enough
        ({}, {"is_charging": True}, WRITE_FIRST, -290, None),
        ({"written_start": FIRST.start}, {"is_charging": True}, "stop 2026-03-02T00:00", -290, None),
        ({"attempted": WRITE_FIRST, "attempts": 2}, {"is_charging": True}, "stop 2026-03-02T00:00", -290, None),
        ({}, {"is_charging": True, "features": SWITCHED}, "stop 2026-03-02T00:00", -290, None),
        ({}, {"is_charging": True, "now": MIDNIGHT - 9 * MINUTE}, None, 0, None),
        # in a window, the car starts by itself, or is started
        ({"written_start": FIRST.start}, {"now": MIDNIGHT + MINUTE}, None, 5, None),
        ({"written_start": FIRST.start}, {"now": MIDNIGHT + 5 * MINUTE}, "start 2026-03-02T00:00", 15, None),
        ({}, {"now": MIDNIGHT + MINUTE}, "start 2026-03-02T00:00", 11, None),
        ({}, {"now": MIDNIGHT + MINUTE, "features": frozenset()}, None, 60, None),
        ({}, {"now": MIDNIGHT + 30 * MINUTE, "is_charging": True}, None, 60, None),
        # between windows
        (
            {"written_start": FIRST.start},
            {"now": MIDNIGHT + HOUR, "is_charging": True},
            "write_start 2026-03-02T03:00",
            70,
            None,
        ),
        ({"written_start": SECOND.start}, {"now": MIDNIGHT + HOUR}, None, 180, None),
        # after the last one
        ({}, {"now": MIDNIGHT + 4 * HOUR, "is_charging": True}, "stop", 250, None),
        ({}, {"now": MIDNIGHT + 4 * HOUR}, None, None, None),
        ({}, {"windows": (), "is_charging": True}, "stop", -290, None),
        # bounds
        ({"is_manual": True}, {}, None, None, Pause.MANUAL),
        ({"attempted": WRITE_FIRST, "attempts": 2}, {}, None, 0, Pause.LIMIT),
        (
            {"attempted": WRITE_FIRST, "attempts": 1, "attempted_at": MIDNIGHT - 304 * MINUTE},
            {},
            None,
            -294,
            None,
        ),
        (
            {"attempted": WRITE_FIRST, "attempts": 1, "attempted_at": MIDNIGHT - 310 * MINUTE},
            {},
            WRITE_FIRST,
            -290,
            None,
        ),
        ({"day": date(2026, 3, 1), "commands": MAX_COMMANDS}, {}, None, -60, Pause.LIMIT),
        ({"day": date(2026, 3, 1), "wake_ups": MAX_WAKE_UPS}, {}, None, -60, Pause.LIMIT),
        ({"day": date(2026, 2, 28), "commands": MAX_COMMANDS}, {}, WRITE_FIRST, -290, None),
    ],
)
def test_decision(
    record: dict[str, Any], situation: dict[str, Any], purpose: str | None, next_at: int | None, pause: Pause | None
) -> None:
    decision = decide(ControlRecord(**record), replace(SITUATION, **situation))
    assert (decision.step and decision.step.purpose, decision.pause) == (purpose, pause)
    assert decision.next_at == (None if next_at is None else MIDNIGHT + next_at * MINUTE)


def test_attempts_are_counted_and_survive_a_restart() -> None:
    step = decide(ControlRecord(), SITUATION).step
    assert step
    record = ControlRecord().with_attempt(step, SITUATION.now).with_wake_up()
    assert (record.commands, record.wake_ups, record.attempts, record.written_start) == (1, 1, 1, FIRST.start)
    again = ControlRecord.from_dict(record.with_attempt(step, SITUATION.now).to_dict())
    assert (again.commands, again.wake_ups, again.attempts) == (2, 1, 2)
    other = again.with_attempt(replace(step, purpose="stop"), LATE)
    assert (other.commands, other.wake_ups, other.attempts) == (1, 0, 1)
    assert isinstance(step, Step)


@pytest.mark.parametrize(
    ("record", "delayed_start", "owner_start", "own_starts"),
    [
        ({}, time(22), time(22), [time(1)]),
        ({}, time(0), time(0), [time(1)]),
        # a car that does not report it
        ({}, None, None, [time(1)]),
        # it has one that was written before, whether or not the last one arrived
        ({"owner_start": time(22), "own_starts": (time(1), time(4))}, time(1), time(22), [time(4), time(1)]),
        # the last one did not arrive
        ({"owner_start": time(22), "own_starts": (time(1),)}, time(22), time(22), [time(1)]),
        # its owner has set another one
        ({"owner_start": time(22), "own_starts": (time(4),)}, time(23), time(23), [time(1)]),
    ],
)
def test_start_of_the_owner_is_remembered(
    record: dict[str, Any], delayed_start: time | None, owner_start: time | None, own_starts: list[time]
) -> None:
    step = Step(action=PlanAction.WRITE_START, purpose=WRITE_FIRST, start=FIRST.start)
    after = ControlRecord(**record).with_attempt(step, SITUATION.now, delayed_start)
    assert (after.owner_start, [*after.own_starts]) == (owner_start, own_starts)
    assert ControlRecord.from_dict(after.to_dict()) == after


@pytest.mark.parametrize(
    ("record", "delayed_start", "is_served"),
    [
        (ControlRecord(), time(22), True),
        (ControlRecord(**WRITTEN_OVER), time(1), False),
        (ControlRecord(**WRITTEN_OVER), time(3, 30), False),
        (ControlRecord(**WRITTEN_OVER), None, False),
        (ControlRecord(**WRITTEN_OVER), time(22), True),
        (ControlRecord(**WRITTEN_OVER), time(23), True),
    ],
)
def test_start_of_the_owner_is_restored_unless_it_was_changed(
    record: ControlRecord, delayed_start: time | None, is_served: bool
) -> None:
    assert is_owner_served(record, delayed_start) is is_served


def test_restored_start() -> None:
    record, now = ControlRecord(**WRITTEN_OVER), SEVEN
    step = decide_restore(record, now)
    assert step
    # 22:00 in Paris
    assert (step.action, step.start) == (PlanAction.RESTORE_START, MIDNIGHT + 21 * HOUR)
    once = record.with_attempt(step, now)
    assert decide_restore(once, now + MINUTE) is None
    assert decide_restore(once, now + RETRY_DELAY) == step
    assert decide_restore(once.with_attempt(step, now), now + RETRY_DELAY) is None
    assert decide_restore(replace(record, day=SEVEN.date(), commands=MAX_COMMANDS), now) is None
    after = once.with_success(step)
    assert (after.written_start, after.own_starts, decide_restore(after, now)) == (None, (), None)


ONCE: Final = Departure(uid="a", at=datetime(2026, 3, 6, 6, 30, tzinfo=UTC), level=90, warm=True)
# From a Monday on, at 7:30 in Paris, also after the clocks were set forward on the 29th
WEEKLY: Final = Departure(uid="b", at=datetime(2026, 3, 2, 6, 30, tzinfo=UTC), days=(Day.MONDAY, Day.FRIDAY), level=70)


@pytest.mark.parametrize(
    ("now", "uid", "at"),
    [
        ("2026-02-20 12:00", "b", "2026-03-02 06:30"),
        ("2026-03-02 06:29", "b", "2026-03-02 06:30"),
        ("2026-03-02 06:30", "a", "2026-03-06 06:30"),
        ("2026-03-06 06:30", "b", "2026-03-09 06:30"),
        ("2026-03-28 00:00", "b", "2026-03-30 05:30"),
    ],
)
def test_next_departure(now: str, uid: str, at: str) -> None:
    following = next_departure((WEEKLY, ONCE), datetime.fromisoformat(f"{now}+00:00"))
    assert following
    assert (following.departure.uid, f"{following.at:%Y-%m-%d %H:%M}") == (uid, at)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (replace(ONCE, uid="c", level=50), True),
        (replace(ONCE, at=ONCE.at + timedelta(days=14)), False),
        (replace(ONCE, days=(Day.FRIDAY,)), False),
        (WEEKLY, False),
    ],
)
def test_departure_that_is_replaced(other: Departure, *, expected: bool) -> None:
    assert ONCE.replaces(other) is expected
    assert WEEKLY.replaces(replace(WEEKLY, at=WEEKLY.at + timedelta(days=7)))


def test_past_departures_are_forgotten() -> None:
    assert without_past((WEEKLY, ONCE), ONCE.at) == (WEEKLY,)
    assert next_departure((ONCE,), ONCE.at) is None
    assert Departure.from_dict(WEEKLY.to_dict()) == WEEKLY


AT_SEVEN: Final = ProgramTimes(start=time(7), end=time(7), days=(Day.MONDAY,), repeats=False)
EACH_MONDAY: Final = replace(AT_SEVEN, repeats=True)
SEVEN: Final = MIDNIGHT + 6 * HOUR
SET_ONCE: Final = ControlRecord(program=describe_times(AT_SEVEN), program_at=SEVEN, slot=1)
SET_EACH_WEEK: Final = ControlRecord(program=describe_times(EACH_MONDAY), slot=1)


@pytest.mark.parametrize(
    ("record", "wanted", "departure", "now", "action"),
    [
        (ControlRecord(), None, None, MIDNIGHT, None),
        (ControlRecord(), AT_SEVEN, SEVEN, MIDNIGHT, PlanAction.WRITE_PROGRAM),
        (SET_ONCE, AT_SEVEN, SEVEN, MIDNIGHT, None),
        # it has run: a week later it is set again, but it is not deleted
        (SET_ONCE, AT_SEVEN, SEVEN + timedelta(days=7), SEVEN + HOUR, PlanAction.WRITE_PROGRAM),
        (SET_ONCE, None, None, SEVEN + HOUR, None),
        # the departure was deleted, or is without preconditioning now
        (SET_ONCE, None, None, MIDNIGHT, PlanAction.DELETE_PROGRAM),
        (SET_EACH_WEEK, None, SEVEN, SEVEN + HOUR, PlanAction.DELETE_PROGRAM),
        (SET_EACH_WEEK, EACH_MONDAY, SEVEN + timedelta(days=7), SEVEN + HOUR, None),
        (SET_EACH_WEEK, AT_SEVEN, SEVEN, MIDNIGHT, PlanAction.WRITE_PROGRAM),
        # it cannot be deleted without its slot
        (replace(SET_EACH_WEEK, slot=None), None, SEVEN, MIDNIGHT, None),
        # bounded
        (ControlRecord(day=MIDNIGHT.date(), commands=MAX_COMMANDS), AT_SEVEN, SEVEN, MIDNIGHT, None),
    ],
)
def test_program(
    record: ControlRecord,
    wanted: ProgramTimes | None,
    departure: datetime | None,
    now: datetime,
    action: PlanAction | None,
) -> None:
    step = decide_program(record, wanted, departure, now)
    assert (step.action if step else None) is action
    if step is None:
        return
    once = record.with_attempt(step, now)
    assert decide_program(once, wanted, departure, now + MINUTE) is None, "not at once again"
    assert decide_program(once, wanted, departure, now + RETRY_DELAY) == step
    assert decide_program(once.with_attempt(step, now), wanted, departure, now + RETRY_DELAY) is None


WARM: Final = NextDeparture(replace(ONCE, at=SEVEN), SEVEN)


def car_state(*, level: float = 50, is_plugged: bool = False, air: str | None = "Disabled") -> VehicleState:
    """Return the state of a parked car."""
    charging = Charging(plugged=is_plugged)
    status = Status(
        energies=(Energy(type="Electric", level=level, charging=charging),),
        preconditioning=Preconditioning(air_conditioning=AirConditioning(status=air)),
    )
    return VehicleState.from_status(SEVEN, Vehicle(id="a", vin="b"), status)


@pytest.mark.parametrize(
    ("record", "following", "state", "minutes", "is_started"),
    [
        ({}, WARM, {}, -21, False),
        ({}, WARM, {}, -20, True),
        ({}, WARM, {}, -1, True),
        ({}, WARM, {}, 0, False),
        ({}, None, {}, -20, False),
        ({}, replace(WARM, departure=replace(ONCE, warm=False)), {}, -20, False),
        # only if the battery suffices
        ({}, WARM, {"level": 19}, -20, False),
        ({}, WARM, {"level": 19, "is_plugged": True}, -20, True),
        # and once
        ({}, WARM, {"air": "Enabled"}, -20, False),
        ({}, WARM, {"air": "Finished"}, -20, True),
        ({"preconditioned_for": SEVEN}, WARM, {}, -20, False),
        ({"preconditioned_for": SEVEN - timedelta(days=1)}, WARM, {}, -20, True),
        ({"day": MIDNIGHT.date(), "commands": MAX_COMMANDS}, WARM, {}, -20, False),
    ],
)
def test_preconditioning_by_a_command(
    record: dict[str, Any], following: NextDeparture | None, state: dict[str, Any], minutes: int, is_started: bool
) -> None:
    control, now = ControlRecord(**record), SEVEN + minutes * MINUTE
    step = decide_start(control, following, car_state(**state), now)
    assert (step.action if step else None) is (PlanAction.PRECONDITION if is_started else None)
    if step:
        once = control.with_attempt(step, now)
        assert decide_start(once, following, car_state(**state), now + MINUTE) is None
        assert once.with_success(step).preconditioned_for == SEVEN


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        ("PT7H", 1, False),
        ("PT8H", 1, True),
        # it had reported that before
        ("PT8H", -1, False),
        # deleted
        ("PT0S", 1, False),
    ],
)
def test_program_of_the_owner_in_the_same_slot(start: str, minutes: int, *, expected: bool) -> None:
    program = {"slot": 1, "enabled": start != "PT0S", "start": start, "recurrence": "Daily"}
    body = {"createdAt": (SEVEN + minutes * MINUTE).isoformat(), "status": "Disabled", "programs": [program]}
    status = Status.from_dict({"preconditioning": {"airConditioning": body}})
    state = VehicleState.from_status(SEVEN, Vehicle(id="a", vin="b"), status)
    assert is_program_replaced(replace(SET_EACH_WEEK, attempted_at=SEVEN), state) is expected


BOTH: Final = frozenset((CommandFeature.PRECONDITIONING, CommandFeature.PRECONDITIONING_PROGRAMS))
REFUSED: Final = ControlRecord(attempted=f"write_program {describe_times(AT_SEVEN)} {SEVEN}", attempts=2)


@pytest.mark.parametrize(
    ("record", "features", "minutes", "action"),
    [
        (ControlRecord(), BOTH, -60, PlanAction.WRITE_PROGRAM),
        (ControlRecord(), BOTH - {CommandFeature.PRECONDITIONING_PROGRAMS}, -60, None),
        (ControlRecord(), BOTH - {CommandFeature.PRECONDITIONING_PROGRAMS}, -20, PlanAction.PRECONDITION),
        (ControlRecord(), frozenset(), -20, None),
        (SET_ONCE, BOTH, -20, None),
        # the car has refused the program
        (REFUSED, BOTH, -60, None),
        (REFUSED, BOTH, -20, PlanAction.PRECONDITION),
        (REFUSED, BOTH - {CommandFeature.PRECONDITIONING}, -20, None),
    ],
)
def test_preconditioning_by_what_the_car_can(
    record: ControlRecord, features: frozenset[CommandFeature], minutes: int, action: PlanAction | None
) -> None:
    step = decide_preconditioning(record, WARM, car_state(), features, SEVEN + minutes * MINUTE)
    assert (step.action if step else None) is action
