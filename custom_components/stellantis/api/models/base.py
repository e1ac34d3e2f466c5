"""What all models have in common. A bad member costs that member, never the body: see `decoder`."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal, Self, cast, override

from ..exceptions import InvalidResponse
from .decoder import Decode, Members, compiled, wire
from .values import Within, parse

__all__ = ["Amount", "Celsius", "Group", "Members", "Model", "Percent", "Timed", "Updated", "Within", "member", "wire"]

type Percent = Annotated[float, Within(0, 100)]
"""%, 0 to 100."""
type Celsius = Annotated[float, Within(-100, 200)]
"""°C; cars send 215 °C for "no value"."""
type Amount = Annotated[float, Within(0, 1e9)]
"""A quantity that is never negative, in the unit that the field says."""


class Model:
    """An object of the API. A field whose member is missing or cannot be understood is None, a list of them empty."""

    __slots__ = ()

    def __bool__(self) -> Literal[True]:
        """True even when empty, so that `part and part.member` is the member or None, for type checkers too."""
        return True

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
        created_at: when the car measured it; `updatedAt` in bodies from before April 2023.
    """

    created_at: datetime | None = field(default=None, metadata=wire("createdAt", "updatedAt"))

    @property
    def measured_at(self) -> datetime | None:
        """The best known time of measurement."""
        return self.created_at

    @property
    def key(self) -> str:
        """What tells this object from its neighbours in a list."""
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated(Timed):
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


class Group(Model):
    """An object without a time of its own whose parts have theirs."""

    __slots__ = ()


@cache
def _decoder(model: type[Model]) -> Decode:
    reshapes = model.reshape.__func__ is not Model.reshape.__func__  # type: ignore[attr-defined]
    return compiled(model, model.reshape if reshapes else None, nested=_decoder)  # type: ignore[arg-type] # the same


def member(members: object, *path: str) -> Any:
    """The value at a path of member names, or None where the path ends early."""
    for name in path:
        if type(members) is not dict:
            return None
        members = members.get(name)
    return members
