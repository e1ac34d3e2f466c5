"""Reading: one generic coordinator, a table of what it reads, and the place where failures become Home Assistant's."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
import logging
from typing import Any, Final, Literal, override

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
from .errors import error_key
from .history.prices import Prices
from .history.store import CarStore, StellantisStore
from .polling import MAX_RETRIES, FastPolling, PollingIntervals, PollState, min_poll_interval, next_interval
from .vehicle.state import Activity, VehicleState

_LOGGER = logging.getLogger(__name__)

# After this many failures in a row, what a server told earlier is no longer shown
FAILURES_UNTIL_UNAVAILABLE: Final = 3
VEHICLES_INTERVAL: Final = timedelta(hours=6)
MONITOR_RETRY_INTERVAL: Final = timedelta(minutes=10)


def as_update_error(err: StellantisError) -> HomeAssistantError:
    """Return the failure in Home Assistant's terms: only a dead grant asks for consent, all else is tried again."""
    key = error_key(err)
    if isinstance(err, GrantExpired):
        return ConfigEntryAuthFailed(translation_domain=DOMAIN, translation_key=key)
    retry_after = err.retry_after if isinstance(err, RateLimited) else None
    return UpdateFailed(translation_domain=DOMAIN, translation_key=key, retry_after=retry_after)


def as_action_error(account: AccountContext, err: StellantisError) -> HomeAssistantError:
    """Return the failure of what a person asked for; a dead grant asks for consent at once."""
    if isinstance(err, GrantExpired):
        account.entry.async_start_reauth(account.hass)
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=error_key(err))


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountContext:
    """What all that is read of an account shares."""

    hass: HomeAssistant
    entry: ConfigEntry[Any]
    client: StellantisClient
    store: StellantisStore
    prices: Prices
    polling_intervals: PollingIntervals

    def has_scope(self, scope: str) -> bool:
        """Say whether the driver granted a right; a server that does not say which ones is asked."""
        granted = str(self.entry.data["token"].get("scope") or scope)
        return scope in granted.replace(",", " ").split()


class StellantisCoordinator[DataT](DataUpdateCoordinator[DataT]):
    """Read something of the account at its rhythm. The listeners hear of what has changed."""

    config_entry: ConfigEntry[Any]

    def __init__(self, account: AccountContext, *, name: str, interval: timedelta | None) -> None:
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
    def has_data(self) -> bool:
        """Whether there is data: there has been a success."""
        return self.data is not None

    @property
    def available(self) -> bool:
        """Whether the data may be shown: its source has not failed for good."""
        return self._failures < FAILURES_UNTIL_UNAVAILABLE

    @abstractmethod
    async def _async_fetch(self) -> DataT:
        """Ask the API. Raises StellantisError."""

    @override
    async def _async_update_data(self) -> DataT:
        failures, self._failures = self._failures, self._failures + 1  # whatever may be raised counts
        try:
            data = await self._async_fetch()
        except RateLimited as err:
            self._failures = failures  # to be told to wait is no failure
            raise as_update_error(err) from err
        except GrantExpired as err:
            self._failures = max(self._failures, FAILURES_UNTIL_UNAVAILABLE)
            raise as_update_error(err) from err
        except StellantisError as err:
            raise as_update_error(err) from err
        else:
            self._failures = 0
        finally:
            if failures < FAILURES_UNTIL_UNAVAILABLE <= self._failures and not self.last_update_success:
                # The base class tells the listeners of the first failure only
                self.async_update_listeners()
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleList:
    """The cars of an account by VIN, and whether these are all: one that is told in part is none that is gone."""

    vehicles: Mapping[str, Vehicle]
    is_complete: bool


