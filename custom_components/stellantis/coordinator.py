"""Reading: one generic coordinator, a table of what it reads, and the place where failures become Home Assistant's."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
import logging
from typing import Any, Final, override

from homeassistant.components.zone import async_active_zone
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .api import (
    Forbidden,
    GrantExpired,
    Maintenance,
    NoData,
    NoVehicle,
    RateLimited,
    StellantisClient,
    StellantisError,
    TimeRange,
    Vehicle,
    VehicleExtension,
    newest,
)
from .charging import advance, capacity
from .const import DOMAIN
from .errors import reason
from .ledger import CarLedger, Ledger, Told
from .prices import Prices
from .reading import Activity, Reading
from .records import Alarms, Alerts, Charges, Trips, alarms_of, alerts_of, charges_of, trips_of
from .rhythm import Rhythm, affordable
from .trips import TripRecord, trip_record

_LOGGER = logging.getLogger(__name__)

# After this many failures in a row, what a server told earlier is no longer shown
FAILURES_UNTIL_UNAVAILABLE: Final = 3
VEHICLES_INTERVAL: Final = timedelta(hours=6)
# Who answers that there is nothing of the kind is not asked again for so long
REST: Final = timedelta(days=1)
# What was announced and is not there yet is asked for again, so often
AGAIN: Final = timedelta(minutes=10)
TRIES: Final = 3
# What happened can reach the platform late
OVERLAP: Final = timedelta(days=1)


def home_assistant_error(err: StellantisError) -> HomeAssistantError:
    """Return the failure in Home Assistant's terms: only a dead grant asks for consent, all else is tried again."""
    key = reason(err)
    if isinstance(err, GrantExpired):
        return ConfigEntryAuthFailed(translation_domain=DOMAIN, translation_key=key)
    retry_after = err.retry_after if isinstance(err, RateLimited) else None
    return UpdateFailed(translation_domain=DOMAIN, translation_key=key, retry_after=retry_after)


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
    """

    key: str
    read: Callable[[EndpointCoordinator[DataT]], Awaitable[DataT]]
    intervals: Mapping[Activity, timedelta]
    scope: str = "data:telemetry"
    announced: Callable[[Reading | None, Reading], bool] = lambda _old, _new: False
    late: bool = False


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
        self._status = status
        self._tries = TRIES if status else 0

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
        before, self.resting, self._tries = self.data, False, max(0, self._tries - 1)
        try:
            data = await self.endpoint.read(self)
        except NoData:
            if self.is_status and not self.told:
                self.resting = True
                raise
            self.resting = not self.told  # not every car has everything: no fault
            return self.data
        except Forbidden:
            if self.is_status:
                raise
            self.resting = True
            return self.data
        else:
            if before is None or not self.endpoint.late or getattr(data, "news", None):
                self._tries = 0
            return data
        finally:
            self.update_interval = self._pause()

    def _pause(self) -> timedelta | None:
        """Return how long to wait until the next look."""
        if self.resting:
            return REST
        reading = self.reading
        activity = reading.activity(dt_util.utcnow()) if reading else Activity.PARKED  # soon known, it is hoped
        usual = (self.account.rhythm.intervals if self.is_status else self.endpoint.intervals).get(activity)
        if self._tries:
            usual = min(usual or AGAIN, AGAIN)
        return usual and max(usual, affordable(self.account.client.budget, self.cars))

    @callback
    def async_announce(self, old: Reading | None, new: Reading) -> None:
        """Look at once when a new reading of the car says that there is something to be read, or soon when it wakes."""
        if self.endpoint.announced(old, new):
            self._tries = TRIES
            self.config_entry.async_create_background_task(self.hass, self.async_refresh(), f"{DOMAIN} announced")
        elif self.update_interval and (pause := self._pause()) and pause < self.update_interval:
            self.update_interval = pause
            self._schedule_refresh()


async def _read_status(of: EndpointCoordinator[Reading]) -> Reading:
    status = await of.account.client.status(of.vehicle_id)
    known = of.data.status if of.told else None
    return Reading.at(dt_util.utcnow(), of.vehicle, newest(known, status))


async def _read_maintenance(of: EndpointCoordinator[Maintenance]) -> Maintenance:
    return await of.account.client.maintenance(of.vehicle_id)


async def _read_alerts(of: EndpointCoordinator[Alerts]) -> Alerts:
    told = of.ledger.alerts
    alerts = alerts_of(told, await _news(of, told, of.account.client.alerts(of.vehicle_id, timestamps=_since(told))))
    of.account.ledger.async_changed()
    return alerts


async def _read_alarms(of: EndpointCoordinator[Alarms]) -> Alarms:
    told = of.ledger.alarms
    alarms = alarms_of(told, await _news(of, told, of.account.client.alarms(of.vehicle_id, timestamps=_since(told))))
    of.account.ledger.async_changed()
    return alarms


def _since(told: Told) -> Sequence[TimeRange]:
    return [TimeRange(start=told.since - OVERLAP)] if told.since else ()


async def _news[RecordT](of: EndpointCoordinator[Any], told: Told, listed: AsyncIterator[RecordT]) -> list[RecordT]:
    """Return what is listed. Where there is nothing, whatever comes is news, and what there was is over."""
    try:
        return [record async for record in listed]
    except NoData:
        told.read = True
        of.account.ledger.async_changed()
        if of.told or told.seen:
            return []
        raise


async def _read_trips(of: EndpointCoordinator[Trips]) -> Trips:
    """Read on from the last trip that is known; at first, all that there is, in whatever order it comes."""
    ledger, prices, reading, now = of.ledger, of.account.prices, of.reading, dt_util.utcnow()
    was_read, known = ledger.trips_read, ledger.trips
    since = [TimeRange(start=min(known[-1].end, now) - OVERLAP)] if known else []
    if known and not was_read:
        since.append(TimeRange(end=known[0].end + OVERLAP))
    burns, holds = reading is None or reading.burns, capacity(reading) if reading else None
    records: list[TripRecord | None] = []
    failure: StellantisError | None = None
    try:
        async for trip in of.account.client.trips(of.vehicle_id, timestamps=since):
            recent = trip.stopped_at is not None and now - trip.stopped_at < OVERLAP
            electricity, fuel = (prices.electricity, prices.fuel) if recent else (None, None)
            records.append(
                trip_record(trip, burns=burns, capacity=holds, electricity_price=electricity, fuel_price=fuel)
            )
    except StellantisError as err:
        if was_read:
            raise  # news that was read in part is news the next time
        failure = err  # of a long history, what came is kept
    new = ledger.add_trips(record for record in records if record)
    of.account.ledger.async_changed()
    if failure:
        raise failure
    ledger.trips_read = True
    return trips_of(ledger, new if was_read else (), priced=prices.has_any)


async def _read_charges(of: EndpointCoordinator[Charges]) -> Charges:
    """Follow the charging from reading to reading; nothing is asked for."""
    ledger, prices, reading = of.ledger, of.account.prices, of.reading
    if reading is None or reading.electric is None:
        raise NoData("no traction battery is known of")
    position, place = reading.position, None
    if position and position.latitude is not None and position.longitude is not None:
        zone = async_active_zone(of.hass, position.latitude, position.longitude)
        place = zone.name if zone else None
    before, ended_at = ledger.charge, ledger.charges[-1].end if ledger.charges else None
    ledger.charge, ended = advance(before, reading, place=place, price=prices.electricity, ended_at=ended_at)
    if ended:
        ledger.add_charge(ended)
    if ledger.charge != before:
        of.account.ledger.async_changed()
    return charges_of(ledger, ended, priced=prices.has_electricity)


def _drive_ended(old: Reading | None, new: Reading) -> bool:
    """Say whether the car was driven since the last look and is not driven now."""
    if old is None or new.drives:
        return False
    return old.drives or (old.mileage is not None and new.mileage is not None and new.mileage > old.mileage)


def _alarm_changed(old: Reading | None, new: Reading) -> bool:
    return old is not None and _alarm(old) != _alarm(new)


def _alarm(reading: Reading) -> tuple[object, ...]:
    """Return what the status says of the alarm, without when it was last said."""
    status, trigger = (alarm.status, alarm.trigger) if (alarm := reading.status.alarm) else (None, None)
    return status and status.activation, trigger and trigger.type, trigger and trigger.start_at


def _charging_changed(old: Reading | None, new: Reading) -> bool:
    return old is None or old.electric != new.electric


STATUS: Final = Endpoint[Reading](key="status", read=_read_status, intervals={})
MAINTENANCE: Final = Endpoint[Maintenance](
    key="maintenance",
    read=_read_maintenance,
    intervals=dict.fromkeys(Activity, timedelta(hours=12)),
    announced=_drive_ended,
)
ALERTS: Final = Endpoint[Alerts](
    key="alerts",
    read=_read_alerts,
    intervals={
        Activity.ACTIVE: timedelta(minutes=15),
        Activity.PARKED: timedelta(hours=1),
        Activity.ASLEEP: timedelta(hours=6),
    },
    scope="data:alert",
    announced=_drive_ended,
)
ALARMS: Final = Endpoint[Alarms](
    key="alarms",
    read=_read_alarms,
    intervals=dict.fromkeys(Activity, timedelta(hours=12)),
    announced=_alarm_changed,
    late=True,
)
TRIPS: Final = Endpoint[Trips](
    key="trips",
    read=_read_trips,
    intervals=dict.fromkeys(Activity, timedelta(hours=12)),
    scope="data:trip",
    announced=_drive_ended,
    late=True,
)
CHARGES: Final = Endpoint[Charges](key="charges", read=_read_charges, intervals={}, announced=_charging_changed)

# What is read of a car beside its status
RECORDS: Final[tuple[Endpoint[Any], ...]] = (MAINTENANCE, ALERTS, ALARMS, TRIPS, CHARGES)
