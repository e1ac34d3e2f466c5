"""Tools for language models: they offer the cars whose entities are exposed, and return what the actions return."""

from datetime import timedelta
from typing import Any

from homeassistant.components.conversation import DOMAIN as CONVERSATION
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers import device_registry as dr, llm
from homeassistant.helpers.json import json_dumps
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.json import json_loads
import probatio as vol
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.stellantis.const import CONF_ELECTRICITY_PRICE, DOMAIN
from custom_components.stellantis.llm import MAX_TRIPS, TOOLS
from simulator import Simulator
from tests.conftest import Link
from tests.support.commands import RECENT_START
from tests.support.helpers import Control, call_action, drive

CARS = pytest.mark.simulator(start=RECENT_START, fleet=2, brand="peugeot")
E208_CALENDAR = "calendar.peugeot_e_208_calendar"
HYBRID_WARNING = "sensor.peugeot_308_hybrid_warning"


def expose(hass: HomeAssistant, *entity_ids: str, should_expose: bool = True) -> None:
    """Expose entities to Assist, or no longer."""
    for entity_id in entity_ids:
        assert hass.states.get(entity_id), entity_id
        async_expose_entity(hass, CONVERSATION, entity_id, should_expose)


async def get_api(hass: HomeAssistant, user_id: str | None = None, assistant: str = CONVERSATION) -> llm.APIInstance:
    """Return the API that a model sees which a user talks to."""
    context = llm.LLMContext("test", Context(user_id=user_id), "en", assistant, None)
    return await llm.async_get_api(hass, llm.LLM_API_ASSIST, context)


def offered_cars(api: llm.APIInstance) -> dict[str, list[str]]:
    """Return the cars that each of our tools offers."""
    tools = [tool for tool in api.tools if tool.integration == DOMAIN]
    return {tool.name.removeprefix("stellantis__"): tool.parameters.schema["car"].container for tool in tools}


async def call(api: llm.APIInstance, name: str, **arguments: Any) -> dict[str, Any]:
    """Call a tool and return its data; assert that it survives a round trip through JSON."""
    result = await api.async_call_tool(llm.ToolInput(f"stellantis__{name}", arguments))
    assert not result.error
    assert json_loads(json_dumps(result.data)) == result.data
    return result.data


@pytest.fixture
async def entry(hass: HomeAssistant, link: Link) -> MockConfigEntry:
    """An account with two cars, whose options say what electricity costs."""
    for integration in ("homeassistant", "llm"):
        assert await async_setup_component(hass, integration, {})
    entry = await link(setup=False)
    hass.config_entries.async_update_entry(entry, options={CONF_ELECTRICITY_PRICE: 0.25})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry


@CARS
async def test_exposure(hass: HomeAssistant, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture) -> None:
    """Each tool offers the cars of which the entity that shows the same is exposed, to whom may read it."""
    assert offered_cars(await get_api(hass)) == {}, "no such entity is exposed by default"
    expose(hass, E208_CALENDAR, HYBRID_WARNING)
    assert offered_cars(await get_api(hass)) == {
        "get_trips": ["PEUGEOT e-208"],
        "get_charging_sessions": ["PEUGEOT e-208"],
        "get_consumption": ["PEUGEOT e-208"],
        "get_costs": ["PEUGEOT e-208"],
        "get_alerts": ["PEUGEOT 308 Hybrid"],
    }
    assert offered_cars(await get_api(hass, assistant="cloud.alexa")) == {}
    expose(hass, "calendar.peugeot_308_hybrid_calendar", "event.peugeot_e_208_command")
    user = MockUser().add_to_hass(hass)
    api = await get_api(hass, user.id)
    assert offered_cars(api)["get_trips"] == ["PEUGEOT 308 Hybrid", "PEUGEOT e-208"]
    assert offered_cars(api)["get_commands"] == ["PEUGEOT e-208"]
    for tool in [tool for tool in api.tools if tool.integration == DOMAIN]:
        assert tool.title
        assert tool.description
        assert tool.annotations == llm.ToolAnnotations(read_only=True, destructive=False, idempotent=True)
    assert "LLM tool" not in caplog.text, "Home Assistant reports nothing about the tools"

    user.mock_policy({})
    with pytest.raises(Unauthorized):
        await call(api, "get_costs", car="PEUGEOT e-208")
    user.mock_policy({"entities": {"entity_ids": {E208_CALENDAR: {"read": True}}}})
    assert await call(api, "get_costs", car="PEUGEOT e-208")
    # Hidden since the tools were listed
    expose(hass, E208_CALENDAR, should_expose=False)
    result = await api.async_call_tool(llm.ToolInput("stellantis__get_trips", {"car": "PEUGEOT e-208"}))
    assert (result.data, result.error) == ({"error": "Car not found"}, True)
    # Two cars of one name
    expose(hass, E208_CALENDAR)
    devices = dr.async_get(hass)
    for car in entry.runtime_data.cars.values():
        devices.async_update_device(car.device.id, name_by_user="Car")
    assert offered_cars(await get_api(hass))["get_trips"] == ["Car", E208_CALENDAR]


