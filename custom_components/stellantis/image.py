"""Images: the brand's pictures of the car, with the car's state drawn onto them."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from functools import partial
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
from .const import DOMAIN
from .coordinator import EndpointCoordinator
from .data import Car, StellantisConfigEntry
from .entity import StellantisEntity, VehicleStateEntityDescription, entity_unique_id
from .vehicle.picture import DatedOverlay, OverlayState, draw_overlay

PARALLEL_UPDATES = 0  # the coordinator reads

_LOGGER = logging.getLogger(__name__)

# Of one car the API lists no more
MAX_PICTURES: Final = 12


@dataclass(frozen=True, kw_only=True)
class StellantisImageDescription(VehicleStateEntityDescription[DatedOverlay], ImageEntityDescription):
    """A picture of a car, by its place in the list."""

    index: int


def _image_description(index: int) -> StellantisImageDescription:
    """Return the description of a picture."""
    return StellantisImageDescription(
        key=f"picture_{index + 1}",
        translation_key="further_picture" if index else "picture",
        translation_placeholders={"number": str(index + 1)},
        entity_registry_enabled_default=index == 0,
        index=index,
        value_fn=DatedOverlay.from_vehicle_state,
        is_equal_fn=DatedOverlay.is_same,
        source="vehicle.pictures, doors_state, energies[Electric].charging",
    )


IMAGES: Final = tuple(_image_description(index) for index in range(MAX_PICTURES))


async def async_setup_entry(
    hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add an image for each picture that the account lists of a car, and remove those of pictures that are gone."""
    registry = er.async_get(hass)
    counts: dict[str, int] = {}

    @callback
    def update_images(car: Car) -> None:
        count, previous_count = len(car.vehicle.pictures), counts.get(car.vin)
        if count == previous_count:
            return
        counts[car.vin] = count
        for gone in IMAGES[count:]:
            image_id = entity_unique_id(entry, car.vin, gone.key)
            if entity_id := registry.async_get_entity_id(Platform.IMAGE, DOMAIN, image_id):
                registry.async_remove(entity_id)
        async_add_entities([StellantisImage(car, car.status, new) for new in IMAGES[previous_count or 0 : count]])

    @callback
    def add_car(car: Car) -> None:
        counts.pop(car.vin, None)  # one that had left the account may be back
        entry.async_on_unload(car.status.async_add_listener(partial(update_images, car)))
        update_images(car)

    for car in entry.runtime_data.async_add_car_listener(add_car):
        add_car(car)


class StellantisImage(StellantisEntity[StellantisImageDescription, DatedOverlay], ImageEntity):
    """A picture of a car. It is dated by the car, and changes when what is drawn onto it does."""

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
        last = await self.async_get_last_extra_data()
        return DatedOverlay.from_dict(last.as_dict()) if last else None

    @property
    @override
    def extra_restore_state_data(self) -> RestoredExtraData | None:
        """Return what is drawn and its date, so that a restart changes neither."""
        return RestoredExtraData(self._value.to_dict()) if self._value else None

    @property
    @override
    def image_last_updated(self) -> datetime | None:
        """Return when the car measured what is drawn."""
        return self._value.measured_at if self._value else None

    @override
    async def async_image(self) -> bytes | None:
        """Return the picture; None while the brand's server gives none."""
        async with self._lock:
            overlay = self._value.overlay if self._value else None
            try:
                url = self.car.vehicle.pictures[self.entity_description.index]
                if self._original is None or self._original[0] != url:
                    self._original = (url, await fetch_picture(async_get_clientsession(self.hass), url))
                if self._rendered is None or self._rendered[0] != (url, overlay):
                    rendering = self.hass.async_add_executor_job(draw_overlay, self._original[1], overlay)
                    self._attr_content_type, image = await rendering
                    self._rendered = ((url, overlay), image)
            except (IndexError, StellantisError, ValueError) as err:
                _LOGGER.debug("There is nothing to be seen of %s: %r", self.entity_id, err)
                self._original = None
                return None
            return self._rendered[1]
