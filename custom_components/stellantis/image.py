"""Images: the brand's pictures of a car, with an overlay that shows its state."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
import logging
from typing import Any, Final, override

from homeassistant.components.image import ImageEntity, ImageEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoredExtraData

from .api import StellantisError, fetch_picture
from .auth.oauth import get_server
from .coordinator import EndpointCoordinator
from .data import Car, StellantisConfigEntry
from .entity import StellantisEntity, VehicleStateEntityDescription, async_get_registered
from .features import async_add_feature_entities
from .reported_entities import async_add_in_batches
from .vehicle.parts import PartsReader
from .vehicle.picture import DatedOverlay, OverlayState, draw_overlay
from .vehicle.state import VehicleState

PARALLEL_UPDATES = 0  # the coordinators fetch the data

_LOGGER = logging.getLogger(__name__)

# Maximum number of pictures that the API lists for a car
MAX_PICTURES: Final = 12


@dataclass(frozen=True, kw_only=True)
class StellantisImageDescription(VehicleStateEntityDescription[DatedOverlay], ImageEntityDescription):
    """Describe an image by the index of its picture in the vehicle's list."""

    index: int


def _image_description(index: int) -> StellantisImageDescription:
    """Create the description for a picture."""
    return StellantisImageDescription(
        key=f"picture_{index + 1}",
        translation_key="further_picture" if index else "picture",
        translation_placeholders={"number": str(index + 1)},
        entity_registry_enabled_default=index == 0,
        index=index,
        value_fn=PartsReader(
            lambda state: (
                state.electric,
                state.charging,
                state.status.doors_state,
                state.is_charging,
                state.battery_level,
                state.status.measured_at if state.charging is None and state.status.doors_state is None else None,
            ),
            DatedOverlay.from_vehicle_state,
        ),
        is_equal_fn=DatedOverlay.is_same,
        source="vehicle.pictures, doors_state, energies[Electric].charging",
    )


IMAGES: Final = tuple(_image_description(index) for index in range(MAX_PICTURES))


def _get_pictures(state: VehicleState) -> Sequence[str]:
    """Return the addresses of the pictures."""
    return state.vehicle.pictures


async def async_setup_entry(
    hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up an image for each picture of a car; add and remove images when the list changes."""
    registry = er.async_get(hass)
    counts: dict[str, int] = {}

    @callback
    def update_images(car: Car) -> Iterator[StellantisImage]:
        """Create the images of new pictures, and remove those of pictures that a car does not have any more."""
        count, previous_count = len(car.vehicle.pictures), counts.get(car.vin)
        if count == previous_count:
            return
        counts[car.vin] = count
        entries = async_get_registered(car, Platform.IMAGE, [description.key for description in IMAGES])
        for description in IMAGES:
            registered = entries.get(description.key)
            if description.index >= count:
                if registered:
                    registry.async_remove(registered.entity_id)
            elif description.index >= (previous_count or 0) and not (registered and registered.disabled):
                yield StellantisImage(car, car.status, description)  # enabling a disabled one reloads the entry

    @callback
    def watch_pictures(car: Car) -> None:
        counts.pop(car.vin, None)  # the car may have left the account and come back
        unsub = car.status.async_add_listener(lambda: async_add_entities(update_images(car)), _get_pictures)
        car.async_on_unload(unsub)

    @callback
    def add_car(car: Car) -> None:
        watch_pictures(car)
        async_add_entities(update_images(car))

    cars = entry.runtime_data.async_subscribe_cars(add_car)
    for car in cars:
        watch_pictures(car)
    await async_add_in_batches(async_add_entities, map(update_images, cars))
    await async_add_feature_entities(entry, async_add_entities, Platform.IMAGE)


class StellantisImage(StellantisEntity[StellantisImageDescription, DatedOverlay], ImageEntity):
    """Picture of a car. It changes with its overlay, at the time when the car measured the values."""

    entity_description: StellantisImageDescription

    def __init__(
        self, car: Car, coordinator: EndpointCoordinator[Any], description: StellantisImageDescription
    ) -> None:
        super().__init__(car, coordinator, description)
        ImageEntity.__init__(self, coordinator.hass, verify_ssl=True)
        self._lock = asyncio.Lock()
        self._original: tuple[str, bytes] | None = None
        self._rendered: tuple[tuple[str, OverlayState | None], bytes] | None = None

    @override
    async def _async_get_restored_value(self) -> DatedOverlay | None:
        extra_data = await self.async_get_last_extra_data()
        return DatedOverlay.from_dict(extra_data.as_dict()) if extra_data else None

    @property
    @override
    def extra_restore_state_data(self) -> RestoredExtraData | None:
        """Return the overlay and its time, to restore both after a restart."""
        return RestoredExtraData(self._value.to_dict()) if self._value else None

    @property
    @override
    def image_last_updated(self) -> datetime | None:
        """Return when the car measured the values of the overlay."""
        return self._value.measured_at if self._value else None

    @override
    async def async_image(self) -> bytes | None:
        """Return the picture with its overlay, None if the picture cannot be fetched or decoded."""
        async with self._lock:
            overlay = self._value.overlay if self._value else None
            try:
                url = self.car.vehicle.pictures[self.entity_description.index]
                if self._original is None or self._original[0] != url:
                    server = get_server(self.coordinator.config_entry.data)
                    self._original = (url, await fetch_picture(async_get_clientsession(self.hass), url, server))
                if self._rendered is None or self._rendered[0] != (url, overlay):
                    rendering = self.hass.async_add_executor_job(draw_overlay, self._original[1], overlay)
                    self._attr_content_type, image = await rendering
                    self._rendered = ((url, overlay), image)
            except (IndexError, StellantisError, ValueError) as err:
                _LOGGER.debug("No picture for %s: %r", self.entity_id, err)
                self._original = None
                return None
            return self._rendered[1]
