"""Whatever a car tells is shown somewhere, or there is a reason why not."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import fields
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
import re
from typing import Any, Final, get_args, get_type_hints

import pytest

from custom_components.stellantis.api import AlarmDetails, Alert, Maintenance, Model, Status, Trip
from custom_components.stellantis.const import PLATFORMS
from custom_components.stellantis.entity import CarEntityDescription
from tests.support.source import COMPONENT, PACKAGE, imported_names, is_in_package, parse, string_literals

# Endpoint → what it reads, and by which word the sources of descriptions begin
READ: Final[dict[str, tuple[type[Model], str]]] = {
    "status": (Status, ""),
    "charges": (Status, ""),
    "maintenance": (Maintenance, "maintenance."),
    "alerts": (Alert, "alert."),
    "alarms": (AlarmDetails, "alarm."),
    "trips": (Trip, "trip."),
}
# Either may be the time of measurement
TIMES: Final = ("created_at", "updated_at")
# What sources name beside members
NOT_READ: Final = ("price", "prices", "remotes*", "status", "vehicle.pictures")

# Members that no source of a description names, and which module makes something of them: with the name it goes by
# there, where that is another
USED: Final[dict[str, tuple[str, str | None]]] = {
    "Status.last_position.longitude": ("device_tracker", None),
    "Status.last_position.latitude": ("device_tracker", None),
    "Status.last_position.type": ("device_tracker", None),
    "Status.last_position.fix_status": ("device_tracker", None),
    "Status.preconditioning.*.programs.slot": ("vehicle/programs", None),
    "Status.*.programs.enabled": ("calendar", None),
    "Status.*.programs.recurrence": ("calendar", None),
    "Status.*.programs.start": ("calendar", None),
    "Status.*.programs.end": ("calendar", None),
    "Status.*.programs.occurrence.day": ("calendar", "days"),
    "Status.energies.battery.capacity": ("vehicle/charging_session", None),
    "Status.energies.fuel.consumption": ("sensor", None),
    "Status.engines.type": ("vehicle/state", None),
    "Status.doors_state.opening.identifier": ("binary_sensor", None),
    "Status.safety.belt_status.id": ("binary_sensor", None),
    "Status.service.type": ("vehicle/state", None),
    "Status.lighting_system.*.direction": ("binary_sensor", None),
    "Status.lighting_system.*.position": ("binary_sensor", None),
    "Status.lighting_system.*.status": ("binary_sensor", None),
    "Alert.id": ("history/events", None),
    "Alert.type": ("history/events", None),
    "Alert.started_at": ("history/events", None),
    "Alert.end_at": ("history/events", None),
    "Alert.*_position.longitude": ("history/events", None),
    "Alert.*_position.latitude": ("history/events", None),
    "Alert.trip_ids": ("history/responses", None),
    "AlarmDetails.id": ("history/events", None),
    "AlarmDetails.status.activation": ("history/events", None),
    "AlarmDetails.trigger.type": ("history/events", None),
    "AlarmDetails.trigger.position.longitude": ("history/events", None),
    "AlarmDetails.trigger.position.latitude": ("history/events", None),
    "Trip.id": ("vehicle/trip", None),
    "Trip.*_position.longitude": ("vehicle/trip", None),
    "Trip.*_position.latitude": ("vehicle/trip", None),
    "Trip.duration": ("vehicle/trip", None),
    "Trip.start_mileage": ("history/responses", None),
    "Trip.*_energies.type": ("history/responses", None),
    "Trip.*_energies.sub_type": ("history/responses", None),
    "Trip.*_energies.level": ("vehicle/trip", None),
    "Trip.*_energies.autonomy": ("history/responses", None),
    "Trip.energy_consumptions.*": ("vehicle/trip", None),
    "Trip.kinetic.avg_speed": ("vehicle/trip", None),
    "Trip.segments.*": ("history/responses", None),
    "Trip.done": ("vehicle/trip", None),
    "Trip.faults.*": ("history/responses", None),
}

_ELSEWHERE: Final = "of a place in the past, where it was is enough"
NOT_SHOWN: Final = {
    "*.created_at": "how old a part is decides which of two counts: api/models/merge.py",
    "*.updated_at": "how old a part is decides which of two counts: api/models/merge.py",
    "Status.energies.*type": "tells which energy the rest is of: Status.electric, fuel and hydrogen go by it",
    "Status.energies.*.programs.slot": "programs of charging are shown in the calendar, by their times",
    "Status.*.programs.charge_until_full": "how a program of charging ends; the calendar tells when",
    "Status.engines.gmp_status": "deprecated: powertrain.status is the same",
    "Status.engines.air.level": "air has no level",
    "Status.alarm.trigger.position.*": "the event of the alarm tells where it was set off",
    "Status.adas.*": "described for telemetry only, and of a car that is driven: nothing to automate by",
    "Alert.*_position.*": _ELSEWHERE,
    "AlarmDetails.trigger.position.*": _ELSEWHERE,
    "AlarmDetails.trigger.start_at": "the event of the alarm has the time of the record",
    "Trip.*_position.*": _ELSEWHERE,
    "Trip.kinetic.max_speed": "without a unit in the description, and 0 on cars that do not know it",
}


def _kinds(hint: Any) -> Iterator[type[Any]]:
    """Yield the classes that a type hint is made of."""
    hint = getattr(hint, "__value__", hint)
    if isinstance(hint, type):
        yield hint
    for argument in get_args(hint):
        yield from _kinds(argument)


def _leaves(model: type[Model], path: str) -> Iterator[str]:
    """Yield the paths of all members that are no models themselves."""
    hints = get_type_hints(model)
    for member in fields(model):  # type: ignore[arg-type] # its subclasses are dataclasses
        models = [kind for kind in _kinds(hints[member.name]) if issubclass(kind, Model)]
        if models:
            yield from _leaves(models[0], f"{path}.{member.name}")
        else:
            yield f"{path}.{member.name}"


LEAVES: Final = frozenset(
    leaf for model in {model for model, _ in READ.values()} for leaf in _leaves(model, model.__name__)
)


def _descriptions() -> Iterator[tuple[str, CarEntityDescription[Any, Any]]]:
    """Yield the descriptions of entities, and the platforms in which they stand."""
    for platform in PLATFORMS:
        for table in vars(import_module(f"{PACKAGE}.{platform}")).values():
            if isinstance(table, tuple):
                yield from ((platform, one) for one in table if isinstance(one, CarEntityDescription))


def _named(description: CarEntityDescription[Any, Any]) -> Iterator[str]:
    """Yield the paths that a description's source names. What follows a comma is a neighbour of what is before it."""
    model, begins = READ[description.endpoint.key]
    above = [model.__name__]
    for part in re.split(r"[,;] ", re.sub(r"\[\w*\]", "", description.source)):
        if any(fnmatchcase(part, pattern) for pattern in NOT_READ):
            continue
        if f"{part}." == begins:  # all of it
            yield model.__name__
            continue
        names = part.removeprefix(begins).split(".")
        roots = [above[:length] for length in range(len(above), 0, -1)]
        known = [".".join([*root, *names]) for root in roots]
        found = next((path for path in known if _is_part(path)), None) or _of_another(part)
        assert found, f"{description.key}: there is no {part}"
        above = found.split(".")[:-1]
        yield found


