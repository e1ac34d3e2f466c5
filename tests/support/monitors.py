"""Helpers for tests of the user's monitors."""

from dataclasses import replace
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import State
from homeassistant.helpers import device_registry as dr, issue_registry as ir

from custom_components.stellantis.api import MonitoredData
from custom_components.stellantis.api.models.monitored_data import EventExtension, Operator
from custom_components.stellantis.api.requests import DataTrigger, MonitorRequest, Trigger
from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.monitors.request import SUBENTRY_TYPE_MONITOR, subentry_data
from simulator.push.monitors import Monitor
from tests.support.push import PushHarness

TITLE = "Plugged in"
NAME = "plugged_in"
PLUGGED = MonitorRequest(
    label=TITLE,
    triggers=(Trigger("t0", DataTrigger(data=MonitoredData.PLUGGED, op=Operator.ON_CHANGE)),),
    expression="t0",
    extensions=(EventExtension.STATUS,),
)


async def wait_until_done(harness: PushHarness) -> None:
    """Wait for all tasks, including those in the background."""
    await harness.hass.async_block_till_done(wait_background_tasks=True)


def build_subentry(
    harness: PushHarness, request: MonitorRequest = PLUGGED, unique_id: str = "w1", **data: Any
) -> ConfigSubentry:
    """Return a monitor subentry as the flow creates it, with overridden data."""
    return ConfigSubentry(
        data=MappingProxyType({**subentry_data(next(iter(harness.data.cars)), request), **data}),
        subentry_type=SUBENTRY_TYPE_MONITOR,
        title=request.label,
        unique_id=unique_id,
    )


async def add_monitor(
    harness: PushHarness, request: MonitorRequest = PLUGGED, unique_id: str = "w1", **data: Any
) -> ConfigSubentry:
    """Add a user's monitor and wait for its synchronization."""
    subentry = build_subentry(harness, request, unique_id, **data)
    harness.hass.config_entries.async_add_subentry(harness.entry, subentry)
    await wait_until_done(harness)
    return subentry


def platform_monitors(harness: PushHarness) -> list[Monitor]:
    """Return the monitors on the platform."""
    return list(harness.simulator.push.monitors.values())


def only_monitor(harness: PushHarness) -> Monitor:
    """Return the only monitor on the platform."""
    (monitor,) = platform_monitors(harness)
    return monitor


def modify_remotely(monitor: Monitor, label: str = "Theirs") -> None:
    """Modify a monitor on the platform as somebody else would."""
    monitor.parameter = {**monitor.parameter, "label": label}


def with_label(label: str) -> MonitorRequest:
    """Return the plug monitor with another label."""
    return replace(PLUGGED, label=label)


def get_state(harness: PushHarness, entity_id: str) -> State:
    """Return the state of an existing entity."""
    entity_state = harness.hass.states.get(entity_id)
    assert entity_state, [state.entity_id for state in harness.hass.states.async_all() if NAME in state.entity_id]
    return entity_state


def monitor_status(harness: PushHarness) -> str:
    """Return the state of the monitor's status sensor."""
    return get_state(harness, f"sensor.{NAME}_status").state


def monitor_device(harness: PushHarness) -> dr.DeviceEntry | None:
    """Return the device of the monitor, if any."""
    devices = dr.async_entries_for_config_entry(dr.async_get(harness.hass), harness.entry.entry_id)
    return next((device for device in devices if (DOMAIN, "vauxhall_w1") in device.identifiers), None)


def monitor_issues(harness: PushHarness) -> set[str]:
    """Return the translation keys of the repair issues about monitors and the callback."""
    return {
        str(issue.translation_key)
        for (domain, _), issue in ir.async_get(harness.hass).issues.items()
        if domain == DOMAIN and issue.translation_key not in ("missing_rights", "no_public_address")
    }
