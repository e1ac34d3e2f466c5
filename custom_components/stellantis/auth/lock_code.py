"""The code that unlocks a car: stored as a hash; wrong ones are counted by car, across accounts and restarts."""

import asyncio
from collections.abc import Collection, Iterable
from datetime import timedelta
from hashlib import scrypt
from hmac import compare_digest
import logging
import secrets
from typing import Any, Final
from unicodedata import normalize

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..const import CONF_LOCK_CODE, DOMAIN

_LOGGER = logging.getLogger(__name__)

# Wrong codes that are accepted within the window before further attempts are rejected
MAX_ATTEMPTS: Final = 5
ATTEMPT_WINDOW: Final = timedelta(minutes=15)

STORAGE_VERSION: Final = 1
SALT_BYTES: Final = 16
# About 16 MiB and some tens of milliseconds for each guess
SCRYPT_COST: Final = {"n": 2**14, "r": 8, "p": 1}

# Salt, hash, and whether the code has digits only; earlier versions stored the code itself
type StoredCode = dict[str, Any] | str


def hash_code(code: str) -> StoredCode:
    """Return a code as it is stored. This is slow, on purpose."""
    salt = secrets.token_hex(SALT_BYTES)
    return {"salt": salt, "hash": _digest(code, salt), "is_numeric": is_numeric(code)}


def matches(stored: StoredCode, code: str) -> bool:
    """Return whether a code is the stored one. This is slow, on purpose."""
    if isinstance(stored, str):
        return compare_digest(_to_bytes(stored), _to_bytes(code))
    return compare_digest(str(stored["hash"]), _digest(code, stored["salt"]))


def is_numeric(stored: StoredCode) -> bool:
    """Return whether the code has digits only, so that a dashboard may show a keypad."""
    if isinstance(stored, str):
        return stored.isascii() and stored.isdecimal()
    return bool(stored["is_numeric"])


def _digest(code: str, salt: str) -> str:
    return scrypt(_to_bytes(code), salt=salt.encode(), **SCRYPT_COST).hex()


def _to_bytes(code: str) -> bytes:
    """Return the bytes of a code; keyboards differ in how they compose letters such as ä."""
    return normalize("NFC", code).encode()


def recent_failures(failed_at: Iterable[float], now: float) -> list[float]:
    """Return the times of wrong codes that still count; those after now, since the clock was set back, are from now."""
    return [min(time, now) for time in failed_at if now - time < ATTEMPT_WINDOW.total_seconds()]


async def async_hash_stored_codes(hass: HomeAssistant) -> None:
    """Replace codes that an earlier version stored in the clear, also of accounts that are not loaded."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        if not isinstance(code := entry.options.get(CONF_LOCK_CODE), str):
            continue
        hashed = await hass.async_add_executor_job(hash_code, code)
        if entry.options.get(CONF_LOCK_CODE) == code:
            hass.config_entries.async_update_entry(entry, options={**entry.options, CONF_LOCK_CODE: hashed})


class CodeChecker:
    """Checks the codes of all cars. Wrong ones are stored before they are refused, so that a restart forgets none."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._store = Store[dict[str, list[float]]](
            hass, STORAGE_VERSION, f"{DOMAIN}.wrong_codes", private=True, atomic_writes=True
        )
        self._failed_at: dict[str, list[float]] | None = None
        # One at a time: many guesses at once must not pass before the first is counted
        self._lock = asyncio.Lock()

    async def async_check(self, vin: str, expected: Collection[StoredCode], code: str) -> None:
        """Check a code for unlocking a car.

        Args:
            vin: the VIN of the car.
            expected: the codes of the accounts that have the car, each of which unlocks it.
            code: the code that was entered; empty if none was.

        Raises:
            ServiceValidationError: the code is wrong, or there were too many wrong codes.
        """
        async with self._lock:
            all_failures, now = await self._async_load(), dt_util.utcnow().timestamp()
            failures = recent_failures(all_failures.get(vin, ()), now)
            if len(failures) >= MAX_ATTEMPTS:
                # Those after now, since the clock was set back, count from now and not anew with each attempt
                await self._async_save(vin, failures)
                raise ServiceValidationError(translation_domain=DOMAIN, translation_key="too_many_codes")
            is_right = await self._hass.async_add_executor_job(_matches_any, expected, code)
            # No code at all is not a guess
            remaining = [] if is_right else [*failures, now] if code else failures
            await self._async_save(vin, remaining)
            if len(remaining) >= MAX_ATTEMPTS:
                _LOGGER.warning("Unlocking a car is blocked for 15 minutes after %s wrong codes", MAX_ATTEMPTS)
            if not is_right:
                raise ServiceValidationError(translation_domain=DOMAIN, translation_key="wrong_code")

    async def async_remove(self) -> None:
        """Delete what is stored."""
        self._failed_at = {}
        await self._store.async_remove()

    async def _async_save(self, vin: str, failed_at: list[float]) -> None:
        """Store the times of wrong codes for a car, if they have changed."""
        all_failures = await self._async_load()
        if failed_at != all_failures.get(vin, []):
            all_failures[vin] = failed_at
            await self._store.async_save({car: times for car, times in all_failures.items() if times})

    async def _async_load(self) -> dict[str, list[float]]:
        """Return the times of wrong codes by VIN; none if they cannot be read."""
        if self._failed_at is None:
            try:
                stored = await self._store.async_load() or {}
                self._failed_at = {vin: [float(time) for time in times] for vin, times in stored.items()}
            except (HomeAssistantError, ValueError, TypeError, AttributeError) as err:
                _LOGGER.warning("The stored times of wrong codes cannot be read (%s)", type(err).__name__)
                self._failed_at = {}
        return self._failed_at


CODE_CHECKER: Final[HassKey[CodeChecker]] = HassKey(f"{DOMAIN}_code_checker")


@callback
def async_get_code_checker(hass: HomeAssistant) -> CodeChecker:
    """Return the checker of all accounts, since several may have the same car."""
    if CODE_CHECKER not in hass.data:
        hass.data[CODE_CHECKER] = CodeChecker(hass)
    return hass.data[CODE_CHECKER]


def _matches_any(expected: Collection[StoredCode], code: str) -> bool:
    return any(matches(stored, code) for stored in expected)
