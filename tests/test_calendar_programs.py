"""The programs of a car are created, changed and deleted in its calendar; trips and service are read-only."""

from collections.abc import Coroutine
from datetime import datetime, time, timedelta
from typing import Any

from homeassistant.components.calendar import CalendarEntity, CalendarEntityFeature
from homeassistant.components.calendar.const import DATA_COMPONENT
from homeassistant.const import ATTR_SUPPORTED_FEATURES
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.api import Day, Status, Vehicle
from custom_components.stellantis.api.requests import PreconditionCommand
from custom_components.stellantis.commands.program_events import build_create_request
from custom_components.stellantis.vehicle.capabilities import CommandFeature, CommandSupport
from custom_components.stellantis.vehicle.program_times import ProgramTimes
from custom_components.stellantis.vehicle.programs import PRECONDITIONING
from custom_components.stellantis.vehicle.state import VehicleState
from tests.conftest import Link
from tests.support.commands import ONE_CAR, CommandTester, Json
from tests.support.entity_actions import actual_car
from tests.support.programs import build_program, build_status

pytestmark = pytest.mark.simulator(**ONE_CAR)

CALENDAR = "calendar.peugeot_e_208_calendar"
NIGHT = "charging 22:00-06:00 Mon,Thu"


class CalendarUser:
    """A user of the calendar of a car."""

    def __init__(self, tester: CommandTester) -> None:
        self._tester = tester
        self.entity: CalendarEntity = tester.hass.data[DATA_COMPONENT].get_entity(CALENDAR)  # type: ignore[assignment]

    async def create(self, event: Json) -> None:
        """Create an event and let the car carry out its command."""
        await self._run(self.entity.async_create_event(**event))

    async def update(self, uid: str, event: Json) -> None:
        """Change an event and let the car carry out its command."""
        await self._run(self.entity.async_update_event(uid, event))

    async def delete(self, uid: str) -> None:
        """Delete an event and let the car carry out its command."""
        await self._run(self.entity.async_delete_event(uid))

    async def _run(self, action: Coroutine[Any, Any, None]) -> None:
        task = self._tester.hass.async_create_task(action)
        await self._tester.wait_until(self._tester.has_remote_id)
        await self._tester.advance_clock(60)
        await task

    async def programs(self) -> set[tuple[str | None, str, str | None]]:
        """Return the id, the start and the rule of the programs that run in the next week."""
        now = dt_util.utcnow()
        events = await self.entity.async_get_events(self._tester.hass, now, now + timedelta(days=7))
        return {(item.uid, f"{item.start:%H:%M}", item.rrule) for item in events if item.uid}

    async def descriptions(self) -> dict[str, str]:
        """Return the description of each program of the coming week, by its id."""
        now = dt_util.utcnow()
        events = await self.entity.async_get_events(self._tester.hass, now, now + timedelta(days=7))
        return {item.uid: item.description or "" for item in events if item.uid}


@pytest.fixture
async def user(hass: HomeAssistant, tester: CommandTester) -> CalendarUser:
    """Return a user of the calendar of a car that has a program of each type."""
    await hass.config.async_set_time_zone("Etc/GMT-1")
    return CalendarUser(tester)


def event(summary: str, start: time, minutes: int, days: int = 2, **others: Any) -> Json:
    """Return an event that begins in some days."""
    begins = datetime.combine((dt_util.now() + timedelta(days=days)).date(), start, dt_util.get_default_time_zone())
    return {"summary": summary, "dtstart": begins, "dtend": begins + timedelta(minutes=minutes), **others}


