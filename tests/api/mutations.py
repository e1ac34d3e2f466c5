"""Harm to a body, and what of its model that harm may cost: told from the body while it is whole."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from random import Random
from typing import Any

from custom_components.stellantis.api import Model

type Path = tuple[str | int, ...]
type FieldPaths = frozenset[str]

_HUGE = "x" * 5000
_GARBAGE: tuple[object, ...] = (
    *(None, True, False, 0, -1, 0.5, 215, 10**15, -(10**18), 10**320, 1e308),
    *(float("nan"), float("inf"), float("-inf")),
    *("", " ", "None", "NaN", "Électrique", "\ud800", "\x00", "🚗", "PT", "PT99H", "2026-13-45T99:99:99Z", _HUGE),
    *([], {}, [[]], [{}], [None], {"": None}, {"x": {"x": []}}, [_HUGE], [0, "", None, {}]),
)
_ALPHABET = "0123456789-.:PTZHMxé \u2028"

# Their items are sorted by type, so an item whose type is harmed moves among its neighbours.
_SORTED = frozenset(("energies", "engines"))
# Its numbers are a place together: one that is garbage takes the others with it.
_ATOMIC = "coordinates"
# The time of an old one is that of its parts, and goes with the part.
_TIMED_BY_PARENT = "environment"


def paths(value: object, at: Path = ()) -> Iterator[Path]:
    """Where the members of a body are."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*at, key)
        yield from paths(item, (*at, key))


def at_path(body: Any, path: Path) -> Any:
    """The member at a path."""
    for key in path:
        body = body[key]
    return body


def _change(body: Any, path: Path, change: Callable[[Any, Any], None]) -> Any:
    """A body in which the holder of a member was changed; what is not on the way there is shared."""
    copied = body.copy()
    key, *rest = path
    if rest:
        copied[key] = _change(body[key], tuple(rest), change)
    else:
        change(copied, key)
    return copied


def _replace(body: Any, path: Path, value: object) -> Any:
    return _change(body, path, lambda holder, key: holder.__setitem__(key, value))


def differing_fields(whole: object, decoded: object, at: str = "") -> Iterator[str]:
    """The places of the fields that differ between two models. What is empty does not differ from what is absent."""
    if whole == decoded:
        return
    if model := next((part for part in (whole, decoded) if is_dataclass(part)), None):
        for field in fields(model):
            name = field.name
            yield from differing_fields(getattr(whole, name, None), getattr(decoded, name, None), f"{at}/{name}")
    elif _is_model_tuple(whole) or _is_model_tuple(decoded):
        for index, old, new in _pair_items(whole or (), decoded or (), in_order=at.rpartition("/")[2] not in _SORTED):
            yield from differing_fields(old, new, f"{at}/{index}")
    elif whole not in (None, (), frozenset()) or decoded not in (None, (), frozenset()):
        yield at


def _is_model_tuple(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and is_dataclass(value[0])


def _pair_items(whole: Any, decoded: Any, *, in_order: bool) -> Iterator[tuple[int, object, object]]:
    """The items that differ, each with the one that took its place, which is None where it was left out."""
    old, new = list(enumerate(whole)), list(decoded)
    if in_order:
        while old and new and old[0][1] == new[0]:
            del old[0], new[0]
        while old and new and old[-1][1] == new[-1]:
            del old[-1], new[-1]
    else:
        for index, item in tuple(old):
            if item in new:
                new.remove(item)
                old.remove((index, item))
    length = max(len(old), len(new))
    old += [(len(whole) + extra, None) for extra in range(length - len(old))]
    new += [None] * (length - len(new))
    for (index, item), other in zip(old, new, strict=True):
        yield index, item, other


def _other_values(value: object) -> Iterator[object]:
    """Other values that are as good in the place of a value."""
    match value:
        case bool():
            yield not value
        case int() | float():
            yield value + 1
        case str() if value.startswith("2026-"):
            yield value.replace("2026-", "2025-")
        case str() if value.startswith("PT"):
            yield "PT1M"
        case str():
            yield f"{value}9"
            yield value.replace("?", "9?")
        case None:
            yield from (True, 1, "PT1M", "2025-03-01T08:00:00Z")


@dataclass(frozen=True, slots=True)
class Resource:
    """A whole body, its model, and which fields come from which of its members."""

    body: Mapping[str, Any]
    model: Model
    sources: Mapping[Path, FieldPaths]

    @classmethod
    def from_body(cls, model: type[Model], body: Mapping[str, Any]) -> Resource:
        """Learn where the fields come from, by giving each value of the body another good one."""
        whole = model.from_dict(body)
        return cls(body, whole, {path: _dependent_fields(whole, body, path) for path in _value_paths(body)})

    def affected_fields(self, path: Path) -> FieldPaths:
        """The fields that harm to a member may touch: those of the values in it."""
        if _ATOMIC in path:
            path = path[: path.index(_ATOMIC) + 1]
        own = frozenset().union(*(found for at, found in self.sources.items() if at[: len(path)] == path))
        return own | self._inherited_times(path) if path[-2:-1] == (_TIMED_BY_PARENT,) else own

    def _inherited_times(self, path: Path) -> FieldPaths:
        *holders, part = path
        time = self.sources.get((*holders, "updatedAt"), frozenset())
        return frozenset(place for place in time if f"/{_TIMED_BY_PARENT}/{part}/" in place)


def _value_paths(body: Mapping[str, Any]) -> list[Path]:
    return [path for path in paths(body) if not isinstance(at_path(body, path), dict | list)]


def _dependent_fields(whole: Model, body: Mapping[str, Any], path: Path) -> FieldPaths:
    others = (_replace(body, path, other) for other in _other_values(at_path(body, path)))
    return frozenset(place for other in others for place in differing_fields(whole, type(whole).from_dict(other)))


def _random_garbage(chance: Random) -> object:
    match chance.randrange(6):
        case 0:
            return chance.uniform(-1000, 1000) * 10 ** chance.randrange(12)
        case 1:
            return chance.randrange(-(10**6), 10**6) * 10 ** chance.randrange(30)
        case 2:
            return "".join(chance.choices(_ALPHABET, k=chance.randrange(24)))
        case _:
            return chance.choice(_GARBAGE)


def _misspell(name: str, chance: Random) -> str:
    at = chance.randrange(len(name))
    return chance.choice(
        (name[:at] + name[at + 1 :], f"{name[:at]}{name[at]}{name[at:]}", name.upper(), f" {name}", f"{name}é\ud800")
    )


def corrupt(body: Mapping[str, Any], path: Path, chance: Random) -> tuple[str, Any]:
    """A body in which the member at a path was harmed, and how."""
    kind = chance.choice(("garbage", "garbage", "retyped", "dropped", "renamed", "wrapped", "nested", "beside"))
    held, garbage = at_path(body, path), _random_garbage(chance)

    def change(holder: Any, key: Any) -> None:
        match kind:
            case "dropped":
                del holder[key]
            case "renamed" if isinstance(key, str):
                name = _misspell(key, chance)
                if name not in holder:
                    holder[name] = holder.pop(key)
            case "retyped":
                holder[key] = list(held.values()) if isinstance(held, dict) else str(held)
            case "wrapped":
                holder[key] = [held]
            case "nested":
                holder[key] = {f"{key}": held}
            case "beside":
                holder[key] = {"x": held, "y": garbage}
            case _:
                holder[key] = garbage

    return kind, _change(body, path, change)
