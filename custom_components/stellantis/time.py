"""Times: when a delayed charge begins, and when the programs of preconditioning do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from typing import Final, override

from homeassistant.components.time import TimeEntity, TimeEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api.requests import Action, Precondition, ScheduleCharging
from .data import StellantisConfigEntry
from .entity import CommandEntity, ReadingDescription, async_add_when_told
from .vehicle.capabilities import Ability
from .vehicle.programs import SLOTS, clock, next_time, setting
from .vehicle.state import Reading

PARALLEL_UPDATES = 0  # the gate lets one command through at a time


@dataclass(frozen=True, kw_only=True)
class StellantisTimeDescription(ReadingDescription[time], TimeEntityDescription):
    """A time of day of a car. `action_fn` returns what tells the car."""

    action_fn: Callable[[Reading, time], Action | None]


def _program(slot: int) -> StellantisTimeDescription:
    """Return the description of when a program of preconditioning begins; an empty one is none."""

    def start(car: Reading) -> time | None:
        program = car.program(slot)
        return clock(program.start) if program and setting(program) else None

    def action(car: Reading, at: time) -> Action | None:
        program = car.program(slot)
        changed = setting(program, start=at) if program else None
        return Precondition(programs=(changed,)) if changed else None

    return StellantisTimeDescription(
        key=f"preconditioning_program_{slot}",
        translation_key="preconditioning_program",
        translation_placeholders={"slot": str(slot)},
        entity_category=EntityCategory.CONFIG,
        needs=frozenset((Ability.PRECONDITIONING_PROGRAMS,)),
        value_fn=start,
        action_fn=action,
        source=f"preconditioning.air_conditioning.programs[{slot}].start",
    )


TIMES: Final = (
    StellantisTimeDescription(
        key="delayed_charge",
        translation_key="delayed_charge",
        entity_category=EntityCategory.CONFIG,
        needs=frozenset((Ability.DELAYED_CHARGING,)),
        value_fn=lambda car: car.charging.next_delayed_time if car.charging else None,
        action_fn=lambda _, at: ScheduleCharging(schedule=next_time(at)),
        source="energies[Electric].charging.next_delayed_time",
    ),
    *(_program(slot) for slot in SLOTS),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the times of what each car has and may be told."""
    await async_add_when_told(entry, async_add_entities, Platform.TIME, TIMES, StellantisTime)


class StellantisTime(CommandEntity[StellantisTimeDescription, time], TimeEntity):
    """A time of day of a car."""

    entity_description: StellantisTimeDescription

    @property
    @override
    def native_value(self) -> time | None:
        """Return the time, or what it is being set to."""
        return self._shown

    @override
    async def async_set_value(self, value: time) -> None:
        """Set the time; cars know minutes."""
        at = value.replace(second=0, microsecond=0)
        await self._async_tell(self._action(self.entity_description.action_fn, at), at)
