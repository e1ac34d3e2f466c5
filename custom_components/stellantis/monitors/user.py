"""What people have watched: each monitor of theirs, what the platform has of it, and what becomes of it."""

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
from ..coordinator import Account
from .request import CONF_VIN, MONITOR, WATCH, WRITTEN, attribute, digest, kept, there, wanted, was_changed, written

# What was refused is tried again after so long
REFUSED: Final = timedelta(days=1)
ISSUES: Final = ("monitor_changed", "monitor_refused")


class WatchStatus(StrEnum):
    """How a person's monitor is."""

    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"
    CHANGED = "changed"
    REFUSED = "refused"
    MISSING = "missing"


STATUSES: Final[Mapping[str | None, WatchStatus]] = {
    CallbackStatus.PAUSED: WatchStatus.PAUSED,
    CallbackStatus.FAILED: WatchStatus.FAILED,
}


class Watch:
    """A person's monitor: what is wanted, and what the platform has of it.

    Attributes:
        place: the ids of the car and the callback, once it was looked there.
        monitor_id: by which the platform knows it; None where it is not there, or not known to be.
        theirs: what the platform has, when it was last looked.
        is_paused: whether it is paused on the platform.
        status: how it is; None where that is not known.
    """

    def __init__(self, account: Account, subentry: ConfigSubentry) -> None:
        self.account, self.subentry = account, subentry
        self.unique_id = subentry.unique_id or subentry.subentry_id
        self.seen = (subentry.title, subentry.data)
        self.place: tuple[str, str] | None = None
        self.monitor_id: str | None = None
        self.theirs: Monitor | None = None
        self.is_paused = False
        self.status: WatchStatus | None = None
        self._car = account.entry.title
        self._refused: tuple[str, datetime] | None = None
        self._listeners: list[Callable[[Notification | None], None]] = []

    @property
    def vin(self) -> str:
        """Of the car that is watched; empty where the subentry does not say."""
        return str(self.subentry.data.get(CONF_VIN, ""))

    @property
    def can_be_kept(self) -> bool:
        """Whether what the platform has can be said here."""
        return self.theirs is not None and there(self.theirs) is not None

    @callback
    def async_listen(self, hear: Callable[[Notification | None], None]) -> CALLBACK_TYPE:
        """Have heard what it tells, and, as None, that it is another way than before; return what ends that."""
        self._listeners.append(hear)
        return partial(self._listeners.remove, hear)

    @callback
    def async_hear(self, notification: Notification | None = None) -> None:
        """Tell those who listen."""
        for hear in tuple(self._listeners):
            hear(notification)

    @callback
    def async_lose(self) -> None:
        """Know nothing of it any more."""
        self.monitor_id, self.theirs = None, None
        self._show(None)

    async def async_keep(self, place: tuple[str, str], listed: Sequence[Monitor], car: str) -> None:
        """Have it there, as it is wanted, unless somebody else changed it there. Raises StellantisError."""
        client, self.place, self._car = self.account.client, place, car
        same = sorted((one for one in listed if attribute(one, WATCH) == self.unique_id), key=was_changed)
        found = same[0] if same else None
        self.theirs, self.monitor_id = found, found.monitor_id if found else None
        for one in same[1:]:
            await client.delete_monitor(*place, str(one.monitor_id))
        status = found.status if found else None
        self.is_paused = status == CallbackStatus.PAUSED
        plan = self._plan()
        if plan is None or self._rests(plan):
            self._show(WatchStatus.REFUSED)
        elif found and was_changed(found):
            self._show(WatchStatus.CHANGED)
        else:
            self._show(STATUSES.get(status, WatchStatus.RUNNING) if found else WatchStatus.MISSING)
            await self._async_mend(client, place, plan, found)

    async def _async_mend(
        self, client: StellantisClient, place: tuple[str, str], plan: MonitorRequest, found: Monitor | None
    ) -> None:
        status = found.status if found else None
        try:
            if found is None or self.monitor_id is None:
                made = await client.create_monitor(*place, written(plan, self.unique_id))
                self.monitor_id, status = made.monitor_id, made.status
            elif digest(plan) != attribute(found, WRITTEN):
                status = (await client.update_monitor(*place, self.monitor_id, written(plan, self.unique_id))).status
            if status == CallbackStatus.FAILED and self.monitor_id:
                status = (await client.set_monitor_status(*place, self.monitor_id, running=True)).status
        except (InvalidRequest, Forbidden) as err:
            self._refuse(err.message or str(err), digest(plan))
            return
        self._show(STATUSES.get(status, WatchStatus.RUNNING))

    async def async_turn(self, *, running: bool) -> None:
        """Pause it, or let it run. Raises StellantisError."""
        if self.place is None or self.monitor_id is None:
            raise NotFound("There is no such monitor")
        await self.account.client.set_monitor_status(*self.place, self.monitor_id, running=running)
        self.is_paused = not running
        if self.status in (WatchStatus.CHANGED, WatchStatus.REFUSED):
            self.async_hear()
        else:
            self._show(WatchStatus.RUNNING if running else WatchStatus.PAUSED)

    async def async_settle(self, *, keep: bool) -> bool:
        """Keep what the platform has, or put back what is here; say whether it could. Raises StellantisError."""
        request = there(self.theirs) if keep and self.theirs else self._plan()
        if request is None or self.place is None or self.monitor_id is None:
            return False
        await self.account.client.update_monitor(*self.place, self.monitor_id, written(request, self.unique_id))
        self._refused = None
        self._show(WatchStatus.PAUSED if self.is_paused else WatchStatus.RUNNING)
        if keep:
            self.account.hass.config_entries.async_update_subentry(
                self.account.entry, self.subentry, data=kept(self.vin, request), title=request.label
            )
        return True

    def _plan(self) -> MonitorRequest | None:
        try:
            return wanted(self.subentry.data, self.subentry.title)
        except (InvalidValue, InvalidResponse, KeyError, TypeError, ValueError) as err:
            self._refuse(str(err))
            return None

    def _rests(self, plan: MonitorRequest) -> bool:
        """Say whether it was refused as it is, not long ago."""
        return self._refused is not None and self._refused[0] == digest(plan) and dt_util.utcnow() < self._refused[1]

    def _refuse(self, words: str, refused: str = "") -> None:
        self._refused = (refused, dt_util.utcnow() + REFUSED)
        self._show(WatchStatus.REFUSED, words)

    def _show(self, status: WatchStatus | None, words: str = "") -> None:
        """Show how it is, and say so where a person has to do something."""
        self.status = status
        hass, subentry = self.account.hass, self.subentry
        if status is WatchStatus.CHANGED:
            ir.async_create_issue(
                hass,
                DOMAIN,
                f"monitor_changed_{subentry.subentry_id}",
                data={"entry_id": self.account.entry.entry_id, "subentry_id": subentry.subentry_id},
                is_fixable=True,
                severity=ir.IssueSeverity.WARNING,
                translation_key="monitor_changed",
                translation_placeholders={"monitor": subentry.title, "car": self._car},
            )
        elif status is not None:
            ir.async_delete_issue(hass, DOMAIN, f"monitor_changed_{subentry.subentry_id}")
        if status is WatchStatus.REFUSED and words:
            ir.async_create_issue(
                hass,
                DOMAIN,
                f"monitor_refused_{subentry.subentry_id}",
                is_fixable=False,
                severity=ir.IssueSeverity.ERROR,
                translation_key="monitor_refused",
                translation_placeholders={"monitor": subentry.title, "car": self._car, "words": words},
            )
        elif status not in (WatchStatus.REFUSED, None, WatchStatus.MISSING):
            ir.async_delete_issue(hass, DOMAIN, f"monitor_refused_{subentry.subentry_id}")
        self.async_hear()


