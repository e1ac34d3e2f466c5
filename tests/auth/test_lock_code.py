"""The code that unlocks cars: its hash, and how wrong codes are counted."""

import asyncio
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.stellantis.auth.lock_code import (
    MAX_ATTEMPTS,
    CodeChecker,
    hash_code,
    is_numeric,
    matches,
    recent_failures,
)

CAR, OTHER_CAR = "VIN-OF-A-CAR", "VIN-OF-ANOTHER-CAR"
STORE = "stellantis.wrong_codes"


@pytest.fixture
def checker(hass: HomeAssistant) -> CodeChecker:
    """Return a checker as after a start."""
    return CodeChecker(hass)


async def check(checker: CodeChecker, code: str, car: str = CAR) -> str | None:
    """Enter a code; return the key of the error."""
    try:
        await checker.async_check(car, ["4711"], code)
    except ServiceValidationError as err:
        return err.translation_key
    return None


@pytest.mark.parametrize(
    ("code", "entered", "is_same"),
    [
        ("4711", "4711", True),
        ("4711", "4712", False),
        ("4711", "", False),
        ("4711", "47110", False),
        ("correct horse", "correct horse", True),
        ("correct horse", "Correct horse", False),
        # The same letters, composed by another keyboard
        ("Säße", "Sa\u0308ße", True),
        ("Säße", "Sässe", False),
    ],
)
def test_hash(code: str, entered: str, is_same: bool) -> None:
    stored = hash_code(code)
    assert matches(stored, entered) is is_same
    assert matches(code, entered) is is_same, "as earlier versions stored it"
    assert code not in str(stored) or code.isdecimal()
    assert stored != hash_code(code), "the same code in two accounts must not be recognizable"


@pytest.mark.parametrize(("code", "expected"), [("4711", True), ("47a1", False), ("47 11", False), ("٤٧١١", False)])
def test_is_numeric(code: str, expected: bool) -> None:
    assert is_numeric(code) is is_numeric(hash_code(code)) is expected


@pytest.mark.parametrize(
    ("failed_at", "now", "recent"),
    [
        ([], 1000, []),
        ([100, 101], 999, [100, 101]),
        ([100, 101], 1000, [101]),
        ([100, 101], 5000, []),
        # The clock was set back
        ([100, 5000], 200, [100, 200]),
    ],
)
def test_recent_failures(failed_at: list[float], now: float, recent: list[float]) -> None:
    assert recent_failures(failed_at, now) == recent


async def test_wrong_codes_are_counted_by_car(checker: CodeChecker, freezer: FrozenDateTimeFactory) -> None:
    assert [await check(checker, "1111") for _ in range(MAX_ATTEMPTS)] == ["wrong_code"] * MAX_ATTEMPTS
    assert await check(checker, "4711") == "too_many_codes"
    assert await check(checker, "4711", OTHER_CAR) is None
    freezer.tick(15 * 60 - 1)
    assert await check(checker, "4711") == "too_many_codes"
    freezer.tick(1)
    assert await check(checker, "4711") is None


async def test_clock_that_is_set_back(checker: CodeChecker, freezer: FrozenDateTimeFactory) -> None:
    """A car is blocked for a quarter of an hour, not until the clock is where it was; attempts prolong nothing."""
    freezer.tick(365 * 86400)
    assert [await check(checker, "1111") for _ in range(MAX_ATTEMPTS)] == ["wrong_code"] * MAX_ATTEMPTS
    freezer.tick(-365 * 86400)
    assert await check(checker, "4711") == "too_many_codes"
    freezer.tick(15 * 60 - 1)
    assert await check(checker, "4711") == "too_many_codes"
    freezer.tick(1)
    assert await check(checker, "4711") is None


async def test_restart_forgets_no_wrong_code(
    hass: HomeAssistant, hass_storage: dict[str, Any], checker: CodeChecker
) -> None:
    for _ in range(MAX_ATTEMPTS - 1):
        assert await check(checker, "1111") == "wrong_code"
    assert await check(checker, "") == "wrong_code", "no code at all is not a guess"
    restarted = CodeChecker(hass)
    assert await check(restarted, "1111") == "wrong_code"
    assert await check(CodeChecker(hass), "4711") == "too_many_codes"
    assert len(hass_storage[STORE]["data"][CAR]) == MAX_ATTEMPTS


async def test_many_guesses_at_once_are_all_counted(checker: CodeChecker) -> None:
    results = await asyncio.gather(*(check(checker, f"{code}") for code in range(1000, 1020)))
    assert results == ["wrong_code"] * MAX_ATTEMPTS + ["too_many_codes"] * 15


async def test_right_code_forgets_wrong_ones(checker: CodeChecker, hass_storage: dict[str, Any]) -> None:
    for _ in range(3):
        assert [await check(checker, code) for code in ("1111", "2222", "4711")] == ["wrong_code", "wrong_code", None]
    assert hass_storage[STORE]["data"] == {}


@pytest.mark.parametrize("stored", [[1], {CAR: None}, {CAR: ["soon"]}])
async def test_unreadable_store(hass_storage: dict[str, Any], checker: CodeChecker, stored: object) -> None:
    hass_storage[STORE] = {"version": 1, "key": STORE, "data": stored}
    assert await check(checker, "1111") == "wrong_code"
    assert await check(checker, "4711") is None
