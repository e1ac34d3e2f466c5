"""What a person has watched: a monitor as it is kept in a subentry, as it is sent, and as the platform has it."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final

import orjson

from ..api import InvalidResponse, Monitor, MonitoredData, MonitorParameter
from ..api.exceptions import InvalidValue
from ..api.requests import AttributeType, MonitorRequest, NewAttribute, request_of

# The type of the subentries, and what they hold besides their title and unique id
MONITOR: Final = "monitor"
CONF_VIN: Final = "vin"
CONF_MONITOR: Final = "monitor"
# Attributes of a notification: of which subentry it is, by its unique id, and what it was when it was last written here
WATCH: Final = "watch"
WRITTEN: Final = "written"
OURS: Final = frozenset((WATCH, WRITTEN))
# The rights that it takes to watch a data, by the first word of its name
_RIGHTS: Final[Mapping[str, str]] = {"ALERT": "data:alert", "TRIP": "data:trip"}


def right_to(data: MonitoredData) -> str:
    """Return the right that it takes to watch a data."""
    return _RIGHTS.get(data.name.partition("_")[0], "data:telemetry")


def kept(vin: str, request: MonitorRequest) -> dict[str, Any]:
    """Return what a subentry holds: the car, and the monitor as it is sent, without what is ours in it."""
    return {CONF_VIN: vin, CONF_MONITOR: without_ours(request).to_dict()}


def wanted(data: Mapping[str, Any], title: str) -> MonitorRequest:
    """Return the monitor that a subentry holds, without what is ours in it. Raises InvalidValue, InvalidResponse."""
    return replace(request_of(MonitorParameter.from_dict(dict(data[CONF_MONITOR]))), label=title)


def written(request: MonitorRequest, unique_id: str) -> MonitorRequest:
    """Return what is sent: with whose it is, and a digest by which it shows whether somebody else changed it."""
    plain = without_ours(request)
    ours = (
        NewAttribute(AttributeType.BODY, WATCH, unique_id),
        NewAttribute(AttributeType.BODY, WRITTEN, digest(plain)),
    )
    return replace(plain, attributes=(*plain.attributes, *ours))


def without_ours(request: MonitorRequest) -> MonitorRequest:
    """Return a monitor as a person wants it."""
    return replace(request, attributes=tuple(one for one in request.attributes if one.key not in OURS))


def digest(request: MonitorRequest) -> str:
    """Return what is the same for two monitors that are the same, label and all, apart from what is ours in them."""
    body = without_ours(request).to_dict()
    for name in ("attributes", "extendedEventParam"):  # which have no order
        if name in body:
            body[name] = sorted(body[name], key=orjson.dumps)
    return sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def attribute(monitor: Monitor, key: str) -> str | None:
    """Return the value of an attribute of a monitor as the platform has it."""
    attributes = monitor.monitor.attributes if monitor.monitor else ()
    return next((one.value for one in attributes if one.key == key), None)


def there(monitor: Monitor) -> MonitorRequest | None:
    """Return what the platform has, as it would be sent; None of what cannot be said here."""
    try:
        return request_of(monitor.monitor) if monitor.monitor else None
    except InvalidResponse, InvalidValue:
        return None


def was_changed(monitor: Monitor) -> bool:
    """Say whether somebody else changed a monitor after it was written here."""
    request = there(monitor)
    return request is None or digest(request) != attribute(monitor, WRITTEN)
