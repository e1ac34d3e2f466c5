"""The public URL from options, Home Assistant Cloud or configuration, its changes, and removal of the entry."""

from collections.abc import Generator
from typing import Any
from unittest.mock import AsyncMock, patch

from hass_nabucasa.cloudhooks import CloudhookApiError
from homeassistant.components.cloud import SIGNAL_CLOUD_CONNECTION_STATE, CloudConnectionState, CloudNotAvailable
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_send
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.stellantis.api import StellantisError
from custom_components.stellantis.auth.schemas import sign_in_data
from custom_components.stellantis.const import CONF_CLOUDHOOK_URL, CONF_PUSH_URL, DOMAIN
from tests.support.helpers import Control, advance_time
from tests.support.push import PushHarness, SetUpPush

EXTERNAL_URL = "https://home.example.com"
CLOUDHOOK_URL = "https://hooks.example.com/lent"


def issues(hass: HomeAssistant) -> set[str | None]:
    """Return the translation keys of all repair issues."""
    return {issue.translation_key for (domain, _), issue in ir.async_get(hass).issues.items() if domain == DOMAIN}


def target(harness: PushHarness) -> str:
    """Return the target URL of the only callback."""
    (callback,) = harness.callbacks
    return callback.target or ""


async def set_external_url(hass: HomeAssistant, url: str | None) -> None:
    """Set the external URL of Home Assistant."""
    await hass.config.async_update(external_url=url)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_url_appears_changes_and_disappears(hass: HomeAssistant, set_up_push: SetUpPush) -> None:
    harness = await set_up_push(None)
    assert issues(hass) == {"no_public_address"}
    callback_id = await harness.push.async_ensure_callback()
    assert target(harness) == f"https://home-assistant.invalid{harness.webhook_path}"
    assert not harness.push.is_receiving
    for url in (EXTERNAL_URL, f"{EXTERNAL_URL}:8443"):
        await set_external_url(hass, url)
        assert target(harness) == f"{url}{harness.webhook_path}"
        assert harness.push.is_receiving
        assert issues(hass) == set()
    await set_external_url(hass, None)
    assert target(harness) == f"https://home-assistant.invalid{harness.webhook_path}"
    assert not harness.push.is_receiving
    assert issues(hass) == {"no_public_address"}
    assert await harness.push.async_ensure_callback() == callback_id


def accounts_without_url(hass: HomeAssistant) -> str | None:
    """Return the accounts that the issue names, and check that it is the only one."""
    found = [issue for (domain, _), issue in ir.async_get(hass).issues.items() if domain == DOMAIN]
    assert [issue.issue_id for issue in found] in ([], ["no_public_address"])
    return (found[0].translation_placeholders or {})["accounts"] if found else None


