"""The library imports neither Home Assistant nor the integration."""

import ast
from pathlib import Path

import pytest

from custom_components.stellantis import api

_FOLDER = Path(api.__file__).parent
_FILES = sorted(_FOLDER.rglob("*.py"))


@pytest.mark.parametrize("path", _FILES, ids=lambda path: str(path.relative_to(_FOLDER)))
def test_no_imports_from_outside(path: Path) -> None:
    depth = len(path.relative_to(_FOLDER).parts)
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level <= depth, f"{path.name} imports from above the library"
            names = [node.module or ""] if node.level == 0 else []
        assert not [name for name in names if name.split(".")[0] in {"homeassistant", "custom_components"}]


def test_public_names_exist() -> None:
    assert api.__all__ == sorted(set(api.__all__))
    assert [name for name in api.__all__ if not hasattr(api, name)] == []
