"""The address: given, lent by Home Assistant Cloud, or set; followed when it changes. And what is left when it ends."""

from collections.abc import Generator
from typing import Any
from unittest.mock import AsyncMock, patch

from hass_nabucasa.cloudhooks import CloudhookApiError
from homeassistant.components.cloud import SIGNAL_CLOUD_CONNECTION_STATE, CloudConnectionState, CloudNotAvailable
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_send
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.stellantis.api import StellantisError
from custom_components.stellantis.const import CONF_CLOUDHOOK_URL, CONF_PUSH_URL, DOMAIN
from tests.support.helpers import Control, advance_time
from tests.support.push import PushHarness, SetUpPush

HOME = "https://home.example.com"
HOOK = "https://hooks.example.com/lent"


def issues(hass: HomeAssistant) -> set[str | None]:
    """Return what is to be repaired."""
    return {one.translation_key for (domain, _), one in ir.async_get(hass).issues.items() if domain == DOMAIN}


def target(harness: PushHarness) -> str:
    """Return where the only callback leads."""
    (one,) = harness.callbacks
    return one.target or ""


async def moved(hass: HomeAssistant, url: str | None) -> None:
    """Give Home Assistant another external address."""
    await hass.config.async_update(external_url=url)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_address_comes_changes_and_goes(hass: HomeAssistant, set_up_push: SetUpPush) -> None:
    harness = await set_up_push(None)
    assert issues(hass) == {"no_public_address"}
    made = await harness.push.async_ensure_callback()
    assert target(harness) == f"https://home-assistant.invalid{harness.webhook_path}"
    assert not harness.push.is_receiving
    for url in (HOME, f"{HOME}:8443"):
        await moved(hass, url)
        assert target(harness) == f"{url}{harness.webhook_path}"
        assert harness.push.is_receiving
        assert issues(hass) == set()
    await moved(hass, None)
    assert target(harness) == f"https://home-assistant.invalid{harness.webhook_path}"
    assert not harness.push.is_receiving
    assert issues(hass) == {"no_public_address"}
    assert await harness.push.async_ensure_callback() == made


async def test_given_address_comes_first(hass: HomeAssistant, set_up_push: SetUpPush) -> None:
    await hass.config.async_update(external_url=HOME)
    harness = await set_up_push("https://tunnel.example.com/way/")
    await harness.push.async_ensure_callback()
    assert target(harness) == f"https://tunnel.example.com/way{harness.webhook_path}"
    hass.config_entries.async_update_entry(harness.entry, options={CONF_PUSH_URL: "http://tunnel.example.com"})
    await harness.reload()
    await harness.push.async_ensure_callback()
    assert target(harness) == f"{HOME}{harness.webhook_path}"


LOCAL = (
    "http://home.example.com",
    "https://192.0.2.7:8123",
    "https://[2001:db8::7]",
    "https://homeassistant:8123",
    "https://homeassistant.local:8123",
    "https://ha.home.arpa",
)


async def test_not_public(hass: HomeAssistant, set_up_push: SetUpPush) -> None:
    harness = await set_up_push(None)
    await harness.push.async_ensure_callback()
    for url in LOCAL:
        await moved(hass, HOME)
        assert issues(hass) == set()
        await moved(hass, url)
        assert target(harness).startswith("https://home-assistant.invalid/")
        assert issues(hass) == {"no_public_address"}


async def test_nothing_is_asked_while_there_is_no_callback(
    hass: HomeAssistant, set_up_push: SetUpPush, control: Control
) -> None:
    await set_up_push(None)
    await control.delete("requests")
    await moved(hass, HOME)
    assert await control.request_counts() == {}


