"""Merge two statuses, part by part."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from operator import attrgetter, is_
from typing import Any, Final, get_args, get_type_hints

from .base import TIME_FIELDS, Model, ModelGroup, TimedModel, copy_with
from .energy import KEPT_MEMBERS, Energy, MemberTimes
from .odometer import Odometer, merge_odometers
from .status import Status

# A time further ahead is wrong; clocks of vehicles and of Home Assistant differ by less
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
# What newer bodies lack is forgotten if it is so much older than they are
MAX_KEPT_AGE: Final = timedelta(days=7)


def merge_newest(old: Status | None, new: Status, now: datetime | None = None) -> Status:
    """Merge two statuses, keeping the more recent version of each part, in whatever order they were received.

    - A part without a timestamp inherits the one of its parent. A part is never newer than its body, and a body is
      never newer than now: later timestamps are wrong, and are replaced.
    - Parts are replaced as a whole: missing members are not filled in from an older version. Only an energy keeps the
      members that vehicles leave out at times, each with its own time. An empty part replaces nothing.
    - If timestamps are equal, the part of the more recent status is kept.
    - What the more recent status lacks is kept for MAX_KEPT_AGE.
    - Of the odometer, the more credible reading is kept.
    - Parts that have not changed stay the same objects.

    Args:
        old: The status that is known; None if there is none.
        new: The status that was received.
        now: The present time; None to believe all timestamps.

    Returns:
        The merged status, or `old` itself if nothing changed.
    """
    new = _with_credible_timestamps(new, now, old)
    if old is None:
        return new
    limit = now + CLOCK_TOLERANCE if now else None
    old_time, new_time = _Context(limit, old.redated_at).credible_time(old), new.measured_at
    newest = max((time for time in (old_time, new_time) if time), default=None)
    context = _Context(limit, old.redated_at, newest - MAX_KEPT_AGE if newest else None)
    prefer_new = old_time is None or new_time is None or new_time >= old_time
    changes = {name: _later(getattr(old, name), getattr(new, name), limit) for name in TIME_FIELDS}
    is_changed = any(time != getattr(old, name) for name, time in changes.items())
    # Most parts have not changed. With their own time, they need not be merged
    for name in _differing_parts(old, new) if new_time else _part_names(Status):
        known, received = getattr(old, name), getattr(new, name)
        dated = _date(known, old.measured_at, None)
        changes[name] = _merge_values(dated, received, prefer_new=prefer_new, context=context)
        is_changed = is_changed or changes[name] != dated
    return _replace_changed(old, {**changes, "redated_at": new.redated_at or old.redated_at}) if is_changed else old


def has_better_time(known: Status, new: Status, now: datetime) -> bool:
    """Return whether the timestamp of a known status was replaced as wrong, and the one that was received is credible.

    This is so after the clock of Home Assistant was behind.
    """
    is_credible = new.measured_at is not None and new.measured_at <= now + CLOCK_TOLERANCE
    return is_credible and known.redated_at is not None and known.measured_at == known.redated_at


@dataclass(frozen=True, slots=True)
class _Context:
    """What applies to all parts.

    Attributes:
        limit: The latest credible time; None if unknown.
        redated_at: The time that replaced wrong timestamps of the known status; None if there were none.
        oldest: The earliest time of parts that the more recent status may lack; None if unknown.
    """

    limit: datetime | None
    redated_at: datetime | None
    oldest: datetime | None = None

    def credible_time(self, old: TimedModel) -> datetime | None:
        """Return when a known part was measured, as far as it is credible.

        A part whose timestamp was wrong may have been measured a little before it was received.
        """
        time = old.measured_at
        if time is None or (self.limit and time > self.limit):
            return None  # the clock of Home Assistant has been set back
        return time - CLOCK_TOLERANCE if time == self.redated_at else time


def _with_credible_timestamps(status: Status, now: datetime | None, known: Status | None) -> Status:
    """Return a received status of which no part is newer than the status, and which is not newer than now."""
    measured_at = status.measured_at
    if now is None or measured_at is None or measured_at <= now + CLOCK_TOLERANCE:
        known_time = known.measured_at if known else None
        is_next = measured_at and known_time and known_time <= measured_at
        return _with_timestamps(status, None, measured_at if now and measured_at else now, known if is_next else None)
    return replace(_with_timestamps(status, None, now), redated_at=now)


def _with_timestamps[M: Model](
    model: M, parent_time: datetime | None, latest: datetime | None, dated: M | None = None
) -> M:
    """Return the model with a timestamp in each of its parts, none of them after the latest credible time.

    Args:
        model: The model.
        parent_time: The time that a part without a timestamp inherits.
        latest: The latest credible time; None to believe all timestamps.
        dated: An earlier version. The parts that it shares with the model have their timestamps.
    """
    changes: dict[str, Any] = {}
    if isinstance(model, TimedModel):
        measured_at = model.measured_at
        if measured_at is None:
            if parent_time is not None:
                changes["created_at"] = parent_time
        elif latest is not None and measured_at > latest:
            times = {name: getattr(model, name, None) for name in TIME_FIELDS}
            changes |= {name: min(time, latest) for name, time in times.items() if time}
            measured_at = latest
        parent_time = measured_at or parent_time
    names = _differing_parts(model, dated) if dated else _part_names(type(model))  # type: ignore[arg-type] # python/mypy#11470: classes do hash
    for name in names:
        part = getattr(model, name)
        if (credible := _date(part, parent_time, latest)) is not part:
            changes[name] = credible
    return copy_with(model, changes) if changes else model


def _date(part: Any, parent_time: datetime | None, latest: datetime | None) -> Any:
    """Return a part, or the parts of a collection, with a timestamp, as `_with_timestamps` does."""
    if part is None:
        return None
    if type(part) is tuple:
        return _keep(part, tuple(_with_timestamps(item, parent_time, latest) for item in part))
    return _with_timestamps(part, parent_time, latest)


def _keep(known: tuple[Any, ...], parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a known collection if it consists of the same objects, else the other one."""
    return known if len(known) == len(parts) and all(map(is_, known, parts, strict=True)) else parts


