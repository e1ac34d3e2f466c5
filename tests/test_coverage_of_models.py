"""Each member of the API's models is shown by an entity, used elsewhere, or there is a reason why not."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import fields
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
import re
from typing import Any, Final, get_args, get_type_hints

import pytest

from custom_components.stellantis.api import AlarmDetails, Alert, Collision, Maintenance, Model, Status, Trip
from custom_components.stellantis.const import PLATFORMS
from custom_components.stellantis.entity import CarEntityDescription
from tests.support.source import COMPONENT, PACKAGE, imported_names, is_in_package, parse, string_literals

# Model of each endpoint, and the prefix of its members in the sources of descriptions
ENDPOINT_MODELS: Final[dict[str, tuple[type[Model], str]]] = {
    "status": (Status, ""),
    "charges": (Status, ""),
    "maintenance": (Maintenance, "maintenance."),
    "alerts": (Alert, "alert."),
    "alarms": (AlarmDetails, "alarm."),
    "collisions": (Collision, "collision."),
    "trips": (Trip, "trip."),
}
# `measured_at` is one of these
TIMES: Final = ("created_at", "updated_at")
# Parts of sources that are not members of models
NOT_MEMBERS: Final = ("price", "prices", "remotes*", "status", "vehicle.pictures")

# Members that are not in the source of a description, with the module that uses them (and their name there, if it
# differs)
USED_ELSEWHERE: Final[dict[str, tuple[str, str | None]]] = {
    "Status.last_position.longitude": ("device_tracker", None),
    "Status.last_position.latitude": ("device_tracker", None),
    "Status.last_position.type": ("device_tracker", None),
    "Status.last_position.fix_status": ("device_tracker", None),
    "Status.preconditioning.*.programs.slot": ("vehicle/programs", None),
    "Status.*.programs.enabled": ("vehicle/activities", None),
    "Status.*.programs.recurrence": ("vehicle/activities", None),
    "Status.*.programs.start": ("vehicle/activities", None),
    "Status.*.programs.end": ("vehicle/activities", None),
    "Status.*.programs.occurrence.day": ("vehicle/activities", "days"),
    "Status.energies.battery.capacity": ("vehicle/charging_session", None),
    "Status.energies.fuel.consumption": ("sensor", None),
    "Status.engines.type": ("vehicle/state", None),
    "Status.doors_state.opening.identifier": ("vehicle/state", None),
    "Status.safety.belt_status.id": ("binary_sensor", None),
    "Status.service.type": ("vehicle/state", None),
    "Status.lighting_system.*.direction": ("binary_sensor", None),
    "Status.lighting_system.*.position": ("binary_sensor", None),
    "Status.lighting_system.*.status": ("binary_sensor", None),
    "Alert.id": ("history/events", None),
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
    "Collision.id": ("history/collisions", None),
    "Collision.details.*": ("history/collisions", None),
    "Collision.tipped_over": ("history/collisions", None),
    "Collision.pedestrian": ("history/collisions", None),
    "Collision.trip_id": ("history/collisions", None),
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

_PAST_POSITION: Final = "of a past position, the coordinates are enough"
NOT_SHOWN: Final = {
    "*.created_at": "times decide which of two parts is newer: api/models/merge.py",
    "*.updated_at": "times decide which of two parts is newer: api/models/merge.py",
    "Status.energies.member_times.*": "times decide which of two members is newer: api/models/merge.py",
    "Status.odometer.*mileage_at": "times decide which of two readings is newer: api/models/odometer.py",
    "Status.odometer.lower_mileage": "a reading that is not believed yet: api/models/odometer.py",
    "Status.redated_at": "times decide which of two parts is newer: api/models/merge.py",
    "Status.energies.*type": "selects the energy: Status.electric, fuel and hydrogen",
    "Status.energies.*.programs.slot": "the calendar shows charging programs by their times",
    "Status.*.programs.charge_until_full": "the calendar shows the end of a charging program",
    "Status.engines.gmp_status": "deprecated: powertrain.status is the same",
    "Status.engines.air.level": "air has no level",
    "Status.alarm.trigger.position.*": "the event of the alarm has the position",
    "Status.adas.*": "only documented for telemetry, and only while driving",
    "Alert.*_position.*": _PAST_POSITION,
    "AlarmDetails.trigger.position.*": _PAST_POSITION,
    "AlarmDetails.trigger.start_at": "the event of the alarm has the time of the record",
    "Trip.*_position.*": _PAST_POSITION,
    "Trip.kinetic.max_speed": "documented without a unit, and 0 on cars that do not report it",
}


def _classes(hint: Any) -> Iterator[type[Any]]:
    """Yield the classes in a type hint."""
    hint = getattr(hint, "__value__", hint)
    if isinstance(hint, type):
        yield hint
    for argument in get_args(hint):
        yield from _classes(argument)


def _leaves(model: type[Model], path: str) -> Iterator[str]:
    """Yield the paths of all members that are not models themselves."""
    hints = get_type_hints(model)
    for member in fields(model):  # type: ignore[arg-type] # its subclasses are dataclasses
        models = [cls for cls in _classes(hints[member.name]) if issubclass(cls, Model)]
        if models:
            yield from _leaves(models[0], f"{path}.{member.name}")
        else:
            yield f"{path}.{member.name}"


LEAVES: Final = frozenset(
    leaf for model in {model for model, _ in ENDPOINT_MODELS.values()} for leaf in _leaves(model, model.__name__)
)


def _descriptions() -> Iterator[tuple[str, CarEntityDescription[Any, Any]]]:
    """Yield the platform and the description of each entity."""
    for platform in PLATFORMS:
        for table in vars(import_module(f"{PACKAGE}.{platform}")).values():
            if isinstance(table, tuple):
                yield from (
                    (platform, description) for description in table if isinstance(description, CarEntityDescription)
                )


def _source_paths(description: CarEntityDescription[Any, Any]) -> Iterator[str]:
    """Yield the paths in the source of a description. A part after a comma may be a sibling of the part before it."""
    model, prefix = ENDPOINT_MODELS[description.endpoint.key]
    parent_names = [model.__name__]
    for part in re.split(r"[,;] ", re.sub(r"\[\w*\]", "", description.source)):
        if any(fnmatchcase(part, pattern) for pattern in NOT_MEMBERS):
            continue
        if f"{part}." == prefix:  # the whole model
            yield model.__name__
            continue
        names = part.removeprefix(prefix).split(".")
        roots = [parent_names[:length] for length in range(len(parent_names), 0, -1)]
        candidates = [".".join([*root, *names]) for root in roots]
        member_path = next((path for path in candidates if _is_part(path)), None) or _path_of_another_endpoint(part)
        assert member_path, f"{description.key}: there is no {part}"
        parent_names = member_path.split(".")[:-1]
        yield member_path


def _is_part(path: str) -> bool:
    return any(is_in_package(leaf, path) for leaf in LEAVES)


def _path_of_another_endpoint(part: str) -> str | None:
    """Return the path of a part from another endpoint."""
    model_names = [
        model.__name__ for model, prefix in ENDPOINT_MODELS.values() if prefix and f"{part}.".startswith(prefix)
    ]
    return model_names[0] if model_names else None


@cache
def _accesses(module: str) -> frozenset[str]:
    """Return the attributes that a module accesses, and its string literals."""
    path = COMPONENT / f"{module}.py"
    attributes = {node.attr for node in ast.walk(parse(path)) if isinstance(node, ast.Attribute)}
    return frozenset(attributes | string_literals(path))


def _members_in_sources() -> dict[str, set[str]]:
    """Return the members in sources, with the platforms of the descriptions."""
    platforms_by_member: dict[str, set[str]] = {}
    for platform, description in _descriptions():
        for path in _source_paths(description):
            if path in LEAVES:
                platforms_by_member.setdefault(path, set()).add(platform)
    return platforms_by_member


SOURCED: Final = _members_in_sources()


def _matching_patterns(patterns: Mapping[str, object], leaf: str) -> list[str]:
    return [pattern for pattern in patterns if fnmatchcase(leaf, pattern)]


def test_models_and_descriptions_are_found() -> None:
    assert len(LEAVES) > 200
    assert len(SOURCED) > 50
    assert len(list(_descriptions())) > 90


def test_each_member_is_shown_or_has_a_reason() -> None:
    rows = {**USED_ELSEWHERE, **NOT_SHOWN}
    assert [leaf for leaf in sorted(LEAVES - SOURCED.keys()) if not _matching_patterns(rows, leaf)] == []


def test_sources_are_accessed() -> None:
    """The platform of a description, or a module that it imports, accesses the member."""
    for leaf, platforms in SOURCED.items():
        imported = {name for platform in platforms for name in imported_names(COMPONENT / f"{platform}.py")}
        paths = {
            name.removeprefix(f"{PACKAGE}.").replace(".", "/") for name in imported if is_in_package(name, PACKAGE)
        }
        modules = platforms | {module_name for module_name in paths if (COMPONENT / f"{module_name}.py").exists()}
        name = leaf.rpartition(".")[2]
        names = {name, "measured_at"} if name in TIMES else {name}
        assert any(names & _accesses(module_name) for module_name in modules), leaf


@pytest.mark.parametrize("pattern", USED_ELSEWHERE)
def test_member_is_used_in_its_module(pattern: str) -> None:
    module, name = USED_ELSEWHERE[pattern]
    leaves = [leaf for leaf in LEAVES if fnmatchcase(leaf, pattern)]
    # No row is superfluous
    assert [leaf for leaf in leaves if leaf not in SOURCED]
    for leaf in leaves:
        assert (name or leaf.rpartition(".")[2]) in _accesses(module)


@pytest.mark.parametrize("pattern", NOT_SHOWN)
def test_member_that_is_not_shown_exists_and_has_a_reason(pattern: str) -> None:
    leaves = [leaf for leaf in LEAVES if fnmatchcase(leaf, pattern)]
    assert [leaf for leaf in leaves if leaf not in SOURCED and not _matching_patterns(USED_ELSEWHERE, leaf)]
    assert len(NOT_SHOWN[pattern]) > 10
