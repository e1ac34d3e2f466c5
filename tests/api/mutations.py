"""Corruption of JSON bodies, and the fields of the model that each corruption may affect."""

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

# Sorted by type, so an item with a corrupted type may move.
_SORTED = frozenset(("energies", "engines"))
# One invalid coordinate invalidates the others.
_ATOMIC = "coordinates"
# In old bodies its timestamp is that of its parts, and is lost together with a part.
_TIMED_BY_PARENT = "environment"


def paths(value: object, parent: Path = ()) -> Iterator[Path]:
    """Yield the paths of all members of a body."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*parent, key)
        yield from paths(item, (*parent, key))


def at_path(body: Any, path: Path) -> Any:
    """Return the member at a path."""
    for key in path:
        body = body[key]
    return body


def _change(body: Any, path: Path, change: Callable[[Any, Any], None]) -> Any:
    """Return a copy of a body with a change to the parent of a member. Everything outside the path is shared."""
    copied = body.copy()
    key, *rest = path
    if rest:
        copied[key] = _change(body[key], tuple(rest), change)
    else:
        change(copied, key)
    return copied


def _replace(body: Any, path: Path, value: object) -> Any:
    return _change(body, path, lambda parent, key: parent.__setitem__(key, value))


def differing_fields(whole: object, decoded: object, path: str = "") -> Iterator[str]:
    """Yield the paths of the fields that differ between two models. Empty and missing are considered equal."""
    if whole == decoded:
        return
    if model := next((part for part in (whole, decoded) if is_dataclass(part)), None):
        for field in fields(model):
            name = field.name
            yield from differing_fields(getattr(whole, name, None), getattr(decoded, name, None), f"{path}/{name}")
    elif _is_model_tuple(whole) or _is_model_tuple(decoded):
        for index, old, new in _pair_items(whole or (), decoded or (), in_order=path.rpartition("/")[2] not in _SORTED):
            yield from differing_fields(old, new, f"{path}/{index}")
    elif whole not in (None, (), frozenset()) or decoded not in (None, (), frozenset()):
        yield path


def _is_model_tuple(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and is_dataclass(value[0])


def _pair_items(whole: Any, decoded: Any, *, in_order: bool) -> Iterator[tuple[int, object, object]]:
    """Yield the items that differ, each with its replacement, or None if it was removed."""
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
    """Yield other valid values for a member."""
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
    """A complete body, its model, and the fields that depend on each of its members."""

    body: Mapping[str, Any]
    model: Model
    sources: Mapping[Path, FieldPaths]

    @classmethod
    def from_body(cls, model: type[Model], body: Mapping[str, Any]) -> Resource:
        """Find the dependent fields of each value of a body by replacing it with other valid values."""
        whole = model.from_dict(body)
        return cls(body, whole, {path: _dependent_fields(whole, body, path) for path in _value_paths(body)})

    def affected_fields(self, path: Path) -> FieldPaths:
        """Return the fields that may be affected if a member is corrupted."""
        if _ATOMIC in path:
            path = path[: path.index(_ATOMIC) + 1]
        dependent = frozenset().union(
            *(field_paths for source, field_paths in self.sources.items() if source[: len(path)] == path)
        )
        return dependent | self._inherited_times(path) if path[-2:-1] == (_TIMED_BY_PARENT,) else dependent

    def _inherited_times(self, path: Path) -> FieldPaths:
        *parents, part = path
        time = self.sources.get((*parents, "updatedAt"), frozenset())
        return frozenset(field_path for field_path in time if f"/{_TIMED_BY_PARENT}/{part}/" in field_path)


def _value_paths(body: Mapping[str, Any]) -> list[Path]:
    return [path for path in paths(body) if not isinstance(at_path(body, path), dict | list)]


def _dependent_fields(whole: Model, body: Mapping[str, Any], path: Path) -> FieldPaths:
    changed_bodies = (_replace(body, path, other) for other in _other_values(at_path(body, path)))
    changed_models = (type(whole).from_dict(changed_body) for changed_body in changed_bodies)
    return frozenset(field_path for changed in changed_models for field_path in differing_fields(whole, changed))


def _random_garbage(rng: Random) -> object:
    match rng.randrange(6):
        case 0:
            return rng.uniform(-1000, 1000) * 10 ** rng.randrange(12)
        case 1:
            return rng.randrange(-(10**6), 10**6) * 10 ** rng.randrange(30)
        case 2:
            return "".join(rng.choices(_ALPHABET, k=rng.randrange(24)))
        case _:
            return rng.choice(_GARBAGE)


def _misspell(name: str, rng: Random) -> str:
    index = rng.randrange(len(name))
    return rng.choice(
        (
            name[:index] + name[index + 1 :],
            f"{name[:index]}{name[index]}{name[index:]}",
            name.upper(),
            f" {name}",
            f"{name}é\ud800",
        )
    )


def corrupt(body: Mapping[str, Any], path: Path, rng: Random) -> tuple[str, Any]:
    """Return the kind of corruption, and a copy of a body with a corrupted member."""
    kind = rng.choice(("garbage", "garbage", "retyped", "dropped", "renamed", "wrapped", "nested", "beside"))
    value, garbage = at_path(body, path), _random_garbage(rng)

    def change(parent: Any, key: Any) -> None:
        match kind:
            case "dropped":
                del parent[key]
            case "renamed" if isinstance(key, str):
                name = _misspell(key, rng)
                if name not in parent:
                    parent[name] = parent.pop(key)
            case "retyped":
                parent[key] = list(value.values()) if isinstance(value, dict) else str(value)
            case "wrapped":
                parent[key] = [value]
            case "nested":
                parent[key] = {f"{key}": value}
            case "beside":
                parent[key] = {"x": value, "y": garbage}
            case _:
                parent[key] = garbage

    return kind, _change(body, path, change)