@cache
def _part_names(model: type[Model]) -> tuple[str, ...]:
    """Return the names of the fields of a model that contain parts with their own timestamps; most have none.

    In a timed model these are only groups: everything else was measured together with the model.
    """
    part_types = (TimedModel, ModelGroup) if issubclass(model, Status | ModelGroup) else (ModelGroup,)
    return tuple(
        name
        for name, hint in get_type_hints(model).items()
        if any(isinstance(part, type) and issubclass(part, part_types) for part in get_args(hint))
    )


@cache
def _part_reader(model: type[Model]) -> attrgetter[tuple[Any, ...]]:
    return attrgetter(*_part_names(model))  # type: ignore[arg-type] # python/mypy#11470: classes do hash


def _differing_parts[M: Model](first: M, second: M) -> list[str]:
    """Return the names of the parts that are not the same objects in both statuses."""
    read, names = _part_reader(type(first)), _part_names(type(first))  # type: ignore[arg-type] # the same
    return [name for name, part, other in zip(names, read(first), read(second), strict=True) if part is not other]


def _merge[M: Model](old: M, new: M, *, prefer_new: bool, context: _Context) -> M:
    """Return the more recent model with the more recent version of each part of both."""
    if isinstance(old, TimedModel) and isinstance(new, TimedModel) and not isinstance(old, Status):
        prefer_new = _is_newer(old, new, prefer_new=prefer_new, context=context)
    preferred, other = (new, old) if prefer_new else (old, new)
    changes = {
        name: _merge_values(getattr(old, name), getattr(new, name), prefer_new=prefer_new, context=context)
        for name in _part_names(type(old))  # type: ignore[arg-type] # the same
    }
    if isinstance(preferred, Energy) and isinstance(other, Energy):
        changes |= _kept_members(preferred, other, context)
    return _replace_changed(preferred, changes)


def _kept_members(preferred: Energy, other: Energy, context: _Context) -> dict[str, Any]:
    """Return the members that the more recent version of an energy lacks, or that the other one measured later."""
    changes: dict[str, Any] = {}
    for name in KEPT_MEMBERS:
        value = getattr(other, name)
        if value is None:
            continue
        time, present = other.time_of(name), getattr(preferred, name)
        if present is None:
            is_kept = time is None or context.oldest is None or time >= context.oldest
        else:
            present_time = preferred.time_of(name)
            is_kept = time is not None and present_time is not None and time > present_time
            is_kept = is_kept and (context.limit is None or time is None or time <= context.limit)
        if is_kept:
            changes[name] = value
            times = changes.get("member_times") or preferred.member_times or MemberTimes()
            changes["member_times"] = replace(times, **{name: time})
    return changes


def _is_newer(old: TimedModel, new: TimedModel, *, prefer_new: bool, context: _Context) -> bool:
    """Return whether the new version of a part is the more recent one. An empty version tells nothing."""
    old_time, new_time = context.credible_time(old), new.measured_at
    if old_time and new_time and old_time != new_time:
        prefer_new = new_time > old_time
    return prefer_new and old.is_empty if new.is_empty else prefer_new or old.is_empty


def _merge_values(old: Any, new: Any, *, prefer_new: bool, context: _Context) -> Any:
    """Return the merged version of a part, of a group or of a collection; an equal part stays the same object."""
    if isinstance(old, tuple):
        old_parts, new_parts = _index_parts(old), _index_parts(new)
        # Sorted, because their order in a body is meaningless.
        parts = (
            _merge_values(old_parts.get(key), new_parts.get(key), prefer_new=prefer_new, context=context)
            for key in sorted(old_parts | new_parts)
        )
        return _keep(new, _keep(old, tuple(part for part in parts if part is not None)))
    if isinstance(old, Odometer) and isinstance(new, Odometer):
        merged, preferred = merge_odometers(old, new), new if prefer_new else old
        return preferred if merged == preferred else merged  # a body that confirms the reading ends all doubt
    if old == new:
        return old
    if isinstance(existing := old or new, ModelGroup):  # its other fields belong to the parent
        return _merge(old or type(existing)(), new or type(existing)(), prefer_new=prefer_new, context=context)
    if new is None and prefer_new and context.oldest and existing.measured_at and existing.measured_at < context.oldest:
        return None
    return existing if old is None or new is None else _merge(old, new, prefer_new=prefer_new, context=context)


def _index_parts(parts: Iterable[TimedModel]) -> dict[tuple[str, int], TimedModel]:
    """Return the parts by key and number, since there may be two electric engines."""
    indexed: dict[tuple[str, int], TimedModel] = {}
    for part in parts:
        number = sum(key == part.merge_key for key, _ in indexed)
        indexed[part.merge_key, number] = part
    return indexed


def _later(old: datetime | None, new: datetime | None, limit: datetime | None) -> datetime | None:
    if old is None or new is None or (limit and old > limit):
        return old if new is None else new
    return max(old, new)


def _replace_changed[M: Model](model: M, changes: dict[str, Any]) -> M:
    """Return the model with the changes applied, or the model itself if nothing changes."""
    effective = {name: value for name, value in changes.items() if value is not getattr(model, name)}
    return copy_with(model, effective) if effective else model
