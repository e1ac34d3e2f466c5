"""The stored data of a car: trips, charging sessions, commands, and cursors of already reported events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.util import dt as dt_util

from ..vehicle.auxiliary_battery import AuxiliarySample
from ..vehicle.charge_limit import ChargeLimitRecord
from ..vehicle.charging_reading import BatterySample
from ..vehicle.charging_session import ActiveSession, ChargingSession
from ..vehicle.command import Command, CommandResult
from ..vehicle.stored import StoredModel, stored_as
from ..vehicle.trip import TripRecord

# Several years of driving; older records are only kept as totals
MAX_TRIPS: Final = 5000
MAX_CHARGING_SESSIONS: Final = 2000
MAX_COMMAND_RESULTS: Final = 50
# Clocks of cars run ahead a little
CLOCK_TOLERANCE: Final = timedelta(minutes=5)


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

    def advance(self, since: datetime, now: datetime | None = None) -> None:
        """Move the start time of the next query forward, but not into the future."""
        self.since = max(self.since or since, since)
        if now is not None and self.since > now + CLOCK_TOLERANCE:
            self.since = now


@dataclass(slots=True, kw_only=True)
class CarStore(StoredModel):
    """The stored data of a car.

    Attributes:
        trips: Completed trips, sorted by their end.
        charging_sessions: Completed charging sessions, sorted by their end.
        active_session: The charging session that has not ended yet.
        battery_sample: What the car last reported of its traction battery.
        auxiliary_samples: The levels of the 12 V battery since the car was driven.
        archived_totals: By key of a statistic, the total of the records that were dropped.
        archived_until: By kind of record, the end of the last one that was dropped.
        home_names: The names that the home zone has had; charging sessions tell the name of their time.
        currency: The currency of the first costs, and of records that do not tell theirs.
        statistics_dirty_since: Start of the first trip that is not in the statistics yet.
        charging_dirty_since: Start of the first charging session that is not in the statistics yet.
        statistics_kept_until: Until when the statistics have rows of a store that was lost, which are kept.
        history_complete: Whether all trips that the API has were read once.
        listed_until: The end of the last trip that the API has listed; trips that were pushed do not count.
        alert_cursor: The position in the alerts.
        alarm_cursor: The position in the alarms.
        collision_cursor: The position in the collisions.
        charge_limit: The charge limit.
        capabilities: The capabilities that the API listed last, as it listed them.
        current_command: The command that has not ended yet.
        late_commands: Commands that were given up, and whose end may still be reported.
        command_results: The results of the last commands, the latest last.
        wake_ups: By month, how often the car was woken up; only the last month in which it was.
        feature_records: By feature, what it keeps of the car, as JSON.
        feature_entities: The entities that features may add for the car, each as its platform and key.
    """

    trips: list[TripRecord] = field(default_factory=list)
    charging_sessions: list[ChargingSession] = field(default_factory=list, metadata=stored_as("charges"))
    active_session: ActiveSession | None = field(default=None, metadata=stored_as("charge"))
    battery_sample: BatterySample | None = None
    auxiliary_samples: list[AuxiliarySample] = field(default_factory=list)
    archived_totals: dict[str, float] = field(default_factory=dict, metadata=stored_as("folded"))
    archived_until: dict[str, datetime] = field(default_factory=dict)
    home_names: list[str] = field(default_factory=list)
    currency: str | None = field(default=None, compare=False)
    statistics_dirty_since: datetime | None = field(default=None, metadata=stored_as("changed_since"))
    charging_dirty_since: datetime | None = None
    statistics_kept_until: datetime | None = None
    history_complete: bool = field(default=False, metadata=stored_as("trips_read"))
    listed_until: datetime | None = None
    alert_cursor: EventCursor = field(default_factory=EventCursor, metadata=stored_as("alerts"))
    alarm_cursor: EventCursor = field(default_factory=EventCursor, metadata=stored_as("alarms"))
    collision_cursor: EventCursor = field(default_factory=EventCursor)
    charge_limit: ChargeLimitRecord = field(default_factory=ChargeLimitRecord, metadata=stored_as("limit"))
    capabilities: dict[str, Any] | None = None
    current_command: Command | None = field(default=None, metadata=stored_as("command"))
    late_commands: list[Command] = field(default_factory=list)
    command_results: list[CommandResult] = field(default_factory=list, metadata=stored_as("commands"))
    wake_ups: dict[str, int] = field(default_factory=dict)
    feature_records: dict[str, dict[str, Any]] = field(default_factory=dict)
    feature_entities: list[str] = field(default_factory=list)

    @property
    def has_history(self) -> bool:
        """Whether any trip or charging session was ever stored."""
        return bool(self.trips or self.charging_sessions or self.archived_totals)

    def add_trips(self, trips: Iterable[TripRecord]) -> list[TripRecord]:
        """Add or update trips, and return the new ones, sorted by their end.

        A trip that is listed under a second ID is an update.
        """
        known = _TripIndex(self.trips)
        # Older trips are already part of archived_totals
        oldest = _sort_key(self.trips[0]) if self.trips and "distance" in self.archived_totals else None
        added: dict[str, TripRecord] = {}
        for update in trips:
            stored = known.find(update)
            if stored is None and oldest and _sort_key(update) < oldest:
                continue
            trip = update if stored is None else _merge_trip(stored, update)
            if stored is None or trip.id in added:
                added[trip.id] = trip
            if trip != stored:
                self._mark_dirty(trip.start if stored is None else min(stored.start, trip.start))
                known.add(trip)
        if known.is_changed:
            self.trips = sorted(known.trips, key=_sort_key)
        return sorted(added.values(), key=_sort_key)

    def add_charging_session(self, session: ChargingSession) -> None:
        """Add a charging session that has ended."""
        self.charging_sessions = [*self.charging_sessions, session]
        self.charging_dirty_since = min(self.charging_dirty_since or session.start, session.start)

    def add_home_name(self, name: str) -> bool:
        """Add the name of the home zone, and return whether it is new."""
        if name in self.home_names:
            return False
        self.home_names = [*self.home_names, name]
        return True

    def replace_charging_session(self, old: ChargingSession, new: ChargingSession) -> None:
        """Replace a charging session, such as with another cost."""
        self.charging_sessions = [new if session is old else session for session in self.charging_sessions]
        self.charging_dirty_since = min(self.charging_dirty_since or new.start, new.start)

    def discard_recorded_session(self) -> None:
        """Forget the active session if it is in the history, and a battery sample from before the end of that.

        The history is saved first. If Home Assistant was killed after that, the rest is of an earlier time, and would
        make the car's next state end the same session again.
        """
        last = self.charging_sessions[-1] if self.charging_sessions else None
        if last is None:
            return
        if self.active_session and self.active_session.start == last.start:
            self.active_session = self.battery_sample = None
        elif self.battery_sample and self.battery_sample.measured_at < last.end:
            self.battery_sample = None

    def archive(self, *, is_forced: bool = False) -> None:
        """Drop the oldest records if there are too many; their totals are kept.

        Args:
            is_forced: Whether to drop records that are not in the statistics yet.
        """
        if (is_forced or self.statistics_dirty_since is None) and (dropped := _find_oldest(self.trips, MAX_TRIPS)):
            for trip in dropped:
                amounts = {"distance": trip.distance, "duration": trip.hours}
                amounts |= {"electricity": trip.electricity or 0.0, "fuel": trip.fuel or 0.0}
                self._archive("trips", trip.end, amounts, self.cost_key("driving_cost", trip.currency), trip.cost)
            self.trips = self.trips[len(dropped) :]
        if (is_forced or self.charging_dirty_since is None) and (
            old := _find_oldest(self.charging_sessions, MAX_CHARGING_SESSIONS)
        ):
            for session in old:
                key = self.cost_key("charging_cost", session.currency)
                self._archive("charges", session.end, {"charged": session.energy or 0.0}, key, session.cost)
            self.charging_sessions = self.charging_sessions[len(old) :]

    def cost_key(self, key: str, currency: str | None) -> str:
        """Return the key of a cost's total and statistic, which contain only costs in one currency."""
        return key if currency in (None, self.currency) else f"{key}_{currency}".lower()

    def costs(
        self, key: str, records: Sequence[TripRecord] | Sequence[ChargingSession], currency: str | None
    ) -> list[float]:
        """Return the known costs of records in a currency."""
        wanted = self.cost_key(key, currency)
        return [
            record.cost
            for record in records
            if record.cost is not None and self.cost_key(key, record.currency) == wanted
        ]

    @property
    def wake_ups_this_month(self) -> int:
        """The number of commands in this month, in local time, that woke the car."""
        return self.wake_ups.get(_current_month(), 0)

    def add_command_result(self, result: CommandResult) -> None:
        """Add the result of a command."""
        self.command_results = [*self.command_results, result][-MAX_COMMAND_RESULTS:]
        if result.woke_vehicle:
            self.wake_ups = {_current_month(): self.wake_ups_this_month + 1}

    def _mark_dirty(self, start: datetime) -> None:
        self.statistics_dirty_since = min(self.statistics_dirty_since or start, start)

    def _archive(self, kind: str, end: datetime, amounts: dict[str, float], cost_key: str, cost: float | None) -> None:
        # Replaced, not changed, as the lists are: another thread may be reading the old one
        amounts = amounts if cost is None else {**amounts, cost_key: cost}
        totals = {name: self.archived_totals.get(name, 0.0) + amount for name, amount in amounts.items()}
        self.archived_totals = {**self.archived_totals, **totals}
        self.archived_until = {**self.archived_until, kind: max(self.archived_until.get(kind, end), end)}


