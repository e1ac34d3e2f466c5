"""Callbacks that are no longer, not only, or not yet ours: nothing is fought over or left posting to a stranger."""

from typing import Any

from homeassistant.components.application_credentials import ClientCredential, async_import_client_credential
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest

from custom_components.stellantis.const import (
    CONF_CALLBACK_ID,
    CONF_CALLBACK_TARGET,
    CONF_PUSH_KEY,
    CONF_PUSH_URL,
    DOMAIN,
)
from simulator import Client
from simulator.push.callbacks import Callback
from tests.support.config_flow import Flow, configure, start_entry_flow
from tests.support.helpers import CLIENT_ID, CLIENT_SECRET, Control
from tests.support.push import HttpClient, PushHarness, SetUpPush

ELSEWHERE = "https://elsewhere.example.com/api/webhook/0"
APPLICATIONS = (Client(client_id=CLIENT_ID, secret=CLIENT_SECRET), Client(client_id="second", secret="secret"))


@pytest.fixture(autouse=True)
async def repairs(hass: HomeAssistant) -> None:
    """Set up the repairs integration before the HTTP server starts."""
    assert await async_setup_component(hass, "repairs", {})


def issue(harness: PushHarness, key: str) -> ir.IssueEntry | None:
    """Return the repair issue of the entry with a translation key."""
    return ir.async_get(harness.hass).async_get_issue(DOMAIN, f"{key}_{harness.entry.entry_id}")


async def fix(harness: PushHarness, key: str, user_input: dict[str, Any]) -> Any:
    """Submit the form of a repair."""
    manager = harness.hass.data["repairs"]["flow_manager"]
    flow = await manager.async_init(DOMAIN, data={"issue_id": f"{key}_{harness.entry.entry_id}"})
    if flow["type"] == "abort":
        return flow
    assert flow["description_placeholders"]
    result = await manager.async_configure(flow["flow_id"], user_input)
    await harness.hass.async_block_till_done(wait_background_tasks=True)
    return result


async def synchronize(harness: PushHarness) -> None:
    """Synchronize callback and monitors."""
    harness.data.monitors.async_request_sync()
    await harness.hass.async_block_till_done(wait_background_tasks=True)


async def copy_callback(harness: PushHarness, *, label: str = "", secret: str = "", target: str = "") -> str:
    """Create another callback like ours. Return its id."""
    path = harness.callbacks[0].target or ""
    client = harness.data.account.client
    body = {
        "label": label or harness.callbacks[0].label,
        "callback": {
            "webhook": {
                "target": target or path,
                "name": "x",
                "attributes": [{"type": "Body", "key": "proof", "value": secret or harness.entry.data[CONF_PUSH_KEY]}],
            }
        },
    }
    created = await client._transport.request("POST", "user/callbacks", body=body)
    assert created
    return str(created["callbackId"])


def point(callback: Callback, target: str) -> None:
    """Point a callback elsewhere, as somebody else would."""
    callback.subscribe["callback"]["webhook"]["target"] = target


# --- an address that was taken away


@pytest.mark.parametrize("is_lost", [False, True])
async def test_address_that_was_taken_away(hass: HomeAssistant, set_up_push: SetUpPush, *, is_lost: bool) -> None:
    """The callback is led away at the next load, even if the entry does not know it any more."""
    harness = await set_up_push()
    await harness.push.async_ensure_callback()
    await hass.config_entries.async_unload(harness.entry.entry_id)
    lost = (CONF_CALLBACK_ID, CONF_CALLBACK_TARGET) if is_lost else ()
    data = {name: value for name, value in harness.entry.data.items() if name not in lost}
    hass.config_entries.async_update_entry(harness.entry, options={}, data=data)
    await hass.config_entries.async_setup(harness.entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    (callback,) = harness.callbacks
    assert callback.target == f"https://home-assistant.invalid{harness.webhook_path}"
    assert not harness.push.is_receiving


async def test_nothing_to_lead_away(hass: HomeAssistant, set_up_push: SetUpPush, control: Control) -> None:
    """The platform is looked at once; without a callback none is created."""
    harness = await set_up_push(None)
    await hass.config.async_update(external_url="https://home.example.com")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await control.request_counts())["GET /user/callbacks"] == 1
    assert harness.callbacks == []


