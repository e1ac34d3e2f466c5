"""Values that are read from a part of the data, and which parts have changed."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

# Returns a part of the data
type PartFn = Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class PartReader[DataT, PartT, ValueT]:
    """A function that reads a value of a part, or None if there is no such part.

    Attributes:
        part_fn: returns the part of the data; nothing else determines the value.
        value_fn: returns the value of the part.
    """

    part_fn: Callable[[DataT], PartT | None]
    value_fn: Callable[[PartT], ValueT | None]

    def __call__(self, data: DataT) -> ValueT | None:
        """Return the value."""
        part = self.part_fn(data)
        return None if part is None else self.value_fn(part)


def optional[DataT, PartT, ValueT](
    part_fn: Callable[[DataT], PartT | None], value_fn: Callable[[PartT], ValueT | None]
) -> Callable[[DataT], ValueT | None]:
    """Return a function that reads a value of a part, or None if there is no such part."""
    return PartReader(part_fn, value_fn)


def part[DataT, PartT](part_fn: Callable[[DataT], PartT | None]) -> Callable[[DataT], PartT | None]:
    """Return a function that reads a part which is the value itself."""
    return PartReader(part_fn, lambda value: value)


@dataclass(frozen=True, slots=True)
class PartsReader[DataT, ValueT]:
    """A function that reads a value of several parts of the data.

    Attributes:
        part_fn: returns the parts; nothing else determines the value.
        value_fn: returns the value of the data.
    """

    part_fn: Callable[[DataT], tuple[object, ...]]
    value_fn: Callable[[DataT], ValueT | None]

    def __call__(self, data: DataT) -> ValueT | None:
        """Return the value."""
        return self.value_fn(data)


# Reads that a car has an entity that needs no data
ALWAYS: Final = PartReader[object, bool, bool](lambda _: True, lambda value: value)


def get_part_fn(value_fn: Callable[[Any], object]) -> PartFn | None:
    """Return the function of the part that a value is read from; None if it may be read from all of the data."""
    return value_fn.part_fn if isinstance(value_fn, (PartReader, PartsReader)) else None


class LastParts:
    """The parts of the data at the last update.

    Comparing them is cheap: statuses are merged so that a part that has not changed stays the same object.
    """

    def __init__(self) -> None:
        self._parts: dict[PartFn, object] = {}

    def update(self, data: object, part_fns: Collection[PartFn]) -> set[PartFn]:
        """Take the parts of new data; return the functions of those that have changed or were not looked at before.

        A part that cannot be read counts as changed: whoever reads it fails, and nobody else.
        """
        known = self._parts
        try:
            self._parts = {part_fn: part_fn(data) for part_fn in part_fns}
        except Exception:  # noqa: BLE001 - those who read the part log the error
            self._parts = {part_fn: _read_part(part_fn, data) for part_fn in part_fns}
        return {
            part_fn
            for part_fn, part in self._parts.items()
            if part_fn not in known or (part is not known[part_fn] and part != known[part_fn])
        }


def _read_part(part_fn: PartFn, data: object) -> object:
    """Return a part of the data, or a new object, which equals nothing, if it cannot be read."""
    try:
        return part_fn(data)
    except Exception:  # noqa: BLE001 - see above
        return object()
