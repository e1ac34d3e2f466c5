"""Repairs: what a person decides of monitors that were changed elsewhere, or belong to nobody."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .api import StellantisError
from .monitors.own import MonitorManager
from .monitors.user import Watch


async def async_create_fix_flow(
    hass: HomeAssistant,  # noqa: ARG001
    issue_id: str,  # noqa: ARG001
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Return what asks a person."""
    return ChangedFlow(data or {}) if "subentry_id" in (data or {}) else NobodysFlow(data or {})


class _Flow(RepairsFlow):
    """A question on the monitors of an account."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = known

    @property
    def _monitors(self) -> MonitorManager | None:
        entry = self.hass.config_entries.async_get_entry(self._known["entry_id"])
        return entry.runtime_data.monitors if entry and entry.state is ConfigEntryState.LOADED else None

    @property
    def _placeholders(self) -> dict[str, str] | None:
        issue = ir.async_get(self.hass).async_get_issue(self.handler, self.issue_id)
        return issue.translation_placeholders if issue else None


class ChangedFlow(_Flow):
    """Which of the two a monitor shall be: what the platform has, or what Home Assistant has."""

    @property
    def _watch(self) -> Watch | None:
        monitors = self._monitors
        return monitors.watches.get(self._known["subentry_id"]) if monitors else None

    async def async_step_init(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:  # noqa: ARG002
        """Ask."""
        watch = self._watch
        if watch is None or watch.theirs is None:
            return self.async_abort(reason="gone")
        options = ["keep", "put_back"] if watch.can_be_kept else ["put_back"]
        return self.async_show_menu(step_id="init", menu_options=options, description_placeholders=self._placeholders)

    async def async_step_keep(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:  # noqa: ARG002
        """Keep what the platform has."""
        return await self._async_settle(keep=True)

    async def async_step_put_back(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:  # noqa: ARG002
        """Put back what Home Assistant has."""
        return await self._async_settle(keep=False)

    async def _async_settle(self, *, keep: bool) -> RepairsFlowResult:
        watch = self._watch
        try:
            if watch is None or not await watch.async_settle(keep=keep):
                return self.async_abort(reason="gone")
        except StellantisError:
            return self.async_abort(reason="failed")
        return self.async_create_entry(data={})


class NobodysFlow(_Flow):
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
            await monitors.async_delete_nobodys()
        except StellantisError:
            return self.async_abort(reason="failed")
        return self.async_create_entry(data={})
