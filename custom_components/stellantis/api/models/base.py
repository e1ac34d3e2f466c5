"""Tolerant decoding: a bad member costs that member, never the body.

For each model a decoder is compiled from the annotations of its fields, in the way that dataclasses compile `__init__`.
Each field's expression tests what it takes and is None for anything else, so there is no path on which decoding could
raise. It is written for speed, since a status is decoded for every car at every poll and for every pushed event:
calling a function for each member and going through a frozen class's `__init__` takes twice as long.
"""

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, fields
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import cache, lru_cache
import json
import re
from types import MappingProxyType
from typing import Annotated, Any, Self, cast, get_args, get_origin, get_type_hints

import orjson

from ..exceptions import InvalidResponse

type Members = Mapping[str, Any]
type _Decode = Callable[[Members], Any]


@dataclass(frozen=True, slots=True)
class Within:
    """The range in which a number is credible; a number outside of it is no value."""

    low: float
    high: float


# No quantity of this API comes near; what is beyond is garbage and would not survive a conversion to float.
_ANY = Within(-1e15, 1e15)

type Percent = Annotated[float, Within(0, 100)]
"""%, 0 to 100."""
type Celsius = Annotated[float, Within(-100, 200)]
"""°C; cars send 215 °C for "no value"."""
type Amount = Annotated[float, Within(0, 1e9)]
"""A quantity that is never negative, in the unit that the field says."""


def wire(name: str) -> Mapping[str, str]:
    """Field metadata: the member's name in the API, where it is not the field's in camel case."""
    return MappingProxyType({"wire": name})


class Model:
    """An object of the API. A field whose member is missing or cannot be understood is None, a list of them empty."""

    __slots__ = ()

    @classmethod
    def from_json(cls, body: bytes | str) -> Self:
        """Decode a body.

        Raises:
            InvalidResponse: it is not a JSON object.
        """
        return cls.from_dict(parse(body))

    @classmethod
    def from_dict(cls, members: object) -> Self:
        """Decode a parsed body, which is left as it is.

        Raises:
            InvalidResponse: it is not an object.
        """
        if type(members) is not dict:
            raise InvalidResponse("the body is not an object")
        return cast("Self", _decoder(cls)(members))  # type: ignore[arg-type] # python/mypy#11470: classes do hash

    @classmethod
    def reshape(cls, members: Members) -> Members:
        """Bring a historic or odd shape of the members into the one that the fields describe. Must not raise."""
        return members


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed(Model):
    """An object that knows when it was measured.

    Attributes:
        created_at: when the car measured it, in most bodies.
        updated_at: the same in bodies from before April 2023; today only in a few objects, and there the better one.
    """

    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def measured_at(self) -> datetime | None:
        """The best known time of measurement."""
        if self.created_at is None or self.updated_at is None:
            return self.updated_at or self.created_at
        return max(self.created_at, self.updated_at)

    @property
    def key(self) -> str:
        """What tells this object from its neighbours in a list."""
        return ""


class Group(Model):
    """An object without a time of its own whose parts have theirs."""

    __slots__ = ()