async def test_preconditioning(user: CalendarUser, tester: CommandTester) -> None:
    """A weekly event is a program: it is created in the first free slot, changed, and deleted."""
    existing = await user.programs()
    assert existing == {
        ("preconditioning 1", "07:00", "FREQ=WEEKLY;BYDAY=MO,TU"),
        (NIGHT, "22:00", "FREQ=WEEKLY;BYDAY=MO,TH"),
    }
    await user.create(event("Preconditioning", time(6, 30), 10, rrule="FREQ=WEEKLY;BYDAY=SA,SU"))
    program = {"enabled": True, "start": (6 * 60 + 30) * 60, "days": ["Sat", "Sun"], "daily": True}
    assert (await actual_car(tester))["air_programs"]["2"] == program
    assert await user.programs() - existing == {("preconditioning 2", "06:30", "FREQ=WEEKLY;BYDAY=SA,SU")}
    await user.update("preconditioning 2", event("precondition", time(8), 10))
    day = (dt_util.now() + timedelta(days=2)).strftime("%a")
    program = {"enabled": True, "start": 8 * 3600, "days": [day], "daily": False}
    assert (await actual_car(tester))["air_programs"]["2"] == program
    assert await user.programs() - existing == {("preconditioning 2", "08:00", None)}
    await user.delete("preconditioning 2")
    assert (await actual_car(tester))["air_programs"].keys() == {"1"}
    assert await user.programs() == existing


async def test_charging(user: CalendarUser, tester: CommandTester) -> None:
    """The others of the list are kept; the last one is disabled, as the platform takes no empty list."""
    assert (await user.descriptions())[NIGHT].endswith(", deleting it only turns it off")
    await user.create(event("charging at noon", time(12), 60, rrule="FREQ=WEEKLY;BYDAY=SU"))
    assert "deleting" not in (await user.descriptions())[NIGHT]
    programs = (await actual_car(tester))["charge_programs"]
    assert [(program["start"], program["days"]) for program in programs] == [
        (22 * 3600, ["Mon", "Thu"]),
        (12 * 3600, ["Sun"]),
    ]
    with pytest.raises(ServiceValidationError, match="maximum number of programs for this car is 2"):
        await user.entity.async_create_event(**event("Charging", time(3), 60, rrule="FREQ=DAILY"))
    await user.update("charging 12:00-13:00 Sun", event("Charging", time(13), 60, rrule="FREQ=WEEKLY;BYDAY=SU"))
    assert {uid for uid, *_ in await user.programs()} == {"preconditioning 1", NIGHT, "charging 13:00-14:00 Sun"}
    await user.delete(NIGHT)
    await user.delete("charging 13:00-14:00 Sun")
    (program,) = (await actual_car(tester))["charge_programs"]
    assert (program["start"], program["enabled"]) == (13 * 3600, False)
    assert {uid for uid, *_ in await user.programs()} == {"preconditioning 1"}


async def test_equal_and_disabled_programs(user: CalendarUser, tester: CommandTester) -> None:
    """A program is there once, however often it is added; a disabled one leaves its place to a new one."""
    noon, night = (
        event("Charging", time(12), 60, rrule="FREQ=DAILY"),
        event("Charging", time(1), 60, rrule="FREQ=DAILY"),
    )
    every_day = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    noon_program = {"enabled": True, "start": 12 * 3600, "end": 13 * 3600, "days": every_day}
    await user.create(noon)
    await user.create(noon)
    programs = (await actual_car(tester))["charge_programs"]
    assert [program["start"] for program in programs] == [22 * 3600, 12 * 3600]
    await user.update(NIGHT, noon)
    assert (await actual_car(tester))["charge_programs"] == [noon_program]
    uid = f"charging 12:00-13:00 {','.join(every_day)}"
    await user.delete(uid)
    assert (await actual_car(tester))["charge_programs"] == [{**noon_program, "enabled": False}]
    await user.create(noon)
    assert (await actual_car(tester))["charge_programs"] == [noon_program], "it is enabled again"
    await user.delete(uid)
    await user.create(night)
    await user.create(event("Charging", time(3), 60, rrule="FREQ=DAILY"))
    programs = (await actual_car(tester))["charge_programs"]
    assert [(program["start"], program["enabled"]) for program in programs] == [(3600, True), (3 * 3600, True)]


def test_slot_of_a_new_program() -> None:
    """It is one that is free when the command is sent; what the car does not report is not overwritten."""
    times = ProgramTimes(start=time(6, 30), end=time(6, 40), days=(Day.MONDAY,), repeats=True)
    first, second = (build_program("PT7H", "Mon", slot=slot) for slot in (1, 2))

    def state(*programs: Json) -> VehicleState:
        status = Status.from_dict(build_status(*programs))
        return VehicleState.from_status(dt_util.utcnow(), Vehicle(motorization="Electric"), status)

    request = build_create_request(PRECONDITIONING, times, state(first), CommandSupport())
    actions = [request.build_fn(current) for current in (state(first), state(first, second), None)]
    slots = [action.programs[0].slot if isinstance(action, PreconditionCommand) else None for action in actions]
    assert slots == [2, 3, None]