async def test_one_issue_names_all_accounts(hass: HomeAssistant, set_up_push: SetUpPush) -> None:
    """All accounts lack the same URL. Former versions created an issue for each; that it was ignored still counts."""
    first = (await set_up_push(None)).entry
    second = (await set_up_push(None, "ds")).entry
    assert accounts_without_url(hass) == "Ds, Vauxhall"
    former = f"no_public_address_{second.entry_id}"
    ir.async_create_issue(
        hass, DOMAIN, former, is_fixable=False, severity=ir.IssueSeverity.WARNING, translation_key="no_public_address"
    )
    ir.async_ignore_issue(hass, DOMAIN, former, ignore=True)
    hass.config_entries.async_update_entry(second, title="My DS")
    await hass.config_entries.async_reload(second.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert accounts_without_url(hass) == "My DS, Vauxhall"
    assert ir.async_get(hass).issues[DOMAIN, "no_public_address"].dismissed_version
    await hass.config_entries.async_set_disabled_by(second.entry_id, ConfigEntryDisabler.USER)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert accounts_without_url(hass) == "Vauxhall"
    await hass.config_entries.async_remove(first.entry_id)
    assert accounts_without_url(hass) is None


async def test_configured_url_has_priority(hass: HomeAssistant, set_up_push: SetUpPush) -> None:
    await hass.config.async_update(external_url=EXTERNAL_URL)
    harness = await set_up_push("https://tunnel.example.com/way/")
    await harness.push.async_ensure_callback()
    assert target(harness) == f"https://tunnel.example.com/way{harness.webhook_path}"
    hass.config_entries.async_update_entry(harness.entry, options={CONF_PUSH_URL: "http://tunnel.example.com"})
    await harness.reload()
    await harness.push.async_ensure_callback()
    assert target(harness) == f"{EXTERNAL_URL}{harness.webhook_path}"


NOT_PUBLIC = (
    "http://home.example.com",
    "https://192.0.2.7:8123",
    "https://[2001:db8::7]",
    "https://homeassistant:8123",
    "https://homeassistant.local:8123",
    "https://ha.home.arpa",
)


async def test_url_that_is_not_public(hass: HomeAssistant, set_up_push: SetUpPush) -> None:
    harness = await set_up_push(None)
    await harness.push.async_ensure_callback()
    for url in NOT_PUBLIC:
        await set_external_url(hass, EXTERNAL_URL)
        assert issues(hass) == set()
        await set_external_url(hass, url)
        assert target(harness).startswith("https://home-assistant.invalid/")
        assert issues(hass) == {"no_public_address"}


async def test_no_request_without_a_callback(hass: HomeAssistant, set_up_push: SetUpPush, control: Control) -> None:
    await set_up_push(None)
    await control.delete("requests")
    await set_external_url(hass, EXTERNAL_URL)
    assert await control.request_counts() == {}


async def test_commands_without_a_public_url(set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push(None)
    for _ in range(2):
        await harness.lock_car()
        await control.post("clock", {"advance": 60})
        assert (await control.get("remotes"))[-1]["events"][-1]["status"] in ("Success", "AlreadyDone")
        # The callback fails after three days without a delivery, and is verified before it is used again
        await control.post("clock", {"advance": 80 * 3600})
        assert harness.callbacks[0].status == "Failed"
    assert len(await control.get("remotes")) == 2


async def test_server_down_while_url_changes(hass: HomeAssistant, set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push(None)
    await harness.push.async_ensure_callback()
    await control.fault("/user/callbacks*", status=500)
    await set_external_url(hass, EXTERNAL_URL)
    await set_external_url(hass, f"{EXTERNAL_URL}:8443")
    assert not harness.push.is_receiving
    with pytest.raises(StellantisError):
        await harness.push.async_ensure_callback()
    await control.delete("faults")
    await control.delete("requests")
    await advance_time(hass, 301)
    assert target(harness) == f"{EXTERNAL_URL}:8443{harness.webhook_path}"
    assert harness.push.is_receiving
    assert (await control.request_counts())["PUT /user/callbacks/{cbid}"] == 1


async def test_no_retry_after_unload(hass: HomeAssistant, set_up_push: SetUpPush, control: Control) -> None:
    harness = await set_up_push(None)
    await harness.push.async_ensure_callback()
    await control.fault("/user/callbacks*", status=500)
    await set_external_url(hass, EXTERNAL_URL)
    await hass.config_entries.async_unload(harness.entry.entry_id)
    await control.delete("requests")
    await advance_time(hass, 301)
    await set_external_url(hass, None)
    assert await control.request_counts() == {}


class FakeCloud:
    """Mock of Home Assistant Cloud."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.hass = hass
        self.subscribed = True
        self.connected = False
        self.create = AsyncMock(return_value=CLOUDHOOK_URL)
        self.delete = AsyncMock()

    async def set_connected(self, *, connected: bool) -> None:
        """Connect or disconnect."""
        self.connected = connected
        state = CloudConnectionState.CLOUD_CONNECTED if connected else CloudConnectionState.CLOUD_DISCONNECTED
        async_dispatcher_send(self.hass, SIGNAL_CLOUD_CONNECTION_STATE, state)
        await self.hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
def cloud(hass: HomeAssistant) -> Generator[FakeCloud]:
    """Set up Home Assistant Cloud with a subscription, not connected yet."""
    fake_cloud = FakeCloud(hass)
    hass.config.components.add("cloud")
    with (
        patch("homeassistant.components.cloud.async_active_subscription", lambda _: fake_cloud.subscribed),
        patch("homeassistant.components.cloud.async_is_connected", lambda _: fake_cloud.connected),
        patch("homeassistant.components.cloud.async_get_or_create_cloudhook", fake_cloud.create),
        patch("homeassistant.components.cloud.async_delete_cloudhook", fake_cloud.delete),
    ):
        yield fake_cloud


async def test_cloudhook_follows_the_connection(hass: HomeAssistant, cloud: FakeCloud, set_up_push: SetUpPush) -> None:
    harness = await set_up_push(None)
    assert issues(hass) == set()  # it is expected to connect soon
    await harness.push.async_ensure_callback()
    assert target(harness).startswith("https://home-assistant.invalid/")
    await cloud.set_connected(connected=True)
    assert target(harness) == CLOUDHOOK_URL
    assert harness.push.is_receiving
    # Meanwhile the platform retries notifications, so the cloudhook stays the target
    await cloud.set_connected(connected=False)
    assert target(harness) == CLOUDHOOK_URL
    assert not harness.push.is_receiving
    await cloud.set_connected(connected=True)
    assert harness.push.is_receiving
    # Without the cloud connection, another public URL is used
    await set_external_url(hass, EXTERNAL_URL)
    assert target(harness) == CLOUDHOOK_URL
    await cloud.set_connected(connected=False)
    assert target(harness) == f"{EXTERNAL_URL}{harness.webhook_path}"
    assert harness.push.is_receiving
    await set_external_url(hass, None)
    cloud.subscribed = False
    await cloud.set_connected(connected=False)
    assert target(harness).startswith("https://home-assistant.invalid/")
    assert issues(hass) == {"no_public_address"}


async def test_cloudhook_is_stored(hass: HomeAssistant, cloud: FakeCloud, set_up_push: SetUpPush) -> None:
    harness = await set_up_push(None)
    await cloud.set_connected(connected=True)
    cloud.connected = False
    await harness.reload()
    await harness.push.async_ensure_callback()
    assert target(harness) == CLOUDHOOK_URL
    assert cloud.create.await_count == 1


async def test_cloudhook_errors(hass: HomeAssistant, cloud: FakeCloud, set_up_push: SetUpPush) -> None:
    await hass.config.async_update(external_url=EXTERNAL_URL)
    harness = await set_up_push(None)
    await harness.push.async_ensure_callback()
    for failure in (CloudNotAvailable(), CloudhookApiError("down"), TimeoutError(), ValueError()):
        cloud.create.side_effect = cloud.delete.side_effect = failure
        await cloud.set_connected(connected=True)
        assert target(harness) == f"{EXTERNAL_URL}{harness.webhook_path}"
    assert cloud.create.await_count == 4
    # A failure to delete the cloudhook does not prevent removal of the entry
    hass.config_entries.async_update_entry(
        harness.entry, data={**harness.entry.data, CONF_CLOUDHOOK_URL: CLOUDHOOK_URL}
    )
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
    requests = await control.request_counts()
    assert requests["DELETE /user/callbacks/{cbid}"] == 1
    assert requests.get("POST /am/oauth2/access_token", 0) == expired
    assert issues(hass) == set()
    assert "could not be removed" not in caplog.text
    assert harness.entry.data[CONF_WEBHOOK_ID] not in hass.data["webhook"]
    # The tokens are revoked after the callback was deleted
    calls = list(requests)
    assert calls.index("DELETE /user/callbacks/{cbid}") < calls.index("POST /am/oauth2/token/revoke")


@pytest.mark.parametrize("fault", [{"path": "/user/callbacks*"}, {"path": "*"}, {"method": "DELETE"}])
async def test_removed_while_server_is_down(
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
    assert caplog.text.count("authorization could not be removed") == 1
    assert issues(hass) == set()
    revoked = "POST /am/oauth2/token/revoke" in await control.request_counts()
    assert revoked


async def test_ids_survive_reauthentication(set_up_push: SetUpPush) -> None:
    """Reauthentication replaces what the user enters, and keeps the webhook and callback ids in the entry data."""
    harness = await set_up_push()
    await harness.push.async_ensure_callback()
    assert harness.entry.data.keys() >= {"webhook_id", "push_key", "callback_id"}
    assert not {"webhook_id", "push_key", "callback_id"} & sign_in_data(harness.entry.data).keys()
    assert harness.entry.state is ConfigEntryState.LOADED


async def test_diagnostics(hass: HomeAssistant, set_up_push: SetUpPush, hass_client: ClientSessionGenerator) -> None:
    harness = await set_up_push()
    callback_id = await harness.create_plug_monitor()
    diagnostics = await get_diagnostics_for_config_entry(hass, hass_client, harness.entry)
    assert diagnostics["push"] == {
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
    assert not [secret for secret in secrets if secret in str(diagnostics)]
