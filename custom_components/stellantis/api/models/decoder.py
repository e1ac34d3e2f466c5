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

from .values import (
    ANY_NUMBER,
    MAX_TIME_LENGTH,
    Bounds,
    parse_duration,
    parse_time_of_day,
    parse_timestamp,
    to_whole_number,
)

type JsonObject = Mapping[str, Any]
type Decoder = Callable[[JsonObject], Any]
type Normalizer = Callable[[JsonObject], JsonObject]


def _number_expression(bounds: Bounds, v: str) -> str:
    is_number = f"(type({v}) is float or type({v}) is int)"
    return f"{v} + 0.0 if {is_number} and {float(bounds.low)!r} <= {v} <= {float(bounds.high)!r} else None"


_JSON_NAMES = "wire"
_TEXT_EXPRESSION = f"{{name}}({{v}}) if type({{v}}) is str and len({{v}}) < {MAX_TIME_LENGTH} else None"

# What a field holds → the expression that takes it from v, and what that calls.
_EXPRESSIONS: Mapping[Any, tuple[str, Any]] = {
    float: (_number_expression(ANY_NUMBER, "{v}"), None),
    bool: ("{v} if type({v}) is bool else None", None),
    int: (
        f"{{v}} if type({{v}}) is int and {ANY_NUMBER.low} < {{v}} < {ANY_NUMBER.high} else {{name}}({{v}})",
        to_whole_number,
    ),
    str: ("{v} if type({v}) is str else None", None),
    datetime: (_TEXT_EXPRESSION, parse_timestamp),
    timedelta: (_TEXT_EXPRESSION, parse_duration),
    time: (_TEXT_EXPRESSION, parse_time_of_day),
}


def json_names(*names: str) -> Mapping[str, tuple[str, ...]]:
    """Field metadata: the member's names in the API, the best one first, where they differ from the field's."""
    return MappingProxyType({_JSON_NAMES: names})


def compile_decoder(
    model: type[Any], normalizer: Normalizer | None, *, get_decoder: Callable[[type[Any]], Decoder]
) -> Decoder:
    """The decoder of a frozen dataclass.

    Args:
        model: the dataclass; the default of each of its fields is None or an empty collection.
        reshape: what to do with the members first.
        nested: gives the decoders of the models in its fields.
    """
    scope = _Namespace(get_decoder)
    lines = ["def decode(self, members):"]
    if normalizer is not None:
        lines.append(f"    members = {scope.add(normalizer)}(members)")
    hints = get_type_hints(model, include_extras=True)
    for field in fields(model):
        lines += _field_code(field, scope.field_expression(_field_type(hints[field.name])))
    lines.append(f"    self.__class__ = {scope.add(model)}")
    exec("\n".join(lines), scope.names)  # noqa: S102 - nothing in it comes from outside
    # A frozen class refuses plain assignment, and the way around costs more than all else here. So the object grows up
    # in a subclass that does not refuse, and is given its class when it is complete.
    unfrozen = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    draft: Decoder = type(model.__name__, (model,), {"__slots__": (), "__init__": scope.names["decode"], **unfrozen})
    return draft


def _field_code(field: Field[Any], expression: str) -> Iterator[str]:
    name, *fallbacks = _json_names(field)
    yield f"    if {name!r} in members:"
    yield f"        v = members[{name!r}]"
    yield f"        self.{field.name} = {expression}"
    yield "    else:"
    yield f"        self.{field.name} = {field.default!r}"
    for fallback in fallbacks:
        yield f"    if self.{field.name} is {field.default!r} and {fallback!r} in members:"
        yield f"        v = members[{fallback!r}]"
        yield f"        self.{field.name} = {expression}"


class _Namespace:
    """Names for the values that generated code needs, and the expressions that need them."""

    def __init__(self, get_decoder: Callable[[type[Any]], Decoder]) -> None:
        self.names: dict[str, Any] = {}
        self._get_decoder = get_decoder

    def add(self, value: Any) -> str:
        name = f"n{len(self.names)}"
        self.names[name] = value
        return name

    def field_expression(self, kind: Any) -> str:
        collection = get_origin(kind)
        if collection not in {tuple, frozenset}:
            return self.value_expression(kind, "v")
        items = f"[y for x in v if (y := {self.value_expression(_field_type(get_args(kind)[0]), 'x')}) is not None]"
        return f"{collection.__name__}({items}) if type(v) is list else {collection.__name__}()"

    def value_expression(self, kind: Any, v: str) -> str:
        if get_origin(kind) is Annotated:
            return _number_expression(get_args(kind)[1], v)
        if kind in _EXPRESSIONS:
            expression, function = _EXPRESSIONS[kind]
            return expression.format(v=v, name=self.add(function))
        if issubclass(kind, StrEnum):
            members = self.add({word.value: word for word in kind})
            return f"({members}[{v}] if {v} in {members} else {v}) if type({v}) is str else None"
        return f"{self.add(self._get_decoder(kind))}({v}) if type({v}) is dict else None"


def _field_type(hint: Any) -> Any:
    """What a field holds besides None, and besides the bare str of an open enumeration."""
    hint = getattr(hint, "__value__", hint)
    if get_origin(hint) in {tuple, frozenset, Annotated} or not get_args(hint):
        return hint
    field_types = [kind for kind in get_args(hint) if kind is not type(None)]
    if len(field_types) > 1:
        field_types.remove(str)
    (kind,) = field_types
    return _field_type(kind)


def _json_names(field: Field[Any]) -> tuple[str, ...]:
    first, *others = field.name.split("_")
    names: tuple[str, ...] = field.metadata.get(_JSON_NAMES, ())
    return names or (first + "".join(map(str.capitalize, others)),)
