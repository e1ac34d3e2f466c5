"""A car in two accounts has each entity twice, and is still one car: for triggers, conditions, and language models."""

from typing import Any, Final

from homeassistant.components.conversation import DOMAIN as CONVERSATION
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, llm
from homeassistant.helpers.condition import async_from_config, async_validate_condition_config
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.api.requests import SoundHorn
from custom_components.stellantis.commands import queue as command_queue
from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.coordinator import EndpointDescription
from custom_components.stellantis.data import Car
from custom_components.stellantis.endpoints import ALERTS, CHARGES, TRIPS
from custom_components.stellantis.polling import FAILURES_UNTIL_UNAVAILABLE
from simulator import Simulator
from tests.conftest import Link
from tests.support.automations import NewMessages, notify, set_up_automations
from tests.support.commands import ONE_CAR
from tests.support.helpers import Control, advance_time, only_car

pytestmark = pytest.mark.simulator(**ONE_CAR)

BOTH: Final = {"label_id": "family"}


async def refresh(hass: HomeAssistant, *entries: MockConfigEntry, endpoint: EndpointDescription[Any] = ALERTS) -> None:
    """Poll the car in accounts, one after the other."""
    for entry in entries:
        (car,) = entry.runtime_data.cars.values()
        assert isinstance(car, Car)
        await car.status.async_refresh()
        events = car.coordinator_for(endpoint)
        assert events
        await events.async_refresh()
        await hass.async_block_till_done()


async def passes(hass: HomeAssistant, key: str, **options: Any) -> bool | None:
    """Return whether a condition passes for the car."""
    config = {"condition": f"{DOMAIN}.{key}", "target": BOTH, "options": options}
    checker = await async_from_config(hass, await async_validate_condition_config(hass, config))
    result = checker.async_check()
    checker.async_unload()
    return result


async def test_car_in_two_accounts_is_one(
    hass: HomeAssistant, link: Link, control: Control, new_messages: NewMessages
) -> None:
    for integration in ("homeassistant", "llm"):
        assert await async_setup_component(hass, integration, {})
    vin = await control.vin("e-208")
    await control.patch(vin, plug=False)
    own, partners = entries = [await link(), await link(unique_id="partner")]
    for entry in entries:
        dr.async_get(hass).async_update_device(entry.runtime_data.cars[vin].device.id, labels={"family"})
    told = "{{ trigger.entity_id.removeprefix('binary_sensor.peugeot_e_208_') }}"
    automations = [
        notify(
            {"trigger": "stellantis.plugged_in", "target": BOTH, "options": {"behavior": behavior}},
            f"{behavior} {told}",
        )
        for behavior in ("all", "each", "first")
    ]
    warning = {"trigger": "stellantis.warning_raised", "target": BOTH}
    partner = {"entity_id": "device_tracker.peugeot_e_208_2"}
    plugged = {"trigger": "stellantis.plugged_in", "target": partner}
    await set_up_automations(hass, [*automations, notify(plugged, f"partner's {told}"), notify(warning, "warning")])

    # Whichever account hears of it first
    for order in (entries, entries[::-1]):
        await control.patch(vin, plug=True, alerts=["RiskOfIce"])
        await refresh(hass, *order)
        expected = [f"{behavior} charging_cable" for behavior in ("all", "each", "first")]
        assert new_messages() == [*expected, "partner's charging_cable_2", "warning"]
        await control.patch(vin, plug=False, alerts=[])
        await refresh(hass, *order)

    # Accounts of which one has not polled yet do not contradict each other
    await control.patch(vin, plug=True)
    await refresh(hass, partners)
    for behavior in ("any", "all"):
        assert not await passes(hass, "is_plugged_in", behavior=behavior)
        assert await passes(hass, "is_unplugged", behavior=behavior)

    for entity_id in ("calendar.peugeot_e_208_calendar", "calendar.peugeot_e_208_calendar_2"):
        async_expose_entity(hass, CONVERSATION, entity_id, should_expose=True)
    context = llm.LLMContext("test", Context(), "en", CONVERSATION, None)
    api = await llm.async_get_api(hass, llm.LLM_API_ASSIST, context)
    (tool,) = [tool for tool in api.tools if tool.name == "stellantis__get_trips"]
    assert tool.parameters.schema["car"].container == ["PEUGEOT e-208"]

    # Without the first account, the second stands for the car
    assert await hass.config_entries.async_unload(own.entry_id)
    assert await passes(hass, "is_plugged_in", behavior="all")
    new_messages()
    await control.patch(vin, plug=False)
    await refresh(hass, partners)
    await control.patch(vin, plug=True)
    await refresh(hass, partners)
    assert new_messages() == [f"{name} charging_cable_2" for name in ("all", "each", "first", "partner's")]


