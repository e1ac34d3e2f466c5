"""The user's monitors: synchronization of each with the platform, its status and its repair issues."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..account import AccountContext
from ..api import (
    CallbackStatus,
    Forbidden,
    InvalidRequest,
    InvalidResponse,
    Monitor,
    NotFound,
    Notification,
)
from ..api.exceptions import InvalidValue
from ..api.requests import MonitorRequest
from ..const import DOMAIN
from ..push.own_callback import SyncAction
from .reconcile import MonitorStep, WantedMonitor, WrittenMonitor
from .request import (
    CONF_VIN,
    SUBENTRY_TYPE_MONITOR,
    compute_digest,
    request_from_subentry,
    subentry_data,
    to_request,
    with_ownership,
)
from .schedule import REJECTED_RETRY_INTERVAL
from .write import Path, async_create_or_update
from .written import async_save_written, get_written

ISSUE_KEYS: Final = ("monitor_changed", "monitor_refused", "monitor_invalid")


class MonitorStatus(StrEnum):
    """Status of a user's monitor; the values are states of its sensor."""

    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"
    MODIFIED = "changed"
    REJECTED = "refused"
    NOT_CREATED = "missing"


STATUS_FROM_PLATFORM: Final[Mapping[str | None, MonitorStatus]] = {
    CallbackStatus.PAUSED: MonitorStatus.PAUSED,
    CallbackStatus.FAILED: MonitorStatus.FAILED,
}


