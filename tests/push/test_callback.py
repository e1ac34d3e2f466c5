"""The callback: created once, found again, repaired, and pointed to the current URL."""

import asyncio
from copy import deepcopy
from typing import Any
from unittest.mock import patch

from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.stellantis.api import OutcomeUnknown, StellantisError
from custom_components.stellantis.const import CONF_CALLBACK_ID, CONF_PUSH_KEY, CONF_PUSH_URL, DOMAIN
from tests.support.helpers import Control
from tests.support.push import PushHarness, SetUpPush

CALLBACKS = "/user/callbacks"


def issues(hass: HomeAssistant) -> set[str | None]:
    """Return the translation keys of all repair issues."""
    return {issue.translation_key for (domain, _), issue in ir.async_get(hass).issues.items() if domain == DOMAIN}


def target(harness: PushHarness) -> str | None:
    """Return the target URL of the only callback."""
    (callback,) = harness.callbacks
    return callback.target


async def test_created_when_needed(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push()
    assert harness.callbacks == []
    assert not harness.push.is_receiving
    await control.delete("requests")
    ids = await asyncio.gather(*(harness.push.async_ensure_callback() for _ in range(5)))
    (callback,) = harness.callbacks
    assert set(ids) == {callback.id} == {harness.entry.data[CONF_CALLBACK_ID]}
    assert await control.request_counts() == {"GET /user/callbacks": 1, "POST /user/callbacks": 1}
    assert harness.push.is_receiving
    assert callback.target == f"{harness.entry.options[CONF_PUSH_URL].rstrip('/')}{harness.webhook_path}"
    assert callback.label.startswith("Home Assistant ")
    assert sorted(callback.subscribe["type"]) == ["Monitor", "Remote"]
    assert callback.attributes == [{"type": "Body", "key": "proof", "value": harness.entry.data[CONF_PUSH_KEY]}]


async def test_found_after_a_reload(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push()
    callback_id = await harness.push.async_ensure_callback()
    await harness.reload()
    await control.delete("requests")
    assert not harness.push.is_receiving
    assert await harness.push.async_ensure_callback() == callback_id
    assert harness.push.is_receiving
    assert await control.request_counts() == {"GET /user/callbacks": 1}


@pytest.mark.parametrize("lost_keys", [[CONF_CALLBACK_ID], [CONF_CALLBACK_ID, CONF_WEBHOOK_ID, CONF_PUSH_KEY]])
async def test_found_without_entry_data(
    hass: HomeAssistant, set_up_push: SetUpPush, control: Control, lost_keys: list[str]
) -> None:
    harness = await set_up_push()
    callback_id = await harness.push.async_ensure_callback()
    old_path = harness.webhook_path
    data = {name: value for name, value in harness.entry.data.items() if name not in lost_keys}
    hass.config_entries.async_update_entry(harness.entry, data=data)
    await harness.reload()
    await control.delete("requests")
    assert await harness.push.async_ensure_callback() == callback_id
    assert (harness.webhook_path == old_path) is (len(lost_keys) == 1)
    assert (target(harness) or "").endswith(harness.webhook_path)
    # A callback with the old URL and secret is updated
    assert (await control.request_counts()).get("PUT /user/callbacks/{cbid}", 0) == len(lost_keys) // 3


async def test_found_without_its_label(hass: HomeAssistant, set_up_push: SetUpPush) -> None:
    """If a server omits labels, the callback is found by its attributes."""
    harness = await set_up_push()
    callback_id = await harness.push.async_ensure_callback()
    del harness.callbacks[0].subscribe["label"]
    data = {name: value for name, value in harness.entry.data.items() if name != CONF_CALLBACK_ID}
    hass.config_entries.async_update_entry(harness.entry, data=data)
    await harness.reload()
    assert await harness.push.async_ensure_callback() == callback_id


async def test_other_home_assistant_has_its_own(hass: HomeAssistant, set_up_push: SetUpPush) -> None:
    harness = await set_up_push()
    with patch("homeassistant.helpers.instance_id.async_get", return_value="another"):
        other_id = await harness.push.async_ensure_callback()
    data = {name: value for name, value in harness.entry.data.items() if name not in (CONF_CALLBACK_ID, CONF_PUSH_KEY)}
    hass.config_entries.async_update_entry(harness.entry, data=data)
    await harness.reload()
    assert await harness.push.async_ensure_callback() != other_id
    assert len(harness.callbacks) == 2


async def pause(harness: PushHarness) -> None:
    await harness.data.account.client.set_callback_status(harness.callbacks[0].id, running=False)


async def fail(harness: PushHarness) -> None:
    harness.callbacks[0].status = "Failed"


async def remove_secret(harness: PushHarness) -> None:
    harness.callbacks[0].subscribe["callback"]["webhook"]["attributes"] = []


async def subscribe_to_half(harness: PushHarness) -> None:
    harness.callbacks[0].subscribe["type"] = ["Remote"]


async def pause_and_remove_secret(harness: PushHarness) -> None:
    await pause(harness)
    await remove_secret(harness)


async def test_repaired(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push()
    callback_id = await harness.push.async_ensure_callback()
    subscription = deepcopy(harness.callbacks[0].subscribe)
    for damage in (
        pause,
        fail,
        remove_secret,
        subscribe_to_half,
        pause_and_remove_secret,
    ):
        await damage(harness)
        assert await harness.push.async_ensure_callback() == callback_id  # already verified
        assert await harness.push.async_ensure_callback(force_check=True) == callback_id
        (callback,) = harness.callbacks
        assert (callback.status, callback.subscribe) == ("Running", subscription), damage
        assert harness.push.is_receiving
    # The API describes setting the status only for a running or paused callback
    await control.fault(f"{CALLBACKS}/{{cbid}}/status", status=400)
    await fail(harness)
    assert await harness.push.async_ensure_callback(force_check=True) == callback_id
    assert harness.callbacks[0].status == "Running"


async def test_created_again_when_deleted(set_up_push: SetUpPush) -> None:
    harness = await set_up_push()
    callback_id = await harness.push.async_ensure_callback()
    await harness.data.account.client.delete_callback(callback_id)
    assert await harness.push.async_ensure_callback(force_check=True) not in {None, callback_id}
    assert len(harness.callbacks) == 1


DOWN: list[tuple[int, dict[str, Any]]] = [
    (0, {"method": "GET", "status": 500}),
    (0, {"method": "GET", "garbage": "html"}),
    (0, {"method": "POST", "status": 500}),
    (0, {"method": "POST", "status": 503}),
    (0, {"method": "POST", "reset": True}),
    (1, {"method": "PUT", "status": 500}),
    (1, {"path": f"{CALLBACKS}/{{cbid}}/status", "status": 500}),
]


async def test_server_down(set_up_push: SetUpPush, control: Control) -> None:
    """The error is raised, and a later call creates or repairs the callback, once."""
    harness = await set_up_push()
    for existing, fault in DOWN:
        if existing:
            await harness.push.async_ensure_callback()
            await pause_and_remove_secret(harness)
        await control.put("faults", [{"path": f"{CALLBACKS}*", **fault}])
        with pytest.raises(StellantisError):
            await harness.push.async_ensure_callback(force_check=True)
        assert not harness.push.is_receiving
        assert len(harness.callbacks) == existing
        await control.delete("faults")
    await harness.push.async_ensure_callback()
    assert len(harness.callbacks) == 1
    assert harness.callbacks[0].status == "Running"
    assert harness.push.is_receiving


async def test_created_once_when_response_is_lost(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push()
    await control.fault(CALLBACKS, method="POST", reset="body")
    assert await harness.push.async_ensure_callback() == harness.callbacks[0].id
    assert len(harness.callbacks) == 1


async def test_not_created_twice_when_outcome_is_unknown(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push()
    faults = [{"path": CALLBACKS, "method": "POST", "reset": "body"}]
    await control.put("faults", faults)
    list_down = {"path": CALLBACKS, "method": "GET", "status": 500}
    pending = asyncio.create_task(harness.push.async_ensure_callback())
    while not harness.callbacks:  # noqa: ASYNC110 - the simulator has no event for it
        await asyncio.sleep(0)
    await control.put("faults", [list_down, *faults])
    with pytest.raises(StellantisError) as raised:
        await pending
    assert not isinstance(raised.value, OutcomeUnknown)
    await control.delete("faults")
    assert await harness.push.async_ensure_callback() == harness.callbacks[0].id
    assert len(harness.callbacks) == 1


async def wait_for_creation(control: Control) -> None:
    """Wait until a callback is being created."""
    while "POST /user/callbacks" not in await control.request_counts():  # noqa: ASYNC110 - the simulator has no event for it
        await asyncio.sleep(0)


@pytest.mark.parametrize("is_reloaded", [True, False])
async def test_unloaded_while_it_is_created(
    hass: HomeAssistant, set_up_push: SetUpPush, control: Control, *, is_reloaded: bool
) -> None:
    """The platform creates it in any case, so the unload waits for it: it is neither created twice nor left."""
    harness = await set_up_push()
    await control.fault(CALLBACKS, method="POST", delay=0.2)
    harness.entry.async_create_background_task(hass, harness.push.async_ensure_callback(), "command")
    await wait_for_creation(control)
    if is_reloaded:
        await hass.config_entries.async_reload(harness.entry.entry_id)
        await harness.push.async_ensure_callback()
        assert (await control.request_counts())["POST /user/callbacks"] == 1
    else:
        await hass.config_entries.async_remove(harness.entry.entry_id)
    assert len(harness.callbacks) == is_reloaded


async def test_command_canceled_while_it_is_created(
    hass: HomeAssistant, set_up_push: SetUpPush, control: Control
) -> None:
    harness = await set_up_push()
    await control.fault(CALLBACKS, method="POST", delay=0.2)
    command = hass.async_create_task(harness.push.async_ensure_callback())
    await wait_for_creation(control)
    command.cancel()
    assert await harness.push.async_ensure_callback() == harness.callbacks[0].id
    assert len(harness.callbacks) == 1
