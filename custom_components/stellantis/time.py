"""Times: when a delayed charge begins, and when the programs of preconditioning do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from typing import Final, override

from homeassistant.components.time import TimeEntity, TimeEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api.requests import PreconditionCommand, RemoteCommand, ScheduleCharging
from .data import StellantisConfigEntry
from .entity import CommandEntity, VehicleStateEntityDescription, async_add_reported_entities
from .vehicle.capabilities import CommandFeature
from .vehicle.programs import SLOTS, next_occurrence, program_command, time_of_day
from .vehicle.state import VehicleState

PARALLEL_UPDATES = 0  # the gate lets one command through at a time


@dataclass(frozen=True, kw_only=True)
class StellantisTimeDescription(VehicleStateEntityDescription[time], TimeEntityDescription):
    """A time of day of a car. `action_fn` returns what tells the car."""

    action_fn: Callable[[VehicleState, time], RemoteCommand | None]


def _program_time(slot: int) -> StellantisTimeDescription:
    """Return the description of when a program of preconditioning begins; an empty one is none."""

    def start_time(state: VehicleState) -> time | None:
        program = state.preconditioning_program(slot)
        return time_of_day(program.start) if program and program_command(program) else None

    def build_action(state: VehicleState, start: time) -> RemoteCommand | None:
        program = state.preconditioning_program(slot)
        new_program = program_command(program, start=start) if program else None
        return PreconditionCommand(programs=(new_program,)) if new_program else None

    return StellantisTimeDescription(
        key=f"preconditioning_program_{slot}",
        translation_key="preconditioning_program",
        translation_placeholders={"slot": str(slot)},
        entity_category=EntityCategory.CONFIG,
        required_features=frozenset((CommandFeature.PRECONDITIONING_PROGRAMS,)),
        value_fn=start_time,
        action_fn=build_action,
        source=f"preconditioning.air_conditioning.programs[{slot}].start",
    )


TIMES: Final = (
    StellantisTimeDescription(
        key="delayed_charge",
        translation_key="delayed_charge",
        entity_category=EntityCategory.CONFIG,
        required_features=frozenset((CommandFeature.DELAYED_CHARGING,)),
        value_fn=lambda car: car.charging.next_delayed_time if car.charging else None,
        action_fn=lambda _, at: ScheduleCharging(schedule=next_occurrence(at)),
        source="energies[Electric].charging.next_delayed_time",
    ),
    *(_program_time(slot) for slot in SLOTS),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the times of what each car has and may be told."""
    await async_add_reported_entities(entry, async_add_entities, Platform.TIME, TIMES, StellantisTime)


class StellantisTime(CommandEntity[StellantisTimeDescription, time], TimeEntity):
    """A time of day of a car."""

    entity_description: StellantisTimeDescription

    @property
    @override
    def native_value(self) -> time | None:
        """Return the time, or what it is being set to."""
        return self._displayed_value

    @override
    async def async_set_value(self, value: time) -> None:
        """Set the time; cars know minutes."""
        minute = value.replace(second=0, microsecond=0)
        await self._async_send_command(self._build_action(self.entity_description.action_fn, minute), minute)
