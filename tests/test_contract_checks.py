"""What scripts/lint checks, and rules of security that can be read from the source."""

import ast
from collections.abc import Iterator
import re
import tomllib

import pytest

from .support.source import COMPONENT, ROOT, call_name, parse, python_files

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LINT = (ROOT / "scripts" / "lint").read_text(encoding="utf-8")
SECURITY_RULE = re.compile(r"# noqa: [A-Z0-9, ]*\bS\d{3}(?P<rest>.*)")
SENDING = {"request", "get", "post", "put", "delete", "patch", "head", "options", "ws_connect"}


def test_ruff_has_security_rules() -> None:
    lint = PROJECT["tool"]["ruff"]["lint"]
    assert lint["select"] == ["ALL"]
    assert not [rule for rule in lint["ignore"] if re.fullmatch(r"S\d*", rule)]
    assert not [folder for folder in lint["per-file-ignores"] if "custom_components" in folder]


def test_exceptions_from_security_rules_are_explained() -> None:
    found = 0
    for path in python_files(COMPONENT):
        for line in path.read_text(encoding="utf-8").splitlines():
            if match := SECURITY_RULE.search(line):
                found += 1
                assert re.fullmatch(r" - \S.{5,}", match["rest"]), f"{path.name}: {line.strip()}"
    assert found


@pytest.mark.parametrize(
    "check", ["ruff check", "ruff format --check", "mypy", "scripts/dead_code.py", "scripts/audit.py", "zizmor"]
)
def test_lint_runs(check: str) -> None:
    assert check in LINT
    assert PROJECT["tool"]["mypy"]["strict"] is True


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path in python_files(COMPONENT):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.Call):
                yield str(path.relative_to(COMPONENT)), node


def test_stored_files_are_private() -> None:
    """Every file of ours has mode 0600."""
    found = 0
    for path, call in _calls():
        function = call.func.value if isinstance(call.func, ast.Subscript) else call.func
        is_store = isinstance(function, ast.Name) and function.id == "Store"
        is_subclass = ast.unparse(call.func) == "super().__init__" and "STORAGE_VERSION" in ast.unparse(call)
        if is_store or is_subclass:
            found += 1
            assert any(word.arg == "private" and ast.unparse(word.value) == "True" for word in call.keywords), path
    assert found >= 4


def test_one_place_sends_requests() -> None:
    """All requests have the limits of api/http.py, and follow no redirect."""
    senders = {
        path
        for path, call in _calls()
        if call_name(call) in SENDING
        and isinstance(call.func, ast.Attribute)
        and re.search(r"session\b", ast.unparse(call.func.value))
    }
    assert senders == {"api/http.py"}
    assert "ClientSession" not in {call_name(call) for _, call in _calls()}


def test_security_is_documented() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    assert "docs/security.md" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    tests = set(re.findall(r"`((?:\w+/)*test_\w+)`", text))
    assert len(tests) >= 8
    assert not [name for name in tests if not (ROOT / "tests" / f"{name}.py").exists()]
