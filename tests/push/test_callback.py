"""The callback: made once, found again, mended, led to where Home Assistant is, and removed."""

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
    """Return what is to be repaired."""
    return {one.translation_key for (domain, _), one in ir.async_get(hass).issues.items() if domain == DOMAIN}


def target(set_up_push: PushHarness) -> str | None:
    """Return where the only callback leads."""
    (one,) = set_up_push.callbacks
    return one.target


async def test_made_when_it_is_asked_for(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push()
    assert harness.callbacks == []
    assert not harness.push.is_receiving
    await control.delete("requests")
    ids = await asyncio.gather(*(harness.push.async_ensure_callback() for _ in range(5)))
    (made,) = harness.callbacks
    assert set(ids) == {made.id} == {harness.entry.data[CONF_CALLBACK_ID]}
    assert await control.request_counts() == {"GET /user/callbacks": 1, "POST /user/callbacks": 1}
    assert harness.push.is_receiving
    assert made.target == f"{harness.entry.options[CONF_PUSH_URL].rstrip('/')}{harness.webhook_path}"
    assert made.label.startswith("Home Assistant ")
    assert sorted(made.subscribe["type"]) == ["Monitor", "Remote"]
    assert made.attributes == [{"type": "Body", "key": "proof", "value": harness.entry.data[CONF_PUSH_KEY]}]


async def test_found_after_a_reload(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push()
    made = await harness.push.async_ensure_callback()
    await harness.reload()
    await control.delete("requests")
    assert not harness.push.is_receiving
    assert await harness.push.async_ensure_callback() == made
    assert harness.push.is_receiving
    assert await control.request_counts() == {"GET /user/callbacks": 1}


@pytest.mark.parametrize("lost", [[CONF_CALLBACK_ID], [CONF_CALLBACK_ID, CONF_WEBHOOK_ID, CONF_PUSH_KEY]])
async def test_found_after_the_entry_was_lost(
    hass: HomeAssistant, set_up_push: SetUpPush, control: Control, lost: list[str]
) -> None:
    harness = await set_up_push()
    made = await harness.push.async_ensure_callback()
    before = harness.webhook_path
    kept = {name: value for name, value in harness.entry.data.items() if name not in lost}
    hass.config_entries.async_update_entry(harness.entry, data=kept)
    await harness.reload()
    await control.delete("requests")
    assert await harness.push.async_ensure_callback() == made
    assert (harness.webhook_path == before) is (len(lost) == 1)
    assert (target(harness) or "").endswith(harness.webhook_path)
    # What leads to the old address and shows the old key is led to the new one
    assert (await control.request_counts()).get("PUT /user/callbacks/{cbid}", 0) == len(lost) // 3


async def test_found_without_its_label(hass: HomeAssistant, set_up_push: SetUpPush) -> None:
    """A server that does not tell labels still tells attributes."""
    harness = await set_up_push()
    made = await harness.push.async_ensure_callback()
    del harness.callbacks[0].subscribe["label"]
    kept = {name: value for name, value in harness.entry.data.items() if name != CONF_CALLBACK_ID}
    hass.config_entries.async_update_entry(harness.entry, data=kept)
    await harness.reload()
    assert await harness.push.async_ensure_callback() == made


async def test_another_home_assistant_keeps_its_own(hass: HomeAssistant, set_up_push: SetUpPush) -> None:
    harness = await set_up_push()
    with patch("homeassistant.helpers.instance_id.async_get", return_value="another"):
        theirs = await harness.push.async_ensure_callback()
    kept = {name: value for name, value in harness.entry.data.items() if name not in (CONF_CALLBACK_ID, CONF_PUSH_KEY)}
    hass.config_entries.async_update_entry(harness.entry, data=kept)
    await harness.reload()
    assert await harness.push.async_ensure_callback() != theirs
    assert len(harness.callbacks) == 2


async def paused(harness: PushHarness) -> None:
    await harness.data.account.client.set_callback_status(harness.callbacks[0].id, running=False)


async def failed(harness: PushHarness) -> None:
    harness.callbacks[0].status = "Failed"


async def elsewhere(harness: PushHarness) -> None:
    harness.callbacks[0].subscribe["callback"]["webhook"]["target"] = "https://example.com/old"


async def unproven(harness: PushHarness) -> None:
    harness.callbacks[0].subscribe["callback"]["webhook"]["attributes"] = []


async def half(harness: PushHarness) -> None:
    harness.callbacks[0].subscribe["type"] = ["Remote"]


async def paused_elsewhere(harness: PushHarness) -> None:
    await paused(harness)
    await elsewhere(harness)


async def another_kind(harness: PushHarness) -> None:
    harness.callbacks[0].subscribe["callback"] = {"websocket": {"target": "wss://example.com"}}


async def test_mended(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push()
    made = await harness.push.async_ensure_callback()
    subscription = deepcopy(harness.callbacks[0].subscribe)
    for harm in (paused, failed, elsewhere, unproven, half, paused_elsewhere, another_kind):
        await harm(harness)
        assert await harness.push.async_ensure_callback() == made  # it was looked at already
        assert await harness.push.async_ensure_callback(force_check=True) == made
        (one,) = harness.callbacks
        assert (one.status, one.subscribe) == ("Running", subscription), harm
        assert harness.push.is_receiving
    # To set the status is described for one that runs or was paused only
    await control.fault(f"{CALLBACKS}/{{cbid}}/status", status=400)
    await failed(harness)
    assert await harness.push.async_ensure_callback(force_check=True) == made
    assert harness.callbacks[0].status == "Running"


async def test_made_again_when_it_is_gone(set_up_push: SetUpPush) -> None:
    harness = await set_up_push()
    made = await harness.push.async_ensure_callback()
    await harness.data.account.client.delete_callback(made)
    assert await harness.push.async_ensure_callback(force_check=True) not in {None, made}
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


async def test_server_that_is_down(set_up_push: SetUpPush, control: Control) -> None:
    """Whoever asks hears of it, and who asks later gets what there has to be, once."""
    harness = await set_up_push()
    for there, fault in DOWN:
        if there:
            await harness.push.async_ensure_callback()
            await paused_elsewhere(harness)
        await control.put("faults", [{"path": f"{CALLBACKS}*", **fault}])
        with pytest.raises(StellantisError):
            await harness.push.async_ensure_callback(force_check=True)
        assert not harness.push.is_receiving
        assert len(harness.callbacks) == there
        await control.delete("faults")
    await harness.push.async_ensure_callback()
    assert len(harness.callbacks) == 1
    assert harness.callbacks[0].status == "Running"
    assert harness.push.is_receiving


async def test_made_once_when_the_answer_is_lost(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push()
    await control.fault(CALLBACKS, method="POST", reset="body")
    assert await harness.push.async_ensure_callback() == harness.callbacks[0].id
    assert len(harness.callbacks) == 1


async def test_not_made_twice_when_nobody_knows(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push()
    faults = [{"path": CALLBACKS, "method": "POST", "reset": "body"}]
    await control.put("faults", faults)
    list_down = {"path": CALLBACKS, "method": "GET", "status": 500}
    asked = asyncio.create_task(harness.push.async_ensure_callback())
    while not harness.callbacks:  # noqa: ASYNC110 - the simulator tells nobody
        await asyncio.sleep(0)
    await control.put("faults", [list_down, *faults])
    with pytest.raises(StellantisError) as raised:
        await asked
    assert not isinstance(raised.value, OutcomeUnknown)
    await control.delete("faults")
    assert await harness.push.async_ensure_callback() == harness.callbacks[0].id
    assert len(harness.callbacks) == 1
