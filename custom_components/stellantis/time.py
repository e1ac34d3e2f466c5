"""Times: start of a delayed charge, and of preconditioning programs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from typing import Final, override

from homeassistant.components.time import TimeEntity, TimeEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import AirConditioning, Charging
from .api.requests import ScheduleCharging
from .data import StellantisConfigEntry
from .entity import CommandEntity, VehicleStateEntityDescription
from .features import async_add_feature_entities
from .reported_entities import async_add_reported_entities
from .vehicle.capabilities import CommandFeature
from .vehicle.command import CommandRequest, CommandType
from .vehicle.parts import optional
from .vehicle.programs import SLOTS, next_occurrence, program_command, program_request, time_of_day
from .vehicle.state import get_air_conditioning, get_charging

PARALLEL_UPDATES = 0  # the command queue sends one command at a time


@dataclass(frozen=True, kw_only=True)
class StellantisTimeDescription(VehicleStateEntityDescription[time], TimeEntityDescription):
    """Describe a time. `command_fn` returns the command that sets it."""

    command_fn: Callable[[time], CommandRequest]


def _program_time(slot: int) -> StellantisTimeDescription:
    """Create the description for the start of a preconditioning program; an empty program has no start."""

    def start_time(air: AirConditioning) -> time | None:
        program = air.get_program(slot)
        return time_of_day(program.start) if program and program_command(program) else None

    def request_command(start: time) -> CommandRequest:
        return program_request(slot, "start", start, lambda program: program_command(program, start=start))

    return StellantisTimeDescription(
        key=f"preconditioning_program_{slot}",
        translation_key="program_start",
        translation_placeholders={"slot": str(slot)},
        required_features=frozenset((CommandFeature.PRECONDITIONING_PROGRAMS,)),
        value_fn=optional(get_air_conditioning, start_time),
        command_fn=request_command,
        source=f"preconditioning.air_conditioning.programs[{slot}].start",
    )


def _request_delayed_charge(start: time) -> CommandRequest:
    """Request the next charge to start at a time of day; which day that is depends on when the command is sent."""
    return CommandRequest(
        type=CommandType.CHARGING_SCHEDULE,
        target="charging nextDelayedTime",
        value=start,
        build_fn=lambda _: ScheduleCharging(schedule=next_occurrence(start)),
    )


def _delayed_charge(charging: Charging) -> time | None:
    """Return when the next charge starts; cars without a delayed charge report midnight."""
    return None if charging.next_delayed_time == time() else charging.next_delayed_time


TIMES: Final = (
    StellantisTimeDescription(
        key="delayed_charge",
        translation_key="delayed_charge",
        required_features=frozenset((CommandFeature.DELAYED_CHARGING,)),
        value_fn=optional(get_charging, _delayed_charge),
        exists_fn=optional(get_charging, lambda charging: charging.next_delayed_time is not None),
        command_fn=_request_delayed_charge,
        source="energies[Electric].charging.next_delayed_time",
    ),
    *(_program_time(slot) for slot in SLOTS),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the times that each car supports."""
    await async_add_reported_entities(entry, async_add_entities, Platform.TIME, TIMES, StellantisTime)
    await async_add_feature_entities(entry, async_add_entities, Platform.TIME)


class StellantisTime(CommandEntity[StellantisTimeDescription, time], TimeEntity):
    """Local time of day at which a car starts an activity."""

    entity_description: StellantisTimeDescription

    @property
    @override
    def native_value(self) -> time | None:
        """Return the time, or the one that is being set."""
        return self._value

    @override
    async def async_set_value(self, value: time) -> None:
        """Set the time, in whole minutes."""
        await self._async_send_command(self.entity_description.command_fn(value.replace(second=0, microsecond=0)))
