"""Monitors at work: they look at a car at each of its reports, and tell when their expression comes true."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from ..endpoints.history import alert_body
from ..http.hal import Json
from ..vehicle.car import Car
from ..vehicle.route import Place, km_between
from .expression import Expression, parse
from .monitors import Monitor
from .time_triggers import inside, next_edge
from .triggers import CHANGE, DATA, Value, holds, literal

type Tell = Callable[[Monitor, float, Json], None]


@dataclass(slots=True, eq=False)
class _Trigger:
    """How a trigger stands: true for as long as it holds, or ``changed`` at this very instant only."""

    parameter: Mapping[str, Any]
    value: Value = None
    true: bool = False
    changed: bool = False
    before: Value = None

    def look(self, car: Car, at: float) -> None:
        self.changed = False
        if "zone" in self.parameter:
            self._look_at_zone(car)
        elif "time" in self.parameter:
            self.true = inside(self.parameter["time"], at)
        else:
            self._look_at_data(car, at)

    def _look_at_zone(self, car: Car) -> None:
        spot, zone = car.spot(), self.parameter["zone"]
        if not spot or "position" not in car.character.members:
            return
        center = zone["place"]["center"]
        km = km_between(spot.place, Place(center["longitude"], center["latitude"]))
        self.true = (km <= zone["place"]["radius"]) == (zone["transition"] == "In")

    def _look_at_data(self, car: Car, at: float) -> None:
        data = self.parameter["data"]
        value = DATA[data["data"]].value(car, at)
        if value is None:
            return
        was, self.value = self.value, value
        previous = data.get("previous")
        came_from = not previous or holds(was, previous["op"], previous["value"])
        if data["op"] == CHANGE:
            self.changed = was is not None and was != value and came_from
        else:
            self.true = holds(value, data["op"], data["value"]) and (self.true or came_from)
        if self.changed or was != value:
            self.before = was


@dataclass(slots=True)
class Watch:
    """One monitor at work on one car."""

    car: Car
    monitor: Monitor
    root: str
    tell: Tell
    triggers: dict[str, _Trigger] = field(init=False)
    expression: Expression = field(init=False)
    true: bool = field(init=False, default=False)
    refresh_at: float = field(init=False, default=inf)
    edge_at: float = field(init=False, default=-inf)

    def __post_init__(self) -> None:
        param = self.monitor.parameter["triggerParam"]
        self.triggers = {trigger["name"]: _Trigger(trigger) for trigger in param["triggers"]}
        self.expression = parse(param["boolExp"], list(self.triggers))

    def begin(self, at: float) -> None:
        """Take note of how the car stands: what is true already is no event."""
        self._look(at)
        self.true = self._holds(changes=False)
        self._set_refresh(at)

    def due(self) -> float:
        """Return when to look again, whatever the car does."""
        return inf if self.monitor.status == "Paused" else min(self.refresh_at, self.edge_at)

    def seen(self, at: float) -> None:
        """Look, and tell what there is to tell."""
        if self.monitor.status == "Paused":
            return
        self._look(at)
        was = self.true
        fires = self._holds(changes=True)
        self.true = self._holds(changes=False)
        if fires and (not was or any(trigger.changed for trigger in self.triggers.values())):
            self.tell(self.monitor, at, self._event(refresh=False))
            self._set_refresh(at)
        elif not self.true:
            self.refresh_at = inf
        elif at >= self.refresh_at:
            self.tell(self.monitor, at, self._event(refresh=True))
            self._set_refresh(at)

    def _look(self, at: float) -> None:
        hours = [one for one in self.triggers.values() if "time" in one.parameter]
        for trigger in self.triggers.values():
            if trigger not in hours or at >= self.edge_at:
                trigger.look(self.car, at)
        if at >= self.edge_at:
            self.edge_at = min((next_edge(one.parameter["time"], at) for one in hours), default=inf)

    def _holds(self, *, changes: bool) -> bool:
        case = {name: trigger.true or (changes and trigger.changed) for name, trigger in self.triggers.items()}
        return self.expression(case)

    def _set_refresh(self, at: float) -> None:
        period = self.monitor.parameter.get("subscribeParam", {}).get("refreshEvent")
        self.refresh_at = at + period if period and self.true else inf

    def _event(self, *, refresh: bool) -> Json:
        values = [
            self._value(trigger)
            for trigger in self.triggers.values()
            if "data" in trigger.parameter and (trigger.true or trigger.changed)
        ]
        return {"monitorId": self.monitor.id, "values": values, "refresh": refresh}

    def _value(self, trigger: _Trigger) -> Json:
        data = trigger.parameter["data"]
        if data["data"] == "vehicle.alert":
            bodies = [
                alert_body(self.car, alert, self.root, self.monitor.scopes) for alert in self.car.history.active_alerts
            ]
            value: Json = {"type": "obj.alert", "body": {"objectValues": bodies}}
        else:
            value = {"type": "string", "body": {"literalValue": literal(trigger.value)}}
        told: Json = {"data": data["data"], "value": value}
        if "previous" in data and trigger.before is not None:
            told["previous"] = literal(trigger.before)
        return told


class CarWatch:
    """All monitors of a car."""

    def __init__(self, watches: list[Watch]) -> None:
        self.watches = watches

    def due(self) -> float:
        """Return when one of them wants to look."""
        return min((watch.due() for watch in self.watches), default=inf)

    def seen(self, at: float) -> None:
        """Let all of them look."""
        for watch in self.watches:
            watch.seen(at)
