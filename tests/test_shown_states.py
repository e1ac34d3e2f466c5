"""After whatever happened to a car, no entity would show anything else if it were updated, or if it were new."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any, Final

from homeassistant.components.calendar import DOMAIN as CALENDAR
from homeassistant.components.image import DOMAIN as IMAGE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_platform
from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.api import Extensions, Status
from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.entity import StellantisEntity
from custom_components.stellantis.vehicle.command import CommandType
from tests.support.commands import ONE_CAR, CommandTester, get_error_key
from tests.support.status_bodies import change_body
from tests.support.vehicle_states import set_status

pytestmark = pytest.mark.simulator(**ONE_CAR)
STATUS: Final = "/user/vehicles/{id}/status"
COMMANDS: Final = (CommandType.LOCK, CommandType.UNLOCK, CommandType.CHARGING, CommandType.PRECONDITIONING)
CLOCK_STEPS: Final = (0, 0, 1, 5, 31, 31, 1500, -40)

type States = Mapping[str, tuple[str, Mapping[str, Any]]]


class History:
    """A random history of a car."""

    def __init__(self, tester: CommandTester, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
        self.tester, self.random = tester, Random(seed)  # noqa: S311 - reproducible
        self.body: dict[str, Any] = {}
        self.offset, utcnow = timedelta(), dt_util.utcnow
        monkeypatch.setattr(dt_util, "utcnow", lambda: utcnow() + self.offset)
        self.steps: dict[Callable[[], Awaitable[None]], float] = {
            self.poll: 6,
            self.poll_unchanged: 3,
            self.push: 3,
            self.fail: 2,
            self.list_vehicle: 2,
            self.send: 1,
        }

    async def step(self) -> str:
        """Let something happen; return what did."""
        self.offset += timedelta(minutes=self.random.choice(CLOCK_STEPS))
        (act,) = self.random.choices(list(self.steps), list(self.steps.values()))
        await act()
        await self.tester.hass.async_block_till_done()
        return act.__name__

    async def poll(self) -> None:
        """Poll the car after it has reported something."""
        self.body = change_body(self.random, self.body, dt_util.utcnow())
        await set_status(self.tester.control, self.tester.vin, {"_links": {}, **self.body})
        await self.poll_unchanged()

    async def poll_unchanged(self) -> None:
        """Poll the car."""
        await self.tester.car.status.async_refresh()

    async def push(self) -> None:
        """Receive some parts of a body, which is polled next."""
        self.body = change_body(self.random, self.body, dt_util.utcnow())
        parts = {name: part for name, part in self.body.items() if self.random.random() < 0.7}
        self.tester.car.push.async_apply_status(Extensions(status=Status.from_dict(parts)))

    async def fail(self) -> None:
        """Poll in vain, at times so often that the car becomes unavailable."""
        times = self.random.choice((1, 4))
        await self.tester.control.fault(STATUS, status=503, times=3 * times)
        for _ in range(times):
            await self.tester.car.status.async_refresh()
        await self.tester.control.delete("faults")

    async def list_vehicle(self) -> None:
        """Let the account list the car with other details."""
        vehicle = self.tester.car.vehicle
        changes: tuple[dict[str, Any], ...] = (
            {"motorization": self.random.choice(("Electric", "Hybrid", "Thermic"))},
            {"label": self.random.choice(("A", "B"))},
            {"pictures": tuple(f"https://example.com/{name}.png" for name in self.random.choice(("a", "b", "abc")))},
        )
        self.tester.car.update_vehicle(replace(vehicle, **self.random.choice(changes)))

    async def send(self) -> None:
        """Send a command; the car may not follow, or not report it."""
        await get_error_key(self.tester.run_to_end(self.random.choice(COMMANDS)))


def find_entities(hass: HomeAssistant) -> list[StellantisEntity[Any, Any]]:
    """Return the entities of the car, without those that change by timers of their own."""
    return [
        entity
        for platform in entity_platform.async_get_platforms(hass, DOMAIN)
        for entity in platform.entities.values()
        if isinstance(entity, StellantisEntity)
        and entity.platform.domain != CALENDAR
        and not getattr(entity.entity_description, "car_fn", None)
    ]


def read_states(hass: HomeAssistant) -> States:
    """Return the states of the entities."""
    states = (hass.states.get(entity.entity_id) for entity in find_entities(hass))
    return {state.entity_id: (state.state, state.attributes) for state in states if state}


def update_all(hass: HomeAssistant, tester: CommandTester) -> None:
    """Let all entities update and write their states."""
    for coordinator in tester.car.coordinators:
        coordinator.async_update_listeners()
    for entity in find_entities(hass):
        entity.async_write_ha_state()


def find_differences(before: States, after: States) -> list[str]:
    """Return what differs."""
    return [
        f"{entity_id}: {before.get(entity_id)} → {after.get(entity_id)}"
        for entity_id in sorted(before.keys() | after.keys())
        if before.get(entity_id) != after.get(entity_id)
    ]


def is_lasting(tester: CommandTester) -> bool:
    """Return whether a new start must show the same: no wrong time has been replaced, and nothing is only expected."""
    state, now = tester.car.status.data, dt_util.utcnow()
    measured_at, has_battery = state.status.measured_at, state.charging is not None
    is_time_right = measured_at is not None and measured_at <= now and measured_at != state.status.redated_at
    return is_time_right and has_battery and tester.commands.shown_state is state


@pytest.mark.usefixtures("entity_registry_enabled_by_default", "immediate_retries")
@pytest.mark.parametrize(
    ("seed", "steps"), [(7, 40), *(pytest.param(seed, 60, marks=pytest.mark.slow) for seed in range(8, 36))]
)
async def test_no_entity_misses_a_change(
    hass: HomeAssistant, tester: CommandTester, monkeypatch: pytest.MonkeyPatch, seed: int, steps: int
) -> None:
    history, happened, vehicle = History(tester, monkeypatch, seed), list[str](), tester.car.vehicle
    for _ in range(steps):
        happened.append(await history.step())
        shown = read_states(hass)
        update_all(hass, tester)
        assert find_differences(shown, read_states(hass)) == [], happened[-5:]
    tester.car.update_vehicle(vehicle)
    await tester.car.async_refresh_all()
    await hass.async_block_till_done(wait_background_tasks=True)
    if is_lasting(tester):
        shown = read_states(hass)
        await tester.reload()
        await hass.async_block_till_done(wait_background_tasks=True)
        differences = find_differences(shown, read_states(hass))
        assert [difference for difference in differences if not difference.startswith(IMAGE)] == []
