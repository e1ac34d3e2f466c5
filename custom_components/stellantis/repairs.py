"""Repair flows for callbacks, for modified and orphaned monitors, and for a charge that was not ended at the limit."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig, SelectSelectorMode
import probatio as vol

from .api import ChargingType, StellantisError
from .api.requests import SetChargingPreferences
from .data import StellantisConfigEntry, StellantisRuntimeData
from .monitors.manager import MonitorManager
from .monitors.request import to_request
from .monitors.summary import MonitorSummary
from .monitors.user_sync import UserMonitor
from .push.issues import PushIssue
from .push.own_callback import describe


async def async_create_fix_flow(
    hass: HomeAssistant,  # noqa: ARG001
    issue_id: str,  # noqa: ARG001
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Create the flow that fixes an issue."""
    if "device_id" in (data or {}):
        return OwnChargeLimitFlow(data or {})
    if (data or {}).get("issue") == PushIssue.OTHER_CALLBACKS:
        return OtherCallbacksFlow(data or {})
    if (data or {}).get("issue") == PushIssue.CALLBACK_TAKEN:
        return TakenCallbackFlow(data or {})
    return ModifiedMonitorFlow(data or {}) if "subentry_id" in (data or {}) else OrphanedMonitorsFlow(data or {})


class _AccountRepairFlow(RepairsFlow):
    """Base class for repair flows of an account."""

    def __init__(self, issue_data: Mapping[str, Any]) -> None:
        self._issue_data = issue_data

    @property
    def _data(self) -> StellantisRuntimeData | None:
        entry: StellantisConfigEntry | None = self.hass.config_entries.async_get_entry(self._issue_data["entry_id"])
        return entry.runtime_data if entry and entry.state is ConfigEntryState.LOADED else None

    @property
    def _placeholders(self) -> dict[str, str] | None:
        issue = ir.async_get(self.hass).async_get_issue(self.handler, self.issue_id)
        return issue.translation_placeholders if issue else None


class _MonitorRepairFlow(_AccountRepairFlow):
    """Base class for repair flows of an account's monitors."""

    @property
    def _monitors(self) -> MonitorManager | None:
        data = self._data
        return data.monitors if data else None


class ModifiedMonitorFlow(_MonitorRepairFlow):
    """Ask whether to adopt a modified monitor from the platform or to restore it from Home Assistant."""

    @property
    def _user_monitor(self) -> UserMonitor | None:
        monitors = self._monitors
        return monitors.user_monitors.get(self._issue_data["subentry_id"]) if monitors else None

    async def async_step_init(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:  # noqa: ARG002
        """Show the options."""
        user_monitor = self._user_monitor
        if user_monitor is None or user_monitor.remote is None:
            return self.async_abort(reason="gone")
        options = ["keep", "put_back"] if user_monitor.can_adopt else ["put_back"]
        summary = await MonitorSummary.async_load(self.hass)
        versions = {"changed": to_request(user_monitor.remote), "own": user_monitor.build_request()}
        return self.async_show_menu(
            step_id="init",
            menu_options=options,
            description_placeholders={
                **(self._placeholders or {}),
                **{
                    name: summary.describe_monitor(request) if request else summary.common_text("monitor_unsupported")
                    for name, request in versions.items()
                },
            },
        )

    async def async_step_keep(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:  # noqa: ARG002
        """Adopt the monitor from the platform."""
        return await self._async_resolve(keep=True)

    async def async_step_put_back(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:  # noqa: ARG002
        """Restore the monitor from Home Assistant."""
        return await self._async_resolve(keep=False)

    async def _async_resolve(self, *, keep: bool) -> RepairsFlowResult:
        user_monitor = self._user_monitor
        try:
            if user_monitor is None or not (
                self._monitors and await self._monitors.async_resolve(user_monitor, keep=keep)
            ):
                return self.async_abort(reason="gone")
        except StellantisError:
            return self.async_abort(reason="failed")
        return self.async_create_entry(data={})


class OrphanedMonitorsFlow(_MonitorRepairFlow):
    """Ask whether to delete orphaned monitors."""

    async def async_step_init(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:  # noqa: ARG002
        """Start the flow."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Delete the orphaned monitors after confirmation."""
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


class TakenCallbackFlow(_AccountRepairFlow):
    """Ask whether to point the callback here again, which somebody else has pointed elsewhere."""

    async def async_step_init(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:  # noqa: ARG002
        """Start the flow."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Point the callback here after confirmation."""
        data = self._data
        if data is None:
            return self.async_abort(reason="gone")
        if user_input is None:
            return self.async_show_form(step_id="confirm", description_placeholders=self._placeholders)
        try:
            await data.push.async_take_over()
        except StellantisError:
            return self.async_abort(reason="failed")
        data.monitors.async_request_sync()
        return self.async_create_entry(data={})


class OtherCallbacksFlow(_AccountRepairFlow):
    """Ask which callbacks that this Home Assistant did not create to delete."""

    async def async_step_init(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:  # noqa: ARG002
        """Start the flow."""
        return await self.async_step_select()

    async def async_step_select(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Delete the selected callbacks."""
        data = self._data
        if data is None or not data.push.other_callbacks:
            return self.async_abort(reason="gone")
        errors: dict[str, str] = {}
        if user_input is not None and not user_input["callbacks"]:
            errors["callbacks"] = "none_selected"
        elif user_input is not None:
            try:
                await data.push.async_delete_callbacks(user_input["callbacks"])
            except StellantisError:
                return self.async_abort(reason="failed")
            data.monitors.async_request_sync()
            return self.async_create_entry(data={})
        options = [SelectOptionDict(value=str(other.id), label=describe(other)) for other in data.push.other_callbacks]
        selector = SelectSelector(SelectSelectorConfig(options=options, multiple=True, mode=SelectSelectorMode.LIST))
        return self.async_show_form(
            step_id="select",
            data_schema=vol.Schema({vol.Required("callbacks", default=list): selector}),
            errors=errors,
            description_placeholders=self._placeholders,
        )


class OwnChargeLimitFlow(_AccountRepairFlow):
    """Ask whether to set the car's own charge limit."""

    async def async_step_init(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:  # noqa: ARG002
        """Start the flow."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Set the car's own charge limit after confirmation."""
        cars = self._data.cars.values() if self._data else ()
        car = next((car for car in cars if car.device.id == self._issue_data["device_id"]), None)
        if car is None:
            return self.async_abort(reason="gone")
        if user_input is None:
            return self.async_show_form(step_id="confirm", description_placeholders=self._placeholders)
        try:
            await car.commands.async_send(SetChargingPreferences(type=ChargingType.PARTIAL))
        except HomeAssistantError:
            return self.async_abort(reason="failed")
        car.charge_limit.async_clear_problem()
        return self.async_create_entry(data={})
