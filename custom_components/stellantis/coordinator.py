"""All coordinators of the integration."""

from abc import abstractmethod
import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
import logging
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .account import AccountContext
from .api import Forbidden, GrantExpired, NoData, NoVehicle, RateLimited, StellantisError, Vehicle, VehicleExtension
from .errors import as_update_error
from .history.store import CarStore
from .polling import (
    FAILURES_UNTIL_UNAVAILABLE,
    DataUpdate,
    FastPolling,
    PollState,
    is_valid,
    min_poll_interval,
    next_interval,
)
from .vehicle.listed import Absence, VehicleList, collect_vehicles
from .vehicle.parts import PartListeners
from .vehicle.programs import time_until_charge
from .vehicle.state import Activity, VehicleState

_LOGGER = logging.getLogger(__name__)
VEHICLES_INTERVAL: Final = timedelta(hours=6)


class StellantisCoordinator[DataT](DataUpdateCoordinator[DataT]):
    """Base class of all coordinators; becomes unavailable only after several failed updates."""

    config_entry: ConfigEntry[Any]
    last_update: DataUpdate | None = None
    is_local = False

    def __init__(self, account: AccountContext, *, name: str, interval: timedelta | None) -> None:
        super().__init__(
            account.hass, _LOGGER, config_entry=account.entry, name=name, update_interval=interval, always_update=False
        )
        self.account = account
        self._interval = interval
        # Failed polls in a row, without and with those that exceeded the rate limit
        self._failures = self._failed_polls = 0
        # At the last call of the listeners: whether data was valid, the last update successful, and more of a subclass
        self._told: tuple[object, ...] = (True, True)
        self._refresh_lock = asyncio.Lock()
        self._is_refresh_waiting = False

    @property
    def has_data(self) -> bool:
        """Whether data has been received at least once."""
        return self.data is not None

    @property
    def available(self) -> bool:
        """Whether the data is still valid."""
        return not self._failures or is_valid(self._failures, self.last_update, dt_util.utcnow())

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Call the listeners."""
        self._told = (self.available, self.last_update_success)
        super().async_update_listeners()

    @callback
    def async_refresh_soon(self) -> None:
        """Refresh in the background; any number of calls cause one refresh after the one that is running."""
        if not self._is_refresh_waiting:
            self._is_refresh_waiting = True
            self.config_entry.async_create_background_task(self.hass, self._async_refresh_next(), self.name)

    async def _async_refresh_next(self) -> None:
        async with self._refresh_lock:
            self._is_refresh_waiting = False
            await self.async_refresh()

    @abstractmethod
    async def _async_fetch(self) -> DataT:
        """Fetch the data from the API.

        Raises:
            StellantisError: the data could not be fetched.
        """

    @override
    async def _async_update_data(self) -> DataT:
        recovery, data = self.account.recovery, None
        failures, self._failures, self._failed_polls = self._failures, self._failures + 1, self._failed_polls + 1
        try:
            data = await self._async_fetch()
        except StellantisError as err:
            if isinstance(err, RateLimited):
                self._failures = failures  # a rate limit does not make data invalid
            elif isinstance(err, GrantExpired):
                self._failures = max(self._failures, FAILURES_UNTIL_UNAVAILABLE)
            # The base class logs a failure after a success. Only the first one of the account is logged
            self.last_update_success = not recovery.has_failed()
            recovery.async_poll_failed(self, err)
            raise as_update_error(err) from err
        else:
            has_failed, self._failures, self._failed_polls = recovery.has_failed(self), 0, 0
            if not self.is_local:
                recovery.async_poll_succeeded(self)
            if has_failed:
                # The base class logs a success after a failure. Only that of the last failed endpoint is logged
                self.last_update_success = recovery.has_failed()
        finally:
            self._async_set_interval(self.data if data is None else data)
            if self._told[0] and not self.available and not self.last_update_success:
                # The base class calls the listeners after the first failure only
                self.async_update_listeners()
        return data

    @callback
    def _async_set_interval(self, data: DataT) -> None:  # noqa: ARG002 - for subclasses
        """Set the time until the next poll, by the latest data, which may not be the coordinator's data yet."""
        is_waiting = self.account.recovery.is_waiting(self)
        state = PollState(retries_left=0, failures=self._failed_polls, is_waiting=is_waiting)
        self.update_interval = next_interval(state, self._interval)

    @callback
    def async_reschedule(self) -> None:
        """Schedule the next poll, or none while this endpoint waits for the server."""
        self._async_set_interval(self.data)
        self._async_unsub_refresh()
        if self._listeners:
            self._schedule_refresh()

    @callback
    def async_count_failure(self) -> None:
        """Count a failed poll of another endpoint as one of this endpoint, which waits for the server."""
        self._failures += 1
        if self._told[0] and not self.available:
            self.last_update_success = False
            self.async_update_listeners()

    @override
    async def async_shutdown(self) -> None:
        """Stop polling."""
        self.account.recovery.async_forget(self)
        await super().async_shutdown()