class VehiclesCoordinator(StellantisCoordinator[VehicleList]):
    """The account's cars, with capabilities, branding and pictures."""

    def __init__(self, account: AccountContext) -> None:
        super().__init__(account, name=f"{account.entry.title} vehicles", interval=VEHICLES_INTERVAL)

    @override
    async def _async_fetch(self) -> VehicleList:
        vehicles = self.account.client.vehicles(extensions=VehicleExtension, locale=self.hass.config.language)
        told = [vehicle async for vehicle in vehicles]
        if not told:
            raise NoVehicle("The account has no vehicle")
        known = {vehicle.id: vin for vin, vehicle in self.data.vehicles.items()} if self.has_data else {}
        cars = {vin: vehicle for vehicle in told if vehicle.id and (vin := vehicle.vin or known.get(vehicle.id))}
        return VehicleList(vehicles=cars, is_complete=len(cars) == len(told))


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorSync:
    """The result of a synchronization of the account's monitors.

    Attributes:
        own_monitors: how many of the integration's own monitors exist on the platform.
        interval: the time until the next synchronization; None until something requests one.
    """

    own_monitors: int
    interval: timedelta | None


class MonitorsCoordinator(StellantisCoordinator[int]):
    """Synchronizes the account's monitors; the data is the number of the integration's own."""

    def __init__(self, account: AccountContext, sync_fn: Callable[[], Awaitable[MonitorSync]]) -> None:
        super().__init__(account, name=f"{account.entry.title} monitors", interval=None)
        self._sync_fn = sync_fn

    @override
    async def _async_fetch(self) -> int:
        self.update_interval = MONITOR_RETRY_INTERVAL
        result = await self._sync_fn()
        self.update_interval = result.interval
        return result.own_monitors


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointDescription[DataT]:
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
    fetch_fn: Callable[[EndpointCoordinator[DataT]], Awaitable[DataT]]
    intervals: Mapping[Activity, timedelta]
    scope: str = "data:telemetry"
    needs_refresh_fn: Callable[[VehicleState | None, VehicleState], bool] = lambda _old, _new: False
    retry_if_empty: bool = False
    push_intervals: Mapping[Activity, timedelta] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataUpdate:
    """How and when an endpoint last received data."""

    source: Literal["poll", "push"]
    received_at: datetime


