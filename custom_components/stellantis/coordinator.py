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

# After this many failures in a row, what a server told earlier is no longer shown
FAILURES_UNTIL_UNAVAILABLE: Final = 3
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
        # The listeners hear of every success, since what counts as current changes with time, too
        super().__init__(hass, _LOGGER, config_entry=entry, name=name, update_interval=interval)
        self.client = client
        self._failures = 0

    @property
    def told(self) -> bool:
        """Whether there is data: there has been a success."""
        return self.data is not None

    @property
    def available(self) -> bool:
        """Whether the data may be shown: there is some, and its source has not failed for good."""
        return self.told and self._failures < FAILURES_UNTIL_UNAVAILABLE

    @abstractmethod
    async def _async_read(self) -> DataT:
        """Ask the API. Raises StellantisError."""

    @override
    async def _async_update_data(self) -> DataT:
        failures, self._failures = self._failures, self._failures + 1  # whatever may be raised counts
        try:
            data = await self._async_read()
        except RateLimited as err:
            self._failures = failures  # to be told to wait is no failure
            raise home_assistant_error(err) from err
        except GrantExpired as err:
            self._failures = max(self._failures, FAILURES_UNTIL_UNAVAILABLE)
            raise home_assistant_error(err) from err
        except StellantisError as err:
            raise home_assistant_error(err) from err
        else:
            self._failures = 0
        finally:
            if failures < FAILURES_UNTIL_UNAVAILABLE <= self._failures and not self.last_update_success:
                # The base class tells the listeners of the first failure only
                self.async_update_listeners()
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The cars of an account by VIN, and whether these are all: one that is told in part is none that is gone."""

    cars: Mapping[str, Vehicle]
    complete: bool


class VehiclesCoordinator(StellantisCoordinator[Listing]):
    """The account's cars, with capabilities, branding and pictures."""

    @override
    async def _async_read(self) -> Listing:
        vehicles = self.client.vehicles(extensions=VehicleExtension, locale=self.hass.config.language)
        told = [vehicle async for vehicle in vehicles]
        if not told:
            raise NoVehicle("The account has no vehicle")
        known = {vehicle.id: vin for vin, vehicle in self.data.cars.items()} if self.told else {}
        cars = {vin: vehicle for vehicle in told if vehicle.id and (vin := vehicle.vin or known.get(vehicle.id))}
        return Listing(cars=cars, complete=len(cars) == len(told))


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
        name = f"{vehicle.label or entry.title} {endpoint.key}"
        super().__init__(hass, entry, client, name=name, interval=endpoint.interval)
        self.vehicle = vehicle
        self.endpoint = endpoint

    @override
    async def _async_read(self) -> DataT:
        assert self.vehicle.id is not None  # noqa: S101 - a car without one is not read
        return self.endpoint.merge(self.data, await self.endpoint.read(self.client, self.vehicle.id))
