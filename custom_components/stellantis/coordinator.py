"""Reading: one generic coordinator, a table of what it reads, and the place where failures become Home Assistant's."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
import logging
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .api import (
    GrantExpired,
    NoVehicle,
    RateLimited,
    Status,
    StellantisClient,
    StellantisError,
    Vehicle,
    VehicleExtension,
    newest,
)
from .const import DOMAIN
from .errors import reason

_LOGGER = logging.getLogger(__name__)

# A server may stumble this often in a row before what it told earlier is no longer shown
FAILURES_TOLERATED: Final = 3
VEHICLES_INTERVAL: Final = timedelta(hours=6)


def home_assistant_error(err: StellantisError) -> HomeAssistantError:
    """Return the failure in Home Assistant's terms: only a dead grant asks for consent, all else is tried again."""
    key = reason(err)
    if isinstance(err, GrantExpired):
        return ConfigEntryAuthFailed(translation_domain=DOMAIN, translation_key=key)
    retry_after = err.retry_after if isinstance(err, RateLimited) else None
    return UpdateFailed(translation_domain=DOMAIN, translation_key=key, retry_after=retry_after)


class StellantisCoordinator[DataT](DataUpdateCoordinator[DataT]):
    """Read something of the account at its rhythm."""

    config_entry: ConfigEntry[Any]

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: StellantisClient,
        *,
        name: str,
        interval: timedelta,
    ) -> None:
        super().__init__(hass, _LOGGER, config_entry=entry, name=name, update_interval=interval, always_update=False)
        self.client = client
        self._failures = 0

    @property
    def told(self) -> bool:
        """Whether there is data: there has been a success."""
        return self.data is not None

    @property
    def available(self) -> bool:
        """Whether the data may be shown: there is some, and its source has not failed for good."""
        return self.told and self._failures < FAILURES_TOLERATED

    @abstractmethod
    async def _async_read(self) -> DataT:
        """Ask the API. Raises StellantisError."""

    @override
    async def _async_update_data(self) -> DataT:
        try:
            data = await self._async_read()
        except StellantisError as err:
            failure = home_assistant_error(err)
            self._failures = FAILURES_TOLERATED if isinstance(failure, ConfigEntryAuthFailed) else self._failures + 1
            if self._failures == FAILURES_TOLERATED and not self.last_update_success:
                # The base class tells the entities of the first failure only
                self.async_update_listeners()
            raise failure from err
        self._failures = 0
        return data


class VehiclesCoordinator(StellantisCoordinator[Mapping[str, Vehicle]]):
    """The account's cars by VIN, with capabilities, branding and pictures."""

    @override
    async def _async_read(self) -> Mapping[str, Vehicle]:
        vehicles = self.client.vehicles(extensions=VehicleExtension, locale=self.hass.config.language)
        found = {vin: vehicle async for vehicle in vehicles if (vin := vehicle.vin or vehicle.id)}
        if not found:
            raise NoVehicle("The account has no vehicle")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint[DataT]:
    """Something to read of a car: how, how often, and how an answer joins what was known."""

    key: str
    interval: timedelta
    read: Callable[[StellantisClient, str], Awaitable[DataT]]
    merge: Callable[[DataT | None, DataT], DataT]


STATUS: Final = Endpoint[Status](
    key="status", interval=timedelta(minutes=5), read=StellantisClient.status, merge=newest
)


class EndpointCoordinator[DataT](StellantisCoordinator[DataT]):
    """One endpoint of one car."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: StellantisClient,
        vehicle: Vehicle,
        endpoint: Endpoint[DataT],
    ) -> None:
        # The name stands in the log: neither VIN nor id belongs there
        name = f"{vehicle.label or vehicle.brand or DOMAIN} {endpoint.key}"
        super().__init__(hass, entry, client, name=name, interval=endpoint.interval)
        self.vehicle = vehicle
        self.endpoint = endpoint

    @override
    async def _async_read(self) -> DataT:
        assert self.vehicle.id is not None  # noqa: S101 - a car without one is not read
        return self.endpoint.merge(self.data, await self.endpoint.read(self.client, self.vehicle.id))