# --- a second or reinstalled Home Assistant


async def test_other_callbacks(set_up_push: SetUpPush, control: Control) -> None:
    """Five monitors are shared: the old ones are named, push works by what there is, and all is well once they go."""
    harness = await set_up_push(own_monitors=True)
    old_id = await copy_callback(harness, label="Home Assistant old", secret="old", target=ELSEWHERE)
    push = harness.simulator.push
    old = push.callbacks[old_id]
    for monitor in list(push.monitors.values()):
        monitor.callback = old
    await synchronize(harness)
    found = issue(harness, "other_callbacks")
    assert found
    assert found.translation_placeholders
    assert found.translation_placeholders["names"] == "- Home Assistant old (elsewhere.example.com)"
    assert sum(monitor.callback is not old for monitor in push.monitors.values()) == 2
    await harness.prove_push()
    assert not harness.car.status.is_pushed
    assert (await fix(harness, "other_callbacks", {"callbacks": []}))["errors"] == {"callbacks": "none_selected"}
    assert old_id in push.callbacks
    assert (await fix(harness, "other_callbacks", {"callbacks": [old_id]}))["type"] == "create_entry"
    assert old_id not in push.callbacks
    assert len(push.monitors) == 3
    assert harness.car.status.is_pushed
    assert issue(harness, "other_callbacks") is None


