"""The end of a client certificate: a repair issue a month before, and the cause when the server refuses it."""

from datetime import UTC, datetime, timedelta

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.auth.certificate_expiry import certificate_issue_id, expiry_severity
from custom_components.stellantis.const import DOMAIN
from tests.conftest import Link
from tests.support.certificates import entry_certificate
from tests.support.config_flow import Flow, configure, start_entry_flow
from tests.support.helpers import Control

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "severity"),
    [
        (None, None),
        (31, None),
        (30.01, None),
        (30, "warning"),
        (0.01, "warning"),
        (0, "error"),
        (-400, "error"),
    ],
)
def test_severity(days: float | None, severity: str | None) -> None:
    assert expiry_severity(None if days is None else NOW + timedelta(days=days), NOW) == severity


async def set_certificate(hass: HomeAssistant, entry: MockConfigEntry, days: float) -> ir.IssueEntry | None:
    """Give an entry a certificate, reload it, and return the issue about the certificate."""
    hass.config_entries.async_update_entry(entry, data={**entry.data, **entry_certificate(days)})
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    return ir.async_get(hass).async_get_issue(DOMAIN, certificate_issue_id(entry))


async def test_end_is_told_ahead_and_after_it(hass: HomeAssistant, link: Link, control: Control) -> None:
    entry = await link("ds")
    assert await set_certificate(hass, entry, 60) is None
    issue = await set_certificate(hass, entry, 10)
    assert issue
    assert (issue.translation_key, issue.severity) == ("certificate_expires", ir.IssueSeverity.WARNING)
    assert (issue.translation_placeholders or {})["account"] == "Ds"
    assert (issue.translation_placeholders or {})["date"].startswith("20")
    assert await set_certificate(hass, entry, 60) is None, "it was renewed"

    # A server that accepts it although it has expired
    issue = await set_certificate(hass, entry, -1)
    assert issue
    assert (issue.translation_key, issue.severity) == ("certificate_expired", ir.IssueSeverity.ERROR)
    assert entry.state is ConfigEntryState.LOADED

    # Other errors are retried
    await control.fault("/user*", status=503)
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY

    # Most servers close the connection without a word
    await control.fault("/user*", reset=True)
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "certificate_expired"
    await control.delete("faults")
    await hass.config_entries.async_remove(entry.entry_id)
    assert ir.async_get(hass).async_get_issue(DOMAIN, certificate_issue_id(entry)) is None


@pytest.mark.usefixtures("current_request_with_host")
async def test_reauth_with_an_expired_certificate(
    hass: HomeAssistant, link: Link, control: Control, finish_consent: Flow
) -> None:
    entry = await link("ds", setup=False)
    hass.config_entries.async_update_entry(entry, data={**entry.data, **entry_certificate(-1)})
    await control.fault("/user*", reset=True)
    flow = await finish_consent(await configure(hass, await start_entry_flow(hass, entry, SOURCE_REAUTH)))
    assert (flow["step_id"], flow["errors"]) == ("problem", {"base": "certificate_expired"})
    assert (await configure(hass, flow))["step_id"] == "certificate"