class UserMonitor:
    """A monitor that the user defined in a subentry, and its counterpart on the platform.

    Attributes:
        last_subentry: Title and data of the subentry, to detect changes.
        path: Ids of the vehicle and the callback on the platform; None before the first synchronization.
        monitor_id: Id on the platform; None if it does not exist there or this is not known.
        remote: The monitor on the platform as of the last synchronization.
        is_paused: Whether it is paused on the platform.
        status: Its status; None if not known.
    """

    def __init__(self, account: AccountContext, subentry: ConfigSubentry) -> None:
        self.account, self.subentry = account, subentry
        self.unique_id = subentry.unique_id or subentry.subentry_id
        self.last_subentry = (subentry.title, subentry.data)
        self.path: tuple[str, str] | None = None
        self.monitor_id: str | None = None
        self.remote: Monitor | None = None
        self.is_paused = False
        self.status: MonitorStatus | None = None
        self._vehicle_name = account.entry.title
        self._rejection: tuple[str, float] | None = None
        self._listeners: list[Callable[[Notification | None], None]] = []

    @property
    def vin(self) -> str:
        """The VIN of the monitored car; empty if the subentry lacks it."""
        return str(self.subentry.data.get(CONF_VIN, ""))

    @property
    def can_adopt(self) -> bool:
        """Whether the monitor on the platform can be stored in the subentry."""
        return self.remote is not None and to_request(self.remote) is not None

    @callback
    def async_add_listener(self, listener: Callable[[Notification | None], None]) -> CALLBACK_TYPE:
        """Add a listener for notifications, called with None on a status change. Return an unsubscribe function."""
        self._listeners.append(listener)
        return partial(self._listeners.remove, listener)

    @callback
    def async_notify_listeners(self, notification: Notification | None = None) -> None:
        """Call all listeners with a notification, or None for a status change."""
        for listener in tuple(self._listeners):
            listener(notification)

    @callback
    def async_mark_unknown(self) -> None:
        """Forget what was known about the platform's monitor."""
        self.monitor_id, self.remote = None, None
        self._set_status(None)

    @property
    def wanted(self) -> WantedMonitor:
        """What the monitor should be; nothing is sent for one that is invalid or was rejected a short time ago."""
        request = self.build_request()
        if request is not None and self._rejection is not None:
            digest, until = self._rejection
            if digest == compute_digest(request) and self._now < until:
                request = None
        return WantedMonitor(request=request, written=get_written(self.account.entry, self.unique_id))

    async def async_apply(self, path: Path, step: MonitorStep, vehicle_name: str) -> bool:
        """Create, update or resume the monitor on the platform as planned. Return whether it was written.

        Args:
            path: Ids of the vehicle and the callback.
            step: What to do.
            vehicle_name: Name of the car for repair issues.

        Raises:
            StellantisError: A request failed, other than by rejection.
        """
        self.path, self._vehicle_name, self.remote = path, vehicle_name, step.existing
        self.monitor_id = step.existing.monitor_id if step.existing else None
        status = step.existing.status if step.existing else None
        self.is_paused = status == CallbackStatus.PAUSED
        if step.request is None:
            self._set_status(MonitorStatus.REJECTED)
            return False
        if step.action is SyncAction.ASK:
            self._set_status(MonitorStatus.MODIFIED)
            return False
        found = STATUS_FROM_PLATFORM.get(status, MonitorStatus.RUNNING) if step.existing else MonitorStatus.NOT_CREATED
        self._set_status(found)
        is_written = step.action in (SyncAction.CREATE, SyncAction.UPDATE)
        try:
            if is_written:
                status = await self.async_write(step.request)
            if status == CallbackStatus.FAILED and self.monitor_id:
                status = (await self.account.client.set_monitor_status(*path, self.monitor_id, running=True)).status
        except (InvalidRequest, Forbidden) as err:
            self._mark_rejected(err.message or str(err.code or err.status), compute_digest(step.request))
            return False
        self._set_status(STATUS_FROM_PLATFORM.get(status, MonitorStatus.RUNNING))
        return is_written

    async def async_write(self, request: MonitorRequest) -> str | None:
        """Write the monitor to the platform and return its status.

        Raises:
            NotFound: The car or its callback is not known yet.
            StellantisError: The platform rejected the monitor, or a request failed.
        """
        if self.path is None:
            raise NotFound("There is no such monitor")
        status, self.monitor_id = await async_create_or_update(
            self.account.client, self.path, self.monitor_id, with_ownership(request, self.unique_id)
        )
        written = WrittenMonitor(digest=compute_digest(request))
        async_save_written(self.account.hass, self.account.entry, {self.unique_id: written})
        return status

    @property
    def _now(self) -> float:
        return self.account.hass.loop.time()

    async def async_set_running(self, *, running: bool) -> None:
        """Resume or pause the monitor on the platform.

        Raises:
            NotFound: It does not exist on the platform.
            StellantisError: The request failed.
        """
        if self.path is None or self.monitor_id is None:
            raise NotFound("There is no such monitor")
        await self.account.client.set_monitor_status(*self.path, self.monitor_id, running=running)
        self.is_paused = not running
        if self.status in (MonitorStatus.MODIFIED, MonitorStatus.REJECTED):
            self.async_notify_listeners()
        else:
            self._set_status(MonitorStatus.RUNNING if running else MonitorStatus.PAUSED)

    async def async_resolve(self, existing: Monitor, *, keep: bool) -> bool:
        """Adopt the monitor on the platform that somebody else modified, or overwrite it with the subentry's.

        Args:
            existing: The monitor as the platform lists it now.
            keep: Adopt the platform's version instead of overwriting it.

        Returns:
            Whether there was a valid request to send.

        Raises:
            StellantisError: The request failed.
        """
        request = to_request(existing) if keep else self.build_request()
        if request is None:
            return False
        self.remote, self.monitor_id = existing, existing.monitor_id
        self.is_paused = existing.status == CallbackStatus.PAUSED
        await self.async_write(request)
        self._rejection = None
        self._set_status(MonitorStatus.PAUSED if self.is_paused else MonitorStatus.RUNNING)
        if keep:
            self.account.hass.config_entries.async_update_subentry(
                self.account.entry, self.subentry, data=subentry_data(self.vin, request), title=request.label
            )
        return True

    @property
    def stored_request(self) -> MonitorRequest | None:
        """The request for the monitor as the subentry stores it; None if that is invalid."""
        try:
            return request_from_subentry(self.subentry.data, self.subentry.title)
        except InvalidValue, InvalidResponse, KeyError, TypeError, ValueError:
            return None

    def build_request(self) -> MonitorRequest | None:
        """Return the stored request; if that is invalid, mark the monitor as rejected and return None."""
        if (request := self.stored_request) is None:
            self._mark_rejected()
        return request

    def _mark_rejected(self, words: str = "", digest: str = "") -> None:
        """Set the status and create the repair issue of a rejected monitor.

        Args:
            words: Why the platform rejected it, in its own words; empty if what the subentry stores is invalid.
            digest: Hash of the rejected request.
        """
        self._rejection = (digest, self._now + REJECTED_RETRY_INTERVAL.total_seconds())
        self._set_status(MonitorStatus.REJECTED)
        hass, subentry = self.account.hass, self.subentry
        if words:
            ir.async_create_issue(
                hass,
                DOMAIN,
                f"monitor_refused_{subentry.subentry_id}",
                is_fixable=False,
                severity=ir.IssueSeverity.ERROR,
                translation_key="monitor_refused",
                translation_placeholders={"monitor": subentry.title, "car": self._vehicle_name, "words": words},
            )
        else:
            ir.async_create_issue(
                hass,
                DOMAIN,
                f"monitor_invalid_{subentry.subentry_id}",
                is_fixable=False,
                severity=ir.IssueSeverity.ERROR,
                translation_key="monitor_invalid",
                translation_placeholders={"monitor": subentry.title, "car": self._vehicle_name},
            )

    def _set_status(self, status: MonitorStatus | None) -> None:
        """Set the status, update the repair issues and notify listeners.

        Args:
            status: The new status; None if not known.
        """
        self.status = status
        hass, subentry = self.account.hass, self.subentry
        if status is MonitorStatus.MODIFIED:
            ir.async_create_issue(
                hass,
                DOMAIN,
                f"monitor_changed_{subentry.subentry_id}",
                data={"entry_id": self.account.entry.entry_id, "subentry_id": subentry.subentry_id},
                is_fixable=True,
                severity=ir.IssueSeverity.WARNING,
                translation_key="monitor_changed",
                translation_placeholders={"monitor": subentry.title, "car": self._vehicle_name},
            )
        elif status is not None:
            ir.async_delete_issue(hass, DOMAIN, f"monitor_changed_{subentry.subentry_id}")
        if status not in (MonitorStatus.REJECTED, None, MonitorStatus.NOT_CREATED):
            for key in ("monitor_refused", "monitor_invalid"):
                ir.async_delete_issue(hass, DOMAIN, f"{key}_{subentry.subentry_id}")
        self.async_notify_listeners()


