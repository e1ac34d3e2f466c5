"""Compile decoders of models from the annotations of their fields, as dataclasses compile `__init__`.

The expression of each field checks the type and evaluates to None for anything else, so decoding cannot raise.
It is optimized for speed, because a status is decoded on every poll and for every push: calling a function for each
member and the `__init__` of a frozen class would take twice as long.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, fields
from datetime import datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from .values import (
    ANY_NUMBER,
    DURATIONS,
    TIMES_OF_DAY,
    TIMESTAMPS,
    Bounds,
    to_whole_number,
)

type JsonObject = Mapping[str, Any]
type Decoder = Callable[[JsonObject], Any]
type Normalizer = Callable[[JsonObject], JsonObject]
type ReadFn = Callable[[JsonObject], Any]


def _number_expression(bounds: Bounds, v: str) -> str:
    is_number = f"(type({v}) is float or type({v}) is int)"
    return f"{v} + 0.0 if {is_number} and {float(bounds.low)!r} <= {v} <= {float(bounds.high)!r} else None"


_JSON_NAMES = "json_names"
_READ_FN = "read_fn"
_TEXT_EXPRESSION = "{name}[{v}] if type({v}) is str else None"

# Type of a field → expression that converts the value v, and the function or table that it uses as `name`.
_EXPRESSIONS: Mapping[Any, tuple[str, Any]] = {
    float: (_number_expression(ANY_NUMBER, "{v}"), None),
    bool: ("{v} if type({v}) is bool else None", None),
    int: (
        f"{{v}} if type({{v}}) is int and {ANY_NUMBER.low} < {{v}} < {ANY_NUMBER.high} else {{name}}({{v}})",
        to_whole_number,
    ),
    str: ("{v} if type({v}) is str else None", None),
    datetime: (_TEXT_EXPRESSION, TIMESTAMPS),
    timedelta: (_TEXT_EXPRESSION, DURATIONS),
    time: (_TEXT_EXPRESSION, TIMES_OF_DAY),
}


def json_names(*names: str, read_fn: ReadFn | None = None) -> Mapping[str, Any]:
    """Return field metadata with the names of the JSON member, if they differ from the field's.

    Args:
        names: The names, preferred first.
        read_fn: Returns the value from all of these members; None to use the first that is valid.
    """
    return MappingProxyType({_JSON_NAMES: names, _READ_FN: read_fn})


def compile_decoder(
    model: type[Any], normalizer: Normalizer | None, *, get_decoder: Callable[[type[Any]], Decoder]
) -> Decoder:
    """Compile the decoder of a frozen dataclass.

    Args:
        model: The dataclass; the default of each field must be None or an empty collection.
        normalizer: Function applied to the members first.
        get_decoder: Function that returns the decoders of nested models.
    """
    namespace = _Namespace(get_decoder)
    lines = ["def decode(self, members):"]
    if normalizer is not None:
        lines.append(f"    members = {namespace.add(normalizer)}(members)")
    hints = get_type_hints(model, include_extras=True)
    for field in fields(model):
        lines += _field_code(field, hints[field.name], f"self.{field.name}", namespace)
    lines.append(f"    self.__class__ = {namespace.add(model)}")
    exec("\n".join(lines), namespace.values)  # noqa: S102 - contains no external input
    # Frozen classes reject assignment, and `object.__setattr__` for each field is slow. Therefore the object is built
    # in an unfrozen subclass, and its class is changed to the model at the end.
    unfrozen = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    decoder: Decoder = type(
        model.__name__, (model,), {"__slots__": (), "__init__": namespace.values["decode"], **unfrozen}
    )
    return decoder


def compile_field_decoders(model: type[Any], *, get_decoder: Callable[[type[Any]], Decoder]) -> Mapping[str, Decoder]:
    """Compile a decoder for each field of a dataclass without a normalizer, which returns the value of the field."""
    hints, decoders = get_type_hints(model, include_extras=True), {}
    for field in fields(model):
        namespace = _Namespace(get_decoder)
        code = _field_code(field, hints[field.name], "value", namespace)
        exec("\n".join(["def decode(members):", *code, "    return value"]), namespace.values)  # noqa: S102 - as above
        decoders[field.name] = namespace.values["decode"]
    return decoders


def _field_code(field: Field[Any], hint: Any, target: str, namespace: _Namespace) -> Iterator[str]:
    """Return the code that assigns the value of a field to a target."""
    expression = namespace.field_expression(_field_type(hint))
    if read_fn := field.metadata.get(_READ_FN):
        yield f"    v = {namespace.add(read_fn)}(members)"
        yield f"    {target} = {expression}"
        return
    name, *fallbacks = member_names(field)
    yield f"    v = members.get({name!r})"
    yield f"    {target} = {expression}"
    for fallback in fallbacks:
        yield f"    if {target} is {field.default!r} and {fallback!r} in members:"
        yield f"        v = members[{fallback!r}]"
        yield f"        {target} = {expression}"


class _EnumMembers(dict[str, str]):
    """The members of an enum by their values; an unknown value stands for itself."""

    def __missing__(self, value: str) -> str:
        """Return an unknown value."""
        return value


class _Namespace:
    """Global variables of the generated code, and builder of the expressions that use them."""

    def __init__(self, get_decoder: Callable[[type[Any]], Decoder]) -> None:
        self.values: dict[str, Any] = {}
        self._get_decoder = get_decoder

    def add(self, value: Any) -> str:
        """Add a value and return the name of its variable."""
        name = f"n{len(self.values)}"
        self.values[name] = value
        return name

    def field_expression(self, field_type: Any) -> str:
        """Return the expression that converts the variable `v` to the type of a field."""
        collection = get_origin(field_type)
        if collection not in {tuple, frozenset}:
            return self.value_expression(field_type, "v")
        item = self.value_expression(_field_type(get_args(field_type)[0]), "x")
        items = f"[y for x in v if (y := {item}) is not None]"
        empty = "()" if collection is tuple else "frozenset()"
        return f"{collection.__name__}({items}) if type(v) is list else {empty}"

    def value_expression(self, value_type: Any, v: str) -> str:
        """Return the expression that converts the variable named `v` to the type of a field or item."""
        if get_origin(value_type) is Annotated:
            return _number_expression(get_args(value_type)[1], v)
        if value_type in _EXPRESSIONS:
            expression, function = _EXPRESSIONS[value_type]
            return expression.format(v=v, name=self.add(function))
        if issubclass(value_type, StrEnum):
            members = _EnumMembers({member.value: member for member in value_type})
            return _TEXT_EXPRESSION.format(v=v, name=self.add(members))
        return f"{self.add(self._get_decoder(value_type))}({v}) if type({v}) is dict else None"


def _field_type(hint: Any) -> Any:
    """Return the type of a field without None, and without the `str` that allows unknown enum values."""
    hint = getattr(hint, "__value__", hint)
    if get_origin(hint) in {tuple, frozenset, Annotated} or not get_args(hint):
        return hint
    types = [argument for argument in get_args(hint) if argument is not type(None)]
    if len(types) > 1:
        types.remove(str)
    (field_type,) = types
    return _field_type(field_type)


def member_names(field: Field[Any]) -> tuple[str, ...]:
    """Return the names of the JSON member of a field, preferred first."""
    first, *others = field.name.split("_")
    names: tuple[str, ...] = field.metadata.get(_JSON_NAMES, ())
    return names or (first + "".join(map(str.capitalize, others)),)
