"""Deprecated versions of parts, which bodies contain beside the current ones and which may have more members."""

from typing import Any, Final

from .base import JsonObject
from .values import TIMESTAMPS

# Members of an energy in both schemas
_MEMBERS: Final = ("level", "autonomy", "charging", "residual")


def fill_missing(current: JsonObject, deprecated: JsonObject) -> JsonObject:
    """Return an object with the missing members of its deprecated version, and those of the objects in it."""
    filled = dict(current)
    for name, value in deprecated.items():
        present = current.get(name)
        if present is None:
            filled[name] = value
        elif type(present) is dict and type(value) is dict:
            filled[name] = fill_missing(present, value)
    return filled


def complete_energies(current: Any, deprecated: Any) -> Any:
    """Return the energies, each with its deprecated version, and those that exist only in that version.

    The version is in a tuple, because no body contains one: it is never taken from a body.
    """
    if type(current) is not list or not current:
        return [deprecated] if type(deprecated) is dict else deprecated or current
    if type(deprecated) is not list:
        return current
    by_type = {f"{energy.get('type')}": energy for energy in deprecated if type(energy) is dict}
    energies, missing = [], dict(by_type)
    for energy in current:
        energy_type = f"{energy.get('type')}" if type(energy) is dict else ""
        if energy_type in by_type:
            energies.append({**energy, "deprecated": (by_type[energy_type],)})
            missing.pop(energy_type, None)
        else:
            energies.append(energy)
    return [*energies, *missing.values()]


def complete_energy(energy: dict[str, Any], deprecated: JsonObject) -> None:
    """Add to the fields of an energy what only its deprecated version has, and the time of that version.

    Only this is up to date on some vehicles, and only this has the level on others. Members that were missing have
    their own time.
    """
    added = []
    if "updatedAt" in deprecated:
        energy.setdefault("updatedAt", deprecated["updatedAt"])
    for name in _MEMBERS:
        value = deprecated.get(name)
        if value is None:
            continue
        present = energy.get(name)
        if present is None:
            energy[name] = value
            added.append(name)
        elif type(value) is dict and type(present) is dict and not value.keys() <= present.keys():
            energy[name] = fill_missing(present, value)
    if added and (time := _time(deprecated)):
        energy["memberTimes"] = dict.fromkeys(added, time)


def _time(energy: JsonObject) -> str | None:
    """Return the text of the later time of an energy."""
    times = [text for name in ("createdAt", "updatedAt") if type(text := energy.get(name)) is str]
    dated = [(time, text) for text in times if (time := TIMESTAMPS[text])]
    return max(dated)[1] if dated else None
