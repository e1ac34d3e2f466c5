"""Base class and checks of request bodies."""

from datetime import datetime, time, timedelta
from typing import Any

from mashumaro import DataClassDictMixin
from mashumaro.config import BaseConfig

from ..exceptions import InvalidValue
from ..wire import format_duration, format_time_of_day, format_timestamp


class RequestBody(DataClassDictMixin):
    """An object of a request body. `to_dict` returns its members, without those that are None or empty."""

    __slots__ = ()

    def __post_serialize__(self, members: dict[str, Any]) -> dict[str, Any]:
        """Remove empty lists."""
        return {name: value for name, value in members.items() if value != []}

    class Config(BaseConfig):
        """Serialization of fields."""

        lazy_compilation = True
        omit_none = True
        serialize_by_alias = True
        serialization_strategy = {  # noqa: RUF012 - as declared by mashumaro
            datetime: {"serialize": format_timestamp},
            time: {"serialize": format_time_of_day},
            timedelta: {"serialize": format_duration},
        }


def check(field: str, requirement: str, *, is_valid: bool) -> None:
    """Check a value that the platform would otherwise reject.

    Args:
        field: Name of the field.
        requirement: Message if the value is invalid, such as "must be 1 to 4".
        is_valid: Whether the value meets the requirement.

    Raises:
        InvalidValue: The value is invalid.
    """
    if not is_valid:
        raise InvalidValue(field, requirement)


def check_has_time_zone(field: str, moment: datetime) -> None:
    """Check that a time has a time zone.

    Raises:
        InvalidValue: The time has no time zone.
    """
    check(field, "must have a time zone", is_valid=moment.tzinfo is not None)
