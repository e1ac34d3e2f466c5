"""Monitors to make."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
import re
from types import MappingProxyType
from typing import Any

from ..models.callback import AttributeType
from ..models.monitored_data import EventExtension
from .attribute import CallbackAttributes, NewAttribute, check_attribute_types
from .body import RequestBody, check
from .expression import check_expression
from .trigger import DataTrigger, TimeTrigger, ZoneTrigger

_MAX_TRIGGERS = 5
_MIN_REFRESH = timedelta(seconds=60)
# Letters, then perhaps a separator and digits. The API's own pattern takes neither more separators nor a hyphen.
_NAME_PATTERN = re.compile(r"[A-Za-z]+[._]?[0-9]*")


_CONDITION_KEYS: Mapping[type[RequestBody], str] = MappingProxyType(
    {ZoneTrigger: "zone", TimeTrigger: "time", DataTrigger: "data"}
)


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger and its name in the expression: letters, then perhaps `.` or `_`, then perhaps digits."""

    name: str
    condition: ZoneTrigger | TimeTrigger | DataTrigger

    def __post_init__(self) -> None:
        check(
            "name", "it is letters, perhaps . or _, perhaps digits", is_valid=bool(_NAME_PATTERN.fullmatch(self.name))
        )

    def to_dict(self) -> dict[str, Any]:
        """Its members."""
        return {"name": self.name, _CONDITION_KEYS[type(self.condition)]: self.condition.to_dict()}


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorRequest:
    """A monitor to make.

    Attributes:
        label: its name.
        triggers: one to five.
        expression: the condition: `&`, `|`, `!` and parentheses over the names of triggers, neither always nor never
            true.
        extensions: what its notifications shall bring along.
        refresh: how often to remind while the condition holds: whole seconds, 60 or more; never where it is None.
        attributes: what is added to its notifications: headers and body.
        callback_attributes: what is added to the attributes of the callback.
    """

    label: str
    triggers: tuple[Trigger, ...]
    expression: str
    extensions: tuple[EventExtension, ...] = ()
    refresh: timedelta | None = None
    attributes: tuple[NewAttribute, ...] = ()
    callback_attributes: CallbackAttributes | None = None

    def __post_init__(self) -> None:
        check("label", "it is not empty", is_valid=bool(self.label))
        check("triggers", f"there are 1 to {_MAX_TRIGGERS}", is_valid=1 <= len(self.triggers) <= _MAX_TRIGGERS)
        names = [trigger.name for trigger in self.triggers]
        check("triggers", "each has a name of its own", is_valid=len(names) == len(set(names)))
        check_expression(self.expression, names)
        check("extensions", "each comes once", is_valid=len(self.extensions) == len(set(self.extensions)))
        if self.refresh is not None:
            whole = self.refresh.microseconds == 0
            check("refresh", "it is 60 s or more, in whole seconds", is_valid=whole and self.refresh >= _MIN_REFRESH)
        check_attribute_types(self.attributes, AttributeType.HEADER, AttributeType.BODY)

    def to_dict(self) -> dict[str, Any]:
        """Its members."""
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
