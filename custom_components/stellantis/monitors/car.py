"""The monitors of one car: carries out what `reconcile.py` has planned."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

from ..api import CallbackStatus, Monitor, MonitoredData, NotFound, StellantisError
from ..push.own_callback import SyncAction
from ..push.vehicle_push import VehiclePush
from .own import (
    build_desired_requests,
    get_applicability,
    get_monitored_data,
    get_request_data,
    get_undecided_prefixes,
)
from .reconcile import MonitorPlan, MonitorStep, WrittenMonitor, reconcile
from .request import ATTR_DIGEST, compute_listed_digest, find_monitor, get_attribute
from .schedule import SyncSchedule, after_failure, after_success
from .user_sync import UserMonitor
from .write import Path, async_create_with_fallback, async_list_monitors
from .written import async_save_written, get_written


class CarMonitors:
    """The monitors of a car on the platform.

    Attributes:
        push: The car's push data.
        schedule: When the monitors are checked next.
        orphans: Monitors of our callback that have no subentry any more, with their paths.
    """

    def __init__(self, push: VehiclePush) -> None:
        self.push = push
        self.schedule = SyncSchedule()
        self.orphans: list[tuple[Path, Monitor]] = []
        self._client = push.account.client
        self._applicability: tuple[bool | None, ...] | None = None

    def has_changed_needs(self) -> bool:
        """Return whether the car has told something since the last check or call by which it needs other monitors."""
        if self._applicability is None:
            return False  # it was not checked
        before, self._applicability = self._applicability, get_applicability(self.push.status.data)
        return before != self._applicability

    async def async_sync(
        self, callback_id: str, users: Sequence[UserMonitor], removed_ids: Collection[str], now: float
    ) -> StellantisError | None:
        """Synchronize the monitors of the car.

        Args:
            callback_id: The id of our callback.
            users: The user's monitors of the car.
            removed_ids: The unique ids of monitors that the user has removed.
            now: The event loop's time.

        Returns:
            The first error, if any, so that other cars are not affected.
        """
        path = (self.push.status.vehicle_id, callback_id)
        self._applicability = get_applicability(self.push.status.data)
        try:
            plan = reconcile(
                await async_list_monitors(self._client, path),
                build_desired_requests(self.push),
                {user.unique_id: user.wanted for user in users},
                undecided=get_undecided_prefixes(self.push),
                removed_ids=removed_ids,
            )
        except StellantisError as err:
            self.count_failure(users, now)
            return err
        self.orphans = [(path, monitor) for monitor in plan.orphans]
        failures: list[StellantisError] = []
        is_accepted = False
        try:
            await async_delete(self.push, [(path, monitor) for monitor in plan.unneeded])
            is_accepted = await self._async_sync_own(path, plan)
        except StellantisError as err:
            failures.append(err)
        failures += await self._async_sync_users(path, plan, users)
        if failures:
            self.count_failure(users, now)
            return failures[0]
        self.schedule = after_success(now, is_complete=is_accepted)
        return None

    def count_failure(self, users: Sequence[UserMonitor], now: float) -> None:
        """Try again later; after several failures in a row, what was found before no longer counts."""
        self.schedule = after_failure(self.schedule, now)
        if self.schedule.is_unknown:
            self.deactivate(users)

    def deactivate(self, users: Sequence[UserMonitor]) -> None:
        """Poll the car as without push, and mark its user monitors unknown."""
        self.push.async_set_active(frozenset(), complete=False)
        for user in users:
            user.async_mark_unknown()

    async def _async_sync_own(self, path: Path, plan: MonitorPlan) -> bool:
        """Create, update or resume the integration's own monitors. Return whether the platform accepted all.

        Raises:
            StellantisError: A request failed.
        """
        covered = {label_prefix: await self._async_apply_own(path, step) for label_prefix, step in plan.own.items()}
        self.push.active_monitors = [label_prefix for label_prefix, data in covered.items() if data]
        is_accepted = all(covered.values())
        self.push.async_set_active(
            frozenset().union(*covered.values()),
            complete=bool(covered) and is_accepted and self.push.status.data is not None,
        )
        return is_accepted

    async def _async_apply_own(self, path: Path, step: MonitorStep) -> frozenset[MonitoredData]:
        """Carry out a step, and return the data that the monitor covers; empty if the platform rejects it."""
        existing, request = step.existing, step.request
        assert request  # noqa: S101 - own monitors always have one
        monitor_id, status = (existing.monitor_id, existing.status) if existing else (None, None)
        if step.action in (SyncAction.CREATE, SyncAction.UPDATE):
            covered, status, monitor_id = await async_create_with_fallback(self._client, path, monitor_id, request)
        else:
            covered = (existing and get_monitored_data(existing)) or get_request_data(request)
        if monitor_id and status in (CallbackStatus.PAUSED, CallbackStatus.FAILED):
            await self._client.set_monitor_status(*path, monitor_id, running=True)
        return covered

    async def _async_sync_users(
        self, path: Path, plan: MonitorPlan, users: Sequence[UserMonitor]
    ) -> list[StellantisError]:
        """Create, update or resume the user's monitors. Return the errors."""
        written: list[str] = []
        failures: list[StellantisError] = []
        name = self.push.status.vehicle.label or self.push.account.entry.title
        for user in users:
            try:
                if await user.async_apply(path, plan.user[user.unique_id], name):
                    written.append(user.unique_id)
            except StellantisError as err:
                failures.append(err)
        await async_read_back(self.push, path, written)
        return failures


async def async_delete(push: VehiclePush, monitors: Sequence[tuple[Path, Monitor]]) -> None:
    """Delete monitors of a car.

    Raises:
        StellantisError: A request failed.
    """
    for path, monitor in monitors:
        with suppress(NotFound):
            await push.account.client.delete_monitor(*path, str(monitor.monitor_id))


async def async_read_back(push: VehiclePush, path: Path, unique_ids: Collection[str]) -> None:
    """Remember how the platform lists monitors of the user that were just written: it may add or reorder something."""
    if not unique_ids:
        return
    listed: Sequence[Monitor] = ()
    with suppress(StellantisError):
        listed = await async_list_monitors(push.account.client, path)
    changes: Mapping[str, WrittenMonitor | None] = {
        unique_id: WrittenMonitor(digest=written.digest, listed=compute_listed_digest(monitor))
        for unique_id in unique_ids
        if (monitor := find_monitor(listed, unique_id))
        and (written := get_written(push.account.entry, unique_id))
        and get_attribute(monitor, ATTR_DIGEST) == written.digest
    }
    async_save_written(push.account.hass, push.account.entry, changes)