def monitors_of(entry: ConfigEntry[Any]) -> dict[str, ConfigSubentry]:
    """Return the subentries of an entry that are monitors, by their ids."""
    return {key: one for key, one in entry.subentries.items() if one.subentry_type == MONITOR}


@callback
def async_forget(hass: HomeAssistant, subentry_id: str) -> None:
    """Say nothing more of a monitor that is gone."""
    for issue in ISSUES:
        ir.async_delete_issue(hass, DOMAIN, f"{issue}_{subentry_id}")


@callback
def async_tell_nobodys(hass: HomeAssistant, entry: ConfigEntry[Any], names: Sequence[str]) -> None:
    """Say of which monitors there is nobody who asks for them any more."""
    issue = f"monitors_of_nobody_{entry.entry_id}"
    if not names:
        ir.async_delete_issue(hass, DOMAIN, issue)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue,
        data={"entry_id": entry.entry_id},
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key="monitors_of_nobody",
        translation_placeholders={"account": entry.title, "names": ", ".join(names)},
    )


@callback
def async_forget_all(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Say nothing more of the monitors of an entry that is removed."""
    async_tell_nobodys(hass, entry, ())
    for subentry_id in monitors_of(entry):
        async_forget(hass, subentry_id)


async def async_put(
    client: StellantisClient, place: tuple[str, str], listed: Sequence[Monitor], unique_id: str, request: MonitorRequest
) -> None:
    """Make a monitor, or the one that is there another. Raises StellantisError."""
    same = next((one.monitor_id for one in listed if attribute(one, WATCH) == unique_id), None)
    if same:
        await client.update_monitor(*place, same, written(request, unique_id))
    else:
        await client.create_monitor(*place, written(request, unique_id))