class VehiclesCoordinator(StellantisCoordinator[VehicleList]):
    """Coordinator of the account's list of cars, with their capabilities, branding and pictures."""

    def __init__(self, account: AccountContext) -> None:
        super().__init__(account, name=f"{account.entry.title} vehicles", interval=VEHICLES_INTERVAL)
        self._absence = Absence()

    @override
    async def _async_fetch(self) -> VehicleList:
        vehicles = self.account.client.vehicles(extensions=VehicleExtension, locale=self.hass.config.language)
        listed = await collect_vehicles(vehicles)
        self._absence = self._absence.next(is_empty=not listed, now=self.hass.loop.time())
        if not listed and not (self.has_data and self._absence.is_certain):
            raise NoVehicle("The account has no vehicle")
        vins = {vehicle.id: vin for vin, vehicle in self.data.vehicles.items()} if self.has_data else {}
        distinct = await self.account.client.without_duplicates(listed, vins)
        found = VehicleList.from_listed(distinct, vins)
        return replace(found, vehicles=self.account.store.async_remember_capabilities(found.vehicles))


class MonitorsCoordinator(StellantisCoordinator[int]):
    """Coordinator of the account's monitors; its data is the number of our own. Each synchronization sets the next."""

    def __init__(self, account: AccountContext, sync_fn: Callable[[], Awaitable[int]]) -> None:
        super().__init__(account, name=f"{account.entry.title} monitors", interval=None)
        self._sync_fn = sync_fn

    @override
    async def _async_fetch(self) -> int:
        return await self._sync_fn()

    @callback
    @override
    def _async_set_interval(self, data: int) -> None:
        self.update_interval = None if self.account.recovery.is_waiting(self) else self._interval

    @callback
    def async_set_interval(self, interval: timedelta | None) -> None:
        """Set the time until the next synchronization, from now; None if it only runs when requested."""
        self._interval = interval
        self.async_reschedule()


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointDescription[DataT]:
    """Data of a car that one coordinator fetches.

    Attributes:
        key: the name of the endpoint.
        fetch_fn: fetches the data and merges it with the coordinator's earlier data; raises StellantisError.
        intervals: the polling interval for each activity of the car; an activity that is missing is not polled.
        scope: the OAuth scope that the endpoint requires.
        needs_refresh_fn: compares the last two states of the car; True means that this endpoint has new data.
        retry_if_empty: whether to retry if that new data is not available yet.
        push_intervals: the minimum polling intervals while push is relied on; None if the data is not pushed.
        budget_share: the share of the daily request limit for this endpoint of all cars; 0 if it sends none.
    """

    key: str
    fetch_fn: Callable[[EndpointCoordinator[DataT]], Awaitable[DataT]]
    intervals: Mapping[Activity, timedelta]
    scope: str = "data:telemetry"
    needs_refresh_fn: Callable[[VehicleState | None, VehicleState], bool] = lambda _old, _new: False
    retry_if_empty: bool = False
    push_intervals: Mapping[Activity, timedelta] | None = None
    budget_share: float = 0.0