class EndpointCoordinator[DataT](StellantisCoordinator[DataT]):
    """One endpoint of one car.

    Attributes:
        vehicle: the car as the account lists it.
        vehicle_count: cars of the account, among which its request budget is shared.
        last_response: what the API returned last, before it was merged.
        last_update: how and when data was received last; None before the first time.
    """

    def __init__(
        self,
        account: AccountContext,
        vehicle: Vehicle,
        vin: str,
        endpoint: EndpointDescription[DataT],
        status_coordinator: EndpointCoordinator[VehicleState] | None = None,
    ) -> None:
        # The name is logged: neither VIN nor id may be in it
        super().__init__(account, name=f"{vehicle.label or account.entry.title} {endpoint.key}", interval=None)
        self.vehicle = vehicle
        self.vin = vin
        self.endpoint = endpoint
        self.vehicle_count = 1
        self.last_response: object = None
        self.last_update: DataUpdate | None = None
        self._status_coordinator = status_coordinator
        self._poll_state = PollState()

    @property
    def is_status(self) -> bool:
        """Whether this is the status endpoint, which drives the other endpoints."""
        return self._status_coordinator is None

    @property
    def is_suspended(self) -> bool:
        """Whether the API has no such data of this car, or the permission is missing."""
        return self._poll_state.is_suspended

    @property
    def is_pushed(self) -> bool:
        """Whether notifications bring this data, and are relied on."""
        return self._poll_state.is_pushed

    @property
    def vehicle_id(self) -> str:
        """The API's id of the car."""
        assert self.vehicle.id is not None  # noqa: S101 - a car without an id gets no coordinator
        return self.vehicle.id

    @property
    def car_store(self) -> CarStore:
        """What is stored of the car."""
        return self.account.store.get_car(self.vin)

    @property
    def vehicle_state(self) -> VehicleState | None:
        """The car's state, from its status."""
        return (self._status_coordinator or self).data  # type: ignore[return-value] # the status of a car is a reading

    @override
    async def _async_update_data(self) -> DataT:
        data = self.data
        try:
            data = await super()._async_update_data()
        finally:
            self._async_set_interval(data)
        return data

    @override
    async def _async_fetch(self) -> DataT:
        state = self._poll_state
        if state.fast_polling is FastPolling.ONCE:
            state = replace(state, fast_polling=FastPolling.OFF)
        self._poll_state = replace(state, is_suspended=False)
        try:
            data = await self.endpoint.fetch_fn(self)
        except NoData:
            if self.is_status and not self.has_data:
                self._async_update_poll_state(is_suspended=True)
                raise
            # Not every car has everything, which is no fault. What there was may come again, at its usual time
            if self.has_data:
                self._async_update_poll_state(retries_left=0)
            else:
                self._async_update_poll_state(is_suspended=True)
            return self.data
        except Forbidden:
            if self.is_status:
                raise
            self._async_update_poll_state(is_suspended=True)
            return self.data
        self.last_update = DataUpdate(source="poll", received_at=dt_util.utcnow())
        # Without a new event, the data that is expected has not arrived
        is_missing = self.endpoint.retry_if_empty and not getattr(data, "new_events", None)
        self._async_update_poll_state(retries_left=max(0, self._poll_state.retries_left - 1) if is_missing else 0)
        return data

    @callback
    def _async_update_poll_state(self, **changes: Any) -> None:
        self._poll_state = replace(self._poll_state, **changes)

    @callback
    def _async_set_interval(self, data: DataT) -> None:
        """Set the time until the next poll, by what the car does according to `data`."""
        reading = data if isinstance(data, VehicleState) else self.vehicle_state
        activity = reading.activity(dt_util.utcnow()) if reading else Activity.ASLEEP
        intervals = self.account.polling_intervals.intervals if self.is_status else self.endpoint.intervals
        self.update_interval = next_interval(
            replace(self._poll_state, failures=self._failures),
            intervals.get(activity),
            push_interval=self.endpoint.push_intervals.get(activity) if self.endpoint.push_intervals else None,
            min_interval=min_poll_interval(self.account.client.budget, self.vehicle_count),
        )

    @callback
    def _async_reschedule(self) -> None:
        self._async_set_interval(self.data)
        if self._listeners:
            self._schedule_refresh()

    @callback
    def async_set_fast_polling(self, *, enabled: bool) -> None:
        """Poll every few seconds from now on, or once more and then as usual."""
        fast_polling = FastPolling.ON if enabled else FastPolling.ONCE
        self._async_update_poll_state(fast_polling=fast_polling, is_suspended=False)
        self._async_set_interval(self.data)
        self._schedule_refresh()

    @callback
    def async_handle_status_change(self, old: VehicleState | None, new: VehicleState) -> None:
        """Poll when a new status of the car says that this endpoint has new data.

        Data that is pushed is polled later, once, in case its notification is lost.
        """
        if self.is_suspended or not self.endpoint.needs_refresh_fn(old, new):
            return
        if self.is_pushed:
            self._async_update_poll_state(retries_left=1)
            self._async_reschedule()
        else:
            self.async_refresh_with_retries()

    @callback
    def async_refresh_with_retries(self) -> None:
        """Poll now, and a few times more if the API does not have the expected data yet."""
        self._async_update_poll_state(retries_left=MAX_RETRIES)
        self.config_entry.async_create_background_task(self.hass, self.async_refresh(), f"{DOMAIN} announced")

    @callback
    def async_set_pushed_data(self, data: DataT) -> None:
        """Take data from a notification as if it had been polled."""
        self._failures = 0
        self._async_update_poll_state(retries_left=0, is_suspended=False)
        self.last_update = DataUpdate(source="push", received_at=dt_util.utcnow())
        self._async_set_interval(data)
        if data == self.data and self.last_update_success:
            self._schedule_refresh()  # unchanged data: the listeners are not called
        else:
            self.async_set_updated_data(data)

    @callback
    def async_set_push_active(self, *, active: bool) -> None:
        """Rely on notifications for this data, or no longer."""
        if self.endpoint.push_intervals is not None and active is not self.is_pushed:
            self._async_update_poll_state(is_pushed=active)
            self._async_reschedule()