async def test_commands_work_without_an_address(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push(None)
    for _ in range(2):
        await harness.lock_car()
        await control.post("clock", {"advance": 60})
        assert (await control.get("remotes"))[-1]["events"][-1]["status"] in ("Success", "AlreadyDone")
        # What nobody hears for three days fails, and is looked at again before it is used again
        await control.post("clock", {"advance": 80 * 3600})
        assert harness.callbacks[0].status == "Failed"
    assert len(await control.get("remotes")) == 2


async def test_server_that_is_down_while_the_address_changes(
    hass: HomeAssistant, set_up_push: SetUpPush, control: Control
) -> None:
    harness = await set_up_push(None)
    await harness.push.async_ensure_callback()
    await control.fault("/user/callbacks*", status=500)
    await moved(hass, HOME)
    await moved(hass, f"{HOME}:8443")
    assert not harness.push.is_receiving
    with pytest.raises(StellantisError):
        await harness.push.async_ensure_callback()
    await control.delete("faults")
    await control.delete("requests")
    await advance_time(hass, 301)
    assert target(harness) == f"{HOME}:8443{harness.webhook_path}"
    assert harness.push.is_receiving
    assert (await control.request_counts())["PUT /user/callbacks/{cbid}"] == 1


async def test_nothing_is_tried_after_an_unload(hass: HomeAssistant, set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push(None)
    await harness.push.async_ensure_callback()
    await control.fault("/user/callbacks*", status=500)
    await moved(hass, HOME)
    await hass.config_entries.async_unload(harness.entry.entry_id)
    await control.delete("requests")
    await advance_time(hass, 301)
    await moved(hass, None)
    assert await control.request_counts() == {}


class Cloud:
    """Home Assistant Cloud as the integration sees it."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.hass = hass
        self.subscribed = True
        self.connected = False
        self.create = AsyncMock(return_value=HOOK)
        self.delete = AsyncMock()

    async def turn(self, *, connected: bool) -> None:
        """Connect or disconnect."""
        self.connected = connected
        state = CloudConnectionState.CLOUD_CONNECTED if connected else CloudConnectionState.CLOUD_DISCONNECTED
        async_dispatcher_send(self.hass, SIGNAL_CLOUD_CONNECTION_STATE, state)
        await self.hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
def cloud(hass: HomeAssistant) -> Generator[Cloud]:
    """Home Assistant Cloud is set up, with a subscription, not connected yet."""
    made = Cloud(hass)
    hass.config.components.add("cloud")
    with (
        patch("homeassistant.components.cloud.async_active_subscription", lambda _: made.subscribed),
        patch("homeassistant.components.cloud.async_is_connected", lambda _: made.connected),
        patch("homeassistant.components.cloud.async_get_or_create_cloudhook", made.create),
        patch("homeassistant.components.cloud.async_delete_cloudhook", made.delete),
    ):
        yield made


async def test_cloudhook_follows_the_connection(hass: HomeAssistant, cloud: Cloud, set_up_push: SetUpPush) -> None:
    harness = await set_up_push(None)
    assert issues(hass) == set()  # it will connect in a moment
    await harness.push.async_ensure_callback()
    assert target(harness).startswith("https://home-assistant.invalid/")
    await cloud.turn(connected=True)
    assert target(harness) == HOOK
    assert harness.push.is_receiving
    # What comes meanwhile waits at the platform, for the connection will be back
    await cloud.turn(connected=False)
    assert target(harness) == HOOK
    assert not harness.push.is_receiving
    await cloud.turn(connected=True)
    assert harness.push.is_receiving
    # While another address serves, that is taken
    await moved(hass, HOME)
    assert target(harness) == HOOK
    await cloud.turn(connected=False)
    assert target(harness) == f"{HOME}{harness.webhook_path}"
    assert harness.push.is_receiving
    await moved(hass, None)
    cloud.subscribed = False
    await cloud.turn(connected=False)
    assert target(harness).startswith("https://home-assistant.invalid/")
    assert issues(hass) == {"no_public_address"}


async def test_cloudhook_is_known_after_a_restart(hass: HomeAssistant, cloud: Cloud, set_up_push: SetUpPush) -> None:
    harness = await set_up_push(None)
    await cloud.turn(connected=True)
    cloud.connected = False
    await harness.reload()
    await harness.push.async_ensure_callback()
    assert target(harness) == HOOK
    assert cloud.create.await_count == 1


async def test_cloud_that_lends_nothing(hass: HomeAssistant, cloud: Cloud, set_up_push: SetUpPush) -> None:
    await hass.config.async_update(external_url=HOME)
    harness = await set_up_push(None)
    await harness.push.async_ensure_callback()
    for failure in (CloudNotAvailable(), CloudhookApiError("down"), TimeoutError(), ValueError()):
        cloud.create.side_effect = cloud.delete.side_effect = failure
        await cloud.turn(connected=True)
        assert target(harness) == f"{HOME}{harness.webhook_path}"
    assert cloud.create.await_count == 4
    # Nor takes back, which is no reason to keep the entry
    hass.config_entries.async_update_entry(harness.entry, data={**harness.entry.data, CONF_CLOUDHOOK_URL: HOOK})
    await hass.config_entries.async_remove(harness.entry.entry_id)
    assert cloud.delete.await_count == 1
    assert harness.callbacks == []


@pytest.mark.parametrize("expired", [False, True])
async def test_removed_with_the_entry(
    hass: HomeAssistant,
    set_up_push: SetUpPush,
    control: Control,
    caplog: pytest.LogCaptureFixture,
    expired: bool,
) -> None:
    harness = await set_up_push()
    await harness.create_plug_monitor()
    assert harness.simulator.push.monitors
    if expired:
        token = {**harness.entry.data["token"], "expires_at": 0}
        hass.config_entries.async_update_entry(harness.entry, data={**harness.entry.data, "token": token})
    await control.delete("requests")
    await hass.config_entries.async_remove(harness.entry.entry_id)
    assert harness.callbacks == []
    assert not harness.simulator.push.monitors
    asked = await control.request_counts()
    assert asked["DELETE /user/callbacks/{cbid}"] == 1
    assert asked.get("POST /am/oauth2/access_token", 0) == expired
    assert issues(hass) == set()
    assert "taken back" not in caplog.text
    assert harness.entry.data[CONF_WEBHOOK_ID] not in hass.data["webhook"]
    # The consent is gone after the callback, not before
    order = list(asked)
    assert order.index("DELETE /user/callbacks/{cbid}") < order.index("POST /am/oauth2/token/revoke")


@pytest.mark.parametrize("fault", [{"path": "/user/callbacks*"}, {"path": "*"}, {"method": "DELETE"}])
async def test_removed_while_the_server_is_down(
    hass: HomeAssistant,
    set_up_push: SetUpPush,
    control: Control,
    caplog: pytest.LogCaptureFixture,
    fault: dict[str, Any],
) -> None:
    harness = await set_up_push(None)
    await harness.push.async_ensure_callback()
    await control.put("faults", [{"status": 500, **fault}])
    await control.delete("requests")
    assert await hass.config_entries.async_remove(harness.entry.entry_id)
    assert caplog.text.count("Not all could be taken back") == 1
    assert issues(hass) == set()
    revoked = "POST /am/oauth2/token/revoke" in await control.request_counts()
    assert revoked


async def test_ids_survive_a_new_consent(hass: HomeAssistant, set_up_push: SetUpPush) -> None:
    """What a flow keeps of an entry's data holds them."""
    from custom_components.stellantis.config_flow import _server_data

    harness = await set_up_push()
    await harness.push.async_ensure_callback()
    kept = {name for name in harness.entry.data if name not in ("token", "auth_implementation")}
    assert set(_server_data(harness.entry.data)) == kept
    assert harness.entry.state is ConfigEntryState.LOADED


async def test_diagnostics(hass: HomeAssistant, set_up_push: SetUpPush, hass_client: ClientSessionGenerator) -> None:
    harness = await set_up_push()
    callback_id = await harness.create_plug_monitor()
    shown = await get_diagnostics_for_config_entry(hass, hass_client, harness.entry)
    assert shown["push"] == {
        "listens": True,
        "found": "Running",
        "has_address": True,
        "has_callback": True,
        "waiting": 0,
        "accepted": 0,
        "duplicates": 0,
        "refused": {},
        "last": None,
    }
    secrets = [
        callback_id,
        *(harness.entry.data[name] for name in ("webhook_id", "push_key")),
        harness.entry.options["push_url"],
    ]
    assert not [one for one in secrets if one in str(shown)]
