"""What tests of people's monitors share."""

from dataclasses import replace
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import State
from homeassistant.helpers import device_registry as dr, issue_registry as ir

from custom_components.stellantis.api import MonitoredData
from custom_components.stellantis.api.models.monitored import EventExtension, Operator
from custom_components.stellantis.api.requests import DataTrigger, MonitorRequest, Trigger
from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.watches import MONITOR, kept
from simulator.push.monitors import Monitor
from tests.pushing import Pushed

TITLE = "Plugged in"
NAME = "plugged_in"
PLUGGED = MonitorRequest(
    label=TITLE,
    triggers=(Trigger("t0", DataTrigger(data=MonitoredData.PLUGGED, op=Operator.ON_CHANGE)),),
    expression="t0",
    extensions=(EventExtension.STATUS,),
)


async def settle(here: Pushed) -> None:
    """Wait for all that is under way."""
    await here.hass.async_block_till_done(wait_background_tasks=True)


def subentry(here: Pushed, request: MonitorRequest = PLUGGED, unique_id: str = "w1", **more: Any) -> ConfigSubentry:
    """Return a monitor as the flow keeps it."""
    return ConfigSubentry(
        data=MappingProxyType({**kept(next(iter(here.data.cars)), request), **more}),
        subentry_type=MONITOR,
        title=request.label,
        unique_id=unique_id,
    )


async def add(here: Pushed, request: MonitorRequest = PLUGGED, unique_id: str = "w1", **more: Any) -> ConfigSubentry:
    """Add a monitor of a person's."""
    made = subentry(here, request, unique_id, **more)
    here.hass.config_entries.async_add_subentry(here.entry, made)
    await settle(here)
    return made


def listed(here: Pushed) -> list[Monitor]:
    """Return the monitors that the platform has."""
    return list(here.simulator.push.monitors.values())


def one(here: Pushed) -> Monitor:
    """Return the only monitor that the platform has."""
    (found,) = listed(here)
    return found


def change(monitor: Monitor, label: str = "Theirs") -> None:
    """Change a monitor as somebody else would."""
    monitor.parameter = {**monitor.parameter, "label": label}


def relabelled(label: str) -> MonitorRequest:
    """Return the monitor with another name."""
    return replace(PLUGGED, label=label)


def shown(here: Pushed, entity_id: str) -> State:
    """Return a state that is there."""
    found = here.hass.states.get(entity_id)
    assert found, [state.entity_id for state in here.hass.states.async_all() if NAME in state.entity_id]
    return found


def status(here: Pushed) -> str:
    """Return what the sensor shows."""
    return shown(here, f"sensor.{NAME}_status").state


def device(here: Pushed) -> dr.DeviceEntry | None:
    """Return the device of the monitor."""
    known = dr.async_entries_for_config_entry(dr.async_get(here.hass), here.entry.entry_id)
    return next((one for one in known if (DOMAIN, "vauxhall_w1") in one.identifiers), None)


def issues(here: Pushed) -> set[str]:
    """Return the issues that there are on monitors."""
    return {
        str(issue.translation_key)
        for (domain, _), issue in ir.async_get(here.hass).issues.items()
        if domain == DOMAIN and issue.translation_key not in ("missing_rights", "no_public_address")
    }
