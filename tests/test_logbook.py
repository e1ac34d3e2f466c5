"""The logbook: who locked and unlocked, which command failed and why, in few lines."""

import asyncio
from datetime import datetime
from typing import Any
from unittest.mock import patch

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockUser, mock_component
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.stellantis.vehicle.command import CommandType
from tests.support.commands import ONE_CAR, CommandTester, get_error_key
from tests.support.statistics import with_recorder

from .support.source import COMPONENT, load_json

LOCK = "lock.peugeot_e_208_central_locking"

pytestmark = [pytest.mark.simulator(**ONE_CAR), with_recorder]


async def connect(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> Any:
    """Set up the logbook, without the user interface, and return a connection."""
    mock_component(hass, "frontend")
    assert await async_setup_component(hass, "logbook", {})
    return await hass_ws_client(hass)


async def read_logbook(tester: CommandTester, client: Any, start: datetime) -> list[dict[str, Any]]:
    """Return the entries of the car."""
    hass, device_id = tester.hass, tester.car.device.id
    await hass.async_block_till_done(wait_background_tasks=True)
    await async_wait_recording_done(hass)
    entities = er.async_entries_for_device(er.async_get(hass), device_id)
    await client.send_json_auto_id(
        {
            "type": "logbook/get_events",
            "start_time": start.isoformat(),
            "entity_ids": [entity.entity_id for entity in entities],
            "device_ids": [device_id],
        }
    )
    response = await client.receive_json()
    assert response["success"], response
    return list(response["result"])


async def test_lock_tells_who_did_it(
    tester: CommandTester, hass_ws_client: WebSocketGenerator, hass_admin_user: MockUser
) -> None:
    """The car takes longer than Home Assistant remembers who asked it."""
    await tester.prepare(CommandType.UNLOCK)
    client, start = await connect(tester.hass, hass_ws_client), dt_util.utcnow()
    with patch("homeassistant.helpers.entity.CONTEXT_RECENT_TIME_SECONDS", 0.1):
        task = tester.hass.async_create_task(
            tester.hass.services.async_call(
                "lock", "unlock", {"entity_id": LOCK}, blocking=True, context=Context(user_id=hass_admin_user.id)
            )
        )
        await tester.wait_until(tester.has_remote_id)
        await asyncio.sleep(0.2)
        await tester.advance_clock(60)
        await task
    entries = await read_logbook(tester, client, start)
    changes = [entry for entry in entries if entry["entity_id"] == LOCK]
    assert [change["state"] for change in changes] == ["unlocking", "unlocked"]
    assert {change["context_user_id"] for change in changes} == {hass_admin_user.id}
    assert len(entries) < 5, entries


@pytest.fixture(params=["en", "de"])
def language(request: pytest.FixtureRequest, hass: HomeAssistant) -> str:
    """Set the language of Home Assistant."""
    hass.config.language = request.param
    return hass.config.language


async def test_failed_command_tells_what_and_why(
    language: str, tester: CommandTester, hass_ws_client: WebSocketGenerator
) -> None:
    texts = load_json(COMPONENT / "translations" / f"{language}.json")["entity"]["event"]["command"]["state_attributes"]
    await tester.prepare(CommandType.LOCK)
    client, start = await connect(tester.hass, hass_ws_client), dt_util.utcnow()
    await tester.script("Accepted", {"status": "Failed", "failureCause": "DoorsOpen"})
    task = await tester.start(CommandType.LOCK)
    await tester.advance_clock(60)
    assert await get_error_key(task) == "doors_open"
    entries = await read_logbook(tester, client, start)
    (described,) = [entry for entry in entries if "message" in entry]
    assert (described["name"], described["domain"]) == ("PEUGEOT e-208", "stellantis")
    assert described["entity_id"].startswith("event.peugeot_e_208_")
    kind, result, cause = (
        texts[attribute]["state"][value]
        for attribute, value in (("kind", "lock"), ("event_type", "failed"), ("cause", "doors_open"))
    )
    assert described["message"] == f"{kind}: {result}. {cause}"
    assert len(entries) < 6, entries


async def test_success_is_not_described(tester: CommandTester, hass_ws_client: WebSocketGenerator) -> None:
    """What has changed tells it already."""
    await tester.prepare(CommandType.LOCK)
    client, start = await connect(tester.hass, hass_ws_client), dt_util.utcnow()
    assert (await tester.run_to_end(CommandType.LOCK)).succeeded
    assert not [entry for entry in await read_logbook(tester, client, start) if "message" in entry]