async def test_refused_events(user: CalendarUser, tester: CommandTester, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no program of the car can be is refused in words, and nothing is sent."""
    monthly, unsupported = event("Preconditioning", time(7), 10, rrule="FREQ=MONTHLY"), "repeats every week"
    for refused, words in (
        (monthly, unsupported),
        (event("Preconditioning", time(7), 10, days=9), unsupported),
        (event("Charging", time(7), 60), unsupported),
        (event("Service", time(7), 60), "Preconditioning, Charging"),
    ):
        with pytest.raises(ServiceValidationError, match=words):
            await user.entity.async_create_event(**refused)
    for uid, refused, words in (
        ("preconditioning 1", monthly, unsupported),
        ("preconditioning 1", event("Charging", time(7), 60, rrule="FREQ=DAILY"), unsupported),
        (NIGHT, event("Charging", time(7), 60), unsupported),
        # Its title tells what a program does: another one would say something else than what happens
        (NIGHT, event("Dentist", time(22), 60, rrule="FREQ=DAILY"), "Preconditioning, Charging"),
        ("preconditioning 4", event("Preconditioning", time(7), 10), "no longer reports"),
    ):
        with pytest.raises(ServiceValidationError, match=words):
            await user.entity.async_update_event(uid, refused)
    with pytest.raises(ServiceValidationError, match="no longer reports"):
        await user.entity.async_delete_event("preconditioning 4")
    with pytest.raises(ServiceValidationError, match=unsupported):
        await user.entity.async_delete_event("preconditioning 1", recurrence_id="20261123T070000")
    # A car with one type of program
    only_preconditioning = CommandSupport(available=frozenset({CommandFeature.PRECONDITIONING_PROGRAMS}))
    monkeypatch.setattr(type(tester.commands), "support", only_preconditioning)
    for summary in ("Dentist", "Charging", ""):
        with pytest.raises(ServiceValidationError, match=r"adds: Preconditioning$"):
            await user.entity.async_create_event(**event(summary, time(7), 10))
    assert await tester.post_count() == 0


async def test_no_free_slot(user: CalendarUser) -> None:
    daily = event("Preconditioning", time(9), 10, rrule="FREQ=DAILY")
    for _ in range(3):
        await user.create(daily)
    with pytest.raises(ServiceValidationError, match="maximum number of programs for this car is 4"):
        await user.entity.async_create_event(**daily)


async def test_failed_command(user: CalendarUser, tester: CommandTester) -> None:
    """The reason of the car's refusal is raised; the calendar shows the program that is still there."""
    await tester.script("Accepted", {"status": "Failed", "failureCause": "VehicleInUse"})
    with pytest.raises(HomeAssistantError, match="in use"):
        await user.delete("preconditioning 1")
    assert "preconditioning 1" in {uid for uid, *_ in await user.programs()}


@pytest.mark.simulator(fleet=9)
@pytest.mark.parametrize(
    ("brand", "can_change"), [("peugeot", {CALENDAR}), ("ds", set())], ids=["with programs", "without commands"]
)
async def test_features(hass: HomeAssistant, link: Link, brand: str, can_change: set[str]) -> None:
    """A car that takes no programs has a calendar to read."""
    await link(brand)
    features = {
        entity_id: hass.states.get(entity_id).attributes[ATTR_SUPPORTED_FEATURES]  # type: ignore[union-attr]
        for entity_id in hass.states.async_entity_ids("calendar")
    }
    every = CalendarEntityFeature.CREATE_EVENT | CalendarEntityFeature.UPDATE_EVENT | CalendarEntityFeature.DELETE_EVENT
    assert {entity_id for entity_id, value in features.items() if value == every} >= can_change
    assert set(features.values()) <= {0, every}
    if not can_change:
        assert set(features.values()) == {0}
