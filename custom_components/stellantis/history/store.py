"""What is kept of an account's cars across restarts: trips, charges, and what was already told."""

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
from mashumaro import DataClassDictMixin

from ..const import DOMAIN
from ..vehicle.charging_session import ActiveSession, ChargingSession
from ..vehicle.command import Command, CommandResult
from ..vehicle.trip import TripRecord

_LOGGER = logging.getLogger(__name__)

STORAGE_VERSION: Final = 1
SAVE_DELAY: Final = 10.0
# Years of driving; of what is older only the sums are kept
MAX_TRIPS: Final = 5000
MAX_CHARGING_SESSIONS: Final = 2000
MAX_COMMAND_RESULTS: Final = 50


@dataclass(slots=True, kw_only=True)
class EventCursor(DataClassDictMixin):
    """What was told of a kind of record.

    Attributes:
        read: whether it was read at all; what was there at first is no news.
        since: from when on to ask: what is older is over, and was told. It never goes back, for what was told and is
            listed no longer would be told again.
        seen: what the last answer held, by id; with its kind, what was active.
    """

    initialized: bool = False
    since: datetime | None = None
    seen: dict[str, str | None] = field(default_factory=dict)

    def advance(self, since: datetime) -> None:
        """Ask from a later time on."""
        self.since = max(self.since or since, since)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLimitRecord(DataClassDictMixin):
    """A charge limit.

    Attributes:
        level: % at which a charge is stopped.
        enabled: whether it is.
        obeyed: whether it was, since the car was plugged in.
        mileage: what the odometer showed then, in km.
    """

    level: int = 80
    enabled: bool = False
    applied: bool = False
    mileage: float | None = None


@dataclass(slots=True, kw_only=True)
class CarStore(DataClassDictMixin):
    """What is kept of a car.

    Attributes:
        trips: those that have ended, in the order of their ends.
        charges: those that have ended, in the order of their ends.
        charge: the one that is under way.
        folded: by quantity, the sum of what was kept no longer.
        changed_since: the start of the first trip or charge that the statistics do not know yet.
        trips_read: whether the history that the API has was read to its end.
        alerts: what was told of them.
        alarms: what was told of them.
        limit: at which charges are stopped.
        command: the one that is under way.
        commands: what came of the last ones, the latest last.
        wake_ups: by month, how often the car was woken; only the last month in which it was.
    """

    trips: list[TripRecord] = field(default_factory=list)
    charging_sessions: list[ChargingSession] = field(default_factory=list)
    active_session: ActiveSession | None = None
    archived_totals: dict[str, float] = field(default_factory=dict)
    statistics_dirty_since: datetime | None = None
    history_complete: bool = False
    alert_cursor: EventCursor = field(default_factory=EventCursor)
    alarm_cursor: EventCursor = field(default_factory=EventCursor)
    charge_limit: ChargeLimitRecord = field(default_factory=ChargeLimitRecord)
    current_command: Command | None = None
    command_results: list[CommandResult] = field(default_factory=list)
    wake_ups: dict[str, int] = field(default_factory=dict)

    def add_trips(self, trips: Iterable[TripRecord]) -> list[TripRecord]:
        """Keep trips, the latest word on each; return those that were not known."""
        known = {trip.id: trip for trip in self.trips}
        # What is older than all that is kept is in the sums, if it was ever told
        first = _sort_key(self.trips[0]) if self.trips and "distance" in self.archived_totals else None
        new: dict[str, TripRecord] = {}
        for told in trips:
            old = known.get(told.id)
            if old is None and first and _sort_key(told) < first:
                continue
            trip = told if old is None else _merge_trip(old, told)
            if old is None or told.id in new:
                new[told.id] = trip
            if trip != old:
                self._mark_dirty(trip.start if old is None else min(old.start, trip.start))
            known[trip.id] = trip
        self.trips = sorted(known.values(), key=_sort_key)
        for gone in self.trips[:-MAX_TRIPS]:
            self._archive(distance=gone.distance, duration=gone.hours, electricity=gone.electricity, fuel=gone.fuel)
            self._archive(driving_cost=gone.cost)
        self.trips = self.trips[-MAX_TRIPS:]
        return sorted(new.values(), key=_sort_key)

    def add_charging_session(self, session: ChargingSession) -> None:
        """Keep a charge that has ended."""
        charges = [*self.charging_sessions, session]
        self._mark_dirty(session.start)
        for gone in charges[:-MAX_CHARGING_SESSIONS]:
            self._archive(charged=gone.energy, charging_cost=gone.cost)
        self.charging_sessions = charges[-MAX_CHARGING_SESSIONS:]

    def add_command_result(self, result: CommandResult, month: str) -> None:
        """Keep what came of a command, which is no longer under way."""
        self.current_command = None
        self.command_results = [*self.command_results, result][-MAX_COMMAND_RESULTS:]
        if result.woke_vehicle:
            self.wake_ups = {month: self.wake_ups.get(month, 0) + 1}

    def _mark_dirty(self, start: datetime) -> None:
        self.statistics_dirty_since = min(self.statistics_dirty_since or start, start)

    def _archive(self, **amounts: float | None) -> None:
        # A new one each time, as the lists are: the old may be read in another thread
        more = {name: self.archived_totals.get(name, 0.0) + (amount or 0.0) for name, amount in amounts.items()}
        self.archived_totals = {**self.archived_totals, **more}


