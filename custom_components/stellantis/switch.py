"""Switches: charging, the programs of preconditioning, the charge limit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import NotFound, StellantisError
from .api.requests import ChargeCommand, PreconditionCommand, RemoteCommand
from .const import DOMAIN
from .coordinator import as_action_error
from .data import StellantisConfigEntry
from .entity import (
    ChargeLimitEntity,
    CommandEntity,
    MonitorEntity,
    VehicleStateEntityDescription,
    async_add_monitor_entities,
    async_add_reported_entities,
)
from .vehicle.capabilities import CommandFeature
from .vehicle.programs import SLOTS, program_command
from .vehicle.state import VehicleState

PARALLEL_UPDATES = 0  # the gate lets one command through at a time


@dataclass(frozen=True, kw_only=True)
class StellantisSwitchDescription(VehicleStateEntityDescription[bool], SwitchEntityDescription):
    """Something of a car that is turned on and off. `action_fn` returns what tells the car."""

    action_fn: Callable[[VehicleState, bool], RemoteCommand | None]


@dataclass(frozen=True, kw_only=True)
class ChargeLimitSwitchDescription(VehicleStateEntityDescription[bool], SwitchEntityDescription):
    """Whether the charge limit is on."""


def _program_switch(slot: int) -> StellantisSwitchDescription:
    """Return the description of whether a program of preconditioning will run; an empty one is none."""

    def is_enabled(state: VehicleState) -> bool | None:
        program = state.preconditioning_program(slot)
        return bool(program.enabled) if program and program_command(program) else None

    def build_action(state: VehicleState, enabled: bool) -> RemoteCommand | None:  # noqa: FBT001 - what a switch is turned to
        program = state.preconditioning_program(slot)
        new_program = program_command(program, enabled=enabled) if program else None
        return PreconditionCommand(programs=(new_program,)) if new_program else None

    return StellantisSwitchDescription(
        key=f"preconditioning_program_{slot}",
        translation_key="preconditioning_program",
        translation_placeholders={"slot": str(slot)},
        entity_category=EntityCategory.CONFIG,
        required_features=frozenset((CommandFeature.PRECONDITIONING_PROGRAMS,)),
        value_fn=is_enabled,
        action_fn=build_action,
        source=f"preconditioning.air_conditioning.programs[{slot}].enabled",
    )


SWITCHES: Final = (
    StellantisSwitchDescription(
        key="charging",
        translation_key="charging",
        required_features=frozenset((CommandFeature.START_CHARGING, CommandFeature.STOP_CHARGING)),
        value_fn=lambda car: car.is_charging if car.charging else None,
        action_fn=lambda _, on: ChargeCommand(immediate=on),
        source="energies[Electric].charging.status",
    ),
    *(_program_switch(slot) for slot in SLOTS),
)
CHARGE_LIMIT_SWITCHES: Final = (
    ChargeLimitSwitchDescription(
        key="charge_limit",
        translation_key="charge_limit",
        entity_category=EntityCategory.CONFIG,
        required_features=frozenset((CommandFeature.STOP_CHARGING,)),
        value_fn=lambda car: car.charging is not None or None,
        source="energies[Electric].level",
    ),
)


@dataclass(frozen=True, kw_only=True)
class MonitorSwitchDescription(SwitchEntityDescription):
    """Whether a monitor watches."""


MONITOR_SWITCH: Final = MonitorSwitchDescription(
    key="monitor", translation_key="monitor", entity_category=EntityCategory.CONFIG
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of what each car has and may be told."""
    await async_add_reported_entities(entry, async_add_entities, Platform.SWITCH, SWITCHES, StellantisSwitch)
    await async_add_reported_entities(
        entry, async_add_entities, Platform.SWITCH, CHARGE_LIMIT_SWITCHES, ChargeLimitSwitch
    )
    async_add_monitor_entities(
        entry, async_add_entities, lambda entry, watch: MonitorSwitch(entry, watch, MONITOR_SWITCH)
    )


class StellantisSwitch(CommandEntity[StellantisSwitchDescription, bool], SwitchEntity):
    """Something of a car that is turned on and off."""

    entity_description: StellantisSwitchDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether it is on, or is being turned on."""
        return self._displayed_value

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn it on."""
        await self._async_switch(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn it off."""
        await self._async_switch(on=False)

    async def _async_switch(self, *, on: bool) -> None:
        await self._async_send_command(self._build_action(self.entity_description.action_fn, on), on)


class ChargeLimitSwitch(ChargeLimitEntity[ChargeLimitSwitchDescription], SwitchEntity):
    """Whether the charge limit is on."""

    entity_description: ChargeLimitSwitchDescription

    @property
    @override
    def is_on(self) -> bool:
        """Return whether charges are stopped at the limit."""
        return self.car.charge_limit.record.enabled

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Stop charges at the limit."""
        self.car.charge_limit.async_set(enabled=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Let charges go on."""
        self.car.charge_limit.async_set(enabled=False)


class MonitorSwitch(MonitorEntity, SwitchEntity):
    """Whether a person's monitor watches, or is paused."""

    @property
    @override
    def available(self) -> bool:
        """Return whether there is something to be paused."""
        return super().available and self.monitor.monitor_id is not None

    @property
    @override
    def is_on(self) -> bool:
        """Return whether it is not paused."""
        return not self.monitor.is_paused

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Let it run."""
        await self._async_set_running(running=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Pause it."""
        await self._async_set_running(running=False)

    async def _async_set_running(self, *, running: bool) -> None:
        try:
            await self.monitor.async_set_running(running=running)
        except NotFound as err:
            self._entry.runtime_data.monitors.async_request_sync()
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="monitor_missing") from err
        except StellantisError as err:
            raise as_action_error(self.monitor.account, err) from err
