"""Sensor of the place where the last trip ended."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.sensor import SensorEntity, SensorEntityDescription
from homeassistant.const import Platform
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ...coordinator import EndpointDescription
from ...data import Car, StellantisConfigEntry
from ...endpoints import TRIPS
from ...entity import CarEntityDescription, StellantisEntity
from ...history.events import Trips
from ...reported_entities import async_add_reported_entities
from ...vehicle.parts import ALWAYS
from ...vehicle.state import VehicleState
from ...vehicle.trip import Coordinates
from .options import CONF_NAME_PLACES, SCOPE


@dataclass(frozen=True, kw_only=True)
class PlaceSensorDescription(CarEntityDescription[Trips, str], SensorEntityDescription):
    """Describes a sensor of a place.

    Attributes:
        place_fn: Returns the place from the data of the trips.
    """

    endpoint: EndpointDescription[Trips] = TRIPS
    exists_fn: Callable[[Trips], bool | None] | None = ALWAYS
    value_fn: Callable[[Trips], str | None] = lambda _: None
    skip_restore: bool = True
    place_fn: Callable[[Trips], Coordinates | None]


def _last_destination(trips: Trips) -> Coordinates | None:
    return trips.last.destination if trips.last else None


def _is_position_hidden(state: VehicleState) -> bool:
    """Return whether the driver hides the position."""
    return state.is_position_hidden


def _are_places_named(car: Car) -> bool:
    """Return whether the driver allows a geocoder, and the positions of the car."""
    return bool(car.account.entry.options.get(CONF_NAME_PLACES)) and car.account.has_scope(SCOPE)


SENSORS: Final = (
    PlaceSensorDescription(
        key="last_trip_destination",
        translation_key="last_trip_destination",
        place_fn=_last_destination,
        configured_fn=_are_places_named,
        source="trip.stop_position",
    ),
)


class PlaceSensor(StellantisEntity[PlaceSensorDescription, str], SensorEntity):
    """The name of a place; unknown while it has none, or while the driver hides the position."""

    _attr_attribution = "Place names © OpenStreetMap contributors"
    entity_description: PlaceSensorDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Update the value when a name is found, and when the driver hides or shows the position, too."""
        await super().async_added_to_hass()
        self.async_on_remove(self.car.status.async_add_listener(self._async_update, _is_position_hidden))
        self.async_on_remove(self.car.account.place_names.async_add_listener(self._async_update))

    @override
    def _set_value(self, value: str | None) -> None:
        is_hidden = self.car.status.has_data and self.car.status.data.is_position_hidden
        place = None if is_hidden else self.entity_description.place_fn(self._data)
        self._value = place and self.car.account.place_names.async_get(place)

    @property
    @override
    def native_value(self) -> str | None:
        """Return the name of the place."""
        return self._value


async def async_setup_sensors(entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback) -> None:
    """Add the sensor of each car, if the driver allows a geocoder."""
    await async_add_reported_entities(entry, async_add_entities, Platform.SENSOR, SENSORS, PlaceSensor)
