"""Lock: the central locking of a car."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, override

from homeassistant.components.lock import LockEntity, LockEntityDescription
from homeassistant.const import ATTR_CODE, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .api.requests import Lock, Unlock
from .auth.lock_code import StoredCode, async_get_code_checker, is_numeric
from .const import CONF_LOCK_CODE, DOMAIN
from .coordinator import EndpointCoordinator
from .data import Car, StellantisConfigEntry
from .entity import CommandEntity, VehicleStateEntityDescription
from .features import async_add_feature_entities
from .reported_entities import async_add_reported_entities
from .vehicle.capabilities import CommandFeature
from .vehicle.command import CommandResult, CommandStatus, CommandType
from .vehicle.parts import ALWAYS, optional
from .vehicle.state import VehicleState, get_doors

PARALLEL_UPDATES = 0  # the command queue sends one command at a time

# Failures that mean that the car tried to lock or unlock and could not
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
DOOR_COMMANDS: Final = (CommandType.LOCK, CommandType.UNLOCK)


@dataclass(frozen=True, kw_only=True)
class StellantisLockDescription(VehicleStateEntityDescription[bool], LockEntityDescription):
    """Describe a lock."""


LOCKS: Final = (
    StellantisLockDescription(
        key="central_locking",
        translation_key="central_locking",
        required_features=frozenset((CommandFeature.DOORS,)),
        value_fn=optional(lambda state: state.is_unlocked, lambda is_unlocked: not is_unlocked),
        exists_fn=ALWAYS,  # some cars obey, but do not report whether they are locked
        source="doors_state.locked_states",
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the lock of each car that reports its doors and supports locking."""
    await async_add_reported_entities(entry, async_add_entities, Platform.LOCK, LOCKS, StellantisLock)
    await async_add_feature_entities(entry, async_add_entities, Platform.LOCK)


class StellantisLock(CommandEntity[StellantisLockDescription, bool], LockEntity):
    """Doors of a car. If a code is configured, it is required for unlocking only."""

    entity_description: StellantisLockDescription
    _jammed_at: datetime | None = None
    _was_jammed = False
    _was_locked: bool | None = None
    _changed_by: str | None = None

    def __init__(self, car: Car, coordinator: EndpointCoordinator[Any], description: StellantisLockDescription) -> None:
        super().__init__(car, coordinator, description)
        self.coordinator_context = self._get_parts

    def _get_parts(self, state: VehicleState) -> tuple[object, ...]:
        """Return what the lock shows of a state; only after a jam, it depends on when the doors were reported."""
        return state.is_unlocked, get_doors(state) if self._jammed_at else None

    @property
    def _codes(self) -> list[StoredCode]:
        """The codes of the car: several accounts may have it, and none of them opens it without a code."""
        registry = dr.async_get(self.hass)
        return [
            code
            for entry in self.hass.config_entries.async_entries(DOMAIN)
            if (code := entry.options.get(CONF_LOCK_CODE))
            and any(
                (DOMAIN, self.car.vin) in device.identifiers
                for device in dr.async_entries_for_config_entry(registry, entry.entry_id)
            )
        ]

    @property
    @override
    def code_format(self) -> str | None:
        """Return the format of the code if the next action requires one; it also matches no code, for locking."""
        codes = self._codes
        is_open = self._value is False and not (self.is_jammed or self.is_locking or self.is_unlocking)
        if not codes or is_open:
            return None
        return r"^\d*$" if all(map(is_numeric, codes)) else r"^.*$"

    @property
    @override
    def assumed_state(self) -> bool:
        """Return whether the car does not report whether it is locked; both actions are then offered."""
        return not self.coordinator.has_data or self.coordinator.data.is_unlocked is None

    @property
    @override
    def is_locked(self) -> bool | None:
        """Return whether all doors were last reported as locked."""
        return self._value

    @property
    @override
    def is_locking(self) -> bool:
        """Return whether the last of the commands that wait or run locks."""
        return self.car.commands.last_pending(*DOOR_COMMANDS) == CommandType.LOCK

    @property
    @override
    def is_unlocking(self) -> bool:
        """Return whether the last of the commands that wait or run unlocks."""
        return self.car.commands.last_pending(*DOOR_COMMANDS) == CommandType.UNLOCK

    @property
    @override
    def changed_by(self) -> str | None:
        """Return who sent the command that locked or unlocked the car; None if it was the key, the app or the car."""
        return None if self.is_locking or self.is_unlocking else self._changed_by

    @property
    @override
    def is_jammed(self) -> bool:
        """Return whether the last command failed mechanically and the doors have not been reported since."""
        if self._jammed_at is None or self.is_locking or self.is_unlocking:
            return False
        doors = self.coordinator.data.status.doors_state if self.coordinator.has_data else None
        measured_at = doors.measured_at if doors else None
        return measured_at is None or measured_at <= self._jammed_at

    @override
    def _update_value(self) -> bool:
        is_changed = super()._update_value()
        was_jammed, self._was_jammed = self._was_jammed, self.is_jammed
        if self.coordinator.has_data:
            was_locked = self._was_locked
            self._was_locked = self.entity_description.value_fn(self.car.commands.shown_state)
            if self._was_locked is not was_locked:
                self._changed_by = None  # until the result of a command tells who it was
        if self.registry_entry:
            # Home Assistant reads the default code only while a code is required
            self._async_read_entity_options()
        return is_changed or self._was_jammed is not was_jammed

    @callback
    @override
    def _async_handle_command_update(self, result: CommandResult | None) -> None:
        if result and result.type in DOOR_COMMANDS:
            if result.succeeded:
                self._jammed_at = None
                if result.status is CommandStatus.SUCCESS:
                    self._update_value()
                    self._changed_by = result.sent_by
            elif result.cause in JAM_CAUSES:
                self._jammed_at = dt_util.utcnow()
        super()._async_handle_command_update(result)

    @override
    async def async_lock(self, **kwargs: Any) -> None:
        """Lock the car."""
        await self._async_send_command(Lock())

    @override
    async def async_unlock(self, **kwargs: Any) -> None:
        """Unlock the car, after checking the code if one is configured."""
        if codes := self._codes:
            code = str(kwargs.get(ATTR_CODE) or "")
            await async_get_code_checker(self.hass).async_check(self.car.vin, codes, code)
        await self._async_send_command(Unlock())
