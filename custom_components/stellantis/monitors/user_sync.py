"""The user's monitors: synchronization of each with the platform, its status and its repair issues."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from ..api import (
    CallbackStatus,
    Forbidden,
    InvalidRequest,
    InvalidResponse,
    Monitor,
    NotFound,
    Notification,
    StellantisClient,
)
from ..api.exceptions import InvalidValue
from ..api.requests import MonitorRequest
from ..const import DOMAIN
from ..coordinator import AccountContext
from .request import (
    ATTR_DIGEST,
    ATTR_OWNER,
    CONF_VIN,
    SUBENTRY_TYPE_MONITOR,
    compute_digest,
    get_attribute,
    is_modified,
    request_from_subentry,
    subentry_data,
    to_request,
    with_ownership,
)

REJECTED_RETRY_INTERVAL: Final = timedelta(days=1)
ISSUE_KEYS: Final = ("monitor_changed", "monitor_refused")


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
        self._rejection: tuple[str, datetime] | None = None
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

    async def async_sync(self, path: tuple[str, str], listed: Sequence[Monitor], vehicle_name: str) -> None:
        """Create or update the monitor on the platform, unless somebody else modified it there.

        Args:
            path: Ids of the vehicle and the callback.
            listed: All monitors on the platform with this path.
            vehicle_name: Name of the car for repair issues.

        Raises:
            StellantisError: A request failed, other than by rejection.
        """
        client, self.path, self._vehicle_name = self.account.client, path, vehicle_name
        own = [monitor for monitor in listed if get_attribute(monitor, ATTR_OWNER) == self.unique_id]
        own.sort(key=is_modified)
        existing = own[0] if own else None
        self.remote, self.monitor_id = existing, existing.monitor_id if existing else None
        for duplicate in own[1:]:
            await client.delete_monitor(*path, str(duplicate.monitor_id))
        status = existing.status if existing else None
        self.is_paused = status == CallbackStatus.PAUSED
        request = self._build_request()
        if request is None or self._is_recently_rejected(request):
            self._set_status(MonitorStatus.REJECTED)
        elif existing and is_modified(existing):
            self._set_status(MonitorStatus.MODIFIED)
        else:
            self._set_status(
                STATUS_FROM_PLATFORM.get(status, MonitorStatus.RUNNING) if existing else MonitorStatus.NOT_CREATED
            )
            await self._async_apply(client, path, request, existing)

    async def _async_apply(
        self, client: StellantisClient, path: tuple[str, str], request: MonitorRequest, existing: Monitor | None
    ) -> None:
        status = existing.status if existing else None
        try:
            if existing is None or self.monitor_id is None:
                created = await client.create_monitor(*path, with_ownership(request, self.unique_id))
                self.monitor_id, status = created.monitor_id, created.status
            elif compute_digest(request) != get_attribute(existing, ATTR_DIGEST):
                status = (
                    await client.update_monitor(*path, self.monitor_id, with_ownership(request, self.unique_id))
                ).status
            if status == CallbackStatus.FAILED and self.monitor_id:
                status = (await client.set_monitor_status(*path, self.monitor_id, running=True)).status
        except (InvalidRequest, Forbidden) as err:
            self._mark_rejected(err.message or str(err), compute_digest(request))
            return
        self._set_status(STATUS_FROM_PLATFORM.get(status, MonitorStatus.RUNNING))

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

    async def async_resolve(self, *, keep: bool) -> bool:
        """Adopt the monitor on the platform that somebody else modified, or overwrite it with the subentry's.

        Args:
            keep: Adopt the platform's version instead of overwriting it.

        Returns:
            Whether the monitor still exists and has a valid request to send.

        Raises:
            StellantisError: The request failed.
        """
        request = to_request(self.remote) if keep and self.remote else self._build_request()
        if request is None or self.path is None or self.monitor_id is None:
            return False
        await self.account.client.update_monitor(*self.path, self.monitor_id, with_ownership(request, self.unique_id))
        self._rejection = None
        self._set_status(MonitorStatus.PAUSED if self.is_paused else MonitorStatus.RUNNING)
        if keep:
            self.account.hass.config_entries.async_update_subentry(
                self.account.entry, self.subentry, data=subentry_data(self.vin, request), title=request.label
            )
        return True

    def _build_request(self) -> MonitorRequest | None:
        try:
            return request_from_subentry(self.subentry.data, self.subentry.title)
        except (InvalidValue, InvalidResponse, KeyError, TypeError, ValueError) as err:
            self._mark_rejected(str(err))
            return None

    def _is_recently_rejected(self, request: MonitorRequest) -> bool:
        """Return whether the platform recently rejected this same request."""
        return (
            self._rejection is not None
            and self._rejection[0] == compute_digest(request)
            and dt_util.utcnow() < self._rejection[1]
        )

    def _mark_rejected(self, message: str, digest: str = "") -> None:
        self._rejection = (digest, dt_util.utcnow() + REJECTED_RETRY_INTERVAL)
        self._set_status(MonitorStatus.REJECTED, message)

    def _set_status(self, status: MonitorStatus | None, message: str = "") -> None:
        """Set the status, update the repair issues and notify listeners.

        Args:
            status: The new status; None if not known.
            message: Why the monitor was rejected, for a new issue.
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
        if status is MonitorStatus.REJECTED and message:
            ir.async_create_issue(
                hass,
                DOMAIN,
                f"monitor_refused_{subentry.subentry_id}",
                is_fixable=False,
                severity=ir.IssueSeverity.ERROR,
                translation_key="monitor_refused",
                translation_placeholders={"monitor": subentry.title, "car": self._vehicle_name, "words": message},
            )
        elif status not in (MonitorStatus.REJECTED, None, MonitorStatus.NOT_CREATED):
            ir.async_delete_issue(hass, DOMAIN, f"monitor_refused_{subentry.subentry_id}")
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
        translation_placeholders={"account": entry.title, "names": ", ".join(names)},
    )


@callback
def async_delete_all_issues(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Delete the repair issues of all monitors of an entry that is being removed."""
    async_update_orphan_issue(hass, entry, ())
    for subentry_id in monitor_subentries(entry):
        async_delete_issues(hass, subentry_id)


async def async_create_or_update(
    client: StellantisClient, path: tuple[str, str], listed: Sequence[Monitor], unique_id: str, request: MonitorRequest
) -> None:
    """Create a user's monitor, or update it if it is among the listed ones.

    Raises:
        StellantisError: The platform rejected the monitor, or the request failed.
    """
    own = (monitor.monitor_id for monitor in listed if get_attribute(monitor, ATTR_OWNER) == unique_id)
    monitor_id = next(own, None)
    if monitor_id:
        await client.update_monitor(*path, monitor_id, with_ownership(request, unique_id))
    else:
        await client.create_monitor(*path, with_ownership(request, unique_id))