def _sort_key(trip: TripRecord) -> tuple[datetime, str]:
    return trip.end, trip.id


def _merge_trip(old: TripRecord, new: TripRecord) -> TripRecord:
    """Return the latest word on a trip, with what was known before and is not told now.

    What it cost was reckoned when it ended, and stays. The capacity of the battery, by which electricity is estimated,
    is credible at times only.
    """
    return replace(
        new,
        electricity=old.electricity if new.electricity is None else new.electricity,
        fuel=old.fuel if new.fuel is None else new.fuel,
        cost=new.cost if old.cost is None else old.cost,
    )


class StellantisStore:
    """The ledger of an entry. It is written some seconds after a change, and when Home Assistant stops.

    Years of driving take a while to read and to write: that is done outside the event loop.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._hass = hass
        self._store = Store[dict[str, Any]](
            hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}", private=True, serialize_in_event_loop=False
        )
        self._cars: dict[str, CarStore] = {}

    async def async_load(self) -> None:
        """Read what was kept. What cannot be read is set aside: it costs what it held, never the set-up."""
        try:
            kept = await self._store.async_load() or {}
            self._cars = await self._hass.async_add_executor_job(_deserialize, kept)
        except (HomeAssistantError, ValueError, LookupError, TypeError, AttributeError) as err:
            _LOGGER.warning(
                "What was kept of the cars cannot be read (%s). It is set aside as %s, and begun anew",
                type(err).__name__,  # what it says may hold a place
                self._backup_path.name,
            )
            await self._hass.async_add_executor_job(self._move_corrupt)

    @property
    def vins(self) -> Collection[str]:
        """The cars of which something is kept."""
        return self._cars.keys()

    @property
    def _backup_path(self) -> Path:
        return Path(f"{self._store.path}.broken")

    def _move_corrupt(self) -> None:
        with suppress(OSError):
            Path(self._store.path).replace(self._backup_path)

    def get_car(self, vin: str) -> CarStore:
        """Return what is kept of a car; call `async_changed` after a change."""
        return self._cars.setdefault(vin, CarStore())

    @callback
    def async_schedule_save(self) -> None:
        """Have the ledger written soon."""
        self._store.async_delay_save(self._serialize, SAVE_DELAY)

    async def async_save(self) -> None:
        """Write the ledger now."""
        await self._store.async_save(await self._hass.async_add_executor_job(self._serialize))

    async def async_remove(self) -> None:
        """Forget everything."""
        await self._store.async_remove()
        await self._hass.async_add_executor_job(partial(self._backup_path.unlink, missing_ok=True))

    def _serialize(self) -> dict[str, Any]:
        return {vin: car.to_dict() for vin, car in self._cars.copy().items()}


def _deserialize(data: dict[str, Any]) -> dict[str, CarStore]:
    return {vin: CarStore.from_dict(car) for vin, car in data.items()}
