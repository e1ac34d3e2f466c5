"""Locks: the doors of a car."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from hmac import compare_digest
from typing import Any, Final, override

from homeassistant.components.lock import LockEntity, LockEntityDescription
from homeassistant.const import ATTR_CODE, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .api.requests import Lock, Unlock
from .const import CONF_LOCK_CODE, DOMAIN
from .data import StellantisConfigEntry
from .entity import CommandEntity, VehicleStateEntityDescription, async_add_reported_entities
from .vehicle.capabilities import CommandFeature
from .vehicle.command import CommandResult, CommandType

PARALLEL_UPDATES = 0  # the gate lets one command through at a time

# Why a car could not lock or unlock although it tried
JAM_CAUSES: Final = frozenset(
    (
        "doors_open",
        "general_error",
        "key_inside",
        "vehicle_error",
        "vehicle_error_or_key_inside",
        "vehicle_is_not_locked",
    )
)
# So many wrong codes are taken in a while
MAX_ATTEMPTS: Final = 5
ATTEMPT_WINDOW: Final = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class StellantisLockDescription(VehicleStateEntityDescription[bool], LockEntityDescription):
    """The doors of a car."""


LOCKS: Final = (
    StellantisLockDescription(
        key="doors",
        translation_key="doors",
        required_features=frozenset((CommandFeature.DOORS,)),
        value_fn=lambda car: None if car.is_unlocked is None else not car.is_unlocked,
        source="doors_state.locked_states",
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the doors of each car that tells of them and may be told to lock them."""
    await async_add_reported_entities(entry, async_add_entities, Platform.LOCK, LOCKS, StellantisLock)


@dataclass(slots=True)
class CodeAttempts:
    """The wrong codes of the last while."""

    failed_at: list[datetime] = field(default_factory=list)

    def check(self, expected: str, entered: str, now: datetime) -> None:
        """Take a code.

        Raises:
            ServiceValidationError: it is not the one, or there were too many wrong ones.
        """
        self.failed_at = [time for time in self.failed_at if now - time < ATTEMPT_WINDOW]
        if len(self.failed_at) >= MAX_ATTEMPTS:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="too_many_codes")
        if not compare_digest(expected.encode(), entered.encode()):
            if entered:  # who gives none does not guess
                self.failed_at.append(now)
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="wrong_code")
        self.failed_at.clear()


class StellantisLock(CommandEntity[StellantisLockDescription, bool], LockEntity):
    """The doors of a car. A code, where there is one, is asked for unlocking only."""

    entity_description: StellantisLockDescription
    _jammed_at: datetime | None = None

    @cached_property
    def _code_attempts(self) -> CodeAttempts:
        return CodeAttempts()

    @property
    def _code(self) -> str | None:
        code: str | None = self.coordinator.config_entry.options.get(CONF_LOCK_CODE)
        return code

    @property
    @override
    def code_format(self) -> str | None:
        """Return what a code looks like, where one is asked for next; none fits too, for locking needs none."""
        if not self._code or self._value is False:
            return None
        return r"^\d*$" if self._code.isdecimal() else r"^.*$"

    @property
    @override
    def is_locked(self) -> bool | None:
        """Return whether all is locked, as the car last told it."""
        return self._value

    @property
    @override
    def is_locking(self) -> bool:
        """Return whether the car is being told to lock."""
        return self.car.commands.is_running(CommandType.LOCK)

    @property
    @override
    def is_unlocking(self) -> bool:
        """Return whether the car is being told to unlock."""
        return self.car.commands.is_running(CommandType.UNLOCK)

    @property
    @override
    def is_jammed(self) -> bool:
        """Return whether the car tried and could not, does not try again, and has not told of its doors since."""
        if self._jammed_at is None or self.is_locking or self.is_unlocking:
            return False
        doors = self.coordinator.data.status.doors_state if self.coordinator.has_data else None
        measured_at = doors.measured_at if doors else None
        return measured_at is None or measured_at <= self._jammed_at

    @callback
    @override
    def _async_handle_command_update(self, result: CommandResult | None) -> None:
        if result and result.type in (CommandType.LOCK, CommandType.UNLOCK):
            if result.succeeded:
                self._jammed_at = None
            elif result.cause in JAM_CAUSES:
                self._jammed_at = dt_util.utcnow()
        under_way = self.car.commands.current
        if result or (under_way and under_way.type in (CommandType.LOCK, CommandType.UNLOCK)):
            self._update_value()
            self.async_write_ha_state()

    @override
    async def async_lock(self, **kwargs: Any) -> None:
        """Lock the car."""
        await self._async_send_command(Lock())

    @override
    async def async_unlock(self, **kwargs: Any) -> None:
        """Unlock the car, for who knows the code."""
        if self._code:
            self._code_attempts.check(self._code, str(kwargs.get(ATTR_CODE) or ""), dt_util.utcnow())
        await self._async_send_command(Unlock())
