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
from .api.requests import Action, Charge, Precondition
from .const import DOMAIN
from .coordinator import action_error
from .data import StellantisConfigEntry
from .entity import CommandEntity, LimitEntity, ReadingDescription, WatchEntity, async_add_watches, async_add_when_told
from .vehicle.capabilities import Ability
from .vehicle.programs import SLOTS, setting
from .vehicle.state import Reading

PARALLEL_UPDATES = 0  # the gate lets one command through at a time


@dataclass(frozen=True, kw_only=True)
class StellantisSwitchDescription(ReadingDescription[bool], SwitchEntityDescription):
    """Something of a car that is turned on and off. `action_fn` returns what tells the car."""

    action_fn: Callable[[Reading, bool], Action | None]


@dataclass(frozen=True, kw_only=True)
class LimitSwitchDescription(ReadingDescription[bool], SwitchEntityDescription):
    """Whether the charge limit is on."""


def _program(slot: int) -> StellantisSwitchDescription:
    """Return the description of whether a program of preconditioning will run; an empty one is none."""

    def enabled(car: Reading) -> bool | None:
        program = car.program(slot)
        return bool(program.enabled) if program and setting(program) else None

    def action(car: Reading, on: bool) -> Action | None:  # noqa: FBT001 - what a switch is turned to
        program = car.program(slot)
        changed = setting(program, enabled=on) if program else None
        return Precondition(programs=(changed,)) if changed else None

    return StellantisSwitchDescription(
        key=f"preconditioning_program_{slot}",
        translation_key="preconditioning_program",
        translation_placeholders={"slot": str(slot)},
        entity_category=EntityCategory.CONFIG,
        needs=frozenset((Ability.PRECONDITIONING_PROGRAMS,)),
        value_fn=enabled,
        action_fn=action,
        source=f"preconditioning.air_conditioning.programs[{slot}].enabled",
    )


SWITCHES: Final = (
    StellantisSwitchDescription(
        key="charging",
        translation_key="charging",
        needs=frozenset((Ability.START_CHARGING, Ability.STOP_CHARGING)),
        value_fn=lambda car: car.charges if car.charging else None,
        action_fn=lambda _, on: Charge(immediate=on),
        source="energies[Electric].charging.status",
    ),
    *(_program(slot) for slot in SLOTS),
)
LIMITS: Final = (
    LimitSwitchDescription(
        key="charge_limit",
        translation_key="charge_limit",
        entity_category=EntityCategory.CONFIG,
        needs=frozenset((Ability.STOP_CHARGING,)),
        value_fn=lambda car: car.charging is not None or None,
        source="energies[Electric].level",
    ),
)


@dataclass(frozen=True, kw_only=True)
class WatchSwitchDescription(SwitchEntityDescription):
    """Whether a monitor watches."""


WATCH_SWITCH: Final = WatchSwitchDescription(
    key="monitor", translation_key="monitor", entity_category=EntityCategory.CONFIG
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of what each car has and may be told."""
    await async_add_when_told(entry, async_add_entities, Platform.SWITCH, SWITCHES, StellantisSwitch)
    await async_add_when_told(entry, async_add_entities, Platform.SWITCH, LIMITS, LimitSwitch)
    async_add_watches(entry, async_add_entities, lambda entry, watch: WatchSwitch(entry, watch, WATCH_SWITCH))


class StellantisSwitch(CommandEntity[StellantisSwitchDescription, bool], SwitchEntity):
    """Something of a car that is turned on and off."""

    entity_description: StellantisSwitchDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether it is on, or is being turned on."""
        return self._shown

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn it on."""
        await self._async_turn(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn it off."""
        await self._async_turn(on=False)

    async def _async_turn(self, *, on: bool) -> None:
        await self._async_tell(self._action(self.entity_description.action_fn, on), on)


class LimitSwitch(LimitEntity[LimitSwitchDescription], SwitchEntity):
    """Whether the charge limit is on."""

    entity_description: LimitSwitchDescription

    @property
    @override
    def is_on(self) -> bool:
        """Return whether charges are stopped at the limit."""
        return self.car.limit.record.enabled

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Stop charges at the limit."""
        self.car.limit.async_set(enabled=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Let charges go on."""
        self.car.limit.async_set(enabled=False)


class WatchSwitch(WatchEntity, SwitchEntity):
    """Whether a person's monitor watches, or is paused."""

    @property
    @override
    def available(self) -> bool:
        """Return whether there is something to be paused."""
        return super().available and self.watch.monitor_id is not None

    @property
    @override
    def is_on(self) -> bool:
        """Return whether it is not paused."""
        return not self.watch.is_paused

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Let it run."""
        await self._async_turn(running=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Pause it."""
        await self._async_turn(running=False)

    async def _async_turn(self, *, running: bool) -> None:
        try:
            await self.watch.async_turn(running=running)
        except NotFound as err:
            self._entry.runtime_data.monitors.async_look()
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="monitor_missing") from err
        except StellantisError as err:
            raise action_error(self.watch.account, err) from err
