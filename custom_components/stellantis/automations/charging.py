"""Triggers and conditions for the charging cable, the charge, and the locks of cars that cannot be commanded."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, override

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.condition import EntityStateConditionBase
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    EntityTargetStateTriggerBase,
    EntityTransitionTriggerBase,
    TriggerConfig,
)
from homeassistant.util import dt as dt_util

from ..targets import CarKey, async_get_car, async_get_car_key
from ..vehicle.charge_limit import ChargeLimitRecord, ChargeReport
from ..vehicle.charging_status import CHARGING, CHARGING_STATUSES, CONNECTED
from .base import BINARY_SENSORS, SENSORS, CarCondition, CarTrigger
from .decisions import ToldCharge, charging_details, has_reached_target, tell_charge
from .events import EventTrigger

# The base classes declare sets
ON: Final = {STATE_ON}
OFF: Final = {STATE_OFF}
IS_ON: Final[set[str | bool]] = {STATE_ON}
IS_OFF: Final[set[str | bool]] = {STATE_OFF}
FROM_CHARGING: Final[set[str | bool]] = {CHARGING}
NOT_CHARGING: Final[set[str | bool]] = {status for status in CHARGING_STATUSES if status != CHARGING}


class ChargingTrigger(CarTrigger):
    """A trigger that tells the battery level, and when the charge will end."""

    _variable = "charging"

    def _charge(self, state: State) -> tuple[ChargeReport | None, ChargeLimitRecord]:
        """Return what the car reported of its charge, and the charge limit."""
        car = async_get_car(self._hass, state.entity_id)
        if car is None or not car.status.has_data:
            return None, ChargeLimitRecord()
        return ChargeReport.from_state(car.status.data), car.store.charge_limit

    @override
    def _details(self, state: State) -> Mapping[str, Any]:
        return charging_details(*self._charge(state))


class PluggedInTrigger(ChargingTrigger, EntityTargetStateTriggerBase):
    """Trigger for a cable that was plugged in."""

    _domain_specs = BINARY_SENSORS
    _key = "plugged"
    _to_states = ON


class UnpluggedTrigger(PluggedInTrigger):
    """Trigger for a cable that was unplugged."""

    _to_states = OFF


class ChargingStartedTrigger(ChargingTrigger, EventTrigger):
    """Trigger for a charging session that has started.

    The status does not tell: it also changes to charging after a pause, a wake-up or an outage.
    """

    _key = "charging_session"
    _event_types = frozenset(("started",))

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        self._told: dict[CarKey, Sequence[ToldCharge]] = {}

    @override
    def _is_first(self, state: State) -> bool:
        start = dt_util.parse_datetime(state.attributes["start"], raise_on_error=True)
        car_key = async_get_car_key(self._hass, state.entity_id)
        told = self._told.get(car_key, ())
        is_news, self._told[car_key] = tell_charge(told, state.entity_id, start, state.last_updated)
        return is_news


class ChargingEndedTrigger(ChargingTrigger, EntityTransitionTriggerBase):
    """Trigger for a charge that has reached its target.

    Attributes:
        _is_complete: Whether it is for charges that have reached their target, and not for those that have not.
    """

    _domain_specs = SENSORS
    _key = "charging_status"
    _schema = ENTITY_STATE_TRIGGER_SCHEMA
    _from_states = FROM_CHARGING
    _to_states = NOT_CHARGING
    _is_complete: ClassVar[bool] = True

    @override
    def is_valid_transition(self, from_state: State, to_state: State) -> bool:
        """Return whether a charge has ended in the way that the trigger is for."""
        if not super().is_valid_transition(from_state, to_state):
            return False
        report, limit = self._charge(to_state)
        return report is not None and has_reached_target(to_state.state, report, limit) is self._is_complete

    @override
    def _details(self, state: State) -> Mapping[str, Any]:
        return {**super()._details(state), "status": state.state}


class ChargingInterruptedTrigger(ChargingEndedTrigger):
    """Trigger for a charge that has ended before its target.

    Cars that charge may report Disconnected for some minutes after they woke up: that is no end.
    """

    _to_states = NOT_CHARGING - {CONNECTED}
    _is_complete = False


class PluggedInCondition(CarCondition, EntityStateConditionBase):
    """Condition for a cable that is plugged in."""

    _domain_specs = BINARY_SENSORS
    _key = "plugged"
    _states = IS_ON


class UnpluggedCondition(PluggedInCondition):
    """Condition for a cable that is not plugged in."""

    _states = IS_OFF


class LockedCondition(CarCondition, EntityStateConditionBase):
    """Condition for a car that is locked and has no lock entity, for which Home Assistant has a condition."""

    _domain_specs = BINARY_SENSORS
    _key = "locked"
    _states = IS_OFF


class UnlockedCondition(LockedCondition):
    """Condition for a car that is unlocked and has no lock entity."""

    _states = IS_ON
