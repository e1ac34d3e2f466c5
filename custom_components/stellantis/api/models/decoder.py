"""Compiles the decoder of a model from the annotations of its fields, in the way that dataclasses compile `__init__`.

Each field's expression tests what it takes and is None for anything else, so there is no path on which decoding could
raise. It is written for speed, since a status is decoded for every car at every poll and for every pushed event:
calling a function for each member and going through a frozen class's `__init__` takes twice as long.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, fields
from datetime import datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from .values import ANY, LONGEST_TIME, Within, clock, duration, instant, whole

type Members = Mapping[str, Any]
type Decode = Callable[[Members], Any]
type Reshape = Callable[[Members], Members]


def _number(within: Within, v: str) -> str:
    is_number = f"(type({v}) is float or type({v}) is int)"
    return f"{v} + 0.0 if {is_number} and {float(within.low)!r} <= {v} <= {float(within.high)!r} else None"


_WIRE = "wire"
_TIMES = f"{{name}}({{v}}) if type({{v}}) is str and len({{v}}) < {LONGEST_TIME} else None"

# What a field holds → the expression that takes it from v, and what that calls.
_EXPRESSIONS: Mapping[Any, tuple[str, Any]] = {
    float: (_number(ANY, "{v}"), None),
    bool: ("{v} if type({v}) is bool else None", None),
    int: (f"{{v}} if type({{v}}) is int and {ANY.low} < {{v}} < {ANY.high} else {{name}}({{v}})", whole),
    str: ("{v} if type({v}) is str else None", None),
    datetime: (_TIMES, instant),
    timedelta: (_TIMES, duration),
    time: (_TIMES, clock),
}


def wire(*names: str) -> Mapping[str, tuple[str, ...]]:
    """Field metadata: the member's names in the API, the best one first, where they differ from the field's."""
    return MappingProxyType({_WIRE: names})


def compiled(model: type[Any], reshape: Reshape | None, *, nested: Callable[[type[Any]], Decode]) -> Decode:
    """The decoder of a frozen dataclass.

    Args:
        model: the dataclass; the default of each of its fields is None or an empty collection.
        reshape: what to do with the members first.
        nested: gives the decoders of the models in its fields.
    """
    scope = _Scope(nested)
    lines = ["def decode(self, members):"]
    if reshape is not None:
        lines.append(f"    members = {scope.name(reshape)}(members)")
    hints = get_type_hints(model, include_extras=True)
    for field in fields(model):
        lines += _assignment(field, scope.field(_kind(hints[field.name])))
    lines.append(f"    self.__class__ = {scope.name(model)}")
    exec("\n".join(lines), scope.names)  # noqa: S102 - nothing in it comes from outside
    # A frozen class refuses plain assignment, and the way around costs more than all else here. So the object grows up
    # in a subclass that does not refuse, and is given its class when it is complete.
    thawed = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    draft: Decode = type(model.__name__, (model,), {"__slots__": (), "__init__": scope.names["decode"], **thawed})
    return draft


def _assignment(field: Field[Any], expression: str) -> Iterator[str]:
    name, *others = _members(field)
    yield f"    if {name!r} in members:"
    yield f"        v = members[{name!r}]"
    yield f"        self.{field.name} = {expression}"
    yield "    else:"
    yield f"        self.{field.name} = {field.default!r}"
    for other in others:
        yield f"    if self.{field.name} is {field.default!r} and {other!r} in members:"
        yield f"        v = members[{other!r}]"
        yield f"        self.{field.name} = {expression}"


class _Scope:
    """Names for the values that generated code needs, and the expressions that need them."""

    def __init__(self, nested: Callable[[type[Any]], Decode]) -> None:
        self.names: dict[str, Any] = {}
        self._nested = nested

    def name(self, value: Any) -> str:
        name = f"n{len(self.names)}"
        self.names[name] = value
        return name

    def field(self, kind: Any) -> str:
        collection = get_origin(kind)
        if collection not in {tuple, frozenset}:
            return self.one(kind, "v")
        items = f"[y for x in v if (y := {self.one(_kind(get_args(kind)[0]), 'x')}) is not None]"
        return f"{collection.__name__}({items}) if type(v) is list else {collection.__name__}()"

    def one(self, kind: Any, v: str) -> str:
        if get_origin(kind) is Annotated:
            return _number(get_args(kind)[1], v)
        if kind in _EXPRESSIONS:
            expression, called = _EXPRESSIONS[kind]
            return expression.format(v=v, name=self.name(called))
        if issubclass(kind, StrEnum):
            words = self.name({word.value: word for word in kind})
            return f"({words}[{v}] if {v} in {words} else {v}) if type({v}) is str else None"
        return f"{self.name(self._nested(kind))}({v}) if type({v}) is dict else None"


def _kind(hint: Any) -> Any:
    """What a field holds besides None, and besides the bare str of an open enumeration."""
    hint = getattr(hint, "__value__", hint)
    if get_origin(hint) in {tuple, frozenset, Annotated} or not get_args(hint):
        return hint
    kinds = [kind for kind in get_args(hint) if kind is not type(None)]
    if len(kinds) > 1:
        kinds.remove(str)
    (kind,) = kinds
    return _kind(kind)


def _members(field: Field[Any]) -> tuple[str, ...]:
    first, *others = field.name.split("_")
    names: tuple[str, ...] = field.metadata.get(_WIRE, ())
    return names or (first + "".join(map(str.capitalize, others)),)
