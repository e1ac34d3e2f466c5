"""Requests of the user's monitors: conversion from and to subentries and the platform's monitors."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final

import orjson

from ..api import InvalidResponse, Monitor, MonitoredData, MonitorParameter
from ..api.exceptions import InvalidValue
from ..api.requests import AttributeType, MonitorRequest, NewAttribute, request_from_monitor

# The subentry type and the keys of its data
SUBENTRY_TYPE_MONITOR: Final = "monitor"
CONF_VIN: Final = "vin"
CONF_MONITOR: Final = "monitor"
# Attributes of a monitor: the unique id of its subentry, and its digest when the integration last wrote it
ATTR_OWNER: Final = "watch"
ATTR_DIGEST: Final = "written"
OWN_ATTRIBUTES: Final = frozenset((ATTR_OWNER, ATTR_DIGEST))
# The scope that monitored data need, by the first word of their name
_SCOPES: Final[Mapping[str, str]] = {"ALERT": "data:alert", "TRIP": "data:trip"}


def required_scope(data: MonitoredData) -> str:
    """Return the scope that is needed to monitor the data."""
    return _SCOPES.get(data.name.partition("_")[0], "data:telemetry")


def subentry_data(vin: str, request: MonitorRequest) -> dict[str, Any]:
    """Return the data of a subentry: the VIN and the request body without our attributes."""
    return {CONF_VIN: vin, CONF_MONITOR: without_ownership(request).to_dict()}


def request_from_subentry(data: Mapping[str, Any], title: str) -> MonitorRequest:
    """Return the request that a subentry stores, without our attributes.

    Raises:
        InvalidValue: The stored request has a value that cannot be sent.
        InvalidResponse: The stored request is malformed.
    """
    return replace(request_from_monitor(MonitorParameter.from_dict(dict(data[CONF_MONITOR]))), label=title)


def with_ownership(request: MonitorRequest, unique_id: str) -> MonitorRequest:
    """Return the request with the attributes that identify its subentry and reveal later modifications."""
    user_request = without_ownership(request)
    own_attributes = (
        NewAttribute(AttributeType.BODY, ATTR_OWNER, unique_id),
        NewAttribute(AttributeType.BODY, ATTR_DIGEST, compute_digest(user_request)),
    )
    return replace(user_request, attributes=(*user_request.attributes, *own_attributes))


def without_ownership(request: MonitorRequest) -> MonitorRequest:
    """Return the request without our attributes."""
    return replace(request, attributes=tuple(attr for attr in request.attributes if attr.key not in OWN_ATTRIBUTES))


def compute_digest(request: MonitorRequest) -> str:
    """Return a hash of the request, including its label, without our attributes."""
    body = without_ownership(request).to_dict()
    for name in ("attributes", "extendedEventParam"):  # their order does not matter
        if name in body:
            body[name] = sorted(body[name], key=orjson.dumps)
    return sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def get_attribute(monitor: Monitor, key: str) -> str | None:
    """Return the value of an attribute of a monitor."""
    attributes = monitor.monitor.attributes if monitor.monitor else ()
    return next((attr.value for attr in attributes if attr.key == key), None)


def find_monitor(listed: Iterable[Monitor], unique_id: str) -> Monitor | None:
    """Return the user's monitor with a unique id among the listed ones, if it is there."""
    return next((monitor for monitor in listed if get_attribute(monitor, ATTR_OWNER) == unique_id), None)


def to_request(monitor: Monitor) -> MonitorRequest | None:
    """Return the request that would create the monitor, or None if the integration does not support it."""
    try:
        return request_from_monitor(monitor.monitor) if monitor.monitor else None
    except InvalidResponse, InvalidValue:
        return None


def compute_listed_digest(monitor: Monitor) -> str:
    """Return a hash of a monitor as the platform lists it, without our attributes and regardless of any order."""
    body = orjson.loads(orjson.dumps(monitor.monitor))
    if body:
        body["attributes"] = [attribute for attribute in body["attributes"] if attribute["key"] not in OWN_ATTRIBUTES]
    return sha256(orjson.dumps(_without_order(body))).hexdigest()[:16]


def _without_order(value: Any) -> Any:
    if isinstance(value, dict):
        return [(name, _without_order(member)) for name, member in sorted(value.items())]
    return sorted(map(_without_order, value), key=orjson.dumps) if isinstance(value, list) else value
