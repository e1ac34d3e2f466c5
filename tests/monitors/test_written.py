"""What was written last is remembered: changes of others are told and kept, those of the server are no changes."""

from typing import Any

import pytest

from custom_components.stellantis.const import CONF_WRITTEN_MONITORS
from custom_components.stellantis.monitors.request import with_ownership
from simulator.endpoints import monitors as endpoint
from simulator.push.monitors import parse_monitor
from tests.support.helpers import Control
from tests.support.monitors import (
    TITLE,
    add_monitor,
    modify_remotely,
    monitor_issues,
    monitor_status,
    only_monitor,
    wait_until_done,
    with_label,
)
from tests.support.push import PushHarness, SetUpPush


@pytest.fixture
async def harness(set_up_push: SetUpPush) -> PushHarness:
    """Set up a car without the integration's own monitors."""
    return await set_up_push()


async def synchronize(harness: PushHarness) -> None:
    """Synchronize callback and monitors."""
    harness.data.monitors.async_request_sync()
    await wait_until_done(harness)


async def test_edit_of_another_home_assistant(harness: PushHarness, control: Control) -> None:
    """One that was restored from a backup of this one edits the monitor: it is told, and not overwritten."""
    await add_monitor(harness)
    only_monitor(harness).parameter = with_ownership(with_label("Theirs"), "w1").to_dict()
    await control.delete("requests")
    for _ in range(3):
        await synchronize(harness)
    assert only_monitor(harness).label == "Theirs"
    assert monitor_status(harness) == "changed"
    assert monitor_issues(harness) == {"monitor_changed"}
    assert not [call for call in await control.request_counts() if call.startswith(("PUT", "POST"))]
    # The same after a restart
    await harness.reload()
    assert only_monitor(harness).label == "Theirs"
    assert monitor_status(harness) == "changed"


async def test_the_newest_is_kept(harness: PushHarness) -> None:
    """What the platform has when the person decides is kept, not what it had at the last look."""
    subentry = await add_monitor(harness)
    modify_remotely(only_monitor(harness), "First")
    await synchronize(harness)
    modify_remotely(only_monitor(harness), "Second")
    (user_monitor,) = harness.data.monitors.user_monitors.values()
    assert await harness.data.monitors.async_resolve(user_monitor, keep=True)
    await wait_until_done(harness)
    assert only_monitor(harness).label == "Second"
    assert harness.entry.subentries[subentry.subentry_id].title == "Second"
    assert monitor_status(harness) == "running"
    assert monitor_issues(harness) == set()


async def test_default_added_by_the_server(harness: PushHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    parse = parse_monitor

    def add_default(*args: Any) -> dict[str, Any]:
        parameter = parse(*args)
        return {**parameter, "subscribeParam": {"refreshEvent": 300}, "attributes": parameter["attributes"][::-1]}

    monkeypatch.setattr(endpoint, "parse_monitor", add_default)
    subentry = await add_monitor(harness)
    for _ in range(2):
        await synchronize(harness)
        assert monitor_status(harness) == "running"
    # An edit here is still sent, and a change there is still seen
    harness.hass.config_entries.async_update_subentry(harness.entry, subentry, title="Cable")
    await wait_until_done(harness)
    assert (only_monitor(harness).label, monitor_status(harness)) == ("Cable", "running")
    modify_remotely(only_monitor(harness))
    await synchronize(harness)
    assert monitor_status(harness) == "changed"


async def test_forgotten_with_the_monitor(harness: PushHarness) -> None:
    subentry = await add_monitor(harness)
    assert set(harness.entry.data[CONF_WRITTEN_MONITORS]) == {"w1"}
    harness.hass.config_entries.async_remove_subentry(harness.entry, subentry.subentry_id)
    await wait_until_done(harness)
    assert harness.entry.data[CONF_WRITTEN_MONITORS] == {}


async def test_monitor_of_an_older_version(harness: PushHarness) -> None:
    """Without a record, the monitor's own digest tells whether somebody has changed it."""
    await add_monitor(harness)
    data = {name: value for name, value in harness.entry.data.items() if name != CONF_WRITTEN_MONITORS}
    harness.hass.config_entries.async_update_entry(harness.entry, data=data)
    await synchronize(harness)
    assert (only_monitor(harness).label, monitor_status(harness)) == (TITLE, "running")
    only_monitor(harness).parameter = {**only_monitor(harness).parameter, "label": "Theirs"}
    await synchronize(harness)
    assert monitor_status(harness) == "changed"


async def test_deleted_while_it_is_updated(harness: PushHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """A monitor that is deleted between the list and the update is created again."""
    subentry = await add_monitor(harness)
    client = harness.data.account.client
    update = client.update_monitor

    async def delete_before(*args: Any) -> Any:
        harness.simulator.push.remove_monitor(only_monitor(harness))
        return await update(*args)

    monkeypatch.setattr(client, "update_monitor", delete_before)
    harness.hass.config_entries.async_update_subentry(harness.entry, subentry, title="Cable")
    await wait_until_done(harness)
    assert (only_monitor(harness).label, monitor_status(harness)) == ("Cable", "running")
