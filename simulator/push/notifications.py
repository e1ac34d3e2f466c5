"""Notifications: what is posted to a webhook, with the attributes that a callback adds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..clock import rfc3339
from ..resources.links import Json
from .callbacks import Callback


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification; its headers and query parameters are left out when it is sent in a batch."""

    at: float
    body: Json
    headers: Mapping[str, str]
    query: Sequence[tuple[str, str]]


def build_notification(
    callback: Callback, at: float, event: Json, attributes: Sequence[Json], variables: Mapping[str, str]
) -> Notification:
    """Create a notification.

    Args:
        callback: Where it is sent.
        at: When the event happened.
        event: The members that describe the event.
        attributes: Attributes to add to those of the callback; the last one of the same type and key counts.
        variables: The values of variables that attributes can use.
    """
    values = {"callbackid": callback.id, "callbacklabel": callback.label}
    values |= {name.lower(): value for name, value in variables.items()}
    added = {
        (attribute["type"], attribute["key"]): _resolve(attribute["value"], values)
        for attribute in [*callback.attributes, *attributes]
    }
    body: Json = {
        "callbackId": callback.id,
        "attributes": [{"key": key, "value": value} for (type_, key), value in added.items() if type_ == "Body"],
        "date": rfc3339(at),
        **event,
    }
    headers = {_header_name(key): value for (type_, key), value in added.items() if type_ == "Header"}
    query = [(key, value) for (type_, key), value in added.items() if type_ == "Query"]
    return Notification(at, body, headers, query)


def _header_name(key: str) -> str:
    return key if key.lower().startswith("x-") else f"x-{key}"


def _resolve(value: str, variables: Mapping[str, str]) -> str:
    """Return the value of the variable if `value` is the name of one, else the value itself."""
    return variables.get(value[1:].lower(), value) if value.startswith("$") else value
