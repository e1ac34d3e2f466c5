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
from ..vehicle.charging_session import ChargeRecord, OpenCharge
from ..vehicle.command import Command, Outcome
from ..vehicle.trip import TripRecord

_LOGGER = logging.getLogger(__name__)

VERSION: Final = 1
SAVE_DELAY: Final = 10.0
# Years of driving; of what is older only the sums are kept
MOST_TRIPS: Final = 5000
MOST_CHARGES: Final = 2000
MOST_COMMANDS: Final = 50


@dataclass(slots=True, kw_only=True)
class Told(DataClassDictMixin):
    """What was told of a kind of record.

    Attributes:
        read: whether it was read at all; what was there at first is no news.
        since: from when on to ask: what is older is over, and was told. It never goes back, for what was told and is
            listed no longer would be told again.
        seen: what the last answer held, by id; with its kind, what was active.
    """

    read: bool = False
    since: datetime | None = None
    seen: dict[str, str | None] = field(default_factory=dict)

    def go_on(self, since: datetime) -> None:
        """Ask from a later time on."""
        self.since = max(self.since or since, since)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRecord(DataClassDictMixin):
    """A charge limit.

    Attributes:
        level: % at which a charge is stopped.
        enabled: whether it is.
        obeyed: whether it was, since the car was plugged in.
        mileage: what the odometer showed then, in km.
    """

    level: int = 80
    enabled: bool = False
    obeyed: bool = False
    mileage: float | None = None


@dataclass(slots=True, kw_only=True)
class CarLedger(DataClassDictMixin):
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
    charges: list[ChargeRecord] = field(default_factory=list)
    charge: OpenCharge | None = None
    folded: dict[str, float] = field(default_factory=dict)
    changed_since: datetime | None = None
    trips_read: bool = False
    alerts: Told = field(default_factory=Told)
    alarms: Told = field(default_factory=Told)
    limit: LimitRecord = field(default_factory=LimitRecord)
    command: Command | None = None
    commands: list[Outcome] = field(default_factory=list)
    wake_ups: dict[str, int] = field(default_factory=dict)

    def add_trips(self, trips: Iterable[TripRecord]) -> list[TripRecord]:
        """Keep trips, the latest word on each; return those that were not known."""
        known = {trip.id: trip for trip in self.trips}
        # What is older than all that is kept is in the sums, if it was ever told
        first = _order(self.trips[0]) if self.trips and "distance" in self.folded else None
        new: dict[str, TripRecord] = {}
        for told in trips:
            old = known.get(told.id)
            if old is None and first and _order(told) < first:
                continue
            trip = told if old is None else _latest(old, told)
            if old is None or told.id in new:
                new[told.id] = trip
            if trip != old:
                self._changed(trip.start if old is None else min(old.start, trip.start))
            known[trip.id] = trip
        self.trips = sorted(known.values(), key=_order)
        for gone in self.trips[:-MOST_TRIPS]:
            self._fold(distance=gone.distance, duration=gone.hours, electricity=gone.electricity, fuel=gone.fuel)
            self._fold(driving_cost=gone.cost)
        self.trips = self.trips[-MOST_TRIPS:]
        return sorted(new.values(), key=_order)

    def add_charge(self, charge: ChargeRecord) -> None:
        """Keep a charge that has ended."""
        charges = [*self.charges, charge]
        self._changed(charge.start)
        for gone in charges[:-MOST_CHARGES]:
            self._fold(charged=gone.energy, charging_cost=gone.cost)
        self.charges = charges[-MOST_CHARGES:]

    def end_command(self, outcome: Outcome, month: str) -> None:
        """Keep what came of a command, which is no longer under way."""
        self.command = None
        self.commands = [*self.commands, outcome][-MOST_COMMANDS:]
        if outcome.woke:
            self.wake_ups = {month: self.wake_ups.get(month, 0) + 1}

    def _changed(self, start: datetime) -> None:
        self.changed_since = min(self.changed_since or start, start)

    def _fold(self, **amounts: float | None) -> None:
        # A new one each time, as the lists are: the old may be read in another thread
        more = {name: self.folded.get(name, 0.0) + (amount or 0.0) for name, amount in amounts.items()}
        self.folded = {**self.folded, **more}


def _order(trip: TripRecord) -> tuple[datetime, str]:
    return trip.end, trip.id


def _latest(old: TripRecord, told: TripRecord) -> TripRecord:
    """Return the latest word on a trip, with what was known before and is not told now.

    What it cost was reckoned when it ended, and stays. The capacity of the battery, by which electricity is estimated,
    is credible at times only.
    """
    return replace(
        told,
        electricity=old.electricity if told.electricity is None else told.electricity,
        fuel=old.fuel if told.fuel is None else told.fuel,
        cost=told.cost if old.cost is None else old.cost,
    )


class Ledger:
    """The ledger of an entry. It is written some seconds after a change, and when Home Assistant stops.

    Years of driving take a while to read and to write: that is done outside the event loop.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._hass = hass
        self._store = Store[dict[str, Any]](
            hass, VERSION, f"{DOMAIN}.{entry_id}", private=True, serialize_in_event_loop=False
        )
        self._cars: dict[str, CarLedger] = {}

    async def async_load(self) -> None:
        """Read what was kept. What cannot be read is set aside: it costs what it held, never the set-up."""
        try:
            kept = await self._store.async_load() or {}
            self._cars = await self._hass.async_add_executor_job(_cars_of, kept)
        except (HomeAssistantError, ValueError, LookupError, TypeError, AttributeError) as err:
            _LOGGER.warning(
                "What was kept of the cars cannot be read (%s). It is set aside as %s, and begun anew",
                type(err).__name__,  # what it says may hold a place
                self._aside.name,
            )
            await self._hass.async_add_executor_job(self._set_aside)

    @property
    def vins(self) -> Collection[str]:
        """The cars of which something is kept."""
        return self._cars.keys()

    @property
    def _aside(self) -> Path:
        return Path(f"{self._store.path}.broken")

    def _set_aside(self) -> None:
        with suppress(OSError):
            Path(self._store.path).replace(self._aside)

    def car(self, vin: str) -> CarLedger:
        """Return what is kept of a car; call `async_changed` after a change."""
        return self._cars.setdefault(vin, CarLedger())

    @callback
    def async_changed(self) -> None:
        """Have the ledger written soon."""
        self._store.async_delay_save(self._content, SAVE_DELAY)

    async def async_save(self) -> None:
        """Write the ledger now."""
        await self._store.async_save(await self._hass.async_add_executor_job(self._content))

    async def async_remove(self) -> None:
        """Forget everything."""
        await self._store.async_remove()
        await self._hass.async_add_executor_job(partial(self._aside.unlink, missing_ok=True))

    def _content(self) -> dict[str, Any]:
        return {vin: car.to_dict() for vin, car in self._cars.copy().items()}


def _cars_of(kept: dict[str, Any]) -> dict[str, CarLedger]:
    return {vin: CarLedger.from_dict(car) for vin, car in kept.items()}
