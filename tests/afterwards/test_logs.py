"""Nothing private in the log of the whole run; scripts/test calls this when all other tests are done."""

from tests.conftest import LOGS


def test_nothing_private_was_logged() -> None:
    secrets = {word for path in LOGS.glob("*.secrets") for word in path.read_text(encoding="utf-8").split()}
    assert secrets, "no other test has run"
    lines = [line for path in LOGS.glob("*.log") for line in path.read_text(encoding="utf-8").splitlines()]
    assert any("custom_components.stellantis" in line for line in lines)
    assert [line for line in lines if any(word in line for word in secrets)] == []
