"""Charging sessions as drivers saw their cars report them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from homeassistant.core import Event, EventStateChangedData, HomeAssistant
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.const import CONF_BATTERY_CAPACITIES, CONF_ELECTRICITY_PRICE
from tests.conftest import Link
from tests.support.helpers import Control, advance_time, call_action_on_only_car, get_state
from tests.support.vehicle_states import set_status, time_ago

POLL: Final = 3601
CAR: Final = "ds_3_e_tense"


def build_body(
    minutes_ago: float,
    level: float,
    status: str = "InProgress",
    *,
    plugged: bool = True,
    autonomy: float | None = 120,
    mileage: float = 4321.5,
    capacity: float | None = 46_000,
    residual: float | None = None,
    remaining: str | None = None,
) -> dict[str, Any]:
    """Return a status of a parked car. Without a residual energy, that of the level is reported."""
    at = {"createdAt": time_ago(60 * minutes_ago)}
    charging = {"plugged": plugged, "status": status, "chargingMode": "Slow" if status == "InProgress" else "No"}
    load = {**at, "capacity": capacity, "residual": (capacity or 0) * level / 100 if residual is None else residual}
    electric = {
        "charging": charging | ({"remainingTime": remaining} if remaining else {}),
        **({"battery": {"load": load}} if capacity else {}),
    }
    energy = {**at, "type": "Electric", "subType": "ElectricEnergy", "level": level, "autonomy": autonomy}
    return {
        **at,
        "odometer": {**at, "mileage": mileage},
        "ignition": {**at, "type": "Stop"},
        "kinetic": {**at, "moving": False},
        "energies": [{**energy, "extension": {"electric": electric}}],
        "_links": {},
    }


class Driver:
    """Somebody whose car reports these bodies, one at each poll."""

    def __init__(self, hass: HomeAssistant, link: Link, control: Control) -> None:
        self.hass, self.link, self.control = hass, link, control
        self.events: list[Mapping[str, Any]] = []
        self.entry_id = ""

    async def see(self, *bodies: dict[str, Any], capacity: float | None = None) -> list[dict[str, Any]]:
        """Set up Home Assistant at the first body; return the charging sessions after the last."""
        vin = await self.control.vin("3 E-Tense")
        await set_status(self.control, vin, bodies[0])
        entry = await self.link("ds", setup=False)
        self.entry_id = entry.entry_id
        capacities = {vin: capacity} if capacity else {}
        self.hass.config_entries.async_update_entry(
            entry, options={CONF_ELECTRICITY_PRICE: 0.5, CONF_BATTERY_CAPACITIES: capacities}
        )
        await self.hass.config_entries.async_setup(entry.entry_id)
        await self.hass.async_block_till_done(wait_background_tasks=True)

        async def record(event: Event[EventStateChangedData]) -> None:
            if (state := event.data["new_state"]) is not None:
                self.events.append(state.attributes)

        async_track_state_change_event(self.hass, [f"event.{CAR}_charging_session"], record)
        for body in bodies[1:]:
            await set_status(self.control, vin, body)
            await advance_time(self.hass, POLL)
        response = await call_action_on_only_car(self.hass, "get_charging_sessions", self.entry_id)
        sessions: list[dict[str, Any]] = response["sessions"]
        return sessions[::-1]


@pytest.fixture
def driver(hass: HomeAssistant, link: Link, control: Control) -> Driver:
    """Somebody with a car."""
    return Driver(hass, link, control)


def levels(sessions: list[dict[str, Any]]) -> list[tuple[float, float]]:
    """Return the levels at the start and end of sessions."""
    return [(session["start_level"], session["end_level"]) for session in sessions]


async def test_wake_ups_amid_a_charge(driver: Driver) -> None:
    """At each wake-up the first body says that nothing is charging, the next one that it goes on."""
    wake_ups = [
        body
        for minutes, level in ((50, 33), (40, 36), (30, 39))
        for body in (build_body(minutes, level, "Disconnected"), build_body(minutes - 2, level + 1))
    ]
    sessions = await driver.see(build_body(60, 30), *wake_ups, build_body(0, 45, "Finished"))
    assert levels(sessions) == [(30, 45)]
    assert [event["event_type"] for event in driver.events] == ["ended"]
    assert sessions[0]["energy_estimate"] == pytest.approx(6.9)


async def test_solar_power(driver: Driver) -> None:
    """Each cloud stops it."""
    bodies = [build_body(400 - 20 * step, 30 + 2 * step, "Stopped" if step % 2 else "InProgress") for step in range(18)]
    sessions = await driver.see(*bodies, build_body(0, 64, "Disconnected", plugged=False))
    assert levels(sessions) == [(30, 64)]
    assert len(driver.events) == 1


async def test_balancing(driver: Driver) -> None:
    """A full car that charges for some minutes has nothing to tell."""
    bodies = [
        build_body(40 - 4 * step, 100, "InProgress" if step % 2 else "Finished", remaining="PT5M") for step in range(7)
    ]
    assert await driver.see(*bodies) == []
    assert driver.events == []
    assert get_state(driver.hass, f"sensor.{CAR}_last_charge_energy_estimated") is None


async def test_silent_car(driver: Driver, hass: HomeAssistant) -> None:
    """It tells nothing from before it is plugged in to the next drive."""
    unplugged: dict[str, Any] = {"status": "Disconnected", "plugged": False}
    first, last = build_body(480, 25, **unplugged), build_body(0, 85, **unplugged, mileage=4321.8)
    (session,) = await driver.see(first, last)
    assert levels([session]) == [(25, 85)]
    assert session["energy_estimate"] == pytest.approx(27.6)
    assert session["cost"] == pytest.approx(13.8)
    assert (session["start"], session["end"]) == (first["createdAt"], last["createdAt"])
    assert (session["started_before"], session["ended_after"]) == (last["createdAt"], first["createdAt"])
    assert "duration" not in session
    period = {"start_date_time": first["createdAt"], "end_date_time": (dt_util.utcnow() + timedelta(1)).isoformat()}
    calendar = await hass.services.async_call(
        "calendar",
        "get_events",
        {"entity_id": f"calendar.{CAR}_calendar", **period},
        blocking=True,
        return_response=True,
    )
    assert calendar is not None
    events: Any = calendar[f"calendar.{CAR}_calendar"]
    assert events["events"][0]["summary"] == "Charge, 25 → 85%"
    assert events["events"][0]["description"].startswith("DS 3 E-Tense, exact time unknown, 27.6 kWh")


async def test_delayed_charge_of_a_sleeping_car(driver: Driver) -> None:
    (session,) = await driver.see(build_body(720, 35, "Stopped"), build_body(0, 100, "Finished"))
    assert levels([session]) == [(35, 100)]
    assert session["energy_estimate"] == pytest.approx(29.9)


async def test_first_words_of_an_empty_hybrid(driver: Driver) -> None:
    """Its level is 100 beside a range of 0 km."""
    sessions = await driver.see(
        build_body(200, 100, autonomy=0, capacity=None),
        build_body(180, 9, autonomy=4, capacity=None),
        build_body(0, 100, "Finished", autonomy=45, capacity=None),
    )
    assert levels(sessions) == [(9, 100)]


async def test_finished_is_told_once(driver: Driver) -> None:
    sessions = await driver.see(build_body(60, 70), *(build_body(20 - 5 * poll, 90, "Finished") for poll in range(4)))
    assert levels(sessions) == [(70, 90)]
    assert len(driver.events) == 1


async def test_level_stands_still_and_jumps(driver: Driver) -> None:
    body = build_body(240, 45)
    sessions = await driver.see(body, body, body, build_body(0, 100, "Finished", residual=45_600))
    assert levels(sessions) == [(45, 100)]
    assert sessions[0]["energy_estimate"] == pytest.approx(25, abs=0.5)


async def test_expected_end_does_not_drift(driver: Driver, hass: HomeAssistant) -> None:
    body = build_body(80, 40, remaining="PT3H")
    await driver.see(body)
    before = get_state(hass, f"sensor.{CAR}_charging_ends")
    assert before is not None
    await set_status(driver.control, await driver.control.vin("3 E-Tense"), body)
    await advance_time(hass, POLL)
    assert get_state(hass, f"sensor.{CAR}_charging_ends") == before


@pytest.mark.parametrize(("capacity", "kwh"), [(None, None), (46.0, 16.1)])
async def test_capacity_of_two_thirds(driver: Driver, capacity: float | None, kwh: float | None) -> None:
    """Many cars report too little; the owner knows better."""
    bodies = (
        build_body(300, 55, capacity=33_500, residual=14_900),
        build_body(0, 90, "Finished", capacity=34_100, residual=25_900),
    )
    (session,) = await driver.see(*bodies, capacity=capacity)
    assert session.get("energy_estimate") == (None if kwh is None else pytest.approx(kwh))
    assert session.get("cost") == (None if kwh is None else pytest.approx(kwh / 2))


async def test_hybrid_without_a_capacity_has_energy_and_cost_by_the_option(driver: Driver) -> None:
    bodies = (build_body(120, 20, capacity=None), build_body(0, 80, "Finished", capacity=None))
    (session,) = await driver.see(*bodies, capacity=10.0)
    assert (session["energy_estimate"], session["cost"]) == (6, 3)
