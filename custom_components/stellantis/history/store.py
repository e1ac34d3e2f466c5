"""The store of an account's cars: trips, charging sessions, commands, and cursors of already reported events."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
import logging
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store

from ..const import DOMAIN
from ..vehicle.charging_session import ActiveSession, BatterySample, ChargingSession
from ..vehicle.command import Command, CommandResult
from ..vehicle.stored import StoredModel, stored_as
from ..vehicle.trip import TripRecord

_LOGGER = logging.getLogger(__name__)

STORAGE_VERSION: Final = 1
SAVE_DELAY: Final = 10.0  # seconds
# Several years of driving; older records are only kept as totals
MAX_TRIPS: Final = 5000
MAX_CHARGING_SESSIONS: Final = 2000
MAX_COMMAND_RESULTS: Final = 50


@dataclass(slots=True, kw_only=True)
class EventCursor(StoredModel):
    """The position up to which events of one kind, alerts or alarms, have been reported.

    Attributes:
        initialized: Whether the first update, which reports nothing, is done.
        since: Start time of the next query. It never moves back, or events would be reported twice.
        seen: IDs in the last response; the value is the key of an active alert, else None.
    """

    initialized: bool = field(default=False, metadata=stored_as("read"))
    since: datetime | None = None
    seen: dict[str, str | None] = field(default_factory=dict)

    def advance(self, since: datetime) -> None:
        """Move the start time of the next query forward."""
        self.since = max(self.since or since, since)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLimitRecord(StoredModel):
    """A charge limit.

    Attributes:
        level: Battery level in % at which charging is stopped.
        enabled: Whether the limit is on.
        applied: Whether charging has been stopped since the car was plugged in.
        mileage: Odometer reading at that time, in km.
    """

    level: int = 80
    enabled: bool = False
    applied: bool = field(default=False, metadata=stored_as("obeyed"))
    mileage: float | None = None


@dataclass(slots=True, kw_only=True)
class CarStore(StoredModel):
    """The stored data of a car.

    Attributes:
        trips: Completed trips, sorted by their end.
        charging_sessions: Completed charging sessions, sorted by their end.
        active_session: The charging session that has not ended yet.
        battery_sample: What the car last reported of its traction battery.
        archived_totals: By key of a statistic, the total of the records that were dropped.
        statistics_dirty_since: Start of the first trip or charging session that is not in the statistics yet.
        history_complete: Whether all trips that the API has were read once.
        alert_cursor: The position in the alerts.
        alarm_cursor: The position in the alarms.
        charge_limit: The charge limit.
        current_command: The command that has not ended yet.
        late_commands: Commands that were given up, and whose end may still be reported.
        command_results: The results of the last commands, the latest last.
        wake_ups: By month, how often the car was woken up; only the last month in which it was.
    """

    trips: list[TripRecord] = field(default_factory=list)
    charging_sessions: list[ChargingSession] = field(default_factory=list, metadata=stored_as("charges"))
    active_session: ActiveSession | None = field(default=None, metadata=stored_as("charge"))
    battery_sample: BatterySample | None = None
    archived_totals: dict[str, float] = field(default_factory=dict, metadata=stored_as("folded"))
    statistics_dirty_since: datetime | None = field(default=None, metadata=stored_as("changed_since"))
    history_complete: bool = field(default=False, metadata=stored_as("trips_read"))
    alert_cursor: EventCursor = field(default_factory=EventCursor, metadata=stored_as("alerts"))
    alarm_cursor: EventCursor = field(default_factory=EventCursor, metadata=stored_as("alarms"))
    charge_limit: ChargeLimitRecord = field(default_factory=ChargeLimitRecord, metadata=stored_as("limit"))
    current_command: Command | None = field(default=None, metadata=stored_as("command"))
    late_commands: list[Command] = field(default_factory=list)
    command_results: list[CommandResult] = field(default_factory=list, metadata=stored_as("commands"))
    wake_ups: dict[str, int] = field(default_factory=dict)

    def add_trips(self, trips: Iterable[TripRecord]) -> list[TripRecord]:
        """Add or update trips, and return the new ones, sorted by their end."""
        trips_by_id = {trip.id: trip for trip in self.trips}
        # Older trips are already part of archived_totals
        oldest = _sort_key(self.trips[0]) if self.trips and "distance" in self.archived_totals else None
        added: dict[str, TripRecord] = {}
        for update in trips:
            stored = trips_by_id.get(update.id)
            if stored is None and oldest and _sort_key(update) < oldest:
                continue
            trip = update if stored is None else _merge_trip(stored, update)
            if stored is None or update.id in added:
                added[update.id] = trip
            if trip != stored:
                self._mark_dirty(trip.start if stored is None else min(stored.start, trip.start))
            trips_by_id[trip.id] = trip
        self.trips = sorted(trips_by_id.values(), key=_sort_key)
        for trip in self.trips[:-MAX_TRIPS]:
            self._archive(distance=trip.distance, duration=trip.hours, electricity=trip.electricity, fuel=trip.fuel)
            self._archive(driving_cost=trip.cost)
        self.trips = self.trips[-MAX_TRIPS:]
        return sorted(added.values(), key=_sort_key)

    def add_charging_session(self, session: ChargingSession) -> None:
        """Add a charging session that has ended."""
        sessions = [*self.charging_sessions, session]
        self._mark_dirty(session.start)
        for dropped in sessions[:-MAX_CHARGING_SESSIONS]:
            self._archive(charged=dropped.energy, charging_cost=dropped.cost)
        self.charging_sessions = sessions[-MAX_CHARGING_SESSIONS:]

    def add_command_result(self, result: CommandResult, month: str) -> None:
        """Add the result of a command."""
        self.command_results = [*self.command_results, result][-MAX_COMMAND_RESULTS:]
        if result.woke_vehicle:
            self.wake_ups = {month: self.wake_ups.get(month, 0) + 1}

    def _mark_dirty(self, start: datetime) -> None:
        self.statistics_dirty_since = min(self.statistics_dirty_since or start, start)

    def _archive(self, **amounts: float | None) -> None:
        # Replaced, not changed, as the lists are: another thread may be reading the old one
        totals = {name: self.archived_totals.get(name, 0.0) + (amount or 0.0) for name, amount in amounts.items()}
        self.archived_totals = {**self.archived_totals, **totals}


def _sort_key(trip: TripRecord) -> tuple[datetime, str]:
    return trip.end, trip.id


def _merge_trip(stored: TripRecord, update: TripRecord) -> TripRecord:
    """Return an updated trip with missing values, and the original cost, of the stored one.

    The estimated electricity may be missing, because cars do not always report a credible battery capacity.
    """
    return replace(
        update,
        electricity=stored.electricity if update.electricity is None else update.electricity,
        fuel=stored.fuel if update.fuel is None else update.fuel,
        cost=update.cost if stored.cost is None else stored.cost,
    )


class StellantisStore:
    """The store of an entry. It is saved a few seconds after a change, and when Home Assistant stops.

    Years of trips take a while to read and write, therefore this runs outside the event loop.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._hass = hass
        self._store = Store[dict[str, Any]](
            hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}", private=True, serialize_in_event_loop=False
        )
        self._cars: dict[str, CarStore] = {}

    async def async_load(self) -> None:
        """Load the store. A corrupt file is moved away and replaced by an empty store, so that setup continues."""
        try:
            data = await self._store.async_load() or {}
            self._cars = await self._hass.async_add_executor_job(_deserialize, data)
        except (HomeAssistantError, ValueError, LookupError, TypeError, AttributeError) as err:
            _LOGGER.warning(
                "The stored data of the cars cannot be read (%s). It was moved to %s, and a new store was created",
                type(err).__name__,  # the message may contain a position
                self._backup_path.name,
            )
            await self._hass.async_add_executor_job(self._move_corrupt)

    @property
    def vins(self) -> Collection[str]:
        """The VINs of the stored cars."""
        return self._cars.keys()

    @property
    def _backup_path(self) -> Path:
        return Path(f"{self._store.path}.broken")

    def _move_corrupt(self) -> None:
        with suppress(OSError):
            Path(self._store.path).replace(self._backup_path)

    def get_car(self, vin: str) -> CarStore:
        """Return the stored data of a car; call `async_schedule_save` after changing it."""
        return self._cars.setdefault(vin, CarStore())

    @callback
    def async_schedule_save(self) -> None:
        """Save the store soon."""
        self._store.async_delay_save(self._serialize, SAVE_DELAY)

    async def async_save(self) -> None:
        """Save the store now."""
        await self._store.async_save(await self._hass.async_add_executor_job(self._serialize))

    async def async_remove(self) -> None:
        """Delete the store and its backup."""
        await self._store.async_remove()
        await self._hass.async_add_executor_job(partial(self._backup_path.unlink, missing_ok=True))

    def _serialize(self) -> dict[str, Any]:
        return {vin: car.to_dict() for vin, car in self._cars.copy().items()}


def _deserialize(data: dict[str, Any]) -> dict[str, CarStore]:
    return {vin: CarStore.from_dict(car) for vin, car in data.items()}
