"""No secrets in the log of the whole run; scripts/test runs this after all other tests."""

import re

from tests.conftest import LOGS

NUMBER = re.compile(r"-?\d+\.\d+")


def _pattern(secret: str) -> str:
    """Return a pattern for a secret. A coordinate is no part of a longer number, such as the seconds of a time."""
    escaped = re.escape(secret)
    return rf"(?<!\d){escaped}(?!\d)" if NUMBER.fullmatch(secret) else escaped


def test_no_secrets_were_logged() -> None:
    secrets = {secret for path in LOGS.glob("*.secrets") for secret in path.read_text(encoding="utf-8").split()}
    assert secrets, "no other test has run"
    lines = [line for path in LOGS.glob("*.log") for line in path.read_text(encoding="utf-8").splitlines()]
    assert any("custom_components.stellantis" in line for line in lines)
    patterns = {secret: re.compile(_pattern(secret)) for secret in secrets}
    assert [line for line in lines if any(secret in line and patterns[secret].search(line) for secret in secrets)] == []
