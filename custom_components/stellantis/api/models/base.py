"""What all models have in common. A bad member costs that member, never the body: see `decoder`."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal, Self, cast, override

from ..exceptions import InvalidResponse
from .decoder import Decoder, JsonObject, compile_decoder, json_names
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
    "get_nested",
    "json_names",
]

type Percent = Annotated[float, Bounds(0, 100)]
"""%, 0 to 100."""
type Celsius = Annotated[float, Bounds(-100, 200)]
"""°C; cars send 215 °C for "no value"."""
type NonNegative = Annotated[float, Bounds(0, 1e9)]
"""A quantity that is never negative, in the unit that the field says."""


class Model:
    """An object of the API. A field whose member is missing or cannot be understood is None, a list of them empty."""

    __slots__ = ()

    def __bool__(self) -> Literal[True]:
        """True even when empty, so that `part and part.member` is the member or None, for type checkers too."""
        return True

    @classmethod
    def from_json(cls, body: bytes | str) -> Self:
        """Decoder a body.

        Raises:
            InvalidResponse: it is not a JSON object.
        """
        return cls.from_dict(parse_json(body))

    @classmethod
    def from_dict(cls, members: object) -> Self:
        """Decoder a parsed body, which is left as it is.

        Raises:
            InvalidResponse: it is not an object.
        """
        if type(members) is not dict:
            raise InvalidResponse("the body is not an object")
        return cast("Self", _get_decoder(cls)(members))  # type: ignore[arg-type] # python/mypy#11470: classes do hash

    @classmethod
    def normalize(cls, members: JsonObject) -> JsonObject:
        """Bring a historic or odd shape of the members into the one that the fields describe. Must not raise."""
        return members


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedModel(Model):
    """An object that knows when it was measured.

    Attributes:
        created_at: when the car measured it; `updatedAt` in bodies from before April 2023.
    """

    created_at: datetime | None = field(default=None, metadata=json_names("createdAt", "updatedAt"))

    @property
    def measured_at(self) -> datetime | None:
        """The best known time of measurement."""
        return self.created_at

    @property
    def merge_key(self) -> str:
        """What tells this object from its neighbours in a list."""
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatedModel(TimedModel):
    """An object with two times.

    Attributes:
        updated_at: when it was measured last, while `created_at` can be frozen for months.
    """

    updated_at: datetime | None = None

    @property
    @override
    def measured_at(self) -> datetime | None:
        if self.created_at is None or self.updated_at is None:
            return self.updated_at or self.created_at
        return max(self.created_at, self.updated_at)


class ModelGroup(Model):
    """An object without a time of its own whose parts have theirs."""

    __slots__ = ()


@cache
def _get_decoder(model: type[Model]) -> Decoder:
    is_normalized = model.normalize.__func__ is not Model.normalize.__func__  # type: ignore[attr-defined]
    return compile_decoder(model, model.normalize if is_normalized else None, get_decoder=_get_decoder)  # type: ignore[arg-type] # the same


def get_nested(value: object, *path: str) -> Any:
    """The value at a path of member names, or None where the path ends early."""
    for name in path:
        if type(value) is not dict:
            return None
        value = value.get(name)
    return value
