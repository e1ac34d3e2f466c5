"""A running Home Assistant with an account, and what is observed of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import logging
from pathlib import Path
from typing import Any, Final

from homeassistant.config_entries import SOURCE_REAUTH, ConfigFlowResult
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.auth.shared_budget import DATA_BUDGETS
from custom_components.stellantis.const import CONF_REDIRECT_URI, DOMAIN
from custom_components.stellantis.coordinator import MonitorsCoordinator
from custom_components.stellantis.data import Car
from simulator import Simulator
from tests.conftest import Link
from tests.support.config_flow import REDIRECT_URI, Flow
from tests.support.helpers import Control, advance_time, get_state, only_car

BRAND: Final = "vauxhall"
BATTERY: Final = "sensor.vauxhall_mokka_electric_battery"
POLL_SECONDS: Final = 3601  # longer than the interval of a sleeping car
# Home Assistant logs failed reads and writes of files itself, with their causes
FILE_LOGGERS: Final = frozenset({"homeassistant.util.file", "homeassistant.util.json", "homeassistant.helpers.storage"})
# The number of requests that are left is not what it was before
REQUESTS_LEFT: Final = "requests_left_today"


@dataclass(slots=True, kw_only=True)
class World:
    """A running Home Assistant, the simulated platform, and the entry of an account with one car."""

    hass: HomeAssistant
    link: Link
    simulator: Simulator
    control: Control
    caplog: pytest.LogCaptureFixture
    sign_in: Flow
    entry: MockConfigEntry = field(init=False, repr=False)
    reason: str | None = None
    error: str | None = None
    flow: ConfigFlowResult = field(init=False, repr=False)
    before: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    availability: list[bool] = field(default_factory=list)

    async def set_up(self, **options: Any) -> None:
        """Create the entry, whose application has a redirect URI of its own."""
        self.entry = await self.link(BRAND, **options)
        self.update_data(**{CONF_REDIRECT_URI: REDIRECT_URI})

    async def load(self) -> None:
        """Load the entry."""
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.settle()
        self.reason = self.entry.error_reason_translation_key

    async def unload(self) -> None:
        """Unload the entry."""
        await self.hass.config_entries.async_unload(self.entry.entry_id)
        await self.settle()

    async def settle(self) -> None:
        """Wait for all tasks."""
        await self.hass.async_block_till_done(wait_background_tasks=True)

    def update_data(self, **data: Any) -> None:
        """Change the data of the entry."""
        self.hass.config_entries.async_update_entry(self.entry, data={**self.entry.data, **data})

    def expire_token(self) -> None:
        """Let the access token expire."""
        self.update_data(token={**self.entry.data["token"], "expires_at": 0})

    async def pass_time(self, seconds: float = POLL_SECONDS) -> None:
        """Let time pass: for the request budget, and for all timers."""
        for shared in self.hass.data.get(DATA_BUDGETS, {}).values():
            shared.budget._refused_until -= seconds
        await advance_time(self.hass, seconds)

    def remember_states(self) -> None:
        """Remember the states of the entities, which must be the same in the end."""
        self.before = self.states

    def forget(self) -> None:
        """Forget what was observed so far."""
        self.caplog.clear()
        self.availability.clear()
        self.reason = self.error = None

    def watch(self) -> None:
        """Record whether the entities are available now."""
        self.availability.append(self.is_available)

    @property
    def is_linked(self) -> bool:
        """Whether the entry exists."""
        return self.hass.config_entries.async_get_entry(self.entry.entry_id) is not None

    @property
    def car(self) -> Car:
        """The only car."""
        return only_car(self.entry)

    @property
    def monitors(self) -> MonitorsCoordinator:
        """The coordinator of the monitors."""
        coordinator: MonitorsCoordinator = self.entry.runtime_data.monitors.coordinator
        return coordinator

    @property
    def battery(self) -> str | None:
        """The state of the battery."""
        return get_state(self.hass, BATTERY)

    @property
    def is_available(self) -> bool:
        """Whether the battery is shown."""
        return self.battery not in (None, STATE_UNAVAILABLE)

    @property
    def states(self) -> Mapping[str, str | None]:
        """The states of all entities of the entry."""
        entities = er.async_entries_for_config_entry(er.async_get(self.hass), self.entry.entry_id)
        return {
            entity.entity_id: get_state(self.hass, entity.entity_id)
            for entity in entities
            if not entity.disabled and not entity.entity_id.endswith(REQUESTS_LEFT)
        }

    @property
    def repairs(self) -> frozenset[str]:
        """The repairs that are shown, by translation key, and a sign-in that is asked for."""
        issues = {
            str(issue.translation_key)
            for issue in ir.async_get(self.hass).issues.values()
            if issue.active and issue.domain == DOMAIN and issue.translation_key != "no_public_address"
        }
        flows = self.hass.config_entries.flow.async_progress()
        return frozenset(issues) | {"sign in" for flow in flows if flow["context"]["source"] == SOURCE_REAUTH}

    @property
    def problems(self) -> list[tuple[str, str]]:
        """What was logged as a warning or worse: the level and the text."""
        return [
            (record.levelname, record.getMessage())
            for record in self.caplog.records
            if record.levelno >= logging.WARNING and record.name not in FILE_LOGGERS
        ]

    @property
    def stack_traces(self) -> list[str]:
        """What was logged with a stack trace, but for what Home Assistant logs with that by design."""
        return [
            record.getMessage()
            for record in self.caplog.records
            if record.levelno > logging.DEBUG
            and record.exc_info
            and record.name not in FILE_LOGGERS
            and not isinstance(record.exc_info[1], ConfigEntryError)
        ]

    @property
    def recoveries(self) -> int:
        """How many lines tell that data is received again."""
        return sum(
            record.levelno == logging.INFO and "recovered" in record.getMessage() for record in self.caplog.records
        )

    @property
    def files(self) -> list[Path]:
        """The files of the entry."""
        return sorted(Path(self.hass.config.path(".storage")).glob(f"stellantis.{self.entry.entry_id}*"))
