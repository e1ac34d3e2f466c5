"""A user of the monitor flow; the texts of each step shown are checked."""

from pathlib import Path
from typing import Any

import homeassistant.components
from homeassistant.config_entries import SOURCE_USER, ConfigSubentry
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.stellantis.api import MonitoredData
from custom_components.stellantis.monitors.request import SUBENTRY_TYPE_MONITOR
from simulator.push.monitors import Monitor
from tests.support.push import PushHarness, SetUpPush
from tests.support.source import COMPONENT, load_json, placeholders

TEXTS: dict[str, Any] = load_json(COMPONENT / "strings.json")["config_subentries"][SUBENTRY_TYPE_MONITOR]
ZERO_DURATION = {"days": 0, "hours": 0, "minutes": 0, "seconds": 0}
SHARED_ABORT_TEXTS = load_json(Path(homeassistant.components.__path__[0]) / "homeassistant/strings.json")["config"][
    "abort"
]


def check_texts(result: Any) -> None:
    """Check that a flow result has all texts and their placeholders."""
    if result["type"] is FlowResultType.ABORT:
        assert result["reason"] in TEXTS["abort"] or result["reason"] in SHARED_ABORT_TEXTS
    if result["type"] not in (FlowResultType.FORM, FlowResultType.MENU):
        return
    texts, given = TEXTS["step"][result["step_id"]], set(result["description_placeholders"] or {})
    assert texts["title"]
    assert placeholders(texts) <= given
    if result["type"] is FlowResultType.MENU:
        assert set(result["menu_options"]) <= set(texts["menu_options"])
        return
    fields = {str(field) for field in result["data_schema"].schema}
    assert fields <= set(texts["data"])
    assert set(texts["data"]) == set(texts["data_description"])
    for field, error in result["errors"].items():
        assert field in fields | {"base"}
        assert placeholders({"text": TEXTS["error"][error]}) <= given


class MonitorFlowUser:
    """Drive the monitor flow; `result` is the last flow result."""

    def __init__(self, harness: PushHarness) -> None:
        self.harness, self.flows = harness, harness.hass.config_entries.subentries
        self.result: Any = None

    async def open_flow(self, subentry: ConfigSubentry | None = None) -> Any:
        """Start the flow to add a monitor or to reconfigure one."""
        handler = (self.harness.entry.entry_id, SUBENTRY_TYPE_MONITOR)
        context: Any = {"source": SOURCE_USER}
        if subentry:
            context = {"source": "reconfigure", "subentry_id": subentry.subentry_id}
        self.result = await self.flows.async_init(handler, context=context)
        check_texts(self.result)
        return self.result

    async def submit(self, **entered: Any) -> Any:
        """Submit the form or menu that is shown."""
        self.result = await self.flows.async_configure(self.result["flow_id"], entered)
        check_texts(self.result)
        return self.result

    async def choose_step(self, step: str) -> Any:
        """Choose a step from the menu that is shown."""
        assert step in self.result["menu_options"]
        return await self.submit(next_step_id=step)

    async def start_named(self, name: str = "My monitor") -> None:
        """Start the flow and name the monitor."""
        await self.open_flow()
        await self.submit(name=name)

    async def add_data_trigger(self, data: MonitoredData, **entered: Any) -> Any:
        """Add a trigger on data."""
        await self.choose_step("data")
        await self.submit(data=data.name.lower())
        if self.result["type"] is FlowResultType.FORM:
            await self.submit(**entered)
        return self.result

    async def finish(self, **entered: Any) -> Any:
        """Complete the flow by combining the triggers."""
        await self.choose_step("combine")
        return await self.submit(**{"match": "all", **entered})

    @property
    def errors(self) -> dict[str, str]:
        """The errors of the form."""
        errors: dict[str, str] = self.result["errors"]
        return errors

    @property
    def triggers(self) -> str:
        """The list of triggers in the menu."""
        return str(self.result["description_placeholders"]["triggers"])

    @property
    def suggested(self) -> dict[str, Any]:
        """The suggested values of the form."""
        markers = self.result["data_schema"].schema
        return {str(marker): (marker.description or {}).get("suggested_value") for marker in markers}


def threshold(threshold_type: str, *numbers: float) -> dict[str, Any]:
    """Return a threshold as the frontend sends it."""
    entries = [{"active_choice": "number", "number": number} for number in numbers]
    if threshold_type in ("above", "below"):
        return {"type": threshold_type, "value": entries[0]}
    return {"type": threshold_type, "value_min": entries[0], "value_max": entries[-1]}


def platform_monitors(flow_user: MonitorFlowUser) -> dict[str, Monitor]:
    """Return the monitors on the platform by label."""
    return {monitor.label: monitor for monitor in flow_user.harness.simulator.push.monitors.values()}


def only_monitor(flow_user: MonitorFlowUser) -> dict[str, Any]:
    """Return the parameter of the only monitor on the platform."""
    (monitor,) = platform_monitors(flow_user).values()
    return monitor.parameter


def monitor_subentries(flow_user: MonitorFlowUser) -> list[ConfigSubentry]:
    """Return the monitor subentries in Home Assistant."""
    return list(flow_user.harness.entry.subentries.values())


@pytest.fixture
async def flow_user(set_up_push: SetUpPush) -> MonitorFlowUser:
    """Return a user of the monitor flow with one car and no monitors."""
    return MonitorFlowUser(await set_up_push())
