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
from .api.requests import Precondition, SetProgram
from .const import DOMAIN
from .data import StellantisConfigEntry
from .entity import CommandEntity, ReadingDescription, async_add_when_told
from .vehicle.capabilities import Ability
from .vehicle.command import Outcome
from .vehicle.programs import lost
from .vehicle.state import of

_LOGGER = logging.getLogger(__name__)

PARALLEL_UPDATES = 0  # the gate lets one command through at a time

# Some cars lose their programs when preconditioning is started; for so long after a start they are looked after
LOOKED_AFTER: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Conditioning:
    """What the preconditioning is at.

    Attributes:
        runs: whether the car is being heated or cooled.
        status: by the car's word.
        failure: why it does not run.
    """

    runs: bool
    status: str | None = None
    failure: str | None = None


@dataclass(frozen=True, kw_only=True)
class StellantisClimateDescription(ReadingDescription[Conditioning], ClimateEntityDescription):
    """The preconditioning of a car."""


def _conditioning(air: AirConditioning) -> Conditioning | None:
    status, failure = air.status, air.failure_cause
    if not isinstance(status, PreconditioningStatus):
        return None
    return Conditioning(
        status == PreconditioningStatus.ENABLED,
        status.name.lower(),
        failure.name.lower() if isinstance(failure, PreconditioningFailure) else None,
    )


CLIMATES: Final = (
    StellantisClimateDescription(
        key="preconditioning",
        translation_key="preconditioning",
        needs=frozenset((Ability.PRECONDITIONING,)),
        value_fn=of(lambda car: car.air_conditioning, _conditioning),
        source="preconditioning.air_conditioning.status",
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the preconditioning of each car that has it and may be told to start it."""
    await async_add_when_told(entry, async_add_entities, Platform.CLIMATE, CLIMATES, StellantisClimate)


class StellantisClimate(CommandEntity[StellantisClimateDescription, Conditioning], ClimateEntity):
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
        return None if self._shown is None else HVACMode.HEAT_COOL if self._shown.runs else HVACMode.OFF

    @property
    @override
    def hvac_action(self) -> HVACAction | None:
        """Return that nothing is done; what is done, the car does not tell."""
        return HVACAction.OFF if self._shown and not self._shown.runs else None

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what it is at, and why it does not run."""
        told = {"status": self._value.status, "failure": self._value.failure} if self._value else {}
        return {name: word for name, word in told.items() if word}

    @override
    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        """Start or stop it at once; the programs stay."""
        starts = hvac_mode != HVACMode.OFF
        air = self.coordinator.data.air_conditioning if self.coordinator.told else None
        if starts and air:
            self._programs, self._started_at = air.programs, dt_util.utcnow()
        await self._async_tell(Precondition(immediate=starts), Conditioning(starts))

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
    def _hear(self, outcome: Outcome | None) -> None:
        command = self.car.commands.under_way
        sent = command.sent.preconditioning if command else None
        if sent and sent.programs:
            self._started_at = None  # who sets programs does not want back what there was

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        super()._handle_coordinator_update()
        if self._started_at is None or not self.coordinator.told:
            return
        if dt_util.utcnow() - self._started_at > LOOKED_AFTER:
            self._started_at = None
        elif (air := self.coordinator.data.air_conditioning) and (again := lost(self._programs, air.programs)):
            self._started_at = None
            self.coordinator.config_entry.async_create_background_task(
                self.hass, self._async_set_again(again), f"{DOMAIN} programs"
            )

    async def _async_set_again(self, programs: tuple[SetProgram, ...]) -> None:
        """Give the car back the programs that it lost."""
        try:
            await self.car.commands.async_send(Precondition(programs=programs))
        except HomeAssistantError as err:
            _LOGGER.warning("The programs of preconditioning were lost, and could not be set again: %s", err)
