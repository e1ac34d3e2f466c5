"""Running monitors: they evaluate their triggers at each report of a car, and send an event when they come true."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from ..resources.alerts import alert_body
from ..resources.links import Json
from ..vehicle.car import Car
from ..vehicle.route import Place, km_between
from .expression import Expression, parse_expression
from .monitors import Monitor
from .time_triggers import is_inside, next_check
from .triggers import CHANGE, TRIGGER_FIELDS, Value, format_value, matches

type MonitorListener = Callable[[Monitor, float, Json], None]


@dataclass(slots=True, eq=False)
class _Trigger:
    """The state of a trigger.

    Attributes:
        parameter: The trigger, as it was posted.
        value: The last known value of a data trigger.
        is_true: Whether its condition holds.
        has_changed: Whether the value has changed at this instant, for `onChange`.
        previous: The value before the last change.
    """

    parameter: Mapping[str, Any]
    value: Value = None
    is_true: bool = False
    has_changed: bool = False
    previous: Value = None

    def update(self, car: Car, at: float) -> None:
        """Evaluate the trigger for a car that is up to date."""
        self.has_changed = False
        if "zone" in self.parameter:
            self._update_zone(car)
        elif "time" in self.parameter:
            self.is_true = is_inside(self.parameter["time"], at)
        else:
            self._update_data(car, at)

    def _update_zone(self, car: Car) -> None:
        location, zone = car.visible_location(), self.parameter["zone"]
        if not location or "position" not in car.model.members:
            return
        center = zone["place"]["center"]
        km = km_between(location.place, Place(center["longitude"], center["latitude"]))
        self.is_true = (km <= zone["place"]["radius"]) == (zone["transition"] == "In")

    def _update_data(self, car: Car, at: float) -> None:
        data = self.parameter["data"]
        value = TRIGGER_FIELDS[data["data"]].value(car, at)
        if value is None:
            return
        old, self.value = self.value, value
        previous = data.get("previous")
        is_previous = not previous or matches(old, previous["op"], previous["value"])
        if data["op"] == CHANGE:
            self.has_changed = old is not None and old != value and is_previous
        else:
            self.is_true = matches(value, data["op"], data["value"]) and (self.is_true or is_previous)
        if self.has_changed or old != value:
            self.previous = old


@dataclass(slots=True)
class RunningMonitor:
    """A monitor of a car; `listener` is called with its events."""

    car: Car
    monitor: Monitor
    api_root: str
    listener: MonitorListener
    triggers: dict[str, _Trigger] = field(init=False)
    expression: Expression = field(init=False)
    is_true: bool = field(init=False, default=False)
    refresh_at: float = field(init=False, default=inf)
    time_check_at: float = field(init=False, default=-inf)

    def __post_init__(self) -> None:
        param = self.monitor.parameter["triggerParam"]
        self.triggers = {trigger["name"]: _Trigger(trigger) for trigger in param["triggers"]}
        self.expression = parse_expression(param["boolExp"], list(self.triggers))

    def start(self, at: float) -> None:
        """Evaluate the triggers once; a condition that holds already is not an event."""
        self._update_triggers(at)
        self.is_true = self._evaluate(with_changes=False)
        self._schedule_refresh(at)

    def next_due(self) -> float:
        """Return when it must be evaluated at the latest; infinity while it is paused."""
        return inf if self.monitor.status == "Paused" else min(self.refresh_at, self.time_check_at)

    def on_report(self, at: float) -> None:
        """Evaluate the triggers and call the listener if there is an event."""
        if self.monitor.status == "Paused":
            return
        self._update_triggers(at)
        was_true = self.is_true
        fires = self._evaluate(with_changes=True)
        self.is_true = self._evaluate(with_changes=False)
        if fires and (not was_true or any(trigger.has_changed for trigger in self.triggers.values())):
            self.listener(self.monitor, at, self._event(is_refresh=False))
            self._schedule_refresh(at)
        elif not self.is_true:
            self.refresh_at = inf
        elif at >= self.refresh_at:
            self.listener(self.monitor, at, self._event(is_refresh=True))
            self._schedule_refresh(at)

    def _update_triggers(self, at: float) -> None:
        time_triggers = [trigger for trigger in self.triggers.values() if "time" in trigger.parameter]
        for trigger in self.triggers.values():
            if trigger not in time_triggers or at >= self.time_check_at:
                trigger.update(self.car, at)
        if at >= self.time_check_at:
            checks = (next_check(trigger.parameter["time"], at) for trigger in time_triggers)
            self.time_check_at = min(checks, default=inf)

    def _evaluate(self, *, with_changes: bool) -> bool:
        values = {
            name: trigger.is_true or (with_changes and trigger.has_changed) for name, trigger in self.triggers.items()
        }
        return self.expression(values)

    def _schedule_refresh(self, at: float) -> None:
        period = self.monitor.parameter.get("subscribeParam", {}).get("refreshEvent")
        self.refresh_at = at + period if period and self.is_true else inf

    def _event(self, *, is_refresh: bool) -> Json:
        values = [
            self._value(trigger)
            for trigger in self.triggers.values()
            if "data" in trigger.parameter and (trigger.is_true or trigger.has_changed)
        ]
        return {"monitorId": self.monitor.id, "values": values, "refresh": is_refresh}

    def _value(self, trigger: _Trigger) -> Json:
        data = trigger.parameter["data"]
        if data["data"] == "vehicle.alert":
            bodies = [
                alert_body(self.car, alert, self.api_root, self.monitor.scopes)
                for alert in self.car.history.active_alerts
            ]
            value: Json = {"type": "obj.alert", "body": {"objectValues": bodies}}
        else:
            value = {"type": "string", "body": {"literalValue": format_value(trigger.value)}}
        body: Json = {"data": data["data"], "value": value}
        if "previous" in data and trigger.previous is not None:
            body["previous"] = format_value(trigger.previous)
        return body


class CarMonitors:
    """All running monitors of a car."""

    def __init__(self, running: list[RunningMonitor]) -> None:
        self.running = running

    def next_due(self) -> float:
        """Return when one of them must be evaluated at the latest."""
        return min((monitor.next_due() for monitor in self.running), default=inf)

    def on_report(self, at: float) -> None:
        """Evaluate all of them."""
        for monitor in self.running:
            monitor.on_report(at)
