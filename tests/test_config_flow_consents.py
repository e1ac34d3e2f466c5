"""What the driver granted to a flow is kept by an entry, or given back."""

import asyncio
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE, SOURCE_USER, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.stellantis.auth.tokens import EntryTokens
from simulator import Simulator
from tests.conftest import Link
from tests.support.config_flow import Flow, configure, consent_url, start_entry_flow, submit_consent
from tests.support.helpers import Control

pytestmark = pytest.mark.usefixtures("current_request_with_host", "enable_custom_integrations")


def grants(simulator: Simulator) -> set[str]:
    """Return the refresh tokens that the server accepts."""
    return {grant["refresh_token"] for grant in simulator.tokens.dump()}


async def test_aborted_flow(
    hass: HomeAssistant, start_flow: Flow, link_with_redirect: Flow, control: Control, simulator: Simulator
) -> None:
    """The user closes the dialog after an error; another consent before it is given back, too."""
    await control.fault("/user*", status=403)
    flow = await link_with_redirect(await start_flow())
    (first,) = grants(simulator)
    flow = await link_with_redirect(await configure(hass, flow))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(grants(simulator)) == 1
    assert first not in grants(simulator)
    hass.config_entries.flow.async_abort(flow["flow_id"])
    await hass.async_block_till_done(wait_background_tasks=True)
    assert grants(simulator) == set()


async def test_server_that_cannot_be_reached_at_the_end(
    hass: HomeAssistant,
    start_flow: Flow,
    link_with_redirect: Flow,
    control: Control,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await control.put("faults", [{"path": "/user*", "status": 403}, {"path": "/am/oauth2/token*", "status": 503}])
    flow = await link_with_redirect(await start_flow())
    hass.config_entries.flow.async_abort(flow["flow_id"])
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await control.request_counts())["POST /am/oauth2/token/revoke"] == 3
    assert not [record for record in caplog.records if record.levelname in ("ERROR", "WARNING")]


async def test_tokens_without_refresh_token(
    hass: HomeAssistant, start_flow: Flow, link_with_redirect: Flow, simulator: Simulator
) -> None:
    issue = simulator.tokens.issue
    with patch.object(simulator.tokens, "issue", lambda *args: issue(*args) | {"refresh_token": None}):
        flow = await link_with_redirect(await start_flow())
    assert flow["errors"] == {"base": "invalid_response"}
    assert grants(simulator) == set()


async def test_account_that_is_linked_already(
    hass: HomeAssistant, start_flow: Flow, link_with_redirect: Flow, simulator: Simulator, link: Link
) -> None:
    entry = await link("ds", setup=False)
    result = await link_with_redirect(await start_flow("ds"))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert grants(simulator) == {entry.data["token"]["refresh_token"]}


async def test_wrong_account_and_then_the_right_one(
    hass: HomeAssistant, finish_consent: Flow, simulator: Simulator, link: Link
) -> None:
    entry = await link("ds", setup=False)
    own = entry.data["token"]["refresh_token"]
    right, simulator.world.accounts["ds"].id = simulator.world.accounts["ds"].id, "another person"
    flow = await configure(hass, await start_entry_flow(hass, entry, SOURCE_REAUTH))
    assert (await finish_consent(flow))["reason"] == "wrong_account"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert grants(simulator) == {own}

    simulator.world.accounts["ds"].id = right
    flow = await configure(hass, await start_entry_flow(hass, entry, SOURCE_REAUTH))
    assert (await finish_consent(flow))["reason"] == "reauth_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert grants(simulator) == {entry.data["token"]["refresh_token"]}
    assert own not in grants(simulator), "the former consent"


@pytest.mark.parametrize("source", [SOURCE_USER, SOURCE_REAUTH])
async def test_server_that_keeps_the_refresh_token(
    hass: HomeAssistant,
    start_flow: Flow,
    link_with_redirect: Flow,
    finish_consent: Flow,
    simulator: Simulator,
    control: Control,
    link: Link,
    source: str,
) -> None:
    """It gives the same one at each sign-in, so it is not given back while an entry has it."""
    entry = await link("ds", setup=False)
    kept, issue = {"refresh_token": entry.data["token"]["refresh_token"]}, simulator.tokens.issue
    with patch.object(simulator.tokens, "issue", lambda *args: issue(*args) | kept):
        if source == SOURCE_USER:
            result = await link_with_redirect(await start_flow("ds"))
        else:
            result = await finish_consent(await configure(hass, await start_entry_flow(hass, entry, SOURCE_REAUTH)))
    assert result["reason"] == ("already_configured" if source == SOURCE_USER else "reauth_successful")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert "POST /am/oauth2/token/revoke" not in await control.request_counts()


async def test_credentials_of_the_former_consent_are_gone(
    hass: HomeAssistant, finish_consent: Flow, simulator: Simulator, link: Link
) -> None:
    entry = await link("ds", setup=False)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "auth_implementation": "removed"})
    flow = await configure(hass, await start_entry_flow(hass, entry, SOURCE_REAUTH))
    assert (await finish_consent(flow))["reason"] == "reauth_successful"
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["token"]["refresh_token"] in grants(simulator)


async def test_reconfigure_during_a_refresh(
    hass: HomeAssistant, finish_consent: Flow, control: Control, simulator: Simulator, link: Link
) -> None:
    """The new consent is kept, and so is what was added to the entry since the flow began."""
    entry = await link("ds")
    flow = await start_entry_flow(hass, entry, SOURCE_RECONFIGURE)
    flow = await configure(
        hass, flow, environment="custom", url=simulator.url, use_certificate=False, choose_redirect=True
    )
    flow = await configure(hass, flow, next_step_id="home_assistant")
    expired = {**entry.data["token"], "expires_at": 0}
    hass.config_entries.async_update_entry(entry, data={**entry.data, "cloudhook_url": "made since", "token": expired})
    tokens: EntryTokens = entry.runtime_data.tokens
    refresh = tokens._implementation.async_refresh_token
    began, ended = asyncio.Event(), asyncio.Event()

    async def refresh_slowly(token: dict[str, object]) -> dict[str, object]:
        refreshed: dict[str, object] = await refresh(token)
        began.set()
        await ended.wait()
        return refreshed

    with patch.object(tokens._implementation, "async_refresh_token", refresh_slowly):
        request = hass.async_create_task(tokens())
        await began.wait()
        assert (await finish_consent(flow))["reason"] == "reconfigure_successful"
        ended.set()
        await request
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert grants(simulator) == {entry.data["token"]["refresh_token"]}
    assert entry.data["token"]["expires_at"] > 0
    assert entry.data["cloudhook_url"] == "made since"


async def test_subject_that_comes_later(
    hass: HomeAssistant, start_flow: Flow, link_with_pasted_url: Flow, simulator: Simulator
) -> None:
    """The account stays the same one: it can sign in again, and is not linked twice."""
    with patch("simulator.auth.tokens._id_token", return_value=None):
        entry = (await link_with_pasted_url(await start_flow("ds")))["result"]
        await hass.async_block_till_done(wait_background_tasks=True)
    unique_id = entry.unique_id
    result = await link_with_pasted_url(await start_flow("ds"))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    for _ in range(2):  # before and after the entry has the subject
        flow = await configure(hass, await start_entry_flow(hass, entry, SOURCE_REAUTH))
        result = await configure(hass, flow, redirected_url=str(await submit_consent(consent_url(flow))))
        assert result["reason"] == "reauth_successful"
        await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.unique_id == unique_id, "entities keep their ids"
    result = await link_with_pasted_url(await start_flow("ds"))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(grants(simulator)) == 1
