"""What all bodies have in common."""

from datetime import datetime, time, timedelta
from typing import Any

from mashumaro import DataClassDictMixin
from mashumaro.config import BaseConfig

from ..exceptions import InvalidValue
from ..wire import clock, duration, timestamp


class Body(DataClassDictMixin):
    """An object of a request. `to_dict` gives its members; what is None or empty is left out."""

    __slots__ = ()

    def __post_serialize__(self, members: dict[str, Any]) -> dict[str, Any]:
        """Leave out lists without anything in them."""
        return {name: value for name, value in members.items() if value != []}

    class Config(BaseConfig):
        """How fields become members."""

        lazy_compilation = True
        omit_none = True
        serialize_by_alias = True
        serialization_strategy = {  # noqa: RUF012 - mashumaro declares it so
            datetime: {"serialize": timestamp},
            time: {"serialize": clock},
            timedelta: {"serialize": duration},
        }


def check(field: str, message: str, *, that: bool) -> None:
    """Refuse what the platform would refuse.

    Raises:
        InvalidValue: it is not so.
    """
    if not that:
        raise InvalidValue(field, message)


def check_time(field: str, instant: datetime) -> None:
    """Refuse a time that could be any.

    Raises:
        InvalidValue: it has no zone.
    """
    check(field, "it has no time zone", that=instant.tzinfo is not None)