@CARS
async def test_data(hass: HomeAssistant, entry: MockConfigEntry, control: Control, simulator: Simulator) -> None:
    """The tools return what the actions return."""
    expose(hass, E208_CALENDAR, HYBRID_WARNING, "event.peugeot_e_208_command")
    api = await get_api(hass)
    e208, hybrid = entry.runtime_data.cars
    await drive(control, simulator, e208, 25)
    await control.patch(hybrid, alerts=["AddWasherFluid"])
    for car in entry.runtime_data.cars.values():
        await car.async_refresh_all()
    await hass.async_block_till_done(wait_background_tasks=True)
    start = {"start": (dt_util.utcnow() - timedelta(days=30)).isoformat()}
    for action, entity_id, data in (
        ("get_trips", E208_CALENDAR, {"limit": 50, **start}),
        ("get_charging_sessions", E208_CALENDAR, start),
        ("get_consumption", E208_CALENDAR, start),
        ("get_commands", E208_CALENDAR, {}),
        ("get_alerts", HYBRID_WARNING, start),
    ):
        (expected,) = (await call_action(hass, action, {"entity_id": entity_id}, **data)).values()
        days = {"days": 30} if data else {}
        assert await call(api, action, car=expected["name"], **days) == expected
    trips = (await call(api, "get_trips", car="PEUGEOT e-208", days=30))["trips"]
    assert trips[0]["distance"] == pytest.approx(25, abs=0.5)
    assert (await call(api, "get_alerts", car="PEUGEOT 308 Hybrid"))["alerts"]
    costs = await call(api, "get_costs", car="PEUGEOT e-208", days=30)
    cost = pytest.approx(sum(trip["cost"] for trip in trips if "cost" in trip))
    assert costs["driving"] == {"trips": len(trips), "cost": cost, "currency": "EUR"}
    assert costs["driving"]["cost"] > 0
    assert costs["charging"] == {"sessions": 0, "cost": None, "currency": None}
    invalid: tuple[tuple[dict[str, Any], str], ...] = (
        ({"car": "DS 3"}, "car"),
        ({}, "car"),
        ({"car": "PEUGEOT e-208", "days": 0}, "days"),
        ({"car": "PEUGEOT e-208", "days": "many"}, "days"),
    )
    for arguments, message in invalid:
        with pytest.raises(vol.Invalid, match=message):
            await call(api, "get_trips", **arguments)


def test_costs_of_too_many_trips() -> None:
    """The model is told from when on the trips are counted."""
    (tool,) = (tool for tool in TOOLS if tool.name == "get_costs")
    trips = [{"start": f"trip {number}", "cost": 1.0, "currency": "EUR"} for number in range(MAX_TRIPS)]
    totals = {"totals": {"sessions": 0}}
    driving = tool.combine_fn([{"trips": trips}, totals])["driving"]
    assert driving == {"trips": MAX_TRIPS, "cost": MAX_TRIPS, "currency": "EUR", "since": f"trip {MAX_TRIPS - 1}"}
    assert "since" not in tool.combine_fn([{"trips": trips[1:]}, totals])["driving"]


def test_costs_of_charging_at_home_and_elsewhere() -> None:
    (tool,) = (tool for tool in TOOLS if tool.name == "get_costs")
    totals = {"sessions": 2, "cost": 9.0, "currency": "EUR", "cost_at_home": 5.0, "cost_elsewhere": 4.0}
    months = [{"month": "2026-03", "cost": 9.0, "cost_at_home": 5.0, "cost_elsewhere": 4.0}]
    assert tool.combine_fn([{"trips": []}, {"totals": {**totals, "months": months, "duration": 60}}])["charging"] == {
        **totals,
        "months": months,
    }
