"""The structure of the integration: folders in one order, no circles, one home for coordinators and base entities."""

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from custom_components.stellantis.const import PLATFORMS

from .support.source import COMPONENT, imported_names, is_in_package, module_name, parse, python_files

# Rooms from top to bottom. A room is a folder or a module of the root; it may import from the rows below its own.
LAYERS = (
    ("__init__",),
    (
        "application_credentials",
        "condition",
        "config_flow",
        "diagnostics",
        "llm",
        "logbook",
        "repairs",
        "services",
        "system_health",
        "trigger",
        *PLATFORMS,
    ),
    ("automations", "options_flow"),
    ("features",),
    ("action_description", "media_files", "price_selector", "reported_entities"),
    (
        "consent_flow",
        "entity",
        "migration",
        "monitor_flow",
        "registration_flow",
        "targets",
    ),
    ("dashboard",),
    ("statistics",),
    ("statistics_table",),
    ("data",),
    ("commands", "monitors"),
    ("push",),
    ("endpoints",),
    ("coordinator",),
    ("account",),
    ("recovery",),
    ("polling",),
    ("history",),
    ("vehicle",),
    ("auth",),
    ("errors",),
    ("const", "number_format"),
    ("api",),
)
API_LAYERS = (
    ("__init__",),
    ("client",),
    ("operations",),
    ("oauth", "picture", "requests", "transport"),
    ("filters", "http", "local_hosts", "models", "rate_limit"),
    ("brands", "wire"),
    ("exceptions",),
    ("retry_after",),
)
PACKAGES = [
    pytest.param(COMPONENT, LAYERS, id="integration"),
    pytest.param(COMPONENT / "api", API_LAYERS, id="api"),
]


def _imported_modules(folder: Path) -> Mapping[str, set[str]]:
    """Return which modules of a package each of its modules imports."""
    modules = {module_name(path): path for path in python_files(folder)}
    return {
        name: {imported for imported in imported_names(path) if imported in modules and imported != name}
        - _parents(name)  # importing a sibling imports the package, too
        for name, path in modules.items()
    }


def _parents(name: str) -> set[str]:
    parts = name.split(".")
    return {".".join(parts[:length]) for length in range(1, len(parts))}


def _rooms_imported(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (importing room, imported room) for a package; a subfolder counts as one room."""
    package = module_name(folder / "__init__.py")
    rooms = {path.stem if path.is_file() else path.name for path in folder.iterdir()}
    for path in python_files(folder):
        room = path.relative_to(folder).parts[0].removesuffix(".py")
        for name in imported_names(path):
            if is_in_package(name, package) and name != package:
                imported = name.removeprefix(f"{package}.").split(".")[0]
                if imported in rooms and imported != room:
                    yield room, imported


@pytest.mark.parametrize(("folder", "layers"), PACKAGES)
def test_imports_point_down(folder: Path, layers: tuple[tuple[str, ...], ...]) -> None:
    depth = {room: row for row, rooms in enumerate(layers) for room in rooms}
    edges = set(_rooms_imported(folder))
    assert len(edges) > 5
    assert not {room for edge in edges for room in edge} - set(depth), "a room that is not in the list of layers"
    assert not {(room, imported) for room, imported in edges if depth[room] >= depth[imported]}


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = _imported_modules(COMPONENT)
    assert sum(map(len, graph.values())) > 200
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as err:
        pytest.fail(f"import circle: {' -> '.join(err.args[1])}")


def test_only_the_table_knows_a_feature() -> None:
    """A feature can be left out: nothing imports it except the table, and its own modules."""
    package = module_name(COMPONENT / "features" / "__init__.py")
    shared = {package, f"{package}.feature"}
    graph = _imported_modules(COMPONENT)
    features = {name for name in graph if is_in_package(name, package)} - shared
    assert features
    importers = {
        name: importing
        for name in features
        if (importing := {other for other, names in graph.items() if name in names and other != package})
    }
    own = {name: ".".join(name.split(".")[: package.count(".") + 2]) for name in features}
    assert not {name for name, others in importers.items() if any(not is_in_package(o, own[name]) for o in others)}


def _classes(path: Path) -> Iterator[tuple[str, set[str]]]:
    """Yield the name and the names of the base classes of each class in a file."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.ClassDef):
            bases = (base.value if isinstance(base, ast.Subscript) else base for base in node.bases)
            yield node.name, {base.id for base in bases if isinstance(base, ast.Name)}


def test_coordinators_have_one_home() -> None:
    """Every class that derives from DataUpdateCoordinator, directly or not, is in coordinator.py."""
    home = COMPONENT / "coordinator.py"
    coordinators = {"DataUpdateCoordinator"}
    for name, bases in _classes(home):
        if bases & coordinators:
            coordinators.add(name)
    assert len(coordinators) > 2
    elsewhere = {
        f"{path.relative_to(COMPONENT)}: {name}"
        for path in python_files(COMPONENT)
        if path != home
        for name, bases in _classes(path)
        if bases & coordinators
    }
    assert not elsewhere


def test_base_entities_have_one_home() -> None:
    """An entity class from which a class of another module derives is in entity.py."""
    classes = {name: (path, bases) for path in python_files(COMPONENT) for name, bases in _classes(path)}
    entities = {name for name in classes if _is_entity(name, classes)}
    assert len(entities) > 20
    shared = {(classes[base][0].name, base) for path, bases in classes.values() for base in bases & entities}
    assert {base for _, base in shared} >= {"StellantisEntity", "CommandEntity"}
    assert {name for name, _ in shared} == {"entity.py"}


def _is_entity(name: str, classes: Mapping[str, tuple[Path, set[str]]]) -> bool:
    """Return whether a class derives from one of Home Assistant's entities."""
    if name not in classes:
        return name.endswith("Entity")
    return any(_is_entity(base, classes) for base in classes[name][1])
