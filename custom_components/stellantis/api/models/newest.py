"""Two statuses in, the newest of each of their parts out."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from .base import Group, Model, Timed
from .status import Odometer, Status

_TIMES = ("created_at", "updated_at")


@dataclass(frozen=True, slots=True)
class _Around:
    """What surrounds two parts: the times of both sides, and which of them counts where the parts leave it open."""

    old_time: datetime | None
    new_time: datetime | None
    new_counts: bool


def newest(old: Status | None, new: Status) -> Status:
    """Of each part the one that was measured later, whichever body brought it, in whatever order they came.

    A part that only one of them has is kept; what a part itself lacks is not filled from an older one. A part without
    a time is as old as the body around it, and between two of one time the one from the later body counts. The odometer
    never goes back. The result is `old` itself where `new` brings nothing new.
    """
    if old is None:
        return new
    old_time, new_time = old.measured_at, new.measured_at
    new_counts = old_time is None or new_time is None or new_time >= old_time
    merged = _parts(old, new, _Around(old_time, new_time, new_counts))
    return _replaced(merged, {name: _latest(getattr(old, name), getattr(new, name)) for name in _TIMES})


def _parts[M: Model](old: M, new: M, around: _Around) -> M:
    names = (field.name for field in fields(old) if field.name not in _TIMES)  # type: ignore[arg-type]
    return _replaced(old, {name: _chosen(getattr(old, name), getattr(new, name), around) for name in names})


def _chosen(old: Any, new: Any, around: _Around) -> Any:
    if old == new or new is None or new == ():
        return old
    if old is None or old == ():
        return new
    if isinstance(old, Timed):
        return _later(old, new, around)
    if isinstance(old, Group):
        return _parts(old, new, around)
    if isinstance(old, tuple):
        return _each(old, new, around)
    return new if around.new_counts else old


def _later[T: Timed](old: T, new: T, around: _Around) -> T:
    old_time = old.measured_at or around.old_time
    new_time = new.measured_at or around.new_time
    if old_time is None or new_time is None or old_time == new_time:
        new_counts = around.new_counts and _has_content(new)
    else:
        new_counts = new_time > old_time
    later = new if new_counts else old
    within = _Around(old_time, new_time, new_counts)
    changes = {
        field.name: _chosen(getattr(old, field.name), getattr(new, field.name), within)
        for field in fields(later)
        if isinstance(getattr(old, field.name), Group)
    }
    if isinstance(old, Odometer) and isinstance(new, Odometer):
        changes["mileage"] = _latest(old.mileage, new.mileage)
    return _replaced(later, changes)


def _each(old: tuple[Timed, ...], new: tuple[Timed, ...], around: _Around) -> tuple[Timed, ...]:
    """Merge lists by what their items are, since their order says nothing."""
    before, after = _numbered(old), _numbered(new)
    merged = tuple(_chosen(before.get(key), after.get(key), around) for key in sorted(before | after))
    return old if merged == old else merged


def _numbered(parts: Iterable[Timed]) -> dict[tuple[str, int], Timed]:
    """The parts by their keys; of two electric engines the second is the second."""
    numbered: dict[tuple[str, int], Timed] = {}
    for part in parts:
        number = sum(key == part.key for key, _ in numbered)
        numbered[part.key, number] = part
    return numbered


def _has_content(part: Timed) -> bool:
    return any(getattr(part, field.name) not in {None, ()} for field in fields(part) if field.name not in _TIMES)


def _latest[C: (datetime, float)](old: C | None, new: C | None) -> C | None:
    if old is None or new is None:
        return old if new is None else new
    return max(old, new)


def _replaced[M: Model](model: M, changes: dict[str, Any]) -> M:
    """The model with the changes in it, or the model itself where they change nothing."""
    changed = {name: value for name, value in changes.items() if value != getattr(model, name)}
    return replace(model, **changed) if changed else model  # type: ignore[type-var]
