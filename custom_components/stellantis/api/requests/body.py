"""What all bodies have in common."""

from datetime import datetime, time, timedelta
from typing import Any

from mashumaro import DataClassDictMixin
from mashumaro.config import BaseConfig

from ..exceptions import InvalidValue
from ..wire import format_duration, format_time_of_day, format_timestamp


class RequestBody(DataClassDictMixin):
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
            datetime: {"serialize": format_timestamp},
            time: {"serialize": format_time_of_day},
            timedelta: {"serialize": format_duration},
        }


def check(field: str, requirement: str, *, is_valid: bool) -> None:
    """Refuse what the platform would refuse.

    Raises:
        InvalidValue: it is not so.
    """
    if not is_valid:
        raise InvalidValue(field, requirement)


def check_has_time_zone(field: str, instant: datetime) -> None:
    """Refuse a time that could be any.

    Raises:
        InvalidValue: it has no zone.
    """
    check(field, "it has no time zone", is_valid=instant.tzinfo is not None)
