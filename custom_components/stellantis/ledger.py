"""What is kept of an account's cars across restarts: trips, charges, and what was already told."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from mashumaro import DataClassDictMixin

from .charging import ChargeRecord, OpenCharge
from .const import DOMAIN
from .trips import TripRecord

VERSION: Final = 1
SAVE_DELAY: Final = 10.0
# Years of driving; of what is older only the sums are kept
MOST_TRIPS: Final = 5000
MOST_CHARGES: Final = 2000


@dataclass(slots=True, kw_only=True)
class Told(DataClassDictMixin):
    """What was told of a kind of record.

    Attributes:
        read: whether it was read at all; what was there at first is no news.
        since: from when on to ask: what is older is over, and was told.
        seen: what the last answer held, by id; with its kind, what was active.
    """

    read: bool = False
    since: datetime | None = None
    seen: dict[str, str | None] = field(default_factory=dict)


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
    """

    trips: list[TripRecord] = field(default_factory=list)
    charges: list[ChargeRecord] = field(default_factory=list)
    charge: OpenCharge | None = None
    folded: dict[str, float] = field(default_factory=dict)
    changed_since: datetime | None = None
    trips_read: bool = False
    alerts: Told = field(default_factory=Told)
    alarms: Told = field(default_factory=Told)

    def add_trips(self, trips: Iterable[TripRecord]) -> list[TripRecord]:
        """Keep trips, the latest word on each; return those that were not known."""
        known = {trip.id: trip for trip in self.trips}
        new: list[TripRecord] = []
        for told in trips:
            old = known.get(told.id)
            # What it cost was reckoned when it ended, and stays
            trip = told if old is None or old.cost is None else replace(told, cost=old.cost)
            if old is None:
                new.append(trip)
            if trip != old:
                self._changed(trip.start if old is None else min(old.start, trip.start))
            known[trip.id] = trip
        self.trips = sorted(known.values(), key=lambda trip: trip.end)
        for gone in self.trips[:-MOST_TRIPS]:
            self._fold(distance=gone.distance, duration=gone.hours, electricity=gone.electricity, fuel=gone.fuel)
            self._fold(driving_cost=gone.cost)
        self.trips = self.trips[-MOST_TRIPS:]
        return sorted(new, key=lambda trip: trip.end)

    def add_charge(self, charge: ChargeRecord) -> None:
        """Keep a charge that has ended."""
        charges = [*self.charges, charge]
        self._changed(charge.start)
        for gone in charges[:-MOST_CHARGES]:
            self._fold(charged=gone.energy, charging_cost=gone.cost)
        self.charges = charges[-MOST_CHARGES:]

    def _changed(self, start: datetime) -> None:
        self.changed_since = min(self.changed_since or start, start)

    def _fold(self, **amounts: float | None) -> None:
        # A new one each time, as the lists are: the old may be read in another thread
        more = {name: self.folded.get(name, 0.0) + (amount or 0.0) for name, amount in amounts.items()}
        self.folded = {**self.folded, **more}


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
        """Read what was kept."""
        kept = await self._store.async_load() or {}
        self._cars = await self._hass.async_add_executor_job(_cars_of, kept)

    @property
    def vins(self) -> Collection[str]:
        """The cars of which something is kept."""
        return self._cars.keys()

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

    def _content(self) -> dict[str, Any]:
        return {vin: car.to_dict() for vin, car in self._cars.copy().items()}


def _cars_of(kept: dict[str, Any]) -> dict[str, CarLedger]:
    return {vin: CarLedger.from_dict(car) for vin, car in kept.items()}
