"""The last status of each car, kept over a restart."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
import logging
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from ..api import InvalidResponse, Status, encode
from ..const import DOMAIN
from .files import create_private_file

_LOGGER = logging.getLogger(__name__)

STORAGE_VERSION: Final = 1
SAVE_DELAY: Final = 30.0  # seconds


class LastStatusStore:
    """The last status of each car of an entry, merged from what was received.

    After a restart, servers may send older statuses than before, and cars may leave out parts. Therefore the next
    status is merged into the stored one. It is saved half a minute after a change, and when Home Assistant stops.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._store = create_private_file(hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}.last_status")
        self._statuses: dict[str, Status] = {}

    async def async_load(self, *, with_positions: bool) -> None:
        """Load the statuses. What cannot be read is left out, because the next status replaces it.

        Args:
            with_positions: Whether the driver grants the permission for positions; if not, they are forgotten.
        """
        try:
            stored = await self._store.async_load()
        except (HomeAssistantError, ValueError, OSError) as err:
            _LOGGER.warning("The last status of the cars cannot be read (%s)", type(err).__name__)
            return
        for vin, body in stored.items() if isinstance(stored, Mapping) else ():
            try:
                status = Status.from_dict(body)
            except InvalidResponse:
                continue
            self._statuses[vin] = status if with_positions else replace(status, last_position=None)

    def get(self, vin: str) -> Status | None:
        """Return the last status of a car; None if there is none."""
        return self._statuses.get(vin)

    @callback
    def async_set(self, vin: str, status: Status) -> None:
        """Set the last status of a car, and save it soon."""
        if self._statuses.get(vin) is not status:
            self._statuses[vin] = status
            self._store.async_delay_save(partial(_serialize, self._statuses), SAVE_DELAY)

    async def async_save(self) -> None:
        """Save the statuses now."""
        await self._store.async_save(_serialize(self._statuses))

    async def async_remove(self) -> None:
        """Delete the stored statuses."""
        await self._store.async_remove()


def _serialize(statuses: dict[str, Status]) -> dict[str, Any]:
    return {vin: encode(status) for vin, status in statuses.copy().items()}
