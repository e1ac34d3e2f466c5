"""Somebody who goes through the flow of monitors; each form that is shown is held against its texts."""

from pathlib import Path
from typing import Any

import homeassistant.components
from homeassistant.config_entries import SOURCE_USER, ConfigSubentry
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.stellantis.api import MonitoredData
from custom_components.stellantis.monitors.request import SUBENTRY_TYPE_MONITOR
from simulator.monitors import Monitor
from tests.support.push import PushHarness, SetUpPush
from tests.support.source import COMPONENT, load_json, placeholders

TEXTS: dict[str, Any] = load_json(COMPONENT / "strings.json")["config_subentries"][SUBENTRY_TYPE_MONITOR]
ZERO_DURATION = {"days": 0, "hours": 0, "minutes": 0, "seconds": 0}
SHARED_ABORT_TEXTS = load_json(Path(homeassistant.components.__path__[0]) / "homeassistant/strings.json")["config"][
    "abort"
]


def check_texts(shown: Any) -> None:
    """Hold what a flow shows against its texts."""
    if shown["type"] is FlowResultType.ABORT:
        assert shown["reason"] in TEXTS["abort"] or shown["reason"] in SHARED_ABORT_TEXTS
    if shown["type"] not in (FlowResultType.FORM, FlowResultType.MENU):
        return
    texts, given = TEXTS["step"][shown["step_id"]], set(shown["description_placeholders"] or {})
    assert texts["title"]
    assert placeholders(texts) <= given
    if shown["type"] is FlowResultType.MENU:
        assert set(shown["menu_options"]) <= set(texts["menu_options"])
        return
    fields = {str(field) for field in shown["data_schema"].schema}
    assert fields <= set(texts["data"])
    assert set(texts["data"]) == set(texts["data_description"])
    for field, error in shown["errors"].items():
        assert field in fields | {"base"}
        assert placeholders({"text": TEXTS["error"][error]}) <= given


class MonitorFlowUser:
    """Somebody who goes through the flow."""

    def __init__(self, here: PushHarness) -> None:
        self.harness, self.flows = here, here.hass.config_entries.subentries
        self.result: Any = None

    async def open_flow(self, subentry: ConfigSubentry | None = None) -> Any:
        """Open the flow, to add a monitor or to change one."""
        handler = (self.harness.entry.entry_id, SUBENTRY_TYPE_MONITOR)
        context: Any = {"source": SOURCE_USER}
        if subentry:
            context = {"source": "reconfigure", "subentry_id": subentry.subentry_id}
        self.result = await self.flows.async_init(handler, context=context)
        check_texts(self.result)
        return self.result

    async def submit(self, **entered: Any) -> Any:
        """Fill in the form that is shown."""
        self.result = await self.flows.async_configure(self.result["flow_id"], entered)
        check_texts(self.result)
        return self.result

    async def choose_step(self, step: str) -> Any:
        """Choose from the menu that is shown."""
        assert step in self.result["menu_options"]
        return await self.submit(next_step_id=step)

    async def start_named(self, name: str = "My monitor") -> None:
        """Open the flow, and name the monitor."""
        await self.open_flow()
        await self.submit(name=name)

    async def add_data_trigger(self, data: MonitoredData, **entered: Any) -> Any:
        """Add a trigger by data."""
        await self.choose_step("data")
        await self.submit(data=data.name.lower())
        if self.result["type"] is FlowResultType.FORM:
            await self.submit(**entered)
        return self.result

    async def finish(self, **entered: Any) -> Any:
        """Combine the triggers."""
        await self.choose_step("combine")
        return await self.submit(**{"match": "all", **entered})

    @property
    def errors(self) -> dict[str, str]:
        """What the form says is wrong."""
        errors: dict[str, str] = self.result["errors"]
        return errors

    @property
    def triggers(self) -> str:
        """The triggers that are listed."""
        return str(self.result["description_placeholders"]["triggers"])

    @property
    def suggested(self) -> dict[str, Any]:
        """What the form shows as entered."""
        markers = self.result["data_schema"].schema
        return {str(one): (one.description or {}).get("suggested_value") for one in markers}


def platform_monitors(person: MonitorFlowUser) -> dict[str, Monitor]:
    """Return the monitors that the platform has, by name."""
    return {one.label: one for one in person.harness.simulator.push.monitors.values()}


def only_monitor(person: MonitorFlowUser) -> dict[str, Any]:
    """Return the only monitor that the platform has."""
    (monitor,) = platform_monitors(person).values()
    return monitor.parameter


def monitor_subentries(person: MonitorFlowUser) -> list[ConfigSubentry]:
    """Return the monitors that Home Assistant has."""
    return list(person.harness.entry.subentries.values())


@pytest.fixture
async def person(pushed: SetUpPush) -> MonitorFlowUser:
    """A person with a car of which nothing is watched."""
    return MonitorFlowUser(await pushed())
