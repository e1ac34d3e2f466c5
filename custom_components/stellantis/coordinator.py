"""Reading: one generic coordinator, a table of what it reads, and the place where failures become Home Assistant's."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
import logging
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .api import (
    Forbidden,
    GrantExpired,
    NoData,
    NoVehicle,
    RateLimited,
    StellantisClient,
    StellantisError,
    Vehicle,
    VehicleExtension,
)
from .const import DOMAIN
from .errors import reason
from .history.prices import Prices
from .history.store import CarLedger, Ledger
from .polling import Rhythm, affordable
from .vehicle.state import Activity, Reading

_LOGGER = logging.getLogger(__name__)

# After this many failures in a row, what a server told earlier is no longer shown
FAILURES_UNTIL_UNAVAILABLE: Final = 3
VEHICLES_INTERVAL: Final = timedelta(hours=6)
# Who answers that there is nothing of the kind is not asked again for so long
REST: Final = timedelta(days=1)
# What was announced and is not there yet is asked for again, so often
AGAIN: Final = timedelta(minutes=10)
TRIES: Final = 3
# While a command is under way, and once after it
HURRY: Final = timedelta(seconds=15)


def home_assistant_error(err: StellantisError) -> HomeAssistantError:
    """Return the failure in Home Assistant's terms: only a dead grant asks for consent, all else is tried again."""
    key = reason(err)
    if isinstance(err, GrantExpired):
        return ConfigEntryAuthFailed(translation_domain=DOMAIN, translation_key=key)
    retry_after = err.retry_after if isinstance(err, RateLimited) else None
    return UpdateFailed(translation_domain=DOMAIN, translation_key=key, retry_after=retry_after)


