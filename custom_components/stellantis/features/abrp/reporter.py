"""Reports a car to A Better Routeplanner when something changes, and asks for the next charge of its plan."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
import logging
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from ...const import DOMAIN
from ...data import Car
from ...endpoints import CHARGES
from .client import AbrpClient, AbrpError
from .live_data import build_live_data

_LOGGER = logging.getLogger(__name__)

# Changes that arrive together are sent together
SEND_DELAY: Final = 5.0  # seconds
NEXT_CHARGE_INTERVAL: Final = timedelta(minutes=5)


class LiveDataReporter:
    """Reports a car until it is unloaded.

    Attributes:
        next_charge: The level in % to which the active plan charges next; None if it is not known.
    """

    def __init__(self, car: Car, client: AbrpClient) -> None:
        self.next_charge: float | None = None
        self._car, self._client = car, client
        self._sent: dict[str, float] | None = None
        self._is_sending = False
        self._has_failed = False
        self._listeners: list[Callable[[], None]] = []

    @callback
    def async_start(self) -> None:
        """Report the car, and ask for the next charge."""
        self._car.async_on_unload(self._car.status.async_add_listener(self._async_send_soon))
        self._car.async_on_unload(
            async_track_time_interval(self._car.account.hass, self._async_update_next_charge, NEXT_CHARGE_INTERVAL)
        )
        self._async_send_soon()
        self._async_update_next_charge()

    @callback
    def async_add_listener(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `listener` when the next charge changes; return an unsubscribe function."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def _async_send_soon(self) -> None:
        if not self._is_sending and self._build_changed():
            self._is_sending = True
            self._async_run(self._async_send())

    def _build_changed(self) -> dict[str, float] | None:
        """Return the live data; None if there are none, or if they have been sent."""
        charges = self._car.coordinator_for(CHARGES)
        power = charges.data.power if charges and charges.has_data else None
        values = build_live_data(self._car.status.data, power) if self._car.status.has_data else None
        return None if values == self._sent else values

    async def _async_send(self) -> None:
        """Send the live data after a short while; those that cannot be sent are sent with the next change."""
        try:
            while self._build_changed():
                await asyncio.sleep(SEND_DELAY)
                if values := self._build_changed():
                    self._sent = values
                    await self._async_try(self._client.async_send({"utc": self._find_time(), **values}))
        finally:
            self._is_sending = False

    def _find_time(self) -> float:
        """Return when the car reported, in seconds since 1970: a car that sleeps did so long ago."""
        measured_at = self._car.status.data.status.measured_at or dt_util.utcnow()
        return measured_at.timestamp() // 1

    @callback
    def _async_update_next_charge(self, _now: datetime | None = None) -> None:
        self._async_run(self._async_fetch_next_charge())

    async def _async_fetch_next_charge(self) -> None:
        level = await self._async_try(self._client.async_get_next_charge())
        if level != self.next_charge:
            self.next_charge = level
            for listener in self._listeners:
                listener()

    @callback
    def _async_run(self, work: Coroutine[Any, Any, None]) -> None:
        entry = self._car.account.entry
        entry.async_create_background_task(self._car.account.hass, work, f"{DOMAIN} abrp")

    async def _async_try[T](self, request: Awaitable[T]) -> T | None:
        """Return the response of a request; None if it failed, which is logged once."""
        try:
            response = await request
        except AbrpError as err:
            if not self._has_failed:
                _LOGGER.warning("A Better Routeplanner does not accept data: %s", err)
            self._has_failed = True
            return None
        self._has_failed = False
        return response
