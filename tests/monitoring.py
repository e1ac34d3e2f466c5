"""Somebody who goes through the flow of monitors; each form that is shown is held against its texts."""

from pathlib import Path
from typing import Any

import homeassistant.components
from homeassistant.config_entries import SOURCE_USER, ConfigSubentry
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.stellantis.api import MonitoredData
from custom_components.stellantis.watches import MONITOR
from simulator.push.monitors import Monitor
from tests.pushing import LinkPushed, Pushed
from tests.source import COMPONENT, json_of, placeholders

TEXTS: dict[str, Any] = json_of(COMPONENT / "strings.json")["config_subentries"][MONITOR]
NO_MORE = {"days": 0, "hours": 0, "minutes": 0, "seconds": 0}
SHARED = json_of(Path(homeassistant.components.__path__[0]) / "homeassistant/strings.json")["config"]["abort"]


def check_texts(shown: Any) -> None:
    """Hold what a flow shows against its texts."""
    if shown["type"] is FlowResultType.ABORT:
        assert shown["reason"] in TEXTS["abort"] or shown["reason"] in SHARED
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


class Person:
    """Somebody who goes through the flow."""

    def __init__(self, here: Pushed) -> None:
        self.here, self.flows = here, here.hass.config_entries.subentries
        self.shown: Any = None

    async def begin(self, subentry: ConfigSubentry | None = None) -> Any:
        """Open the flow, to add a monitor or to change one."""
        handler = (self.here.entry.entry_id, MONITOR)
        context: Any = {"source": SOURCE_USER}
        if subentry:
            context = {"source": "reconfigure", "subentry_id": subentry.subentry_id}
        self.shown = await self.flows.async_init(handler, context=context)
        check_texts(self.shown)
        return self.shown

    async def enter(self, **entered: Any) -> Any:
        """Fill in the form that is shown."""
        self.shown = await self.flows.async_configure(self.shown["flow_id"], entered)
        check_texts(self.shown)
        return self.shown

    async def choose(self, step: str) -> Any:
        """Choose from the menu that is shown."""
        assert step in self.shown["menu_options"]
        return await self.enter(next_step_id=step)

    async def name(self, name: str = "My monitor") -> None:
        """Open the flow, and name the monitor."""
        await self.begin()
        await self.enter(name=name)

    async def data(self, data: MonitoredData, **entered: Any) -> Any:
        """Add a trigger by data."""
        await self.choose("data")
        await self.enter(data=data.name.lower())
        if self.shown["type"] is FlowResultType.FORM:
            await self.enter(**entered)
        return self.shown

    async def finish(self, **entered: Any) -> Any:
        """Combine the triggers."""
        await self.choose("combine")
        return await self.enter(**{"match": "all", **entered})

    @property
    def errors(self) -> dict[str, str]:
        """What the form says is wrong."""
        errors: dict[str, str] = self.shown["errors"]
        return errors

    @property
    def triggers(self) -> str:
        """The triggers that are listed."""
        return str(self.shown["description_placeholders"]["triggers"])

    @property
    def suggested(self) -> dict[str, Any]:
        """What the form shows as entered."""
        markers = self.shown["data_schema"].schema
        return {str(one): (one.description or {}).get("suggested_value") for one in markers}


def there(person: Person) -> dict[str, Monitor]:
    """Return the monitors that the platform has, by name."""
    return {one.label: one for one in person.here.simulator.push.monitors.values()}


def only(person: Person) -> dict[str, Any]:
    """Return the only monitor that the platform has."""
    (monitor,) = there(person).values()
    return monitor.parameter


def kept(person: Person) -> list[ConfigSubentry]:
    """Return the monitors that Home Assistant has."""
    return list(person.here.entry.subentries.values())


@pytest.fixture
async def person(pushed: LinkPushed) -> Person:
    """A person with a car of which nothing is watched."""
    return Person(await pushed())