def _current_month() -> str:
    return f"{dt_util.now():%Y-%m}"


def has_ended(record: TripRecord | ChargingSession, now: datetime) -> bool:
    """Return whether a record has ended by now. One that is dated later comes from a wrong clock, and marks nothing."""
    return record.end <= now + CLOCK_TOLERANCE


def newest_end[RecordT: (TripRecord, ChargingSession)](records: Sequence[RecordT], now: datetime) -> datetime | None:
    """Return the end of the last record that has ended by now; None if there is none."""
    return next((record.end for record in reversed(records) if has_ended(record, now)), None)


def _sort_key(trip: TripRecord) -> tuple[datetime, str]:
    return trip.end, trip.id


def _merge_trip(stored: TripRecord, update: TripRecord) -> TripRecord:
    """Return an updated trip with the ID, missing values, and the original cost, of the stored one.

    The estimated electricity may be missing, because cars do not always report a credible battery capacity. The cost
    is that at the prices of the day of the trip, unless a part of it was missing that is known now.
    """
    is_cost_newer = stored.cost is None or (
        stored.is_cost_partial and update.cost is not None and not update.is_cost_partial
    )
    costs = update if is_cost_newer else stored
    return replace(
        update,
        id=stored.id,
        electricity=stored.electricity if update.electricity is None else update.electricity,
        fuel=stored.fuel if update.fuel is None else update.fuel,
        electric_share=stored.electric_share if update.electric_share is None else update.electric_share,
        cost=costs.cost,
        currency=costs.currency,
        is_cost_partial=costs.is_cost_partial,
        mileage=stored.mileage if update.mileage is None else update.mileage,
        origin=update.origin or stored.origin,
        destination=update.destination or stored.destination,
    )


