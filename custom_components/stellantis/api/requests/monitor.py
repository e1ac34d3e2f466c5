"""Request to create or update a monitor."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
import re
from types import MappingProxyType
from typing import Any

from ..models.callback import AttributeType
from ..models.monitored_data import EventExtension
from .attribute import CallbackAttributes, NewAttribute, check_attribute_types
from .base import RequestBody, check
from .expression import check_expression
from .trigger import DataTrigger, TimeTrigger, ZoneTrigger

_MAX_TRIGGERS = 5
_MIN_REFRESH = timedelta(seconds=60)
# The API's own pattern allows neither several separators nor a hyphen.
_NAME_PATTERN = re.compile(r"[A-Za-z]+[._]?[0-9]*")


_CONDITION_KEYS: Mapping[type[RequestBody], str] = MappingProxyType(
    {ZoneTrigger: "zone", TimeTrigger: "time", DataTrigger: "data"}
)


def round_interval(interval: timedelta) -> timedelta:
    """Return an interval in whole seconds, as the API has them."""
    return timedelta(seconds=round(interval.total_seconds()))


@dataclass(frozen=True, slots=True)
class Trigger:
    """A condition with a name for use in the expression: letters, optionally `.` or `_`, optionally digits."""

    name: str
    condition: ZoneTrigger | TimeTrigger | DataTrigger

    def __post_init__(self) -> None:
        check(
            "name",
            "must be letters, optionally . or _, optionally digits",
            is_valid=bool(_NAME_PATTERN.fullmatch(self.name)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON body."""
        return {"name": self.name, _CONDITION_KEYS[type(self.condition)]: self.condition.to_dict()}


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorRequest:
    """A monitor to create.

    Attributes:
        label: Name.
        triggers: One to five triggers.
        expression: Names of triggers combined with `&`, `|`, `!` and parentheses; neither always true nor always
            false.
        extensions: Data to include in its notifications.
        refresh: Interval of reminders while the condition is met, in whole seconds, at least 60; None for no reminders.
        attributes: Header and body attributes added to its notifications.
        callback_attributes: Attributes added to those of the callback.
    """

    label: str
    triggers: tuple[Trigger, ...]
    expression: str
    extensions: tuple[EventExtension, ...] = ()
    refresh: timedelta | None = None
    attributes: tuple[NewAttribute, ...] = ()
    callback_attributes: CallbackAttributes | None = None

    def __post_init__(self) -> None:
        check("label", "must not be empty", is_valid=bool(self.label))
        check("triggers", f"must be 1 to {_MAX_TRIGGERS}", is_valid=1 <= len(self.triggers) <= _MAX_TRIGGERS)
        names = [trigger.name for trigger in self.triggers]
        check("triggers", "must have unique names", is_valid=len(names) == len(set(names)))
        check_expression(self.expression, names)
        check("extensions", "must be unique", is_valid=len(self.extensions) == len(set(self.extensions)))
        if self.refresh is not None:
            is_whole = self.refresh.microseconds == 0
            check(
                "refresh", "must be at least 60 s, in whole seconds", is_valid=is_whole and self.refresh >= _MIN_REFRESH
            )
        check_attribute_types(self.attributes, AttributeType.HEADER, AttributeType.BODY)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON body."""
        subscription = {
            "refreshEvent": None if self.refresh is None else int(self.refresh.total_seconds()),
            "callbackAttributes": self.callback_attributes and self.callback_attributes.to_dict(),
        }
        optional = {
            "subscribeParam": {name: value for name, value in subscription.items() if value is not None},
            "attributes": [attribute.to_dict() for attribute in self.attributes],
            "extendedEventParam": [extension.value for extension in self.extensions],
        }
        return {
            "label": self.label,
            **{name: value for name, value in optional.items() if value},
            "triggerParam": {
                "triggers": [trigger.to_dict() for trigger in self.triggers],
                "boolExp": self.expression,
            },
        }
