"""Binary sensors: what is one way or the other."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import Charging, ChargingStatus
from .entity import Reading, ReadingDescription, StellantisEntity, async_add_when_told, of
from .models import StellantisConfigEntry

PARALLEL_UPDATES = 0  # the coordinator reads

# A driving car reports within a few minutes; a "moving" that lags the body by more was left behind by an earlier drive
MOVING_BELIEVED: Final = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class StellantisBinarySensorDescription(ReadingDescription[bool], BinarySensorEntityDescription):
    """A binary sensor of a car."""


def _charging(charging: Charging) -> bool | None:
    return charging.status == ChargingStatus.IN_PROGRESS if charging.status else None


def _moving(reading: Reading) -> bool | None:
    kinetic = reading.status.kinetic
    if kinetic is None or not kinetic.moving:
        return kinetic.moving if kinetic else None
    seen, measured = reading.status.measured_at, kinetic.measured_at
    return seen is None or measured is None or seen - measured <= MOVING_BELIEVED


def _unlocked(reading: Reading) -> bool | None:
    """Any word for unlocked means unlocked: the list has no order, and a word for each part of the car."""
    words = [word.lower() for word in reading.status.doors_state.locked_states] if reading.status.doors_state else []
    return any("unlocked" in word for word in words) if any("locked" in word for word in words) else None


def _opening(
    identifier: str, key: str, device_class: BinarySensorDeviceClass, *, enabled: bool = True
) -> StellantisBinarySensorDescription:
    """Return the description of a door, lid or window."""

    def is_open(reading: Reading) -> bool | None:
        openings = reading.status.doors_state.opening if reading.status.doors_state else ()
        states = [opening.state for opening in openings if opening.identifier == identifier]
        return states[-1] == "Open" if states and states[-1] in ("Open", "Closed") else None

    return StellantisBinarySensorDescription(
        key=key,
        translation_key=key,
        device_class=device_class,
        entity_registry_enabled_default=enabled,
        value_fn=is_open,
    )


BINARY_SENSORS: Final = (
    StellantisBinarySensorDescription(
        key="plugged",
        translation_key="plugged",
        device_class=BinarySensorDeviceClass.PLUG,
        value_fn=of(lambda car: car.charging, lambda charging: charging.plugged),
    ),
    StellantisBinarySensorDescription(
        key="charging",
        device_class=BinarySensorDeviceClass.BATTERY_CHARGING,
        value_fn=of(lambda car: car.charging, _charging),
    ),
    StellantisBinarySensorDescription(key="moving", device_class=BinarySensorDeviceClass.MOVING, value_fn=_moving),
    StellantisBinarySensorDescription(key="locked", device_class=BinarySensorDeviceClass.LOCK, value_fn=_unlocked),
    _opening("Driver", "driver_door", BinarySensorDeviceClass.DOOR),
    _opening("Passenger", "passenger_door", BinarySensorDeviceClass.DOOR),
    _opening("RearLeft", "rear_left_door", BinarySensorDeviceClass.DOOR),
    _opening("RearRight", "rear_right_door", BinarySensorDeviceClass.DOOR),
    _opening("Trunk", "trunk", BinarySensorDeviceClass.DOOR),
    _opening("RearWindow", "rear_window", BinarySensorDeviceClass.WINDOW),
    # Reads open for ever on cars without such a roof
    _opening("RoofWindow", "roof_window", BinarySensorDeviceClass.WINDOW, enabled=False),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors that each car has."""
    async_add_when_told(entry, async_add_entities, BINARY_SENSORS, StellantisBinarySensor)


class StellantisBinarySensor(StellantisEntity[StellantisBinarySensorDescription, bool], BinarySensorEntity):
    """A binary sensor of a car."""

    entity_description: StellantisBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Return the value as the car last told it."""
        return self._value