def parse(body: bytes | str) -> Any:
    """Parse JSON, also such that only lenient parsers take (NaN, lone surrogates, numbers beyond a double).

    Raises:
        InvalidResponse: it is not JSON at all.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
        return json.loads(text, parse_constant=lambda _: None, parse_int=_number, object_pairs_hook=_mended)
    except ValueError, RecursionError:
        raise InvalidResponse("the body is not JSON") from None


def _number(digits: str) -> float:
    return int(digits) if len(digits) < 18 else float(digits)  # noqa: PLR2004 - fits 64 bits


def _mended(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {key: value.encode("utf-8", "replace").decode() if isinstance(value, str) else value for key, value in pairs}


# Longer texts than any time or duration are not worth parsing, nor remembering.
_LONGEST_TIME = 48


@lru_cache(maxsize=512)
def instant(text: str) -> datetime | None:
    """A timestamp in UTC; one without a zone is taken for UTC."""
    try:
        parsed = datetime.fromisoformat(text)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except ValueError, OverflowError:
        return None


_DURATION = re.compile(
    r"P(?:(?P<days>\d{1,6})D)?(?:T(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,9}(?:\.\d{1,6})?)S)?)?",
    re.ASCII,
)


@lru_cache(maxsize=512)
def duration(text: str) -> timedelta | None:
    """An ISO 8601 duration without years and months."""
    parts = _DURATION.fullmatch(text)
    if parts is None or not any(parts.groups()):
        return None
    return timedelta(**{unit: float(amount or 0) for unit, amount in parts.groupdict().items()})


_MIDNIGHT = datetime(2000, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=512)
def clock(text: str) -> time | None:
    """A time of day that is written as the duration since midnight: PT22H5M is 22:05."""
    since_midnight = duration(text)
    if since_midnight is None or since_midnight >= timedelta(days=1):
        return None
    return (_MIDNIGHT + since_midnight).time()


def whole(value: object) -> int | None:
    """A whole number, also where it comes as 4.0."""
    if type(value) is int:
        return value if -_ANY.high < value < _ANY.high else None
    return int(value) if type(value) is float and value.is_integer() and abs(value) < _ANY.high else None


class _Words(dict[str, str]):
    """The words of an open enumeration: a known one is its member, an unknown one remains itself."""

    def __missing__(self, word: str) -> str:
        return word


_NUMBERS = frozenset((int, float))
_TEXTS = "{v} if type({v}) is str else None"
_TIMES = f"{{name}}({{v}}) if type({{v}}) is str and len({{v}}) < {_LONGEST_TIME} else None"

# What is expected → the expression that takes it, and what the expression calls.
_PLAIN: Mapping[Any, tuple[str, Any]] = {
    bool: ("{v} if type({v}) is bool else None", None),
    int: ("{name}({v})", whole),
    str: (_TEXTS, None),
    datetime: (_TIMES, instant),
    timedelta: (_TIMES, duration),
    time: (_TIMES, clock),
}


class _Compiler:
    """Writes the decoder of one model."""

    def __init__(self, model: type[Model]) -> None:
        self._model = model
        self._names: dict[str, Any] = {"numbers": _NUMBERS, "new": object.__new__, "model": model}
        # A frozen class refuses plain assignment and pays for the other way, so the object grows up in a
        # subclass that does not refuse, and is given its class when it is complete.
        thawed = {"__slots__": (), "__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
        self._names["draft"] = type(f"{model.__name__}Draft", (model,), thawed)

    def compile(self) -> _Decode:
        hints = get_type_hints(self._model, include_extras=True)
        lines = ["def decode(members):"]
        if self._model.reshape.__func__ is not Model.reshape.__func__:  # type: ignore[attr-defined]
            lines.append(f"    members = {self._name(self._model.reshape)}(members)")
        lines += ["    get = members.get", "    made = new(draft)"]
        for field in fields(cast("Any", self._model)):
            lines.append(f"    v = get({_wire_name(field)!r})")
            lines.append(f"    made.{field.name} = {self._expression(hints[field.name], field)}")
        lines += ["    made.__class__ = model", "    return made"]
        exec("\n".join(lines), self._names)  # noqa: S102 - as dataclasses do: nothing in it comes from outside
        return cast("_Decode", self._names["decode"])

    def _expression(self, hint: Any, field: Field[Any]) -> str:
        kind = _kind(hint)
        if get_origin(kind) in {tuple, frozenset}:
            items = f"[y for x in v if (y := {self._one(_kind(get_args(kind)[0]), 'x')}) is not None]"
            return f"{get_origin(kind).__name__}({items}) if type(v) is list else {self._name(field.default)}"
        return self._one(kind, "v")

    def _one(self, kind: Any, v: str) -> str:
        if get_origin(kind) is Annotated:
            within = get_args(kind)[1]
            return f"{v} + 0.0 if type({v}) in numbers and {within.low!r} <= {v} <= {within.high!r} else None"
        if kind is float:
            return self._one(Annotated[float, _ANY], v)
        if kind in _PLAIN:
            expression, called = _PLAIN[kind]
            return expression.format(v=v, name=self._name(called))
        if issubclass(kind, StrEnum):
            words = self._name(_Words({word.value: word for word in kind}))
            return f"{words}[{v}] if type({v}) is str else None"
        return f"{self._name(_decoder(kind))}({v}) if type({v}) is dict else None"

    def _name(self, value: Any) -> str:
        name = f"n{len(self._names)}"
        self._names[name] = value
        return name


@cache
def _decoder(model: type[Model]) -> _Decode:
    return _Compiler(model).compile()


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


def _wire_name(field: Field[Any]) -> str:
    first, *others = field.name.split("_")
    return str(field.metadata.get("wire") or first + "".join(map(str.capitalize, others)))


def member(members: object, *path: str) -> Any:
    """The value at a path of member names, or None where the path ends early."""
    for name in path:
        if type(members) is not dict:
            return None
        members = members.get(name)
    return members
