"""Climate: preconditioning of a car."""

from dataclasses import dataclass
from datetime import datetime, timedelta
import logging
from typing import Any, Final, override

from homeassistant.components.climate import (
    ClimateEntity,
    ClimateEntityDescription,
    ClimateEntityFeature,
    HVACAction,
    HVACMode,
)
from homeassistant.const import Platform, UnitOfTemperature
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .api import AirConditioning, PreconditioningFailure, PreconditioningStatus, Program
from .api.requests import PreconditionCommand, SetProgram
from .const import DOMAIN
from .data import StellantisConfigEntry
from .entity import CommandEntity, VehicleStateEntityDescription, async_add_reported_entities
from .vehicle.capabilities import CommandFeature
from .vehicle.command import CommandResult
from .vehicle.programs import lost_programs
from .vehicle.state import optional

_LOGGER = logging.getLogger(__name__)

PARALLEL_UPDATES = 0  # the command queue sends one command at a time

# Some cars lose their programs when preconditioning is started. They are checked this long after a start.
PROGRAM_CHECK_PERIOD: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class PreconditioningState:
    """State of the preconditioning.

    Attributes:
        is_running: whether the car is being heated or cooled.
        status: status as reported by the car.
        failure: reason why it does not run.
    """

    is_running: bool
    status: str | None = None
    failure: str | None = None


@dataclass(frozen=True, kw_only=True)
class StellantisClimateDescription(VehicleStateEntityDescription[PreconditioningState], ClimateEntityDescription):
    """Describe a climate entity."""


def _preconditioning_state(air_conditioning: AirConditioning) -> PreconditioningState | None:
    status, failure = air_conditioning.status, air_conditioning.failure_cause
    if not isinstance(status, PreconditioningStatus):
        return None
    return PreconditioningState(
        status == PreconditioningStatus.ENABLED,
        status.name.lower(),
        failure.name.lower() if isinstance(failure, PreconditioningFailure) else None,
    )


CLIMATES: Final = (
    StellantisClimateDescription(
        key="preconditioning",
        translation_key="preconditioning",
        required_features=frozenset((CommandFeature.PRECONDITIONING,)),
        value_fn=optional(lambda state: state.air_conditioning, _preconditioning_state),
        source="preconditioning.air_conditioning.status",
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the preconditioning of each car that supports it."""
    await async_add_reported_entities(entry, async_add_entities, Platform.CLIMATE, CLIMATES, StellantisClimate)


class StellantisClimate(CommandEntity[StellantisClimateDescription, PreconditioningState], ClimateEntity):
    """Preconditioning of a car. No car reports whether it heats or cools, nor the cabin temperature."""

    entity_description: StellantisClimateDescription
    _attr_hvac_modes = [HVACMode.OFF, HVACMode.HEAT_COOL]  # noqa: RUF012 - Home Assistant declares it so
    _attr_supported_features = ClimateEntityFeature.TURN_ON | ClimateEntityFeature.TURN_OFF
    # Required by Home Assistant under one name until 2026.10 and another since; there is no temperature
    _attr_temperature_unit = _attr_native_temperature_unit = UnitOfTemperature.CELSIUS
    _programs: tuple[Program, ...] = ()
    _started_at: datetime | None = None

    @property
    @override
    def hvac_mode(self) -> HVACMode | None:
        """Return the mode: heat/cool while preconditioning runs, or is being started."""
        if self._displayed_value is None:
            return None
        return HVACMode.HEAT_COOL if self._displayed_value.is_running else HVACMode.OFF

    @property
    @override
    def hvac_action(self) -> HVACAction | None:
        """Return OFF if preconditioning is off; while it runs, the action is unknown."""
        return HVACAction.OFF if self._displayed_value and not self._displayed_value.is_running else None

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the reported status and failure."""
        attributes = {"status": self._value.status, "failure": self._value.failure} if self._value else {}
        return {name: value for name, value in attributes.items() if value}

    @override
    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        """Start or stop preconditioning immediately; programs are not changed."""
        is_start = hvac_mode != HVACMode.OFF
        air_conditioning = self.coordinator.data.air_conditioning if self.coordinator.has_data else None
        if is_start and air_conditioning:
            self._programs, self._started_at = air_conditioning.programs, dt_util.utcnow()
        await self._async_send_command(PreconditionCommand(immediate=is_start), PreconditioningState(is_start))

    @override
    async def async_turn_on(self) -> None:
        """Start preconditioning immediately."""
        await self.async_set_hvac_mode(HVACMode.HEAT_COOL)

    @override
    async def async_turn_off(self) -> None:
        """Stop preconditioning."""
        await self.async_set_hvac_mode(HVACMode.OFF)

    @callback
    @override
    def _async_handle_command_update(self, result: CommandResult | None) -> None:
        command = self.car.commands.current
        preconditioning = command.remote.preconditioning if command else None
        if preconditioning and preconditioning.programs:
            self._started_at = None  # the user changed the programs: do not restore the previous ones

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        super()._handle_coordinator_update()
        if self._started_at is None or not self.coordinator.has_data:
            return
        if dt_util.utcnow() - self._started_at > PROGRAM_CHECK_PERIOD:
            self._started_at = None
        elif (air_conditioning := self.coordinator.data.air_conditioning) and (
            missing := lost_programs(self._programs, air_conditioning.programs)
        ):
            self._started_at = None
            self.coordinator.config_entry.async_create_background_task(
                self.hass, self._async_restore_programs(missing), f"{DOMAIN} programs"
            )

    async def _async_restore_programs(self, programs: tuple[SetProgram, ...]) -> None:
        """Set the programs again that the car lost."""
        try:
            await self.car.commands.async_send(PreconditionCommand(programs=programs))
        except HomeAssistantError as err:
            _LOGGER.warning("The programs of preconditioning were lost, and could not be set again: %s", err)