async def test_events_of_two_accounts(
    hass: HomeAssistant,
    link: Link,
    control: Control,
    simulator: Simulator,
    new_messages: NewMessages,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What an account told while the other was not available is not told again by that; a command is of one account."""
    monkeypatch.setattr(command_queue, "POLL_DELAYS", (0.01,))
    own, partners = entries = [await link(), await link(unique_id="partner")]
    devices = [only_car(entry).device.id for entry in entries]
    keys: dict[str, Any] = {"command_failed": {}, "trip_finished": {}, "data_older_than": {"age": "00:10:00"}}
    target = {"device_id": devices}
    await set_up_automations(
        hass,
        [
            notify({"trigger": f"stellantis.{key}", "target": target, "options": options}, key)
            for key, options in keys.items()
        ],
    )

    async def drive() -> None:
        await control.patch(only_car(partners).vin, drive={"distance": 18, "minutes": 10})
        simulator.world.clock.advance(660)

    assert await hass.config_entries.async_unload(own.entry_id)
    await drive()
    await refresh(hass, partners, endpoint=TRIPS)
    assert new_messages() == ["trip_finished"]
    assert await hass.config_entries.async_setup(own.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert new_messages() == []
    await drive()
    await refresh(hass, *entries, endpoint=TRIPS)
    assert new_messages() == ["trip_finished"]

    await control.post("remotes/next", {"events": [{"delay": 0, "status": "Failed", "failureCause": "DoorsOpen"}]})
    with pytest.raises(HomeAssistantError):
        await only_car(partners).commands.async_send(SoundHorn())
    await hass.async_block_till_done()
    assert new_messages() == ["command_failed"]

    reports = ("sensor.peugeot_e_208_last_update", "sensor.peugeot_e_208_last_update_2")
    reported_at = dt_util.utcnow().isoformat()
    for entity_id in reports:
        hass.states.async_set(entity_id, reported_at)
    hass.states.async_set(reports[0], "unavailable")
    await advance_time(hass, 601)
    assert new_messages() == ["data_older_than"]
    hass.states.async_set(reports[0], reported_at)
    await advance_time(hass, 601)
    assert new_messages() == []


@pytest.mark.usefixtures("immediate_retries")
async def test_charge_of_two_accounts(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator, new_messages: NewMessages
) -> None:
    """The start of a charge is told once, though the accounts do not see it at the same time."""
    own, partners = entries = [await link(), await link(unique_id="partner")]
    devices = [only_car(entry).device.id for entry in entries]
    started = {"trigger": "stellantis.charging_started", "target": {"device_id": devices}}
    await set_up_automations(hass, [notify(started)])

    async def charge(level: int) -> None:
        await control.patch(only_car(partners).vin, plug=True, level=level, charge=True)
        simulator.world.clock.advance(300)

    async def end_charge(level: int) -> None:
        await control.patch(only_car(partners).vin, plug=False, level=level)
        await refresh(hass, *entries, endpoint=CHARGES)

    # One was not loaded
    assert await hass.config_entries.async_unload(own.entry_id)
    await charge(30)
    await refresh(hass, partners, endpoint=CHARGES)
    assert new_messages() == ["charging_started"]
    await charge(35)
    assert await hass.config_entries.async_setup(own.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await end_charge(40)
    assert new_messages() == []

    # One cannot read the car; its events stay available
    await control.fault("/user/vehicles/{id}/status", status=503)
    for _ in range(FAILURES_UNTIL_UNAVAILABLE):
        await only_car(own).status.async_refresh()
    await control.delete("faults")
    await charge(60)
    await refresh(hass, partners, endpoint=CHARGES)
    assert new_messages() == ["charging_started"]
    await charge(65)
    await refresh(hass, *entries, endpoint=CHARGES)
    await end_charge(70)
    assert new_messages() == []

    await charge(75)
    await refresh(hass, *entries, endpoint=CHARGES)
    assert new_messages() == ["charging_started"]
