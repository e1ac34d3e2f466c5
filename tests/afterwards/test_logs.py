"""No secrets in the log of the whole run; scripts/test runs this after all other tests."""

from tests.conftest import LOGS


def test_no_secrets_were_logged() -> None:
    secrets = {secret for path in LOGS.glob("*.secrets") for secret in path.read_text(encoding="utf-8").split()}
    assert secrets, "no other test has run"
    lines = [line for path in LOGS.glob("*.log") for line in path.read_text(encoding="utf-8").splitlines()]
    assert any("custom_components.stellantis" in line for line in lines)
    assert [line for line in lines if any(secret in line for secret in secrets)] == []
