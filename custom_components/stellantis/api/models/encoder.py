"""Encode models as JSON from which the same models are decoded, to store them."""

from dataclasses import fields
from datetime import datetime, time, timedelta
from typing import Any, cast

from .base import Model
from .decoder import member_names
from .energy import Energy
from .position import Position


def encode(model: Model) -> dict[str, Any]:
    """Return the members of a model, without those that are unknown or empty."""
    values = ((field, getattr(model, field.name)) for field in fields(cast("Any", model)))
    members = {member_names(field)[0]: _encode_value(value) for field, value in values if value not in {None, ()}}
    if isinstance(model, Position):
        coordinates = [members.pop(name, None) for name in ("longitude", "latitude", "altitude")]
        return {"properties": members, "geometry": {"coordinates": coordinates}}
    if isinstance(model, Energy):
        members["extension"] = {}  # without one, the members would be taken for those of an older schema
    return members


def _encode_value(value: Any) -> Any:
    if isinstance(value, Model):
        return encode(value)
    if isinstance(value, tuple):
        return [_encode_value(item) for item in value]
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, time):
        value = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    if isinstance(value, timedelta):
        return f"P{value.days}DT{value.seconds}.{value.microseconds:06}S"
    return value
