"""Two statuses in, the newest of each of their parts out."""

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import datetime
from functools import cache
from typing import Any, get_args, get_type_hints

from .base import Model, ModelGroup, TimedModel
from .status import Odometer, Status

_TIME_FIELDS = ("created_at", "updated_at")
_GROUP_TYPES = (ModelGroup,)
_PART_TYPES = (TimedModel, ModelGroup)


def merge_newest(old: Status | None, new: Status) -> Status:
    """Of each part the one that was measured later, whichever body brought it, in whatever order they came.

    A part that only one of them has is kept; what a part itself lacks is not filled from an older one. A part without a
    time gets that of what is around it, in the end that of the body. Between two parts of one time, that of the later
    body counts. The odometer never goes back. The result is `old` itself where `new` brings nothing new.
    """
    new = _with_timestamps(new, None)
    if old is None:
        return new
    old_dated = _with_timestamps(old, None)
    old_time, new_time = old.measured_at, new.measured_at
    prefer_new = old_time is None or new_time is None or new_time >= old_time
    merged = _merge(old_dated, new, prefer_new=prefer_new)
    merged = _replace_changed(
        merged, {name: _max_or_other(getattr(old_dated, name), getattr(new, name)) for name in _TIME_FIELDS}
    )
    return old if merged == old_dated else merged


def _with_timestamps[M: Model](model: M, parent_time: datetime | None) -> M:
    """The model with a time in each of its parts."""
    changes: dict[str, Any] = {}
    if isinstance(model, TimedModel):
        if model.measured_at is None and parent_time is not None:
            changes["created_at"] = parent_time
        parent_time = model.measured_at or parent_time
    for name, value in _iter_parts(model):
        is_collection = isinstance(value, tuple)
        changes[name] = (
            tuple(_with_timestamps(part, parent_time) for part in value)
            if is_collection
            else _with_timestamps(value, parent_time)
        )
    return _replace_changed(model, changes)


def _iter_parts(model: Model) -> Iterable[tuple[str, Any]]:
    """The fields that hold parts with times of their own, and what they hold.

    In a timed object these are only groups: all else was measured with the object.
    """
    part_types = _PART_TYPES if isinstance(model, Status | ModelGroup) else _GROUP_TYPES
    for name in _part_field_names(type(model)):  # type: ignore[arg-type] # python/mypy#11470: classes do hash
        value = getattr(model, name)
        if isinstance(value[0] if value and type(value) is tuple else value, part_types):
            yield name, value


@cache
def _part_field_names(model: type[Model]) -> tuple[str, ...]:
    """The fields that can hold such parts, by their types: of most models none."""
    return tuple(
        name for name, kind in get_type_hints(model).items() if any(map(_is_timed_part, get_args(kind) or (kind,)))
    )


def _is_timed_part(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, _PART_TYPES)


@cache
def _field_names(model: type[Model]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(model))  # type: ignore[arg-type] # its subclasses are dataclasses


def _merge[M: Model](old: M, new: M, *, prefer_new: bool) -> M:
    """One side as a whole, and the newest of the parts of both."""
    if isinstance(old, TimedModel) and isinstance(new, TimedModel) and not isinstance(old, Status):
        prefer_new = _is_newer(old, new, prefer_new=prefer_new)
    preferred = new if prefer_new else old
    old_parts, new_parts = dict(_iter_parts(old)), dict(_iter_parts(new))
    changes = {
        name: _merge_values(old_parts.get(name), new_parts.get(name), prefer_new=prefer_new)
        for name in old_parts | new_parts
    }
    if isinstance(old, Odometer) and isinstance(new, Odometer):
        changes["mileage"] = _max_or_other(old.mileage, new.mileage)
    return _replace_changed(preferred, changes)


def _is_newer(old: TimedModel, new: TimedModel, *, prefer_new: bool) -> bool:
    if old.measured_at is None or new.measured_at is None or old.measured_at == new.measured_at:
        return prefer_new and _has_values(new)
    return new.measured_at > old.measured_at


def _merge_values(old: Any, new: Any, *, prefer_new: bool) -> Any:
    if isinstance(existing := old or new, ModelGroup):  # what is no part in it belongs to what is around it
        return _merge(old or type(existing)(), new or type(existing)(), prefer_new=prefer_new)
    if old is None or new is None:
        return existing
    if isinstance(old, tuple):
        old_parts, new_parts = _index_parts(old), _index_parts(new)
        # In one order, since their order in a body says nothing.
        keys = sorted(old_parts | new_parts)
        return tuple(_merge_values(old_parts.get(key), new_parts.get(key), prefer_new=prefer_new) for key in keys)
    return _merge(old, new, prefer_new=prefer_new)


def _index_parts(parts: Iterable[TimedModel]) -> dict[tuple[str, int], TimedModel]:
    """The parts by their keys; of two electric engines the second is the second."""
    indexed: dict[tuple[str, int], TimedModel] = {}
    for part in parts:
        number = sum(key == part.merge_key for key, _ in indexed)
        indexed[part.merge_key, number] = part
    return indexed


def _has_values(part: TimedModel) -> bool:
    names = _field_names(type(part))  # type: ignore[arg-type] # python/mypy#11470: classes do hash
    return any(getattr(part, name) not in {None, ()} for name in names if name not in _TIME_FIELDS)


def _max_or_other[C: (datetime, float)](old: C | None, new: C | None) -> C | None:
    if old is None or new is None:
        return old if new is None else new
    return max(old, new)


def _replace_changed[M: Model](model: M, changes: dict[str, Any]) -> M:
    """The model with the changes in it, or the model itself where they change nothing."""
    effective = {name: value for name, value in changes.items() if value != getattr(model, name)}
    return replace(model, **effective) if effective else model  # type: ignore[type-var]
