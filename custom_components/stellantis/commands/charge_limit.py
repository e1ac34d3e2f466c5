"""A charge limit for cars that have none: the integration stops charging at the chosen level."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
import logging
from typing import Final

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from ..account import AccountContext
from ..api import ChargingType
from ..api.requests import ChargeCommand
from ..const import DOMAIN
from ..coordinator import EndpointCoordinator
from ..vehicle.capabilities import CommandFeature
from ..vehicle.charge_limit import (
    ChargeLimitRecord,
    ChargeReport,
    LimitAction,
    LimitProblem,
    LimitStatus,
    get_report_parts,
)
from ..vehicle.charge_limit_rules import Decision, decide
from ..vehicle.command import Command, CommandResult, CommandType
from ..vehicle.state import VehicleState
from .queue import CommandQueue

_LOGGER = logging.getLogger(__name__)

MIN_LEVEL: Final = 20
MAX_LEVEL: Final = 100
# A decision that is due already is made after this pause, so that no loop can hog Home Assistant
MIN_DELAY: Final = timedelta(seconds=1)


class LimitIssue(StrEnum):
    """The translation key of the repair issue of a charge that was not ended at the limit."""

    FAILED = "charge_limit_failed"
    SILENT = "charge_limit_silent"
    UNSUPPORTED = "charge_limit_unsupported"
    # The car itself can end the charge
    USE_OWN = "charge_limit_use_own"


_ISSUES: Final = {
    LimitProblem.FAILED: LimitIssue.FAILED,
    LimitProblem.SILENT: LimitIssue.SILENT,
    LimitProblem.UNSUPPORTED: LimitIssue.UNSUPPORTED,
}


def charge_limit_issue_id(device_id: str) -> str:
    """Return the id of the repair issue for a charge that was not ended at the limit."""
    return f"charge_limit_{device_id}"


class ChargeLimit:
    """The charge limit of a car, which is persisted in its store. `vehicle.charge_limit.decide` decides what it does.

    A charge that the car starts by itself is stopped again; one that is started from Home Assistant at the limit goes
    on until the car has been unplugged or the limit has been changed.
    """

    def __init__(
        self,
        account: AccountContext,
        status: EndpointCoordinator[VehicleState],
        commands: CommandQueue,
        device_id: str,
    ) -> None:
        self._account = account
        self._status = status
        self._commands = commands
        self._device_id = device_id
        self._decision = Decision(record=self.record, status=LimitStatus.OFF)
        self._stopping: asyncio.Task[None] | None = None
        self._polling: asyncio.Task[None] | None = None
        self._running: Command | None = None
        self._start_settings: tuple[int, bool] | None = None
        self._last_stop_failed = False
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._listeners: list[Callable[[], None]] = []
        account.entry.async_on_unload(status.async_add_listener(self._async_handle_status, get_report_parts))
        account.entry.async_on_unload(commands.async_add_listener(self._async_handle_command))
        account.entry.async_on_unload(self._async_stop_timer)

    @property
    def record(self) -> ChargeLimitRecord:
        """The stored level in %, whether the limit is enabled, and what was done about the present charge."""
        return self._status.car_store.charge_limit

    @property
    def decision(self) -> Decision:
        """What the limit is doing."""
        return self._decision

    @property
    def has_own_limit(self) -> bool | None:
        """Whether the car itself ends the charge at 80 %; None if it does not report that."""
        state: VehicleState | None = self._status.data
        charging_type = state.charging.type if state and state.charging else None
        return None if charging_type is None else charging_type == ChargingType.PARTIAL

    @callback
    def async_set(self, *, level: int | None = None, enabled: bool | None = None) -> None:
        """Set the level, or enable or disable the limit. A stop that waits under the earlier settings is withdrawn.

        Args:
            level: the level in % at which charging stops; None leaves it unchanged.
            enabled: whether the limit is enabled; None leaves it unchanged.
        """
        if self._stopping:
            self._stopping.cancel()
            self._stopping = None
        self._start_settings = None
        self._save(self.record.with_settings(level=level, enabled=enabled))
        self._evaluate()

    @callback
    def async_clear_problem(self) -> None:
        """Forget that a charge was not ended, because the user has dealt with it."""
        self._save(replace(self.record, problem=None, problem_at=None))
        self._evaluate()

    @callback
    def async_add_listener(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `listener` when the limit, or what it does, changes; return an unsubscribe function."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def async_shutdown(self) -> None:
        """Stop deciding, because the car is no longer in the account."""
        self._async_stop_timer()
        ir.async_delete_issue(self._account.hass, DOMAIN, charge_limit_issue_id(self._device_id))

    def _save(self, record: ChargeLimitRecord) -> None:
        if record == self.record:
            return
        self._status.car_store.charge_limit = record
        self._account.store.async_schedule_save()
        self._notify()

    def _notify(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    @property
    def _report(self) -> ChargeReport | None:
        state: VehicleState | None = self._status.data
        return ChargeReport.from_state(state) if state else None

    @property
    def _is_busy(self) -> bool:
        """Whether a command that starts or stops charging waits or runs."""
        return self._stopping is not None or self._commands.last_pending(CommandType.CHARGING) is not None

    @callback
    def _async_handle_status(self) -> None:
        """Decide again after the car has reported something; without a limit there is nothing to decide."""
        if self.record.is_on:
            self._evaluate()

    @callback
    def _evaluate(self, due: datetime | None = None, *, is_polled: bool = False) -> None:
        """Decide what to do, and do it.

        Args:
            due: when this decision was due, if that was planned.
            is_polled: whether the status was polled for it.
        """
        now = dt_util.utcnow()
        now = max(now, due) if due else now
        update = self._status.last_update
        polled_at = update.received_at if update and update.source == "poll" else None
        decision = decide(
            self.record,
            self._report if self.record.is_on else None,
            now,
            polled_at=now if is_polled else polled_at,
            can_stop=CommandFeature.STOP_CHARGING in self._commands.support.available,
            is_busy=self._is_busy,
        )
        self._save(decision.record)
        has_changed = decision != self._decision
        self._decision = decision
        self._async_stop_timer()
        if decision.next_at:
            self._cancel_timer = async_track_point_in_utc_time(
                self._account.hass, self._evaluate, max(decision.next_at, dt_util.utcnow() + MIN_DELAY)
            )
        self._async_update_issue()
        if decision.action is LimitAction.STOP:
            self._stopping = self._account.entry.async_create_background_task(
                self._account.hass, self._async_stop(), f"{DOMAIN} limit"
            )
        elif decision.action is LimitAction.POLL and self._polling is None:
            self._polling = self._account.entry.async_create_background_task(
                self._account.hass, self._async_poll(now), f"{DOMAIN} limit poll"
            )
        if has_changed:
            self._notify()

    @callback
    def _async_stop_timer(self) -> None:
        if self._cancel_timer:
            self._cancel_timer()
            self._cancel_timer = None

    async def _async_poll(self, due: datetime) -> None:
        """Poll the car, which may have reported to the platform meanwhile, and decide again."""
        try:
            await self._status.async_refresh()
        finally:
            self._polling = None
        if self._status.last_update_success:
            self._evaluate(due, is_polled=True)

    async def _async_stop(self) -> None:
        """Stop charging. The attempt is stored before it is sent, so that attempts stay bounded over restarts."""
        report = self._report
        self._save(self.record.with_attempt(dt_util.utcnow(), report.mileage if report else None))
        cause = None
        try:
            await self._commands.async_send(ChargeCommand(immediate=False))
        except HomeAssistantError as err:
            if err.translation_key == "command_interrupted":
                return  # the account is unloaded; the stop is resumed when it is loaded again
            # Only the first of several failures is logged as a warning
            level = logging.DEBUG if self._last_stop_failed else logging.WARNING
            _LOGGER.log(level, "The charge could not be stopped at its limit: %s", err)
            cause = err.translation_key or "command_failed"
        self._last_stop_failed = cause is not None
        self._stopping = None
        self._save(self.record.with_result(cause, dt_util.utcnow(), self._report))
        self._evaluate()

    @callback
    def _async_handle_command(self, result: CommandResult | None) -> None:
        """Note a start that somebody sent from Home Assistant, and the end of a stop that was resumed after a restart.

        A start without an origin is that of a planned departure, to which the limit applies.
        """
        running, self._running = self._running, self._commands.current
        charging = self._running.remote.charging if self._running else None
        if running is None and charging and charging.immediate:
            self._start_settings = (self.record.level, self.record.enabled)
        if running is None or self._running is not None:
            return
        charging = running.remote.charging
        if charging is None or charging.immediate is None or result is None or result.type != CommandType.CHARGING:
            return
        if not charging.immediate:
            if self._stopping is None:
                self._save(self.record.with_result(result.cause, dt_util.utcnow(), self._report))
        elif (
            result.origin
            and self._start_settings == (self.record.level, self.record.enabled)
            and _may_have_been_done(result)
        ):
            self._save(self.record.with_start(self._report))
        self._start_settings = None
        self._evaluate()

    @callback
    def _async_update_issue(self) -> None:
        """Create or delete the repair issue of a charge that was not ended at the limit."""
        hass, record = self._account.hass, self.record
        issue_id = charge_limit_issue_id(self._device_id)
        if record.problem is None or not record.is_on:
            ir.async_delete_issue(hass, DOMAIN, issue_id)
            return
        can_set_type = CommandFeature.CHARGING_TYPE in self._commands.support.available
        use_own = can_set_type and self.has_own_limit is False
        device = dr.async_get(hass).async_get(self._device_id)
        name = (device.name_by_user or device.name) if device else None
        ir.async_create_issue(
            hass,
            DOMAIN,
            issue_id,
            data={"entry_id": self._account.entry.entry_id, "device_id": self._device_id} if use_own else None,
            is_fixable=use_own,
            severity=ir.IssueSeverity.WARNING,
            translation_key=_issue_key(record.problem, use_own=use_own),
            translation_placeholders={"car": name or self._account.entry.title, "level": str(record.level)},
        )


def _issue_key(problem: LimitProblem, *, use_own: bool) -> str:
    """Return the translation key of the repair issue for a problem."""
    return LimitIssue.USE_OWN if use_own else _ISSUES[problem]


def _may_have_been_done(result: CommandResult) -> bool:
    """Return whether the car has obeyed a command, or still may."""
    return result.succeeded or result.cause in ("timed_out", "fate_unknown")
