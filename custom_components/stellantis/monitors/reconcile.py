"""Compares the monitors on the platform with those that should be there. Pure: it sends nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ..api import CallbackStatus, Monitor
from ..api.requests import MonitorRequest
from .own import get_label, is_own
from .request import ATTR_OWNER, get_attribute


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMonitor:
    """One of the integration's own monitors: what it should be, and what the platform has.

    Attributes:
        request: What it should be.
        existing: What the platform has; None if it has to be created.
        is_current: Whether the existing one is as it should be. It may still be paused.
    """

    request: MonitorRequest
    existing: Monitor | None
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorPlan:
    """What to do about the monitors of a car.

    Attributes:
        own: The integration's own monitors, by label prefix: create, update, resume or leave them.
        outdated: Monitors that the integration created and no longer needs: delete them.
        removed: Monitors that the user removed in Home Assistant: delete them.
        orphans: Monitors that nobody in this Home Assistant knows: ask the user.
    """

    own: Mapping[str, OwnMonitor]
    outdated: Sequence[Monitor]
    removed: Sequence[Monitor]
    orphans: Sequence[Monitor]


def reconcile(
    listed: Sequence[Monitor],
    desired: Mapping[str, MonitorRequest],
    *,
    user_ids: Collection[str],
    removed_ids: Collection[str],
) -> MonitorPlan:
    """Return what to do so that the platform has the monitors of a car that it should have.

    Args:
        listed: The monitors of the car under our callback.
        desired: The requests for the integration's own monitors, by label prefix.
        user_ids: The unique ids of the user's monitors of the car.
        removed_ids: The unique ids of monitors that the user has removed since the last synchronization.
    """
    own: dict[str, OwnMonitor] = {}
    not_of_user = [monitor for monitor in listed if get_attribute(monitor, ATTR_OWNER) is None]
    for label_prefix, request in desired.items():
        candidates = [monitor for monitor in not_of_user if get_label(monitor).startswith(label_prefix)]
        existing = min(candidates, key=lambda monitor: get_label(monitor) != request.label, default=None)
        own[label_prefix] = OwnMonitor(
            request=request,
            existing=existing,
            is_current=existing is not None
            and get_label(existing) == request.label
            and existing.status != CallbackStatus.FAILED,
        )
        if existing is not None:
            not_of_user.remove(existing)
    outdated = [monitor for monitor in not_of_user if is_own(monitor)]
    of_user = {monitor.monitor_id: get_attribute(monitor, ATTR_OWNER) for monitor in listed}
    removed = [monitor for monitor in listed if of_user[monitor.monitor_id] in removed_ids]
    orphans = [
        monitor
        for monitor in listed
        if (owner := of_user[monitor.monitor_id]) not in {*user_ids, *removed_ids}
        and (owner or not (is_own(monitor) or get_label(monitor).startswith(tuple(desired))))
    ]
    return MonitorPlan(own=own, outdated=outdated, removed=removed, orphans=orphans)
