"""The callback of an account that is disabled is paused, whatever state the account was in."""

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
import pytest

from tests.support.helpers import Control
from tests.support.monitors import add_monitor, wait_until_done
from tests.support.push import PushHarness, SetUpPush


@pytest.fixture
async def harness(set_up_push: SetUpPush) -> PushHarness:
    """Set up a car without the integration's own monitors."""
    return await set_up_push()


async def test_disabled_entry_pauses_callback(harness: PushHarness, control: Control) -> None:
    await add_monitor(harness)
    await harness.reload()
    assert harness.callbacks[0].status == "Running"
    entries, entry_id = harness.hass.config_entries, harness.entry.entry_id
    await entries.async_set_disabled_by(entry_id, ConfigEntryDisabler.USER)
    await wait_until_done(harness)
    assert harness.callbacks[0].status == "Paused"
    await entries.async_set_disabled_by(entry_id, None)
    await wait_until_done(harness)
    assert harness.callbacks[0].status == "Running"
    await control.fault("/user/callbacks/{cbid}/status", status=500)
    await entries.async_set_disabled_by(entry_id, ConfigEntryDisabler.USER)
    await wait_until_done(harness)
    assert harness.callbacks[0].status == "Running"


async def test_disabled_entry_that_is_not_loaded_pauses_callback(harness: PushHarness, control: Control) -> None:
    await add_monitor(harness)
    entries, entry_id = harness.hass.config_entries, harness.entry.entry_id
    await control.fault("/user/vehicles", status=404, body={"code": 40400, "message": "No vehicle found"})
    await entries.async_reload(entry_id)
    assert harness.entry.state is ConfigEntryState.SETUP_RETRY
    assert harness.callbacks[0].status == "Running"
    await entries.async_set_disabled_by(entry_id, ConfigEntryDisabler.USER)
    await wait_until_done(harness)
    assert harness.callbacks[0].status == "Paused"
    await control.delete("requests")
    entries.async_update_entry(harness.entry, title="Mine")
    await wait_until_done(harness)
    assert await control.request_counts() == {}, "other changes of a disabled entry send nothing"
