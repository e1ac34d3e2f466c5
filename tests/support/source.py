"""Access to the repository's files as text and as syntax trees, for the tests of the repository itself."""

import ast
from collections.abc import Iterator
from functools import cache
import json
import os
from pathlib import Path
import shutil
from string import Formatter
from typing import Any

ROOT = Path(__file__).parents[2]
COMPONENT = ROOT / "custom_components" / "stellantis"
PACKAGE = "custom_components.stellantis"

# Hidden folders belong to tools, except these
_VISIBLE = {".ci", ".github"}
_SKIPPED = {"__pycache__", "node_modules"}


def project_files(folder: Path = ROOT) -> Iterator[Path]:
    """Yield every file of the project below a folder, except files that tools create."""
    for path, folders, names in folder.walk():
        folders[:] = [
            name for name in folders if name not in _SKIPPED and (name in _VISIBLE or not name.startswith("."))
        ]
        yield from (path / name for name in names if name != "coverage.xml" and not name.startswith(".coverage"))


def python_files(folder: Path) -> list[Path]:
    """Return the Python files below a folder; assert that there are any."""
    paths = sorted(path for path in project_files(folder) if path.suffix == ".py")
    assert paths, f"no Python files below {folder}: the test would check nothing"
    return paths


@cache
def parse(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def module_name(path: Path) -> str:
    """Return the dotted name under which a file is imported; for an `__init__.py`, the package's."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_names(path: Path) -> set[str]:
    """Return the absolute dotted names that a file imports, at any place: `from a import b` gives `a` and `a.b`."""
    package = module_name(path).split(".")
    if path.name != "__init__.py":
        package.pop()
    found = set[str]()
    for node in ast.walk(parse(path)):
        match node:
            case ast.Import(names=names):
                found.update(alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                parents = package[: len(package) - level + 1] if level else []
                source = ".".join([*parents, *([module] if module else [])])
                found.add(source)
                found.update(f"{source}.{alias.name}" for alias in names)
    return found


def is_in_package(name: str, package: str) -> bool:
    """Return whether a dotted name is a package or is in it."""
    return name == package or name.startswith(f"{package}.")


def string_literals(path: Path) -> set[str]:
    """Return the string literals of a file, without docstrings."""
    statements = {id(node.value) for node in ast.walk(parse(path)) if isinstance(node, ast.Expr)}
    return {
        node.value
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in statements
    }


def call_name(node: ast.Call) -> str:
    """Return the last part of the name of the called function; empty if it has no name."""
    match node.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def keyword_strings(path: Path, keyword: str) -> Iterator[tuple[str, str]]:
    """Yield (name of the called function, string) for each string that a file passes by a keyword argument."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Call):
            for argument in node.keywords:
                if argument.arg == keyword:
                    yield from ((call_name(node), text) for text in possible_strings(argument.value))


def possible_strings(node: ast.expr) -> Iterator[str]:
    """Yield the strings that an expression can evaluate to, as far as they are literals: of a conditional, both."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=first, orelse=second):
            yield from possible_strings(first)
            yield from possible_strings(second)
        case _:
            return


def find_node() -> str | None:
    """Return the path of Node.js: that of the machine, or the one that scripts/setup has installed."""
    return shutil.which("node", path=f"{os.environ['PATH']}{os.pathsep}{ROOT / 'node_modules' / '.bin'}")


def load_json(path: Path) -> dict[str, Any]:
    """Return the content of a JSON file."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def flatten(texts: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Return a tree of texts as a dict with dotted keys."""
    found: dict[str, str] = {}
    for key, value in texts.items():
        found |= flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found


def placeholders(texts: dict[str, Any] | str) -> set[str]:
    """Return the placeholder names of a text, or of every text of a tree."""
    all_texts = [texts] if isinstance(texts, str) else flatten(texts).values()
    return {name for text in all_texts for _, name, _, _ in Formatter().parse(text) if name}
