"""Device tracker: the last known position of a car."""

from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.device_tracker import SourceType, TrackerEntity, TrackerEntityDescription
from homeassistant.const import ATTR_GPS_ACCURACY, ATTR_LATITUDE, ATTR_LONGITUDE, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import Position, PositionType, public_picture_url
from .data import StellantisConfigEntry
from .entity import StellantisEntity, VehicleStateEntityDescription
from .features import async_add_feature_entities
from .reported_entities import async_add_reported_entities
from .vehicle.parts import part
from .vehicle.state import get_position

PARALLEL_UPDATES = 0  # the coordinators fetch the data

# Accuracy in meters. The API reports the type of a fix only; these are typical values with a clear view of the sky.
ACCURACY_BY_FIX: Final = {"3D": 10.0, "2D": 50.0}
DEFAULT_ACCURACY: Final = 25.0
ESTIMATED_ACCURACY: Final = 250.0


@dataclass(frozen=True, kw_only=True)
class StellantisTrackerDescription(VehicleStateEntityDescription[Position], TrackerEntityDescription):
    """Describe a device tracker."""


TRACKERS: Final = (
    StellantisTrackerDescription(
        key="location", translation_key="location", value_fn=part(get_position), source="last_position"
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001
    entry: StellantisConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the tracker of each car that reports its position."""
    await async_add_reported_entities(entry, async_add_entities, Platform.DEVICE_TRACKER, TRACKERS, StellantisTracker)
    await async_add_feature_entities(entry, async_add_entities, Platform.DEVICE_TRACKER)


class StellantisTracker(StellantisEntity[StellantisTrackerDescription, Position], TrackerEntity):
    """Position of a car."""

    entity_description: StellantisTrackerDescription
    _attr_name = None
    _attr_entity_category = None  # type: ignore[assignment]  # automations offer the zones of primary entities only
    _attr_source_type = SourceType.GPS

    @override
    async def _async_get_restored_value(self) -> Position | None:
        """Return the position before a restart, unless the scope has been withdrawn."""
        last_state = await self.async_get_last_state() if self.car.account.has_scope("data:position") else None
        if last_state is None or last_state.attributes.get(ATTR_LATITUDE) is None:
            return None
        attributes = last_state.attributes
        accuracy = attributes.get(ATTR_GPS_ACCURACY)
        return Position(
            latitude=attributes[ATTR_LATITUDE],
            longitude=attributes[ATTR_LONGITUDE],
            type=PositionType.ESTIMATED if accuracy == ESTIMATED_ACCURACY else None,
            fix_status=next((fix for fix, meters in ACCURACY_BY_FIX.items() if meters == accuracy), None),
        )

    @override
    def _update_value(self) -> bool:
        """Update the position, and the brand's picture of the car, which marks it on maps."""
        before, self._attr_entity_picture = self.entity_picture, public_picture_url(self.car.vehicle)
        return super()._update_value() or self.entity_picture != before

    @property
    @override
    def latitude(self) -> float | None:
        """Return the latitude of the last fix."""
        return self._value.latitude if self._value else None

    @property
    @override
    def longitude(self) -> float | None:
        """Return the longitude of the last fix."""
        return self._value.longitude if self._value else None

    @property
    @override
    def location_accuracy(self) -> float:
        """Return the accuracy in meters, estimated from the type of the fix."""
        if self._value is None or self._value.type == PositionType.ESTIMATED:
            return ESTIMATED_ACCURACY
        return ACCURACY_BY_FIX.get(self._value.fix_status or "", DEFAULT_ACCURACY)