def _is_part(path: str) -> bool:
    return any(is_in_package(leaf, path) for leaf in LEAVES)


def _of_another(part: str) -> str | None:
    """Return the path of what a description takes from another endpoint, besides."""
    kinds = [model.__name__ for model, begins in READ.values() if begins and f"{part}.".startswith(begins)]
    return kinds[0] if kinds else None


@cache
def _accesses(module: str) -> frozenset[str]:
    """Return the names of attributes that a module reads, by the dot or by a string."""
    path = COMPONENT / f"{module}.py"
    dotted = {node.attr for node in ast.walk(parse(path)) if isinstance(node, ast.Attribute)}
    return frozenset(dotted | string_literals(path))


def _sourced() -> dict[str, set[str]]:
    """Return the members that sources name, and the modules of the descriptions."""
    found: dict[str, set[str]] = {}
    for platform, description in _descriptions():
        for path in _named(description):
            if path in LEAVES:
                found.setdefault(path, set()).add(platform)
    return found


SOURCED: Final = _sourced()


def _matched(patterns: Mapping[str, object], leaf: str) -> list[str]:
    return [pattern for pattern in patterns if fnmatchcase(leaf, pattern)]


def test_there_is_much_to_show() -> None:
    assert len(LEAVES) > 200
    assert len(SOURCED) > 50
    assert len(list(_descriptions())) > 90


def test_each_member_is_shown_or_there_is_a_reason() -> None:
    rows = {**USED, **NOT_SHOWN}
    assert [leaf for leaf in sorted(LEAVES - SOURCED.keys()) if not _matched(rows, leaf)] == []


def test_sources_are_what_is_read() -> None:
    """A platform, or a room that it builds on, reads a member of that name."""
    for leaf, platforms in SOURCED.items():
        dotted = {name for platform in platforms for name in imported_names(COMPONENT / f"{platform}.py")}
        below = {name.removeprefix(f"{PACKAGE}.").replace(".", "/") for name in dotted if is_in_package(name, PACKAGE)}
        rooms = platforms | {room for room in below if (COMPONENT / f"{room}.py").exists()}
        name = leaf.rpartition(".")[2]
        names = {name, "measured_at"} if name in TIMES else {name}
        assert any(names & _accesses(room) for room in rooms), leaf


@pytest.mark.parametrize("pattern", USED)
def test_member_is_used_where_it_is_said_to_be(pattern: str) -> None:
    module, name = USED[pattern]
    leaves = [leaf for leaf in LEAVES if fnmatchcase(leaf, pattern)]
    # Each row is needed
    assert [leaf for leaf in leaves if leaf not in SOURCED]
    for leaf in leaves:
        assert (name or leaf.rpartition(".")[2]) in _accesses(module)


@pytest.mark.parametrize("pattern", NOT_SHOWN)
def test_what_is_not_shown_is_known_and_has_a_reason(pattern: str) -> None:
    leaves = [leaf for leaf in LEAVES if fnmatchcase(leaf, pattern)]
    assert [leaf for leaf in leaves if leaf not in SOURCED and not _matched(USED, leaf)]
    assert len(NOT_SHOWN[pattern]) > 10
