"""Follows the charging sessions of a car and what their energy costs, and completes those that have ended."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

from homeassistant.components.recorder import DOMAIN as RECORDER, get_instance
from homeassistant.components.recorder.history import get_significant_states
from homeassistant.components.zone import DOMAIN as ZONE, ENTITY_ID_HOME
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import Event, EventStateChangedData, State, callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import EnergyConverter

from ...const import DOMAIN
from ...data import Car, StellantisConfigEntry
from ...endpoints import CHARGES
from ...history.prices import ELECTRICITY, convert_price, parse_number
from ...vehicle.charging_session import ActiveSession, ChargingSession
from ..feature import read_record, save_record
from .completion import Evidence, complete_session, missing_entities, usual_efficiency
from .place_prices import PricePlan
from .record import KEY, CostRecord, ReplacedCost
from .session_cost import EnergySample
from .value_log import ValueLog, add_value, drop_before, fill_gaps
from .wallbox import METER_DELAY

# A car that sleeps tells up to this much later that it has begun to charge
MAX_DELAY: Final = timedelta(days=1)


class CostTracker:
    """Follows the charging sessions of a car, the prices, and the meter of the wallbox."""

    def __init__(self, entry: StellantisConfigEntry, car: Car, plan: PricePlan, meter: str | None) -> None:
        self.car, self.meter = car, meter
        self._entry, self._hass = entry, car.account.hass
        self._plan = plan
        self._entity_ids = sorted(plan.entity_ids | ({meter} if meter else frozenset()))
        self._record = read_record(car, KEY, CostRecord) or CostRecord()
        self._logs: dict[str, ValueLog] = dict.fromkeys(self._entity_ids, ())

    @callback
    def async_start(self) -> None:
        """Follow the car until it is unloaded. What has changed since the record was saved is not known."""
        now = dt_util.utcnow()
        for entity_id in self._entity_ids:
            log: ValueLog = self._record.logs.get(entity_id, ())
            value = self._read_value(self._hass.states.get(entity_id))
            if log and log[-1].value != value and self._record.saved_at:
                log = add_value(log, self._record.saved_at, None)
            self._logs[entity_id] = add_value(log, now, value)
        unsubs = [self.car.account.session_hooks.async_add(self.car.vin, self._async_handle_sessions)]
        if self._entity_ids:
            unsubs.append(async_track_state_change_event(self._hass, self._entity_ids, self._async_handle_value))
        for unsub in unsubs:
            self.car.async_on_unload(unsub)

    @property
    def home_names(self) -> Collection[str]:
        """The names that the home zone has had."""
        home = self._hass.states.get(ENTITY_ID_HOME)
        return {*self.car.store.home_names, *([home.name] if home else [])}

    @callback
    def _async_handle_value(self, event: Event[EventStateChangedData]) -> None:
        """Add a price or a reading of the meter; prices in the time of a session are saved."""
        entity_id, state = event.data["entity_id"], event.data["new_state"]
        before = self._logs[entity_id]
        self._logs[entity_id] = add_value(before, event.time_fired, self._read_value(state))
        if self._record.start and entity_id != self.meter and self._logs[entity_id] != before:
            self._save()

    def _read_value(self, state: State | None) -> float | None:
        """Return the price per kWh, or the reading of the meter in kWh; None if it is not known."""
        if state is None:
            return None
        if state.entity_id != self.meter:
            return convert_price(state, ELECTRICITY, self._hass.config.currency)
        unit, reading = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT), parse_number(state)
        if reading is None or unit not in EnergyConverter.VALID_UNITS:
            return None
        return EnergyConverter.convert(reading, unit, ELECTRICITY.unit)

    @callback
    def _async_handle_sessions(
        self, active: ActiveSession | None, ended: Sequence[ChargingSession]
    ) -> Sequence[ChargingSession]:
        """Complete the sessions that have ended, and follow the active one."""
        completed = [self._async_complete(session) for session in ended]
        record = self._record.follow(active)
        kept_from = (
            min(dt_util.utcnow() - MAX_DELAY, active.start - METER_DELAY) if active else dt_util.utcnow() - MAX_DELAY
        )
        self._logs = {entity_id: drop_before(log, kept_from) for entity_id, log in self._logs.items()}
        if active or record != self._record:
            self._record = record
            self._save()
        return completed

    def _save(self) -> None:
        """Save the record; with the values since the start of the active session, if there is one."""
        logs = {}
        if start := self._record.start:
            logs = {entity_id: tuple(drop_before(log, start - METER_DELAY)) for entity_id, log in self._logs.items()}
        self._record = replace(self._record, logs=logs, saved_at=dt_util.utcnow() if logs else None)
        save_record(self.car, KEY, None if self._record.is_empty else self._record)

    @callback
    def _async_complete(self, session: ChargingSession) -> ChargingSession:
        """Return a session that has ended with its cost; what is missing is looked up in the recorder later."""
        record = self._record
        evidence = self._gather_evidence(record.samples if record.start == session.start else (), self._logs)
        completed = complete_session(session, self._plan, evidence)
        missing = missing_entities(completed, self._plan, evidence)
        if missing and RECORDER in self._hass.config.components:
            self._entry.async_create_background_task(
                self._hass, self._async_complete_later(session, completed, evidence, missing), f"{DOMAIN} session cost"
            )
        return completed

    def _gather_evidence(self, samples: Sequence[EnergySample], logs: Mapping[str, ValueLog]) -> Evidence:
        return Evidence(
            samples=samples,
            logs=logs,
            meter=self.meter,
            home_names=self.home_names,
            zone_names={zone.entity_id: zone.name for zone in self._hass.states.async_all(ZONE)},
            currency=self._hass.config.currency,
            efficiency=usual_efficiency(self.car.store.charging_sessions),
        )

    async def _async_complete_later(
        self, session: ChargingSession, completed: ChargingSession, evidence: Evidence, missing: Iterable[str]
    ) -> None:
        """Complete a session with what the recorder knows of the entities."""
        history = await get_instance(self._hass).async_add_executor_job(
            partial(
                get_significant_states,
                self._hass,
                session.start - METER_DELAY,
                session.end + METER_DELAY,
                list(missing),
                significant_changes_only=False,
            )
        )
        logs = dict(evidence.logs)
        for entity_id, states in history.items():
            recorded: ValueLog = ()
            for state in states:
                if isinstance(state, State):
                    recorded = add_value(recorded, state.last_updated, self._read_value(state))
            logs[entity_id] = fill_gaps(logs.get(entity_id, ()), recorded)
        better = complete_session(session, self._plan, replace(evidence, logs=logs))
        if better != completed and any(stored is completed for stored in self.car.store.charging_sessions):
            await async_replace_session(self.car, completed, better)

    @callback
    def async_keep_cost(self, session: ChargingSession) -> None:
        """Keep the cost of a session that the user replaces."""
        keys = {stored.start.isoformat() for stored in self.car.store.charging_sessions}
        replaced = {key: cost for key, cost in self._record.replaced_costs.items() if key in keys}
        cost = ReplacedCost(session.cost, session.currency, session.cost_source, session.is_cost_partial)
        self._record = replace(self._record, replaced_costs={**replaced, session.start.isoformat(): cost})
        self._save()

    @callback
    def async_pop_cost(self, session: ChargingSession) -> ReplacedCost:
        """Return the cost that the user has replaced, and forget it; an unknown one if none was kept."""
        replaced = dict(self._record.replaced_costs)
        cost = replaced.pop(session.start.isoformat(), ReplacedCost())
        self._record = replace(self._record, replaced_costs=replaced)
        self._save()
        return cost


async def async_replace_session(car: Car, old: ChargingSession, new: ChargingSession) -> None:
    """Replace a session of a car; the statistics and the sensors follow."""
    car.store.replace_charging_session(old, new)
    car.account.store.async_schedule_save()
    if charges := car.coordinator_for(CHARGES):
        await charges.async_refresh()
        charges.async_update_listeners()
