"""Base classes of the models. An invalid member loses only that member, never the whole body: see `decoder`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self, override

from ..exceptions import InvalidResponse
from .decoder import Decoder, JsonObject, compile_decoder, compile_field_decoders, json_names
from .values import Bounds, parse_json

__all__ = [
    "Bounds",
    "Celsius",
    "JsonObject",
    "Model",
    "ModelGroup",
    "NonNegative",
    "Percent",
    "TimedModel",
    "UpdatedModel",
    "copy_with",
    "get_field_decoders",
    "get_nested",
    "json_names",
]

type Percent = Annotated[float, Bounds(0, 100)]
"""A percentage, 0 to 100."""
type Celsius = Annotated[float, Bounds(-100, 200)]
"""A temperature in °C. Vehicles send 215 °C for "no value"."""
type NonNegative = Annotated[float, Bounds(0, 1e9)]
"""A quantity that is never negative, in the unit documented at the field."""


class Model:
    """An object of the API. Fields with missing or invalid members are None, collections empty."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __bool__(self) -> Literal[True]:
            """Tell type checkers that a model is true even if empty: `part and part.member` is the member or None."""

    @classmethod
    def from_json(cls, body: bytes | str) -> Self:
        """Decode a JSON body.

        Raises:
            InvalidResponse: The body is not a JSON object.
        """
        return cls.from_dict(parse_json(body))

    @classmethod
    def from_dict(cls, data: object) -> Self:
        """Decode a parsed body without modifying it.

        Raises:
            InvalidResponse: The body is not an object.
        """
        if type(data) is not dict:
            raise InvalidResponse("the body is not an object")
        model: Self = _get_decoder(cls)(data)  # type: ignore[arg-type] # python/mypy#11470: classes do hash
        return model

    @classmethod
    def normalize(cls, data: JsonObject) -> JsonObject:
        """Return the members in the shape of the fields, converted from outdated or nested shapes. Must not raise."""
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedModel(Model):
    """An object with a time of measurement.

    Attributes:
        created_at: Time of measurement by the vehicle; `updatedAt` in bodies from before April 2023.
    """

    created_at: datetime | None = field(default=None, metadata=json_names("createdAt", "updatedAt"))

    @property
    def measured_at(self) -> datetime | None:
        """The most recent known time of measurement."""
        return self.created_at

    @property
    def merge_key(self) -> str:
        """The key that identifies this object among others of its list when statuses are merged."""
        return ""

    @property
    def is_empty(self) -> bool:
        """Whether it has nothing but times."""
        # Compared, because the hash of a tuple is that of all that is in it
        return all((value := getattr(self, name)) is None or value == () for name in _value_names(type(self)))  # type: ignore[arg-type] # python/mypy#11470: classes do hash


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatedModel(TimedModel):
    """An object with two times of measurement.

    Attributes:
        updated_at: Time of the last measurement; `created_at` may not change for months.
    """

    updated_at: datetime | None = None

    @property
    @override
    def measured_at(self) -> datetime | None:
        if self.created_at is None or self.updated_at is None:
            return self.updated_at or self.created_at
        return max(self.created_at, self.updated_at)


class ModelGroup(Model):
    """An object without a timestamp of its own, made of parts that have one."""

    __slots__ = ()


TIME_FIELDS: Final = ("created_at", "updated_at")


@cache
def _value_names(model: type[TimedModel]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(model) if field.name not in TIME_FIELDS)


@cache
def _get_decoder(model: type[Model]) -> Decoder:
    has_normalizer = model.normalize.__func__ is not Model.normalize.__func__  # type: ignore[attr-defined]
    return compile_decoder(model, model.normalize if has_normalizer else None, get_decoder=_get_decoder)  # type: ignore[arg-type] # the same


@cache
def get_field_decoders(model: type[Model]) -> Mapping[str, Decoder]:
    """Return the decoder of each field of a model without a normalizer."""
    return compile_field_decoders(model, get_decoder=_get_decoder)  # type: ignore[arg-type] # the same


@cache
def _field_names(model: type[Model]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(model))  # type: ignore[arg-type] # its subclasses are dataclasses


def copy_with[M: Model](model: M, changes: Mapping[str, Any]) -> M:
    """Return a copy of a model with changed fields, as `dataclasses.replace` does, in less than half of the time."""
    copy = object.__new__(type(model))
    for name in _field_names(type(model)):  # type: ignore[arg-type] # the same
        object.__setattr__(copy, name, changes[name] if name in changes else getattr(model, name))
    return copy


def get_nested(value: object, *path: str) -> Any:
    """Return the value at a path of member names, or None if there is none."""
    for name in path:
        if type(value) is not dict:
            return None
        value = value.get(name)
    return value
