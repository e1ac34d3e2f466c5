"""Binary sensors of a car."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import STATE_OFF, STATE_ON, EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import (
    AlarmActivation,
    BeltState,
    BreakIn,
    ChargingStatus,
    EmergencyCall,
    Light,
    LightDirection,
    LightingSystem,
    LightPosition,
    LightStatus,
    Maintenance,
    OpeningIdentifier,
    OpeningState,
    PreconditioningStatus,
    Safety,
    Seat,
)
from .data import StellantisConfigEntry
from .endpoints import MAINTENANCE
from .entity import CarEntityDescription, StellantisEntity, VehicleStateEntityDescription
from .features import async_add_feature_entities
from .reported_entities import async_add_reported_entities
from .vehicle.capabilities import CommandFeature
from .vehicle.parts import optional, part
from .vehicle.state import (
    VehicleState,
    get_air_conditioning,
    get_charging,
    get_kinetic,
    get_lighting,
    get_safety,
)

PARALLEL_UPDATES = 0  # the coordinators fetch the data


@dataclass(frozen=True, kw_only=True)
class StellantisBinarySensorDescription(VehicleStateEntityDescription[bool], BinarySensorEntityDescription):
    """Describe a binary sensor with a value of the vehicle's state."""


@dataclass(frozen=True, kw_only=True)
class HistoryBinarySensorDescription(CarEntityDescription[Any, bool], BinarySensorEntityDescription):
    """Describe a binary sensor with a value of another endpoint, such as maintenance."""


def _is_equal(value: StrEnum | str | None, expected: StrEnum) -> bool | None:
    """Return whether an enum value is the expected one; None if the API sent an unknown value."""
    return value == expected if isinstance(value, type(expected)) else None


def _is_alarm_triggered(state: VehicleState) -> bool | None:
    """Return whether the alarm was triggered recently; cars keep reporting the last trigger."""
    trigger = state.status.alarm.trigger if state.status.alarm else None
    return trigger.type != BreakIn.NO_BREAK_IN and state.is_alarm_current if trigger and trigger.type else None


def _last_alarm(state: VehicleState) -> dict[str, Any]:
    """Return cause and time of the last alarm."""
    trigger = state.status.alarm.trigger if state.status.alarm else None
    if trigger is None or not isinstance(trigger.type, BreakIn) or trigger.type == BreakIn.NO_BREAK_IN:
        return {}
    return {"last_cause": trigger.type.name.lower(), "last_time": trigger.start_at}


def _is_emergency_call_triggered(state: VehicleState) -> bool | None:
    """Return whether an emergency call was triggered recently: a crashed car never reports its end."""
    safety = state.status.safety
    is_triggered = _is_equal(safety.auto_ecall_triggering, EmergencyCall.DETECTED) if safety else None
    return is_triggered and state.is_emergency_call_current


def _opening_sensor(
    identifier: OpeningIdentifier, key: str, device_class: BinarySensorDeviceClass, *, enabled: bool = True
) -> StellantisBinarySensorDescription:
    """Create the description for a door, lid or window."""
    return StellantisBinarySensorDescription(
        key=key,
        translation_key=key,
        device_class=device_class,
        entity_registry_enabled_default=enabled,
        value_fn=optional(
            lambda state: state.openings.get(identifier), lambda opening: _is_equal(opening, OpeningState.OPEN)
        ),
        source=f"doors_state.opening[{identifier}].state",
    )


def _belt_sensor(seat: Seat, key: str) -> StellantisBinarySensorDescription:
    """Create the description for an unfastened seat belt; nothing is known of it unless the car is driven."""

    def belt_state(safety: Safety) -> BeltState | str | None:
        states = [belt.belt for belt in safety.belt_status if belt.id == seat]
        return states[-1] if states else None

    def is_omitted(state: VehicleState) -> bool | None:
        if not state.is_driving or not state.is_belt_current or not state.status.safety:
            return None
        return _is_equal(belt_state(state.status.safety), BeltState.OMISSION)

    return StellantisBinarySensorDescription(
        key=key,
        translation_key=key,
        entity_category=EntityCategory.DIAGNOSTIC,
        skip_restore=True,
        value_fn=part(is_omitted),
        exists_fn=optional(get_safety, lambda safety: belt_state(safety) is not None),
        source=f"safety.belt_status[{seat}].belt",
    )


def _light_sensor(
    key: str, lights_fn: Callable[[LightingSystem], tuple[Light, ...]], side: LightDirection | LightPosition
) -> StellantisBinarySensorDescription:
    """Create the description for the turn signals of one side, or the front or rear fog lights."""

    def is_on(system: LightingSystem) -> bool | None:
        states = [light.status for light in lights_fn(system) if side in (light.direction, light.position)]
        known_states = [state for state in states if isinstance(state, LightStatus)]
        return LightStatus.ON in known_states if known_states else None

    return StellantisBinarySensorDescription(
        key=key,
        translation_key=key,
        device_class=BinarySensorDeviceClass.LIGHT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=optional(get_lighting, is_on),
        source=f"lighting_system.{key.partition('_')[2]}",
    )