class EndpointCoordinator[DataT](StellantisCoordinator[DataT]):
    """Coordinator of one endpoint of one car.

    Attributes:
        vehicle: the car as the account lists it.
        last_response: the last response of the API, before it was merged.
        shown_fn: adds the effects of commands that the data does not contain yet.
    """

    def __init__(
        self,
        account: AccountContext,
        vehicle: Vehicle,
        vin: str,
        endpoint: EndpointDescription[DataT],
        status_coordinator: EndpointCoordinator[VehicleState] | None = None,
    ) -> None:
        # The name is logged, so it must contain neither VIN nor id
        super().__init__(account, name=f"{vehicle.label or account.entry.title} {endpoint.key}", interval=None)
        self.vehicle = vehicle
        self.vin = vin
        self.endpoint = endpoint
        self.is_local = not endpoint.budget_share
        self.last_response: object = None
        self._status_coordinator = status_coordinator
        self._poll_state, self._is_confirmed = PollState(), True
        self._poll_listeners: list[Callable[[float], None]] = []
        self._last_data, self._part_listeners = self.data, PartListeners()  # at the last call of the listeners
        self.shown_fn: Callable[[DataT], DataT] = lambda data: data

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

    @callback
    def async_add_poll_listener(self, listener: Callable[[float], None]) -> CALLBACK_TYPE:
        """Call `listener` after each poll, with the event loop's time of its begin; return an unsubscribe function."""
        self._poll_listeners = [*self._poll_listeners, listener]
        return lambda: self._poll_listeners.remove(listener)

    @property
    def shown_data(self) -> DataT:
        """The data that entities show."""
        return self.shown_fn(self.data)

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Call the listeners; after new data, only those of parts that have changed. A context returns the part.

        Otherwise something else has changed: the availability, or what the car supports or shows.
        """
        shown = self.shown_data if self.has_data else None
        told, self._told = self._told, (self.available, self.last_update_success, self.vehicle, shown is self.data)
        is_data_new, self._last_data = self.data != self._last_data, self.data
        # Some listeners read what was reported, not what is shown: if these differ, their parts may change apart
        is_any_part = not is_data_new or shown is not self.data or self._told != told
        for listener in self._part_listeners.select(self._listeners, shown, is_any_part=is_any_part):
            try:
                listener()
            except Exception:
                _LOGGER.exception("Unexpected error updating a listener of %s", self.name)

    @property
    def vehicle_id(self) -> str:
        """The API's id of the car."""
        assert self.vehicle.id is not None  # noqa: S101 - a car without an id gets no coordinator
        return self.vehicle.id

    @property
    def car_store(self) -> CarStore:
        """The stored data of the car."""
        return self.account.store.get_car(self.vin)

    @property
    def vehicle_state(self) -> VehicleState | None:
        """The state of the car; None before the first status."""
        return (self._status_coordinator or self).data  # type: ignore[return-value] # the data of the status endpoint

    @override
    async def _async_fetch(self) -> DataT:
        began, self._poll_state, self._is_confirmed = self.hass.loop.time(), self._poll_state.before_poll(), False
        try:
            data = await self.endpoint.fetch_fn(self)
        except NoData:
            if self.is_status and not self.has_data:
                self._poll_state = replace(self._poll_state, is_suspended=True)
                raise
            # Not every car has all data, which is no failure. Data that disappeared is polled at the usual interval
            has_data, state = self.has_data, self._poll_state
            self._poll_state = state.after_poll(is_missing=False) if has_data else replace(state, is_suspended=True)
            return self.data
        except Forbidden:
            if self.is_status:
                raise
            self._poll_state = replace(self._poll_state, is_suspended=True)
            return self.data
        self.last_update = DataUpdate(source="poll", received_at=dt_util.utcnow())
        for listener in self._poll_listeners:  # they are called when the base class has stored the data
            self.hass.loop.call_soon(listener, began)
        # Without a new event, the expected data is not available yet
        is_missing = self.endpoint.retry_if_empty and not getattr(data, "new_events", None)
        self._poll_state, self._is_confirmed = self._poll_state.after_poll(is_missing=is_missing), True
        return data

    @callback
    @override
    def _async_set_interval(self, data: DataT) -> None:
        state, account = data if isinstance(data, VehicleState) else self.vehicle_state, self.account
        activity = state.activity(dt_util.utcnow()) if state else Activity.ASLEEP
        intervals = account.polling_intervals.intervals if self.is_status else self.endpoint.intervals
        poll_state, is_waiting, shared = self._poll_state, account.recovery.is_waiting(self), account.shared_budget
        if self._failed_polls or is_waiting or not self._is_confirmed:
            poll_state = replace(
                poll_state, failures=self._failed_polls, is_waiting=is_waiting, is_confirmed=self._is_confirmed
            )
        self.update_interval = next_interval(
            poll_state,
            intervals.get(activity),
            push_interval=self.endpoint.push_intervals.get(activity) if self.endpoint.push_intervals else None,
            min_interval=min_poll_interval(shared.budget, shared.vehicle_count, self.endpoint.budget_share),
            expected_in=time_until_charge(state) if state and self.is_status else None,
        )

    @callback
    def async_set_fast_polling(self, *, enabled: bool) -> None:
        """Enable or disable fast polling; after it is disabled, poll fast once more."""
        fast_polling = FastPolling.ON if enabled else FastPolling.ONCE
        self._poll_state = replace(self._poll_state, fast_polling=fast_polling, is_suspended=False)
        self._async_set_interval(self.data)
        self._schedule_refresh()

    @callback
    def async_handle_status_change(self, old: VehicleState | None, new: VehicleState) -> None:
        """Poll if the new state shows new data of this endpoint; with push only later, in case nothing is pushed."""
        is_first_poll_due = self.last_update is None and not self._failed_polls
        if self.is_suspended or is_first_poll_due or not self.endpoint.needs_refresh_fn(old, new):
            return
        if self.is_pushed:
            self._poll_state = self._poll_state.expect_data(retries=1)
            self.async_reschedule()
        else:
            self.async_refresh_with_retries()

    @callback
    def async_refresh_with_retries(self) -> None:
        """Poll now, and retry while the expected data is not available yet."""
        self._poll_state = self._poll_state.expect_data()
        self.async_refresh_soon()

    @callback
    def async_set_pushed_data(self, data: DataT) -> None:
        """Set data from a notification as if it had been polled."""
        self._failures = 0
        self._poll_state = replace(self._poll_state, retries_left=0, late_retries_left=0, is_suspended=False)
        self.last_update = DataUpdate(source="push", received_at=dt_util.utcnow())
        self._async_set_interval(data)
        if data == self.data and self.last_update_success:
            self._schedule_refresh()  # unchanged data: the listeners are not called
        else:
            self.async_set_updated_data(data)

    @callback
    def async_set_push_active(self, *, active: bool) -> None:
        """Set whether to rely on notifications for this data."""
        if self.endpoint.push_intervals is not None and active is not self.is_pushed:
            self._poll_state = replace(self._poll_state, is_pushed=active)
            self.async_reschedule()
