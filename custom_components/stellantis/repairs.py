"""Repairs: what a person decides of monitors that were changed elsewhere, or belong to nobody."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .api import StellantisError
from .monitors.own import MonitorManager
from .monitors.user import UserMonitor


async def async_create_fix_flow(
    hass: HomeAssistant,  # noqa: ARG001
    issue_id: str,  # noqa: ARG001
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Return what asks a person."""
    return ModifiedMonitorFlow(data or {}) if "subentry_id" in (data or {}) else OrphanedMonitorsFlow(data or {})


class _MonitorRepairFlow(RepairsFlow):
    """A question on the monitors of an account."""

    def __init__(self, issue_data: Mapping[str, Any]) -> None:
        self._issue_data = issue_data

    @property
    def _monitors(self) -> MonitorManager | None:
        entry = self.hass.config_entries.async_get_entry(self._issue_data["entry_id"])
        return entry.runtime_data.monitors if entry and entry.state is ConfigEntryState.LOADED else None

    @property
    def _placeholders(self) -> dict[str, str] | None:
        issue = ir.async_get(self.hass).async_get_issue(self.handler, self.issue_id)
        return issue.translation_placeholders if issue else None


class ModifiedMonitorFlow(_MonitorRepairFlow):
    """Which of the two a monitor shall be: what the platform has, or what Home Assistant has."""

    @property
    def _user_monitor(self) -> UserMonitor | None:
        monitors = self._monitors
        return monitors.user_monitors.get(self._issue_data["subentry_id"]) if monitors else None

    async def async_step_init(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:  # noqa: ARG002
        """Ask."""
        user_monitor = self._user_monitor
        if user_monitor is None or user_monitor.remote is None:
            return self.async_abort(reason="gone")
        options = ["keep", "put_back"] if user_monitor.can_adopt else ["put_back"]
        return self.async_show_menu(step_id="init", menu_options=options, description_placeholders=self._placeholders)

    async def async_step_keep(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:  # noqa: ARG002
        """Keep what the platform has."""
        return await self._async_resolve(keep=True)

    async def async_step_put_back(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:  # noqa: ARG002
        """Put back what Home Assistant has."""
        return await self._async_resolve(keep=False)

    async def _async_resolve(self, *, keep: bool) -> RepairsFlowResult:
        user_monitor = self._user_monitor
        try:
            if user_monitor is None or not await user_monitor.async_resolve(keep=keep):
                return self.async_abort(reason="gone")
        except StellantisError:
            return self.async_abort(reason="failed")
        return self.async_create_entry(data={})


class OrphanedMonitorsFlow(_MonitorRepairFlow):
    """Whether monitors that belong to nobody shall go."""

    async def async_step_init(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:  # noqa: ARG002
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Ask, and delete them."""
        monitors = self._monitors
        if monitors is None:
            return self.async_abort(reason="gone")
        if user_input is None:
            return self.async_show_form(step_id="confirm", description_placeholders=self._placeholders)
        try:
            await monitors.async_delete_orphans()
        except StellantisError:
            return self.async_abort(reason="failed")
        return self.async_create_entry(data={})
