"""Climate: preconditioning of a car."""

from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.climate import (
    ClimateEntity,
    ClimateEntityDescription,
    ClimateEntityFeature,
    HVACAction,
    HVACMode,
)
from homeassistant.const import Platform, UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import AirConditioning, PreconditioningFailure, PreconditioningStatus
from .api.requests import PreconditionCommand
from .data import StellantisConfigEntry
from .entity import CommandEntity, VehicleStateEntityDescription
from .features import async_add_feature_entities
from .reported_entities import async_add_reported_entities
from .vehicle.capabilities import CommandFeature
from .vehicle.command import CommandType
from .vehicle.parts import ALWAYS, optional
from .vehicle.programs import start_request
from .vehicle.state import get_air_conditioning

PARALLEL_UPDATES = 0  # the command queue sends one command at a time


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
        value_fn=optional(get_air_conditioning, _preconditioning_state),
        exists_fn=ALWAYS,  # some cars obey, but do not report it
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
    await async_add_feature_entities(entry, async_add_entities, Platform.CLIMATE)


class StellantisClimate(CommandEntity[StellantisClimateDescription, PreconditioningState], ClimateEntity):
    """Preconditioning of a car. No car reports whether it heats or cools, nor the cabin temperature."""

    entity_description: StellantisClimateDescription
    _attr_hvac_modes = [HVACMode.OFF, HVACMode.HEAT_COOL]  # noqa: RUF012 - Home Assistant declares it so
    _attr_supported_features = ClimateEntityFeature.TURN_ON | ClimateEntityFeature.TURN_OFF
    # Required by Home Assistant under one name until 2026.10 and another since; there is no temperature
    _attr_temperature_unit = _attr_native_temperature_unit = UnitOfTemperature.CELSIUS

    @property
    @override
    def hvac_mode(self) -> HVACMode | None:
        """Return the mode: heat/cool while preconditioning runs, or is being started."""
        if self._value is None:
            return None
        return HVACMode.HEAT_COOL if self._value.is_running else HVACMode.OFF

    @property
    @override
    def hvac_action(self) -> HVACAction | None:
        """Return the action: preheating while it is being started, then idle, as no car reports what it does."""
        if self._value and not self._value.is_running:
            return HVACAction.OFF
        if self.car.commands.last_pending(CommandType.PRECONDITIONING):
            return HVACAction.PREHEATING
        return HVACAction.IDLE if self._value else None

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the reported status and failure."""
        has_data = self.coordinator.has_data
        value = self.entity_description.value_fn(self.car.commands.shown_state) if has_data else self._value
        attributes = {"status": value.status, "failure": value.failure} if value else {}
        return {name: value for name, value in attributes.items() if value}

    @override
    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        """Start or stop preconditioning immediately; the programs stay as they are."""
        if hvac_mode == HVACMode.OFF:
            await self._async_send_command(PreconditionCommand(immediate=False))
        else:
            available = self.car.commands.support.available
            has_programs = CommandFeature.PRECONDITIONING_PROGRAMS in available
            await self._async_send_command(start_request(has_programs=has_programs))

    @override
    async def async_turn_on(self) -> None:
        """Start preconditioning immediately."""
        await self.async_set_hvac_mode(HVACMode.HEAT_COOL)

    @override
    async def async_turn_off(self) -> None:
        """Stop preconditioning."""
        await self.async_set_hvac_mode(HVACMode.OFF)
