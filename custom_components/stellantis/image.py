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
from .entity import ReadingDescription, StellantisEntity, unique_id
from .vehicle.picture import Look, Seen, draw

PARALLEL_UPDATES = 0  # the coordinator reads

_LOGGER = logging.getLogger(__name__)

# Of one car the API lists no more
MOST_PICTURES: Final = 12


@dataclass(frozen=True, kw_only=True)
class StellantisImageDescription(ReadingDescription[Seen], ImageEntityDescription):
    """A picture of a car, by its place in the list."""

    index: int


def _picture(index: int) -> StellantisImageDescription:
    """Return the description of a picture."""
    return StellantisImageDescription(
        key=f"picture_{index + 1}",
        translation_key="further_picture" if index else "picture",
        translation_placeholders={"number": str(index + 1)},
        entity_registry_enabled_default=index == 0,
        index=index,
        value_fn=Seen.of,
        same_fn=Seen.looks_like,
        source="vehicle.pictures, doors_state, energies[Electric].charging",
    )


IMAGES: Final = tuple(_picture(index) for index in range(MOST_PICTURES))


async def async_setup_entry(
    hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add an image for each picture that the account lists of a car, and remove those of pictures that are gone."""
    registry = er.async_get(hass)
    counts: dict[str, int] = {}

    @callback
    def keep_in_step(car: Car) -> None:
        count, before = len(car.vehicle.pictures), counts.get(car.vin)
        if count == before:
            return
        counts[car.vin] = count
        for gone in IMAGES[count:]:
            name = unique_id(entry, car.vin, gone.key)
            if entity_id := registry.async_get_entity_id(Platform.IMAGE, DOMAIN, name):
                registry.async_remove(entity_id)
        async_add_entities([StellantisImage(car, car.status, new) for new in IMAGES[before or 0 : count]])

    @callback
    def follow(car: Car) -> None:
        counts.pop(car.vin, None)  # one that had left the account may be back
        entry.async_on_unload(car.status.async_add_listener(partial(keep_in_step, car)))
        keep_in_step(car)

    for car in entry.runtime_data.async_on_car(follow):
        follow(car)


class StellantisImage(StellantisEntity[StellantisImageDescription, Seen], ImageEntity):
    """A picture of a car. It is dated by the car, and changes when what is drawn onto it does."""

    entity_description: StellantisImageDescription

    def __init__(
        self, car: Car, coordinator: EndpointCoordinator[Any], description: StellantisImageDescription
    ) -> None:
        super().__init__(car, coordinator, description)
        ImageEntity.__init__(self, coordinator.hass, verify_ssl=True)
        self._one_at_a_time = asyncio.Lock()
        self._source: tuple[str, bytes] | None = None
        self._drawn: tuple[tuple[str, Look | None], bytes] | None = None

    @override
    async def _async_restored(self) -> Seen | None:
        last = await self.async_get_last_extra_data()
        return Seen.from_dict(last.as_dict()) if last else None

    @property
    @override
    def extra_restore_state_data(self) -> RestoredExtraData | None:
        """Return what is drawn and its date, so that a restart changes neither."""
        return RestoredExtraData(self._value.to_dict()) if self._value else None

    @property
    @override
    def image_last_updated(self) -> datetime | None:
        """Return when the car measured what is drawn."""
        return self._value.at if self._value else None

    @override
    async def async_image(self) -> bytes | None:
        """Return the picture; None while the brand's server gives none."""
        async with self._one_at_a_time:
            look = self._value.look if self._value else None
            try:
                link = self.car.vehicle.pictures[self.entity_description.index]
                if self._source is None or self._source[0] != link:
                    self._source = (link, await fetch_picture(async_get_clientsession(self.hass), link))
                if self._drawn is None or self._drawn[0] != (link, look):
                    job = self.hass.async_add_executor_job(draw, self._source[1], look)
                    self._attr_content_type, image = await job
                    self._drawn = ((link, look), image)
            except (IndexError, StellantisError, ValueError) as err:
                _LOGGER.debug("There is nothing to be seen of %s: %r", self.entity_id, err)
                self._source = None
                return None
            return self._drawn[1]
