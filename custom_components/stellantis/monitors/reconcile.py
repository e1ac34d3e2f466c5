"""Compares the monitors on the platform with those that should be there, ours and the user's. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ..api import CallbackStatus, Monitor
from ..api.requests import MonitorRequest
from ..push.own_callback import SyncAction
from .own import get_label, is_own
from .request import ATTR_DIGEST, ATTR_OWNER, compute_digest, compute_listed_digest, get_attribute, to_request


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenMonitor:
    """What this Home Assistant wrote last to one of the user's monitors.

    Attributes:
        digest: The digest of the request.
        listed: The digest of what the platform listed after that; None if not known.
    """

    digest: str
    listed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedMonitor:
    """One of the user's monitors.

    Attributes:
        request: What it should be; None if nothing is sent, because it is invalid or was refused a short time ago.
        written: What was written last; None if not known.
    """

    request: MonitorRequest | None
    written: WrittenMonitor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorStep:
    """What to do about one monitor.

    Attributes:
        action: What to do.
        request: What it should be.
        existing: What the platform has.
    """

    action: SyncAction
    request: MonitorRequest | None
    existing: Monitor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorPlan:
    """What to do about the monitors of a car.

    Attributes:
        own: The integration's own monitors, by label prefix.
        user: The user's monitors, by unique id.
        unneeded: Monitors to delete: duplicates, those the integration no longer needs, and those the user removed.
        orphans: Monitors that nobody in this Home Assistant knows: ask the user.
    """

    own: Mapping[str, MonitorStep]
    user: Mapping[str, MonitorStep]
    unneeded: Sequence[Monitor]
    orphans: Sequence[Monitor]


def reconcile(
    listed: Sequence[Monitor],
    own: Mapping[str, MonitorRequest],
    user: Mapping[str, WantedMonitor],
    *,
    undecided: Collection[str] = (),
    removed_ids: Collection[str] = (),
) -> MonitorPlan:
    """Return what to do so that the platform has the monitors of a car that it should have.

    Args:
        listed: The monitors of the car under our callback.
        own: The requests for the integration's own monitors, by label prefix.
        user: The user's monitors, by unique id.
        undecided: Label prefixes of own monitors of which it is not known whether the car needs them.
        removed_ids: The unique ids of monitors that the user has removed since the last synchronization.
    """
    owners = {id(monitor): get_attribute(monitor, ATTR_OWNER) for monitor in listed}
    own_steps: dict[str, MonitorStep] = {}
    user_steps: dict[str, MonitorStep] = {}
    unneeded: list[Monitor] = []
    not_of_user = [monitor for monitor in listed if owners[id(monitor)] is None]
    for label_prefix, request in own.items():
        candidates = [monitor for monitor in not_of_user if get_label(monitor).startswith(label_prefix)]
        existing = min(candidates, key=lambda monitor: get_label(monitor) != request.label, default=None)
        own_steps[label_prefix] = MonitorStep(
            action=_own_action(existing, request.label), request=request, existing=existing
        )
    kept = {id(step.existing) for step in own_steps.values()}
    unneeded += [
        monitor
        for monitor in not_of_user
        if id(monitor) not in kept and is_own(monitor) and not get_label(monitor).startswith(tuple(undecided))
    ]
    for unique_id, wanted in user.items():
        candidates = [monitor for monitor in listed if owners[id(monitor)] == unique_id]
        candidates.sort(key=lambda monitor: is_changed_elsewhere(monitor, wanted))
        existing = candidates[0] if candidates else None
        user_steps[unique_id] = MonitorStep(
            action=_user_action(existing, wanted), request=wanted.request, existing=existing
        )
        unneeded += candidates[1:]
    unneeded += [monitor for monitor in listed if owners[id(monitor)] in removed_ids]
    known_ids = {*user, *removed_ids}
    orphans = [
        monitor
        for monitor in listed
        if (owner := owners[id(monitor)]) not in known_ids
        and (owner or not (is_own(monitor) or get_label(monitor).startswith(tuple(own))))
    ]
    return MonitorPlan(own=own_steps, user=user_steps, unneeded=unneeded, orphans=orphans)


def _own_action(existing: Monitor | None, label: str) -> SyncAction:
    if existing is None:
        return SyncAction.CREATE
    if get_label(existing) != label or existing.status == CallbackStatus.FAILED:
        return SyncAction.UPDATE
    return SyncAction.RESUME if existing.status == CallbackStatus.PAUSED else SyncAction.LEAVE


def _user_action(existing: Monitor | None, wanted: WantedMonitor) -> SyncAction:
    if wanted.request is None:
        return SyncAction.LEAVE
    if existing is None:
        return SyncAction.CREATE
    if is_changed_elsewhere(existing, wanted):
        return SyncAction.ASK
    if compute_digest(wanted.request) != get_attribute(existing, ATTR_DIGEST):
        return SyncAction.UPDATE
    return SyncAction.RESUME if existing.status == CallbackStatus.FAILED else SyncAction.LEAVE


def is_changed_elsewhere(monitor: Monitor, wanted: WantedMonitor) -> bool:
    """Return whether somebody else has changed a monitor: it differs from what was written last and what it should be.

    The platform may list a monitor otherwise than it was written, so what it listed after our own write counts.
    """
    digest, written = get_attribute(monitor, ATTR_DIGEST), wanted.written
    wanted_digest = wanted.request and compute_digest(wanted.request)
    if written and digest not in (written.digest, wanted_digest):
        return True  # written by another Home Assistant, for example one from a copy of this one
    if written and written.listed and digest == written.digest:
        return compute_listed_digest(monitor) != written.listed
    request = to_request(monitor)
    return request is None or compute_digest(request) not in (digest, wanted_digest)