BINARY_SENSORS: Final = (
    StellantisBinarySensorDescription(
        key="plugged",
        translation_key="plugged",
        device_class=BinarySensorDeviceClass.PLUG,
        value_fn=optional(get_charging, lambda charging: charging.plugged),
        source="energies[Electric].charging.plugged",
    ),
    StellantisBinarySensorDescription(
        key="charging",
        translation_key="charging",
        device_class=BinarySensorDeviceClass.BATTERY_CHARGING,
        value_fn=optional(get_charging, lambda charging: _is_equal(charging.status, ChargingStatus.IN_PROGRESS)),
        source="energies[Electric].charging.status",
    ),
    StellantisBinarySensorDescription(
        key="moving",
        translation_key="moving",
        device_class=BinarySensorDeviceClass.MOVING,
        value_fn=optional(get_kinetic, lambda kinetic: kinetic.moving),
        source="kinetic.moving",
    ),
    StellantisBinarySensorDescription(
        key="locked",
        translation_key="locked",
        device_class=BinarySensorDeviceClass.LOCK,
        superseded_by=frozenset((CommandFeature.DOORS,)),
        value_fn=part(lambda state: state.is_unlocked),
        source="doors_state.locked_states",
    ),
    _opening_sensor(OpeningIdentifier.DRIVER, "driver_door", BinarySensorDeviceClass.DOOR),
    _opening_sensor(OpeningIdentifier.PASSENGER, "passenger_door", BinarySensorDeviceClass.DOOR),
    _opening_sensor(OpeningIdentifier.REAR_LEFT, "rear_left_door", BinarySensorDeviceClass.DOOR),
    _opening_sensor(OpeningIdentifier.REAR_RIGHT, "rear_right_door", BinarySensorDeviceClass.DOOR),
    _opening_sensor(OpeningIdentifier.TRUNK, "trunk", BinarySensorDeviceClass.DOOR),
    _opening_sensor(OpeningIdentifier.REAR_WINDOW, "rear_window", BinarySensorDeviceClass.WINDOW, enabled=False),
    # Always open on cars without such a roof
    _opening_sensor(OpeningIdentifier.ROOF_WINDOW, "roof_window", BinarySensorDeviceClass.WINDOW, enabled=False),
    _belt_sensor(Seat.DRIVER, "driver_belt"),
    _belt_sensor(Seat.PASSENGER, "passenger_belt"),
    StellantisBinarySensorDescription(
        key="emergency_call",
        translation_key="emergency_call",
        value_fn=part(_is_emergency_call_triggered),
        source="safety.auto_ecall_triggering",
    ),
    # Always armed on cars without an alarm
    StellantisBinarySensorDescription(
        key="alarm_armed",
        translation_key="alarm_armed",
        entity_registry_enabled_default=False,
        value_fn=optional(
            lambda state: state.status.alarm.status if state.status.alarm else None,
            lambda status: _is_equal(status.activation, AlarmActivation.ACTIVE),
        ),
        source="alarm.status.activation",
    ),
    StellantisBinarySensorDescription(
        key="alarm_triggered",
        translation_key="alarm_triggered",
        device_class=BinarySensorDeviceClass.TAMPER,
        value_fn=part(_is_alarm_triggered),
        attributes_fn=_last_alarm,
        source="alarm.trigger.type, start_at",
    ),
    StellantisBinarySensorDescription(
        key="preconditioning",
        translation_key="preconditioning",
        device_class=BinarySensorDeviceClass.RUNNING,
        superseded_by=frozenset((CommandFeature.PRECONDITIONING,)),
        value_fn=optional(
            get_air_conditioning,
            lambda air: _is_equal(air.status, PreconditioningStatus.ENABLED),
        ),
        source="preconditioning.air_conditioning.status",
    ),
    StellantisBinarySensorDescription(
        key="daylight",
        translation_key="daylight",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=optional(
            lambda state: state.status.environment.luminosity if state.status.environment else None,
            lambda luminosity: luminosity.day,
        ),
        source="environment.luminosity.day",
    ),
    _light_sensor("left_turn", lambda system: system.turn, LightDirection.LEFT),
    _light_sensor("right_turn", lambda system: system.turn, LightDirection.RIGHT),
    _light_sensor("front_fog", lambda system: system.fog, LightPosition.FRONT),
    _light_sensor("rear_fog", lambda system: system.fog, LightPosition.REAR),
)


def _is_overdue(maintenance: Maintenance) -> bool | None:
    """Return whether the maintenance is overdue, by time or by distance."""
    remaining = (maintenance.days_before_maintenance, maintenance.mileage_before_maintenance)
    known = [amount for amount in remaining if amount is not None]
    return any(amount < 0 for amount in known) if known else None


HISTORY_BINARY_SENSORS: Final = (
    HistoryBinarySensorDescription(
        key="maintenance_overdue",
        translation_key="maintenance_overdue",
        device_class=BinarySensorDeviceClass.PROBLEM,
        endpoint=MAINTENANCE,
        value_fn=_is_overdue,
        source="maintenance.days_before_maintenance, mileage_before_maintenance",
    ),
)
REPORTED_BINARY_SENSORS: Final[tuple[StellantisBinarySensorDescription | HistoryBinarySensorDescription, ...]] = (
    *BINARY_SENSORS,
    *HISTORY_BINARY_SENSORS,
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors of each car."""
    await async_add_reported_entities(
        entry, async_add_entities, Platform.BINARY_SENSOR, REPORTED_BINARY_SENSORS, StellantisBinarySensor
    )
    await async_add_feature_entities(entry, async_add_entities, Platform.BINARY_SENSOR)


class StellantisBinarySensor(
    StellantisEntity[StellantisBinarySensorDescription | HistoryBinarySensorDescription, bool], BinarySensorEntity
):
    """A binary sensor of a car."""

    entity_description: StellantisBinarySensorDescription | HistoryBinarySensorDescription

    @override
    async def _async_get_restored_value(self) -> bool | None:
        last_state = await self.async_get_last_state()
        return {STATE_ON: True, STATE_OFF: False}.get(last_state.state) if last_state else None

    @property
    @override
    def is_on(self) -> bool | None:
        """Return the last reported value."""
        return self._value
