"""Climate: heating or cooling a car ahead of a drive."""

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

PARALLEL_UPDATES = 0  # the gate lets one command through at a time

# Some cars lose their programs when preconditioning is started; for so long after a start they are looked after
PROGRAM_CHECK_PERIOD: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class PreconditioningState:
    """What the preconditioning is at.

    Attributes:
        runs: whether the car is being heated or cooled.
        status: by the car's word.
        failure: why it does not run.
    """

    is_running: bool
    status: str | None = None
    failure: str | None = None


@dataclass(frozen=True, kw_only=True)
class StellantisClimateDescription(VehicleStateEntityDescription[PreconditioningState], ClimateEntityDescription):
    """The preconditioning of a car."""


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
        value_fn=optional(lambda car: car.air_conditioning, _preconditioning_state),
        source="preconditioning.air_conditioning.status",
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the preconditioning of each car that has it and may be told to start it."""
    await async_add_reported_entities(entry, async_add_entities, Platform.CLIMATE, CLIMATES, StellantisClimate)


class StellantisClimate(CommandEntity[StellantisClimateDescription, PreconditioningState], ClimateEntity):
    """The preconditioning of a car. Whether it heats or cools, and how warm the cabin is, no car tells."""

    entity_description: StellantisClimateDescription
    _attr_hvac_modes = [HVACMode.OFF, HVACMode.HEAT_COOL]  # noqa: RUF012 - Home Assistant declares it so
    _attr_supported_features = ClimateEntityFeature.TURN_ON | ClimateEntityFeature.TURN_OFF
    # Called the one until 2026.10, the other from then on; there is no temperature to it
    _attr_temperature_unit = _attr_native_temperature_unit = UnitOfTemperature.CELSIUS
    _programs: tuple[Program, ...] = ()
    _started_at: datetime | None = None

    @property
    @override
    def hvac_mode(self) -> HVACMode | None:
        """Return whether the car is heated or cooled."""
        return (
            None
            if self._displayed_value is None
            else HVACMode.HEAT_COOL
            if self._displayed_value.is_running
            else HVACMode.OFF
        )

    @property
    @override
    def hvac_action(self) -> HVACAction | None:
        """Return that nothing is done; what is done, the car does not tell."""
        return HVACAction.OFF if self._displayed_value and not self._displayed_value.is_running else None

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what it is at, and why it does not run."""
        attributes = {"status": self._value.status, "failure": self._value.failure} if self._value else {}
        return {name: word for name, word in attributes.items() if word}

    @override
    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        """Start or stop it at once; the programs stay."""
        is_start = hvac_mode != HVACMode.OFF
        air_conditioning = self.coordinator.data.air_conditioning if self.coordinator.has_data else None
        if is_start and air_conditioning:
            self._programs, self._started_at = air_conditioning.programs, dt_util.utcnow()
        await self._async_send_command(PreconditionCommand(immediate=is_start), PreconditioningState(is_start))

    @override
    async def async_turn_on(self) -> None:
        """Start it at once."""
        await self.async_set_hvac_mode(HVACMode.HEAT_COOL)

    @override
    async def async_turn_off(self) -> None:
        """Stop it."""
        await self.async_set_hvac_mode(HVACMode.OFF)

    @callback
    @override
    def _async_handle_command_update(self, result: CommandResult | None) -> None:
        command = self.car.commands.current
        sent = command.remote.preconditioning if command else None
        if sent and sent.programs:
            self._started_at = None  # who sets programs does not want back what there was

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
        """Give the car back the programs that it lost."""
        try:
            await self.car.commands.async_send(PreconditionCommand(programs=programs))
        except HomeAssistantError as err:
            _LOGGER.warning("The programs of preconditioning were lost, and could not be set again: %s", err)
