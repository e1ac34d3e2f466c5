"""Triggers and conditions for how long ago a car last reported."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, override

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, State, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.condition import ConditionConfig
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.helpers.target import TargetStateChangedData, async_track_target_selector_state_change_event
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.util import dt as dt_util
import probatio as vol

from ..vehicle.state import MAX_AGE
from .base import SENSORS, CarCondition, CarTrigger, build_condition_schema, build_trigger_schema
from .decisions import is_too_old, was_deadline_missed

CONF_AGE: Final = "age"
AGE_OPTIONS: Final[dict[vol.Marker, Any]] = {vol.Required(CONF_AGE): cv.positive_time_period}


def _reported_at(state: State) -> datetime | None:
    """Return when the car last reported; None if it is not known."""
    return dt_util.parse_datetime(state.state)


class DataAgeCondition(CarCondition):
    """Condition for a car whose last report is older than an age."""

    _domain_specs = SENSORS
    _key = "last_update"
    _schema = build_condition_schema(AGE_OPTIONS)

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        super().__init__(hass, config)
        self._age: timedelta = (config.options or {}).get(CONF_AGE, MAX_AGE)

    @property
    @override
    def needs_polling(self) -> bool:
        """Whether the result changes with time alone."""
        return True

    @override
    def is_valid_state(self, entity_state: State) -> bool:
        """Return whether the last report is too old."""
        reported_at = _reported_at(entity_state)
        return reported_at is not None and is_too_old(reported_at, self._age, dt_util.utcnow())


class FreshDataCondition(DataAgeCondition):
    """Condition for a car whose last report is not older than an age."""

    @override
    def is_valid_state(self, entity_state: State) -> bool:
        """Return whether the last report is recent."""
        reported_at = _reported_at(entity_state)
        return reported_at is not None and not is_too_old(reported_at, self._age, dt_util.utcnow())


class AsleepCondition(DataAgeCondition):
    """Condition for a car that sleeps: no car tells so, but it reports nothing meanwhile."""

    _schema = build_condition_schema({})


class AwakeCondition(FreshDataCondition):
    """Condition for a car that is awake."""

    _schema = build_condition_schema({})


class _ReportTimers:
    """Waits until the last report of each car has reached an age."""

    def __init__(self, hass: HomeAssistant, age: timedelta, fire: Callable[[State], None]) -> None:
        self._hass = hass
        self._age = age
        self._fire = fire
        self._deadlines: dict[str, datetime] = {}
        self._timers: dict[str, CALLBACK_TYPE] = {}

    @callback
    def handle_change(self, data: TargetStateChangedData) -> None:
        """Handle a new state of an entity."""
        event = data.state_change_event
        self._handle_state(event.data["entity_id"], event.data["new_state"])

    @callback
    def handle_target(self, added: set[str], removed: set[str], states: Mapping[str, State | None]) -> None:
        """Handle entities that are targeted now, or not any more."""
        for entity_id in removed:
            self._stop(entity_id)
            self._deadlines.pop(entity_id, None)
        for entity_id in added:
            self._handle_state(entity_id, states[entity_id])

    @callback
    def stop_all(self) -> None:
        """Stop waiting."""
        for entity_id in list(self._timers):
            self._stop(entity_id)

    def _stop(self, entity_id: str) -> None:
        if stop := self._timers.pop(entity_id, None):
            stop()

    def _handle_state(self, entity_id: str, state: State | None) -> None:
        """Wait for the deadline of the last report; while the report is not known, nothing happens."""
        self._stop(entity_id)
        if state is None or (reported_at := _reported_at(state)) is None:
            return
        deadline, now = reported_at + self._age, dt_util.utcnow()

        @callback
        def handle_deadline(_now: datetime | None = None) -> None:
            self._stop(entity_id)
            del self._deadlines[entity_id]
            self._fire(state)

        if was_deadline_missed(self._deadlines.get(entity_id), deadline, now):
            handle_deadline()
        elif deadline > now:
            self._deadlines[entity_id] = deadline
            self._timers[entity_id] = async_track_point_in_utc_time(self._hass, handle_deadline, deadline)


class DataAgeTrigger(CarTrigger):
    """Trigger for a car whose last report becomes older than an age."""

    _domain_specs = SENSORS
    _key = "last_update"
    _variable = "data"
    _schema = build_trigger_schema(AGE_OPTIONS)

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        self._age: timedelta = self._options.get(CONF_AGE, MAX_AGE)

    @override
    def _details(self, state: State) -> Mapping[str, Any]:
        return {"reported_at": state.state}

    @override
    async def async_attach_runner(
        self, run_action: TriggerActionRunner, did_not_trigger: TriggerNotTriggeredReporter | None = None
    ) -> CALLBACK_TYPE:
        """Attach the trigger to an action runner, which runs when the last report has reached the age."""

        @callback
        def fire(state: State) -> None:
            if not self._counts(state.entity_id) or not self._is_news(state.entity_id, state.state):
                return
            payload = {ATTR_ENTITY_ID: state.entity_id, "to_state": state, self._variable: self._details(state)}
            run_action(payload, f"age of {state.entity_id}")

        timers = _ReportTimers(self._hass, self._age, fire)
        untrack = await async_track_target_selector_state_change_event(
            self._hass,
            self._target,
            timers.handle_change,
            self.entity_filter,
            timers.handle_target,
            primary_entities_only=self._primary_entities_only,
        )

        @callback
        def detach() -> None:
            untrack()
            timers.stop_all()

        return detach


class FellAsleepTrigger(DataAgeTrigger):
    """Trigger for a car that falls asleep: no car tells so, but it reports nothing any more."""

    _schema = ENTITY_STATE_TRIGGER_SCHEMA


class WokeUpTrigger(CarTrigger):
    """Trigger for a car that reports again after it has slept."""

    _domain_specs = SENSORS
    _key = "last_update"
    _variable = "data"
    _schema = ENTITY_STATE_TRIGGER_SCHEMA

    @override
    def is_valid_transition(self, from_state: State, to_state: State) -> bool:
        """Return whether the car slept before, and is awake now."""
        if not super().is_valid_transition(from_state, to_state):
            return False
        before, after, now = _reported_at(from_state), _reported_at(to_state), to_state.last_updated
        return bool(before and after and is_too_old(before, MAX_AGE, now) and not is_too_old(after, MAX_AGE, now))

    @override
    def _details(self, state: State) -> Mapping[str, Any]:
        return {"reported_at": state.state}