def action_error(account: Account, err: StellantisError) -> HomeAssistantError:
    """Return the failure of what a person asked for; a dead grant asks for consent at once."""
    if isinstance(err, GrantExpired):
        account.entry.async_start_reauth(account.hass)
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=reason(err))


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What all that is read of an account shares."""

    hass: HomeAssistant
    entry: ConfigEntry[Any]
    client: StellantisClient
    ledger: Ledger
    prices: Prices
    rhythm: Rhythm

    def may(self, scope: str) -> bool:
        """Say whether the driver granted a right; a server that does not say which ones is asked."""
        granted = str(self.entry.data["token"].get("scope") or scope)
        return scope in granted.replace(",", " ").split()


class StellantisCoordinator[DataT](DataUpdateCoordinator[DataT]):
    """Read something of the account at its rhythm. The listeners hear of what has changed."""

    config_entry: ConfigEntry[Any]

    def __init__(self, account: Account, *, name: str, interval: timedelta | None) -> None:
        super().__init__(
            account.hass,
            _LOGGER,
            config_entry=account.entry,
            name=name,
            update_interval=interval,
            always_update=False,
        )
        self.account = account
        self._failures = 0

    @property
    def told(self) -> bool:
        """Whether there is data: there has been a success."""
        return self.data is not None

    @property
    def available(self) -> bool:
        """Whether the data may be shown: its source has not failed for good."""
        return self._failures < FAILURES_UNTIL_UNAVAILABLE

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

    def __init__(self, account: Account) -> None:
        super().__init__(account, name=f"{account.entry.title} vehicles", interval=VEHICLES_INTERVAL)

    @override
    async def _async_read(self) -> Listing:
        vehicles = self.account.client.vehicles(extensions=VehicleExtension, locale=self.hass.config.language)
        told = [vehicle async for vehicle in vehicles]
        if not told:
            raise NoVehicle("The account has no vehicle")
        known = {vehicle.id: vin for vin, vehicle in self.data.cars.items()} if self.told else {}
        cars = {vin: vehicle for vehicle in told if vehicle.id and (vin := vehicle.vin or known.get(vehicle.id))}
        return Listing(cars=cars, complete=len(cars) == len(told))


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint[DataT]:
    """Something to read of a car.

    Attributes:
        key: its name.
        read: asks for it, and joins the answer with what was known. Raises StellantisError.
        intervals: from one look to the next, by what the car is doing; not by the clock where it is not there.
        scope: the right that it needs.
        announced: whether a new reading of the car says that there is something to be read.
        late: whether what is announced may not be there yet, and is asked for again.
        pushed: the least intervals while the platform tells by itself what changes; None of what it does not tell.
    """

    key: str
    read: Callable[[EndpointCoordinator[DataT]], Awaitable[DataT]]
    intervals: Mapping[Activity, timedelta]
    scope: str = "data:telemetry"
    announced: Callable[[Reading | None, Reading], bool] = lambda _old, _new: False
    late: bool = False
    pushed: Mapping[Activity, timedelta] | None = None


class EndpointCoordinator[DataT](StellantisCoordinator[DataT]):
    """One endpoint of one car."""

    def __init__(
        self,
        account: Account,
        vehicle: Vehicle,
        vin: str,
        endpoint: Endpoint[DataT],
        status: EndpointCoordinator[Reading] | None = None,
    ) -> None:
        # The name stands in the log: neither VIN nor id belongs there
        super().__init__(account, name=f"{vehicle.label or account.entry.title} {endpoint.key}", interval=None)
        self.vehicle = vehicle
        self.vin = vin
        self.endpoint = endpoint
        self.resting = False
        self.cars = 1
        self.is_pushed = False
        self._hurried = self._once_more = False
        self.latest: object = None
        self.came_by: str | None = None
        self.came_at: datetime | None = None
        self._status = status
        self._tries = 1  # what was never read is asked for until there is an answer

    @property
    def is_status(self) -> bool:
        """Whether this is the car's status, on which all else goes by."""
        return self._status is None

    @property
    def vehicle_id(self) -> str:
        """By which the API knows the car."""
        assert self.vehicle.id is not None  # noqa: S101 - a car without one is not read
        return self.vehicle.id

    @property
    def ledger(self) -> CarLedger:
        """What is kept of the car."""
        return self.account.ledger.car(self.vin)

    @property
    def reading(self) -> Reading | None:
        """What is known of the car by its status."""
        return (self._status or self).data  # type: ignore[return-value] # the status of a car is a reading

    @override
    async def _async_read(self) -> DataT:
        data, self.resting, self._once_more = self.data, False, False
        try:
            data = await self.endpoint.read(self)
        except NoData:
            self.resting = not self.told
            if self.told:
                self._tries = 0  # what there was may come again, at its time
            elif self.is_status:
                raise  # else: not every car has everything, which is no fault
        except Forbidden:
            if self.is_status:
                raise
            self.resting = True
        else:
            # That what was told before is no news any more is none either
            self.came_by, self.came_at = "poll", dt_util.utcnow()
            waits = self.endpoint.late and not getattr(data, "news", None)
            self._tries = max(0, self._tries - 1) if waits else 0
        finally:
            self.update_interval = self._pause(data)
        return data

    def _pause(self, data: DataT) -> timedelta | None:
        """Return how long to wait until the next look, by what the car is known to do now."""
        if self.resting:
            return REST
        reading = data if isinstance(data, Reading) else self.reading
        activity = reading.activity(dt_util.utcnow()) if reading else Activity.ASLEEP
        usual = (self.account.rhythm.intervals if self.is_status else self.endpoint.intervals).get(activity)
        if usual and self.is_pushed and self.endpoint.pushed:
            usual = max(usual, self.endpoint.pushed[activity])
        if self._tries:
            usual = min(usual or AGAIN, AGAIN)
        if self._hurried or self._once_more:
            usual = HURRY
        return usual and max(usual, affordable(self.account.client.budget, self.cars))

    @callback
    def async_hurry(self, *, hurried: bool) -> None:
        """Look often from now on; when that is over, soon once more, whatever look is under way."""
        self._hurried, self._once_more = hurried, not hurried
        self.update_interval = max(HURRY, affordable(self.account.client.budget, self.cars))
        self._schedule_refresh()

    @callback
    def async_announce(self, old: Reading | None, new: Reading) -> None:
        """Look at once when a new reading of the car says that there is something to be read.

        What is pushed will be told. Only if it is not, it is looked for, once, and later.
        """
        if self.resting or not self.endpoint.announced(old, new):
            return
        if self.is_pushed:
            self._tries = 1
            self._async_pause_anew()
        else:
            self.async_look()

    @callback
    def async_look(self) -> None:
        """Look at once, and later again if what there is to be read is not there yet."""
        self._tries = TRIES
        self.config_entry.async_create_background_task(self.hass, self.async_refresh(), f"{DOMAIN} announced")

    @callback
    def async_take(self, data: DataT) -> None:
        """Take what was told by itself, as if it had been read."""
        self._failures, self._tries, self.resting = 0, 0, False
        self.came_by, self.came_at = "push", dt_util.utcnow()
        self.update_interval = self._pause(data)
        if data == self.data and self.last_update_success:
            self._schedule_refresh()  # nobody hears of what is as it was
        else:
            self.async_set_updated_data(data)

    @callback
    def async_rely(self, *, pushed: bool) -> None:
        """Rely on being told what changes, or no longer."""
        if self.endpoint.pushed is not None and pushed is not self.is_pushed:
            self.is_pushed = pushed
            self._async_pause_anew()

    @callback
    def _async_pause_anew(self) -> None:
        self.update_interval = self._pause(self.data)
        if self._listeners:
            self._schedule_refresh()