def monitor_subentries(entry: ConfigEntry[Any]) -> dict[str, ConfigSubentry]:
    """Return the monitor subentries of an entry by subentry id."""
    return {
        subentry_id: subentry
        for subentry_id, subentry in entry.subentries.items()
        if subentry.subentry_type == SUBENTRY_TYPE_MONITOR
    }


@callback
def async_delete_issues(hass: HomeAssistant, subentry_id: str) -> None:
    """Delete the repair issues of a removed monitor."""
    for key in ISSUE_KEYS:
        ir.async_delete_issue(hass, DOMAIN, f"{key}_{subentry_id}")


@callback
def async_update_orphan_issue(hass: HomeAssistant, entry: ConfigEntry[Any], names: Sequence[str]) -> None:
    """Create the repair issue for orphaned monitors, or delete it if there are none."""
    issue_id = f"monitors_of_nobody_{entry.entry_id}"
    if not names:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        data={"entry_id": entry.entry_id},
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key="monitors_of_nobody",
        translation_placeholders={"account": entry.title, "names": "\n".join(f"- {name}" for name in names)},
    )


@callback
def async_delete_all_issues(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Delete the repair issues of all monitors of an entry that is being removed."""
    async_update_orphan_issue(hass, entry, ())
    for subentry_id in monitor_subentries(entry):
        async_delete_issues(hass, subentry_id)