def _find_oldest[RecordT: (TripRecord, ChargingSession)](records: list[RecordT], maximum: int) -> list[RecordT]:
    """Return the first records, that are more than the maximum, and that share no hour with those that follow."""
    if len(records) <= maximum:
        return []
    kept = len(records) - maximum
    boundary = min(record.start for record in records[kept:])
    while kept:
        boundary = boundary.replace(minute=0, second=0, microsecond=0)
        if records[kept - 1].end < boundary:
            break
        kept -= 1
        boundary = min(boundary, records[kept].start)
    return records[:kept]


class _TripIndex:
    """Trips by ID, and by start and odometer reading, since some servers list a trip under a second ID."""

    def __init__(self, trips: Iterable[TripRecord]) -> None:
        self._by_id: dict[str, TripRecord] = {}
        self._ids: dict[tuple[str, int], list[str]] = {}
        for trip in trips:
            self.add(trip)
        self.is_changed = False

    @property
    def trips(self) -> Iterable[TripRecord]:
        """All trips."""
        return self._by_id.values()

    def add(self, trip: TripRecord) -> None:
        """Add or replace a trip."""
        self.is_changed = True
        self._by_id[trip.id] = trip
        for key in _index_keys(trip):
            self._ids.setdefault(key, []).append(trip.id)

    def find(self, trip: TripRecord) -> TripRecord | None:
        """Return the same trip as it is known."""
        if known := self._by_id.get(trip.id):
            return known
        near = (
            trip_id
            for kind, key in _index_keys(trip)
            for step in (-1, 0, 1)
            for trip_id in self._ids.get((kind, key + step), ())
        )
        return next((known for trip_id in near if (known := self._by_id[trip_id]).is_same(trip)), None)


def _index_keys(trip: TripRecord) -> Iterable[tuple[str, int]]:
    yield "minute", int(trip.start.timestamp() // 60)
    if trip.mileage is not None:
        yield "km", int(trip.mileage)
