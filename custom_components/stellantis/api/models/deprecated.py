"""Deprecated versions of parts, which bodies contain beside the current ones and which may have more members."""

from typing import Any, Final

from .base import JsonObject, get_nested
from .values import MAX_TIME_LENGTH, parse_timestamp

# Members of an energy in both schemas, and those that are in its `extension` in the current one
_MEMBERS: Final = ("level", "autonomy", "charging", "residual")
_ELECTRIC_MEMBERS: Final = ("charging", "residual")


def fill_missing(current: JsonObject, deprecated: JsonObject) -> JsonObject:
    """Return an object with the missing members of its deprecated version, and those of the objects in it."""
    filled = dict(current)
    for name, value in deprecated.items():
        present = filled.get(name)
        if present is None:
            filled[name] = value
        elif type(present) is dict and type(value) is dict:
            filled[name] = fill_missing(present, value)
    return filled


def merge_deprecated_energies(data: JsonObject) -> Any:
    """Return the energies, completed and dated by their deprecated versions.

    Only these are up to date on some vehicles, and only these have the level, or exist at all, on others.
    """
    current, deprecated = data.get("energies"), data.get("energy")
    if type(current) is not list or not current:
        return [deprecated] if type(deprecated) is dict else deprecated or current
    if type(deprecated) is not list:
        return current
    by_type = {f"{energy.get('type')}": energy for energy in deprecated if type(energy) is dict}
    types = [f"{energy.get('type')}" if type(energy) is dict else "" for energy in current]
    return [
        _complete_energy(energy, by_type[energy_type]) if energy_type in by_type else energy
        for energy, energy_type in zip(current, types, strict=True)
    ] + [energy for energy_type, energy in by_type.items() if energy_type not in types]


def _complete_energy(energy: dict[str, Any], deprecated: dict[str, Any]) -> dict[str, Any]:
    """Return an energy with the missing members of its deprecated version, each with its time, and the later time."""
    completed = dict(energy)
    if "updatedAt" in deprecated:
        completed.setdefault("updatedAt", deprecated["updatedAt"])
    electric = get_nested(energy, "extension", "electric")
    added = []
    for name in _MEMBERS:
        value = deprecated.get(name)
        if value is None:
            continue
        present = get_nested(electric, name) if name in _ELECTRIC_MEMBERS else None
        if present is None:
            present = energy.get(name)
        if present is None:
            completed[name] = value
            added.append(name)
        elif type(value) is dict and type(present) is dict and not value.keys() <= present.keys():
            completed |= _complete_charging(energy, fill_missing(present, value))
    if added and (time := _time(deprecated)):
        completed["memberTimes"] = dict.fromkeys(added, time)
    return completed


def _complete_charging(energy: dict[str, Any], charging: JsonObject) -> dict[str, Any]:
    """Return the changed members of an energy that has another charging, wherever it is."""
    extension, electric = energy.get("extension"), get_nested(energy, "extension", "electric")
    if type(extension) is not dict or type(electric) is not dict or "charging" not in electric:
        return {"charging": charging}
    return {"extension": {**extension, "electric": {**electric, "charging": charging}}}


def _time(energy: JsonObject) -> str | None:
    """Return the text of the later time of an energy."""
    times = [text for name in ("createdAt", "updatedAt") if type(text := energy.get(name)) is str]
    dated = [(time, text) for text in times if len(text) < MAX_TIME_LENGTH and (time := parse_timestamp(text))]
    return max(dated)[1] if dated else None
