"""The simulator's modules: which may import which."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "simulator"

# The folders and top-level modules. Each may import only those before it.
ORDER = (
    "clock",
    "config",
    "vehicle",
    "world",
    "resources",
    "http",
    "auth",
    "push",
    "remote",
    "endpoints",
    "control",
    "operations",
    "persistence",
    "ticker",
    "api",
    "app",
    "background",
    "__init__",
    "__main__",
    "pytest_plugin",
)
# Folders that must not know each other, although they are next to each other in the order.
INDEPENDENT = (("push", "auth"), ("remote", "auth"))

type Modules = dict[str, set[str]]


def read_imports(root: Path) -> Modules:
    """Return the imports of each module below `root`, by dotted names relative to `root`'s parent."""
    modules: dict[str, Path] = {}
    for path in root.rglob("*.py"):
        parts = [root.name, *path.relative_to(root).with_suffix("").parts]
        modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return {name: _imports(name, path, set(modules)) for name, path in modules.items()}


def _imports(name: str, path: Path, modules: set[str]) -> set[str]:
    """Return what a module imports, anywhere in it and for type checking, too."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    imports: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imports |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                submodule = f"{source}.{alias.name}"
                imports.add(submodule if submodule in modules else source)
    return imports


def unit(module: str) -> str:
    """Return the folder or top-level module that a module of the package belongs to."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def find_circle(modules: Modules) -> list[str]:
    """Return the modules of a circle of imports, if there is one."""
    graph = {name: imports & modules.keys() for name, imports in modules.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def find_upward_imports(modules: Modules) -> list[tuple[str, str]]:
    """Return the imports that point from a folder or top-level module to a later one."""
    return [
        (name, target)
        for name, imports in sorted(modules.items())
        for target in sorted(imports & modules.keys())
        if ORDER.index(unit(target)) > ORDER.index(unit(name))
    ]


@pytest.fixture(scope="module")
def modules() -> Modules:
    """The simulator's modules and their imports."""
    return read_imports(ROOT / PACKAGE)


def test_every_folder_and_top_level_module_has_its_place_in_the_order(modules: Modules) -> None:
    assert {unit(name) for name in modules} == set(ORDER)
    assert len(modules) > 60


def test_there_is_no_circle_between_modules(modules: Modules) -> None:
    assert find_circle(modules) == []


def test_no_folder_imports_a_later_one(modules: Modules) -> None:
    assert find_upward_imports(modules) == []


@pytest.mark.parametrize(("importer", "imported"), INDEPENDENT)
def test_independent_folders_do_not_import_each_other(modules: Modules, importer: str, imported: str) -> None:
    names = {target for name, imports in modules.items() if unit(name) == importer for target in imports}
    assert not [name for name in names if name.startswith(f"{PACKAGE}.{imported}")]


def test_the_simulator_does_not_import_the_integration(modules: Modules) -> None:
    imported = {target.split(".")[0] for imports in modules.values() for target in imports}
    assert "aiohttp" in imported, "imports of other packages are found, too"
    assert imported.isdisjoint({"custom_components", "homeassistant", "tests"})


@pytest.mark.parametrize(
    ("sources", "circle", "upward"),
    [
        ({"vehicle/a.py": "from .b import x", "vehicle/b.py": "x = 1"}, False, False),
        ({"vehicle/a.py": "from .b import x", "vehicle/b.py": "def f():\n    from .a import y"}, True, False),
        ({"vehicle/a.py": "from . import b", "vehicle/b.py": "from . import a"}, True, False),
        ({"vehicle/a.py": "import simulator.push.b", "push/b.py": ""}, False, True),
        ({"vehicle/a.py": "if TYPE_CHECKING:\n    from ..push.b import x", "push/b.py": ""}, False, True),
        ({"vehicle/a.py": "from ..push import b", "push/b.py": ""}, False, True),
        ({"push/a.py": "from ..vehicle import b", "vehicle/b.py": ""}, False, False),
    ],
    ids=["fine", "circle", "circle of submodules", "absolute", "for type checking", "submodule", "downward"],
)
def test_circles_and_upward_imports_are_found(
    tmp_path: Path, sources: dict[str, str], circle: bool, upward: bool
) -> None:
    for name, source in sources.items():
        path = tmp_path / PACKAGE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    modules = read_imports(tmp_path / PACKAGE)
    assert bool(find_circle(modules)) is circle
    assert bool(find_upward_imports(modules)) is upward
