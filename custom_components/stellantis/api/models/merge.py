"""Two statuses in, the newest of each of their parts out."""

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import datetime
from functools import cache
from typing import Any, get_args, get_type_hints

from .base import Group, Model, Timed
from .status import Odometer, Status

_TIMES = ("created_at", "updated_at")
_GROUPS = (Group,)
_TIMED_OR_GROUPS = (Timed, Group)


def newest(old: Status | None, new: Status) -> Status:
    """Of each part the one that was measured later, whichever body brought it, in whatever order they came.

    A part that only one of them has is kept; what a part itself lacks is not filled from an older one. A part without a
    time gets that of what is around it, in the end that of the body. Between two parts of one time, that of the later
    body counts. The odometer never goes back. The result is `old` itself where `new` brings nothing new.
    """
    new = _dated(new, None)
    if old is None:
        return new
    before = _dated(old, None)
    old_time, new_time = old.measured_at, new.measured_at
    new_counts = old_time is None or new_time is None or new_time >= old_time
    merged = _merged(before, new, new_counts=new_counts)
    merged = _replaced(merged, {name: _latest(getattr(before, name), getattr(new, name)) for name in _TIMES})
    return old if merged == before else merged


def _dated[M: Model](model: M, around: datetime | None) -> M:
    """The model with a time in each of its parts."""
    changes: dict[str, Any] = {}
    if isinstance(model, Timed):
        if model.measured_at is None and around is not None:
            changes["created_at"] = around
        around = model.measured_at or around
    for name, value in _parts(model):
        many = isinstance(value, tuple)
        changes[name] = tuple(_dated(part, around) for part in value) if many else _dated(value, around)
    return _replaced(model, changes)


def _parts(model: Model) -> Iterable[tuple[str, Any]]:
    """The fields that hold parts with times of their own, and what they hold.

    In a timed object these are only groups: all else was measured with the object.
    """
    kinds = _TIMED_OR_GROUPS if isinstance(model, Status | Group) else _GROUPS
    for name in _holders(type(model)):  # type: ignore[arg-type] # python/mypy#11470: classes do hash
        value = getattr(model, name)
        if isinstance(value[0] if value and type(value) is tuple else value, kinds):
            yield name, value


@cache
def _holders(model: type[Model]) -> tuple[str, ...]:
    """The fields that can hold such parts, by their types: of most models none."""
    return tuple(name for name, kind in get_type_hints(model).items() if any(map(_is_part, get_args(kind) or (kind,))))


def _is_part(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, _TIMED_OR_GROUPS)


@cache
def _names(model: type[Model]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(model))  # type: ignore[arg-type] # its subclasses are dataclasses


def _merged[M: Model](old: M, new: M, *, new_counts: bool) -> M:
    """One side as a whole, and the newest of the parts of both."""
    if isinstance(old, Timed) and isinstance(new, Timed) and not isinstance(old, Status):
        new_counts = _is_newer(old, new, new_counts=new_counts)
    chosen = new if new_counts else old
    before, after = dict(_parts(old)), dict(_parts(new))
    changes = {name: _newest_of(before.get(name), after.get(name), new_counts=new_counts) for name in before | after}
    if isinstance(old, Odometer) and isinstance(new, Odometer):
        changes["mileage"] = _latest(old.mileage, new.mileage)
    return _replaced(chosen, changes)


def _is_newer(old: Timed, new: Timed, *, new_counts: bool) -> bool:
    if old.measured_at is None or new.measured_at is None or old.measured_at == new.measured_at:
        return new_counts and _says_something(new)
    return new.measured_at > old.measured_at


def _newest_of(old: Any, new: Any, *, new_counts: bool) -> Any:
    if isinstance(some := old or new, Group):  # what is no part in it belongs to what is around it
        return _merged(old or type(some)(), new or type(some)(), new_counts=new_counts)
    if old is None or new is None:
        return some
    if isinstance(old, tuple):
        before, after = _numbered(old), _numbered(new)
        # In one order, since their order in a body says nothing.
        keys = sorted(before | after)
        return tuple(_newest_of(before.get(key), after.get(key), new_counts=new_counts) for key in keys)
    return _merged(old, new, new_counts=new_counts)


def _numbered(parts: Iterable[Timed]) -> dict[tuple[str, int], Timed]:
    """The parts by their keys; of two electric engines the second is the second."""
    numbered: dict[tuple[str, int], Timed] = {}
    for part in parts:
        number = sum(key == part.key for key, _ in numbered)
        numbered[part.key, number] = part
    return numbered


def _says_something(part: Timed) -> bool:
    names = _names(type(part))  # type: ignore[arg-type] # python/mypy#11470: classes do hash
    return any(getattr(part, name) not in {None, ()} for name in names if name not in _TIMES)


def _latest[C: (datetime, float)](old: C | None, new: C | None) -> C | None:
    if old is None or new is None:
        return old if new is None else new
    return max(old, new)


def _replaced[M: Model](model: M, changes: dict[str, Any]) -> M:
    """The model with the changes in it, or the model itself where they change nothing."""
    changed = {name: value for name, value in changes.items() if value != getattr(model, name)}
    return replace(model, **changed) if changed else model  # type: ignore[type-var]
