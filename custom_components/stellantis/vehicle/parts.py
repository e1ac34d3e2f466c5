"""Values that are read from a part of the data, and which parts have changed."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import chain
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
    """A function that reads a value from the data, of which only one or several parts determine it.

    Attributes:
        part_fn: returns the part, or a tuple of parts; nothing else determines the value.
        value_fn: returns the value of the data.
    """

    part_fn: Callable[[DataT], object]
    value_fn: Callable[[DataT], ValueT | None]

    def __call__(self, data: DataT) -> ValueT | None:
        """Return the value."""
        return self.value_fn(data)


# Reads that a car has an entity that needs no data
ALWAYS: Final = PartReader[object, bool, bool](lambda _: True, lambda value: value)
# Reads nothing; the value of the entity comes from elsewhere
NO_VALUE: Final = PartReader[object, Any, Any](lambda _: None, lambda value: value)


def get_part_fn(value_fn: Callable[[Any], object]) -> PartFn | None:
    """Return the function of the part that a value is read from; None if it may be read from all of the data."""
    return value_fn.part_fn if isinstance(value_fn, (PartReader, PartsReader)) else None


# The last version of a part that was not looked at, or could not be read
_UNKNOWN: Final = object()


class LastParts:
    """The parts of the data at the last update.

    Comparing them is cheap: statuses are merged so that a part that has not changed stays the same object.
    """

    def __init__(self) -> None:
        self._part_fns: Collection[PartFn] = ()
        self._parts: list[object] = []

    def update(self, data: object, part_fns: Collection[PartFn]) -> set[PartFn]:
        """Take the parts of new data; return the functions of those that have changed or were not looked at before.

        A part that cannot be read counts as changed: whoever reads it fails, and nobody else.
        """
        if part_fns is not self._part_fns:
            known = dict(zip(self._part_fns, self._parts, strict=True))
            self._part_fns, self._parts = part_fns, [known.get(part_fn, _UNKNOWN) for part_fn in part_fns]
        parts, changed = list[object](), set[PartFn]()
        for part_fn, last in zip(part_fns, self._parts, strict=True):
            try:
                part = part_fn(data)
            except Exception:  # noqa: BLE001 - those who read the part log the error
                part = object()
            parts.append(part)
            if part is not last and part != last:
                changed.add(part_fn)
        self._parts = parts
        return changed


class PartListeners:
    """Listeners, each of which hears of a part of the data or, without the function of a part, of all of it."""

    def __init__(self) -> None:
        self._version = (0, 0)
        self._ids: dict[PartFn | None, list[int]] = {}
        self._part_fns: list[PartFn] = []
        self._last_parts = LastParts()

    def select(
        self, listeners: dict[int, tuple[Callable[[], None], Any]], data: object, *, is_any_part: bool
    ) -> list[Callable[[], None]]:
        """Take new data; return the listeners that hear of a part that has changed, in the order of their ids.

        Args:
            listeners: The listeners with the functions of their parts. Later ones have higher ids.
            data: The data; None if there is none.
            is_any_part: Whether to return all listeners, whatever has changed.
        """
        version = (len(listeners), next(reversed(listeners), 0))
        if version != self._version:
            self._version, self._ids = version, {}
            for listener_id, (_, part_fn) in listeners.items():
                self._ids.setdefault(part_fn, []).append(listener_id)
            self._part_fns = [part_fn for part_fn in self._ids if part_fn is not None]
        changed = self._last_parts.update(data, self._part_fns) if data is not None else set()
        if is_any_part:
            return [listener for listener, _ in listeners.values()]
        ids = chain(self._ids.get(None, ()), *(self._ids[part_fn] for part_fn in changed))
        return [listeners[listener_id][0] for listener_id in sorted(ids)]
