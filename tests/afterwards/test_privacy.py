"""Nothing private in logs, diagnostics, repairs, exceptions and events. It runs after all other tests."""

import json

from tests.conftest import LOGS
from tests.support.privacy import SecretFinder


def read_lines(pattern: str) -> set[str]:
    """Return the different lines of files."""
    return {line for path in LOGS.glob(pattern) for line in path.read_text(encoding="utf-8").splitlines() if line}


def test_nothing_private() -> None:
    secrets, lines = read_lines("*.secrets"), read_lines("*.log")
    texts = {tuple(text) for path in LOGS.glob("*.texts") for text in json.loads(path.read_text(encoding="utf-8"))}
    assert secrets, "no other test has run"
    assert any("custom_components.stellantis" in line for line in lines)
    assert {kind for kind, _ in texts} >= {"diagnostics", "event", "exception", "repair"}
    finder = SecretFinder(secrets)
    texts |= {("log", line) for line in lines}
    assert [(kind, found, text) for kind, text in texts if (found := finder.find(text))] == []
