"""How servers were seen to answer the tokens of an account."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
import pytest

from simulator import Client
from tests.conftest import Link
from tests.support.helpers import CLIENT_ID, CLIENT_SECRET, Control, advance_time, get_state

BATTERY = "sensor.peugeot_e_208_battery"
POLL_SECONDS = 3601


async def token_requests(control: Control) -> int:
    """Return the number of requests for tokens."""
    return (await control.request_counts()).get("POST /am/oauth2/access_token", 0)


async def test_dead_token_is_refreshed_although_the_gateway_speaks_of_security_checks(
    hass: HomeAssistant, link: Link, control: Control, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await link()
    before = entry.data["token"]
    await control.put("oauth", {"expire": True})
    await advance_time(hass, POLL_SECONDS)
    assert entry.data["token"]["access_token"] != before["access_token"]
    assert get_state(hass, BATTERY) != STATE_UNAVAILABLE
    assert await token_requests(control) == 1
    assert "certificate" not in caplog.text


async def test_good_client_is_rejected_for_half_a_day(
    hass: HomeAssistant, link: Link, control: Control, caplog: pytest.LogCaptureFixture
) -> None:
    await link()
    await control.scenario("gateway_401", path="/user/vehicles/{id}/status")
    for _ in range(24):
        await advance_time(hass, POLL_SECONDS)
    assert await token_requests(control) == 1, "time stands still in this test, so one refresh is allowed"
    assert get_state(hass, BATTERY) == STATE_UNAVAILABLE
    assert hass.config_entries.flow.async_progress() == []
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1, "one for the account"
    assert all("security checks" in error for error in errors)
    assert "certificate" not in caplog.text
    assert "Reconfigure the entry" not in caplog.text
    await control.post("clock", {"advance": 12 * 3600})
    await advance_time(hass, POLL_SECONDS)
    assert get_state(hass, BATTERY) != STATE_UNAVAILABLE


REFUSED_GRANT = {"error": "invalid_grant", "error_description": "grant is invalid"}


@pytest.mark.parametrize(("times", "is_linked"), [(1, True), (None, False)])
async def test_refresh_token_is_refused_once_or_for_good(
    hass: HomeAssistant, link: Link, control: Control, times: int | None, *, is_linked: bool
) -> None:
    fault: dict[str, Any] = {"path": "/am/oauth2/access_token", "status": 400, "body": REFUSED_GRANT, "times": times}
    await control.put("faults", [fault])
    entry = await link(expires_at=0)
    assert (entry.state is ConfigEntryState.LOADED) is is_linked
    assert bool(hass.config_entries.flow.async_progress()) is not is_linked
    assert await token_requests(control) == 2


@pytest.mark.simulator(clients=(Client(client_id=CLIENT_ID, secret=CLIENT_SECRET, reads_everything=True),))
async def test_application_of_a_brand_reads_all_data_with_identity_scopes(
    hass: HomeAssistant, link: Link, control: Control
) -> None:
    """The token lists no scope of the API at all, and still opens its data, but no commands."""
    await link(scopes=["openid", "profile"])
    assert get_state(hass, BATTERY) is not None
    assert hass.states.async_entity_ids("device_tracker")
    assert not hass.states.async_entity_ids("lock")


async def test_no_data_for_a_day(
    hass: HomeAssistant, link: Link, control: Control, caplog: pytest.LogCaptureFixture
) -> None:
    """Collections are empty meanwhile, and what is known stays."""
    await link()
    before = get_state(hass, BATTERY)
    await control.scenario("no_data_404", code=40410)
    for _ in range(4):
        await advance_time(hass, POLL_SECONDS)
    assert get_state(hass, BATTERY) == before
    assert "Error fetching" not in caplog.text