async def test_other_callbacks_while_the_server_is_down(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push()
    await harness.push.async_ensure_callback()
    old_id = await copy_callback(harness, label="Mine", secret="old", target=ELSEWHERE)
    await harness.push.async_ensure_callback(force_check=True)
    await control.fault("/user/callbacks/{cbid}", method="DELETE", status=500)
    assert (await fix(harness, "other_callbacks", {"callbacks": [old_id]}))["reason"] == "failed"
    assert issue(harness, "other_callbacks")
    await harness.hass.config_entries.async_unload(harness.entry.entry_id)
    assert (await fix(harness, "other_callbacks", {"callbacks": [old_id]}))["reason"] == "gone"


# --- a twin


async def test_twin_is_removed(set_up_push: SetUpPush, http_client: HttpClient) -> None:
    """A notification with our secret from another callback is accepted, and the callbacks are looked at."""
    harness = await set_up_push()
    callback_id = await harness.push.async_ensure_callback()
    harness.record_notifications()
    twin_id = await copy_callback(harness)
    for _ in range(3):
        body = harness.notification_body(callbackId=twin_id)
        async with http_client.post(harness.webhook_path, json=body) as response:
            assert response.status == 200
    await harness.hass.async_block_till_done(wait_background_tasks=True)
    assert [callback.id for callback in harness.callbacks] == [callback_id]
    assert harness.push.queue.stats.rejected == {"other_callback": 3}
    assert harness.remote_events == []


async def test_foreign_callback_with_our_secret_is_looked_for_once(
    set_up_push: SetUpPush, control: Control, http_client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be one of another application, which is not listed however often it notifies."""
    monkeypatch.setattr("custom_components.stellantis.push.callback.RETRY_DELAY", 0)
    harness = await set_up_push()
    await harness.push.async_ensure_callback()
    await control.delete("requests")
    for callback_id in ("x", "x", "y", "x"):
        body = harness.notification_body(callbackId=callback_id)
        async with http_client.post(harness.webhook_path, json=body) as response:
            assert response.status == 200
        await harness.hass.async_block_till_done(wait_background_tasks=True)
    assert await control.request_counts() == {"GET /user/callbacks": 2}


async def test_other_callback_before_the_entry_is_loaded(set_up_push: SetUpPush, http_client: HttpClient) -> None:
    """The platform tries again later, and then the callbacks are looked at."""
    harness = await set_up_push()
    await harness.push.async_ensure_callback()
    body = harness.notification_body(callbackId=await copy_callback(harness))
    await harness.hass.config_entries.async_unload(harness.entry.entry_id)
    async with http_client.post(harness.webhook_path, json=body) as response:
        assert response.status == 500
    await harness.hass.config_entries.async_setup(harness.entry.entry_id)
    async with http_client.post(harness.webhook_path, json=body) as response:
        assert response.status == 200
    await harness.hass.async_block_till_done(wait_background_tasks=True)
    assert len(harness.callbacks) == 1


# --- another application


@pytest.mark.simulator(fleet=1, brand="vauxhall", clients=APPLICATIONS)
@pytest.mark.parametrize("is_expired", [False, True])
async def test_callback_of_the_former_application(
    hass: HomeAssistant,
    set_up_push: SetUpPush,
    finish_consent: Flow,
    current_request_with_host: None,
    *,
    is_expired: bool,
) -> None:
    """Each application has its own callbacks; the former one is deleted before its consent is revoked."""
    harness = await set_up_push(own_monitors=True)
    entry, simulator = harness.entry, harness.simulator
    (former,) = harness.callbacks
    await async_import_client_credential(hass, DOMAIN, ClientCredential("second", "secret", "Second"), "second")
    flow = await start_entry_flow(hass, entry, SOURCE_RECONFIGURE)
    flow = await configure(hass, flow, implementation="second")
    flow = await configure(
        hass, flow, environment="custom", url=simulator.url, use_certificate=False, choose_redirect=True
    )
    flow = await configure(hass, flow, next_step_id="home_assistant")
    if is_expired:
        token = {**entry.data["token"], "expires_at": 0}
        hass.config_entries.async_update_entry(entry, data={**entry.data, "token": token})
    assert (await finish_consent(flow))["reason"] == "reconfigure_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    (callback,) = harness.callbacks
    assert (callback.client_id, callback.target) == ("second", former.target)
    assert [monitor.callback.client_id for monitor in simulator.push.monitors.values()] == ["second"] * 3
    assert [grant["refresh_token"] for grant in simulator.tokens.dump()] == [entry.data["token"]["refresh_token"]]
    await harness.prove_push()
    assert harness.car.status.is_pushed


@pytest.mark.simulator(fleet=1, brand="vauxhall", clients=APPLICATIONS)
async def test_callback_of_the_former_application_cannot_be_deleted(
    hass: HomeAssistant,
    set_up_push: SetUpPush,
    finish_consent: Flow,
    control: Control,
    caplog: pytest.LogCaptureFixture,
    current_request_with_host: None,
) -> None:
    harness = await set_up_push()
    await harness.push.async_ensure_callback()
    await async_import_client_credential(hass, DOMAIN, ClientCredential("second", "secret", "Second"), "second")
    flow = await start_entry_flow(hass, harness.entry, SOURCE_RECONFIGURE)
    flow = await configure(hass, flow, implementation="second")
    flow = await configure(
        hass, flow, environment="custom", url=harness.simulator.url, use_certificate=False, choose_redirect=True
    )
    flow = await configure(hass, flow, next_step_id="home_assistant")
    await control.fault("/user/callbacks/{cbid}", method="DELETE", status=403)
    assert (await finish_consent(flow))["reason"] == "reconfigure_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert caplog.text.count("authorization could not be removed") == 1
    assert [grant["client_id"] for grant in harness.simulator.tokens.dump()] == ["second"]


# --- removal


async def test_callback_that_cannot_be_deleted_with_its_entry(
    hass: HomeAssistant, set_up_push: SetUpPush, control: Control
) -> None:
    """It is told until the account is linked again, whose entry finds the callback."""
    harness = await set_up_push()
    await harness.push.async_ensure_callback()
    await control.fault("/user/callbacks*", method="DELETE", status=403)
    await hass.config_entries.async_remove(harness.entry.entry_id)
    left = ir.async_get(hass).async_get_issue(DOMAIN, "callback_left_vauxhall")
    assert left
    assert left.is_persistent
    assert left.translation_placeholders == {"account": "Vauxhall"}
    await control.delete("faults")
    again = await set_up_push()
    assert [callback.target for callback in again.callbacks] == [again.push.target]
    assert ir.async_get(hass).async_get_issue(DOMAIN, "callback_left_vauxhall") is None
    await hass.config_entries.async_remove(again.entry.entry_id)
    assert again.callbacks == []
    assert ir.async_get(hass).async_get_issue(DOMAIN, "callback_left_vauxhall") is None


# --- a backup that was restored on a second machine


async def test_callback_of_a_restored_backup(set_up_push: SetUpPush, control: Control) -> None:
    """What somebody else wrote stays, and is told once; the person decides."""
    harness = await set_up_push(own_monitors=True)
    await harness.prove_push()
    (callback,) = harness.callbacks
    ours = callback.target
    point(callback, ELSEWHERE)
    await control.delete("requests")
    for _ in range(3):
        await synchronize(harness)
    assert callback.target == ELSEWHERE
    assert not [call for call in await control.request_counts() if call.startswith(("PUT", "POST", "DELETE"))]
    assert issue(harness, "callback_taken")
    assert not harness.car.status.is_pushed
    # Commands work, and their results are read
    assert await harness.push.async_ensure_callback() == callback.id
    assert not harness.push.is_receiving
    await control.fault("/user/callbacks/{cbid}", method="PUT", status=500)
    assert (await fix(harness, "callback_taken", {}))["reason"] == "failed"
    await control.delete("faults")
    assert (await fix(harness, "callback_taken", {}))["type"] == "create_entry"
    assert callback.target == ours
    assert issue(harness, "callback_taken") is None
    assert harness.car.status.is_pushed


@pytest.mark.parametrize("is_removed", [False, True])
async def test_callback_stays_with_the_other_machine(set_up_push: SetUpPush, *, is_removed: bool) -> None:
    """An entry that is disabled or removed leaves it alone."""
    harness = await set_up_push()
    await harness.push.async_ensure_callback()
    (callback,) = harness.callbacks
    point(callback, ELSEWHERE)
    await harness.push.async_ensure_callback(force_check=True)
    entries = harness.hass.config_entries
    if is_removed:
        await entries.async_remove(harness.entry.entry_id)
    else:
        await entries.async_set_disabled_by(harness.entry.entry_id, ConfigEntryDisabler.USER)
    assert [(left.target, left.status) for left in harness.callbacks] == [(ELSEWHERE, "Running")]
    assert issue(harness, "callback_taken") is None or not is_removed


async def test_address_change_is_no_theft(hass: HomeAssistant, set_up_push: SetUpPush, http_client: HttpClient) -> None:
    """The target that was written last may be replaced. A new address has to prove itself."""
    harness = await set_up_push(own_monitors=True)
    await harness.prove_push()
    assert harness.car.status.is_pushed
    webhook_url, other_url = harness.callbacks[0].target, str(http_client.make_url("/proxy/"))
    hass.config_entries.async_update_entry(harness.entry, options={CONF_PUSH_URL: other_url})
    await hass.config.async_update(currency="GBP")  # a change of the configuration triggers a check of the URL
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (harness.callbacks[0].target or "").startswith(other_url)
    assert issue(harness, "callback_taken") is None
    assert harness.push.is_receiving
    assert not harness.car.status.is_pushed
    await harness.prove_push(webhook_url)
    assert harness.car.status.is_pushed
