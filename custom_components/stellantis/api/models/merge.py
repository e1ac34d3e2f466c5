"""Merge two statuses, part by part."""

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
    """Merge two statuses, keeping the more recent version of each part, in whatever order they were received.

    Parts are replaced as a whole: missing members are not filled in from an older version. Parts that only one status
    has are kept. A part without a timestamp inherits the one of its parent. If timestamps are equal, the part of the
    more recent status is kept. The odometer never decreases.

    Returns:
        The merged status, or `old` itself if nothing changed.
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
    """Return the model with a timestamp in each of its parts."""
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
    """Yield the names and values of the fields that contain parts with their own timestamps.

    In a timed model these are only groups: everything else was measured together with the model.
    """
    part_types = _PART_TYPES if isinstance(model, Status | ModelGroup) else _GROUP_TYPES
    for name in _part_field_names(type(model)):  # type: ignore[arg-type] # python/mypy#11470: classes do hash
        value = getattr(model, name)
        if isinstance(value[0] if value and type(value) is tuple else value, part_types):
            yield name, value


@cache
def _part_field_names(model: type[Model]) -> tuple[str, ...]:
    """Return the names of fields that may contain such parts, judging by their types. Most models have none."""
    return tuple(
        name for name, hint in get_type_hints(model).items() if any(map(_is_timed_part, get_args(hint) or (hint,)))
    )


def _is_timed_part(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, _PART_TYPES)


@cache
def _field_names(model: type[Model]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(model))  # type: ignore[arg-type] # its subclasses are dataclasses


def _merge[M: Model](old: M, new: M, *, prefer_new: bool) -> M:
    """Return the more recent model with the more recent version of each part of both."""
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
    if isinstance(existing := old or new, ModelGroup):  # its other fields belong to the parent
        return _merge(old or type(existing)(), new or type(existing)(), prefer_new=prefer_new)
    if old is None or new is None:
        return existing
    if isinstance(old, tuple):
        old_parts, new_parts = _index_parts(old), _index_parts(new)
        # Sorted, because their order in a body is meaningless.
        keys = sorted(old_parts | new_parts)
        return tuple(_merge_values(old_parts.get(key), new_parts.get(key), prefer_new=prefer_new) for key in keys)
    return _merge(old, new, prefer_new=prefer_new)


def _index_parts(parts: Iterable[TimedModel]) -> dict[tuple[str, int], TimedModel]:
    """Return the parts by key and number, since there may be two electric engines."""
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
    """Return the model with the changes applied, or the model itself if nothing changes."""
    effective = {name: value for name, value in changes.items() if value != getattr(model, name)}
    return replace(model, **effective) if effective else model  # type: ignore[type-var]
