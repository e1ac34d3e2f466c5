"""What a person has watched: a monitor as it is kept in a subentry, as it is sent, and as the platform has it."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final

import orjson

from ..api import InvalidResponse, Monitor, MonitoredData, MonitorParameter
from ..api.exceptions import InvalidValue
from ..api.requests import AttributeType, MonitorRequest, NewAttribute, request_from_monitor

# The type of the subentries, and what they hold besides their title and unique id
SUBENTRY_TYPE_MONITOR: Final = "monitor"
CONF_VIN: Final = "vin"
CONF_MONITOR: Final = "monitor"
# Attributes of a notification: of which subentry it is, by its unique id, and what it was when it was last written here
ATTR_OWNER: Final = "watch"
ATTR_DIGEST: Final = "written"
OWN_ATTRIBUTES: Final = frozenset((ATTR_OWNER, ATTR_DIGEST))
# The rights that it takes to watch a data, by the first word of its name
_SCOPES: Final[Mapping[str, str]] = {"ALERT": "data:alert", "TRIP": "data:trip"}


def required_scope(data: MonitoredData) -> str:
    """Return the right that it takes to watch a data."""
    return _SCOPES.get(data.name.partition("_")[0], "data:telemetry")


def subentry_data(vin: str, request: MonitorRequest) -> dict[str, Any]:
    """Return what a subentry holds: the car, and the monitor as it is sent, without what is ours in it."""
    return {CONF_VIN: vin, CONF_MONITOR: without_ownership(request).to_dict()}


def request_from_subentry(data: Mapping[str, Any], title: str) -> MonitorRequest:
    """Return the monitor that a subentry holds, without what is ours in it. Raises InvalidValue, InvalidResponse."""
    return replace(request_from_monitor(MonitorParameter.from_dict(dict(data[CONF_MONITOR]))), label=title)


def with_ownership(request: MonitorRequest, unique_id: str) -> MonitorRequest:
    """Return what is sent: with whose it is, and a digest by which it shows whether somebody else changed it."""
    user_request = without_ownership(request)
    own_attributes = (
        NewAttribute(AttributeType.BODY, ATTR_OWNER, unique_id),
        NewAttribute(AttributeType.BODY, ATTR_DIGEST, compute_digest(user_request)),
    )
    return replace(user_request, attributes=(*user_request.attributes, *own_attributes))


def without_ownership(request: MonitorRequest) -> MonitorRequest:
    """Return a monitor as a person wants it."""
    return replace(request, attributes=tuple(one for one in request.attributes if one.key not in OWN_ATTRIBUTES))


def compute_digest(request: MonitorRequest) -> str:
    """Return what is the same for two monitors that are the same, label and all, apart from what is ours in them."""
    body = without_ownership(request).to_dict()
    for name in ("attributes", "extendedEventParam"):  # which have no order
        if name in body:
            body[name] = sorted(body[name], key=orjson.dumps)
    return sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def get_attribute(monitor: Monitor, key: str) -> str | None:
    """Return the value of an attribute of a monitor as the platform has it."""
    attributes = monitor.monitor.attributes if monitor.monitor else ()
    return next((one.value for one in attributes if one.key == key), None)


def to_request(monitor: Monitor) -> MonitorRequest | None:
    """Return what the platform has, as it would be sent; None of what cannot be said here."""
    try:
        return request_from_monitor(monitor.monitor) if monitor.monitor else None
    except InvalidResponse, InvalidValue:
        return None


def is_modified(monitor: Monitor) -> bool:
    """Say whether somebody else changed a monitor after it was written here."""
    request = to_request(monitor)
    return request is None or compute_digest(request) != get_attribute(monitor, ATTR_DIGEST)
