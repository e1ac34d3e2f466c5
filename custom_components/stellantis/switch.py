"""Switches: charging, preconditioning programs, the charge limit, and monitors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.switch import SwitchDeviceClass, SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import AirConditioning, ChargingStatus, ChargingType, NotFound, StellantisError
from .api.requests import ChargeCommand, RemoteCommand
from .const import DOMAIN
from .data import StellantisConfigEntry
from .entity import (
    ChargeLimitEntity,
    CommandEntity,
    MonitorEntity,
    VehicleStateEntityDescription,
    async_add_monitor_entities,
)
from .errors import as_action_error
from .features import async_add_feature_entities
from .reported_entities import async_add_reported_entities
from .vehicle.capabilities import CommandFeature
from .vehicle.charge_limit import PARTIAL_LEVEL
from .vehicle.command import CommandRequest
from .vehicle.parts import optional
from .vehicle.programs import SLOTS, program_command, program_request
from .vehicle.state import get_air_conditioning, get_charging

PARALLEL_UPDATES = 0  # the command queue sends one command at a time


@dataclass(frozen=True, kw_only=True)
class StellantisSwitchDescription(VehicleStateEntityDescription[bool], SwitchEntityDescription):
    """Describe a switch. `command_fn` returns the command that turns it on or off."""

    command_fn: Callable[[bool], RemoteCommand | CommandRequest]


@dataclass(frozen=True, kw_only=True)
class ChargeLimitSwitchDescription(VehicleStateEntityDescription[bool], SwitchEntityDescription):
    """Describe the switch of the charge limit; its value is whether the car has a limit of its own."""


def _program_switch(slot: int) -> StellantisSwitchDescription:
    """Create the description for enabling a preconditioning program; an empty program has no switch."""

    def is_enabled(air: AirConditioning) -> bool | None:
        program = air.get_program(slot)
        return bool(program.enabled) if program and program_command(program) else None

    def request_command(enabled: bool) -> CommandRequest:  # noqa: FBT001 - signature of command_fn
        return program_request(slot, "enabled", enabled, lambda program: program_command(program, enabled=enabled))

    return StellantisSwitchDescription(
        key=f"preconditioning_program_{slot}",
        translation_key="program",
        translation_placeholders={"slot": str(slot)},
        required_features=frozenset((CommandFeature.PRECONDITIONING_PROGRAMS,)),
        value_fn=optional(get_air_conditioning, is_enabled),
        command_fn=request_command,
        source=f"preconditioning.air_conditioning.programs[{slot}].enabled",
    )


SWITCHES: Final = (
    StellantisSwitchDescription(
        key="charging",
        translation_key="charging",
        device_class=SwitchDeviceClass.SWITCH,  # blueprints tell it from the settings of the car by its class
        required_features=frozenset((CommandFeature.START_CHARGING, CommandFeature.STOP_CHARGING)),
        value_fn=optional(get_charging, lambda charging: charging.status == ChargingStatus.IN_PROGRESS),
        command_fn=lambda on: ChargeCommand(immediate=on),
        source="energies[Electric].charging.status",
    ),
    *(_program_switch(slot) for slot in SLOTS),
)
CHARGE_LIMIT_SWITCHES: Final = (
    ChargeLimitSwitchDescription(
        key="stop_at_limit",
        translation_key="stop_at_limit",
        required_features=frozenset((CommandFeature.STOP_CHARGING,)),
        value_fn=optional(get_charging, lambda charging: charging.type == ChargingType.PARTIAL),
        source="energies[Electric].level",
    ),
)


@dataclass(frozen=True, kw_only=True)
class MonitorSwitchDescription(SwitchEntityDescription):
    """Describe the switch of a monitor."""


MONITOR_SWITCH: Final = MonitorSwitchDescription(
    key="monitor", translation_key="monitor", entity_category=EntityCategory.CONFIG
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the switches that each car supports, and one for each monitor."""
    await async_add_reported_entities(entry, async_add_entities, Platform.SWITCH, SWITCHES, StellantisSwitch)
    await async_add_reported_entities(
        entry, async_add_entities, Platform.SWITCH, CHARGE_LIMIT_SWITCHES, ChargeLimitSwitch
    )
    async_add_monitor_entities(
        entry, async_add_entities, lambda entry, monitor: MonitorSwitch(entry, monitor, MONITOR_SWITCH)
    )
    await async_add_feature_entities(entry, async_add_entities, Platform.SWITCH)


class StellantisSwitch(CommandEntity[StellantisSwitchDescription, bool], SwitchEntity):
    """Switch that sends a command to a car."""

    entity_description: StellantisSwitchDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether the switch is on, or is being turned on."""
        return self._value

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn the switch on."""
        await self._async_switch(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn the switch off."""
        await self._async_switch(on=False)

    async def _async_switch(self, *, on: bool) -> None:
        await self._async_send_command(self.entity_description.command_fn(on))


class ChargeLimitSwitch(ChargeLimitEntity[ChargeLimitSwitchDescription], SwitchEntity):
    """Switch of the charge limit."""

    entity_description: ChargeLimitSwitchDescription

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the charge limit is enabled."""
        return self.car.charge_limit.record.enabled

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what the limit is doing, and the level in % at which the car itself ends the charge."""
        limit = self.car.charge_limit
        return {
            "status": limit.decision.status,
            "estimated_stop": limit.decision.estimated_stop,
            "attempts": limit.record.attempts,
            "car_limit": PARTIAL_LEVEL if self._value else None,
        }

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Enable the charge limit."""
        self.car.charge_limit.async_set(enabled=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Disable the charge limit."""
        self.car.charge_limit.async_set(enabled=False)


class MonitorSwitch(MonitorEntity, SwitchEntity):
    """Switch that runs or pauses a user's monitor."""

    @property
    @override
    def available(self) -> bool:
        """Return whether the monitor exists on the platform."""
        return super().available and self.monitor.monitor_id is not None

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the monitor is not paused; a failed one counts as on."""
        return not self.monitor.is_paused

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Run the monitor."""
        await self._async_set_running(running=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Pause the monitor."""
        await self._async_set_running(running=False)

    async def _async_set_running(self, *, running: bool) -> None:
        try:
            await self.monitor.async_set_running(running=running)
        except NotFound as err:
            self._entry.runtime_data.monitors.async_request_sync(self.monitor.vin)
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="monitor_missing") from err
        except StellantisError as err:
            raise as_action_error(self.hass, self._entry, err) from err
