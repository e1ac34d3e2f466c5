"""Helpers of the tests of monitors."""

from typing import Any

from ..conftest import Caller, Hook


def data(field: str, op: str = "onChange", *values: str, **extra: Any) -> Any:
    """Return a data trigger without a name."""
    return {"data": {"data": field, "op": op, **({"value": list(values)} if values else {}), **extra}}


def monitor(*triggers: Any, expression: str = "t0", **extra: Any) -> Any:
    """Return a monitor with triggers t0, t1, …"""
    named = [{"name": f"t{number}", **trigger} for number, trigger in enumerate(triggers)]
    return {"label": "test", "triggerParam": {"triggers": named, "boolExp": expression}, **extra}


class Monitors:
    """Creates monitors of a car, and returns their events."""

    def __init__(self, caller: Caller, hook: Hook, callback: str, model: str) -> None:
        self.caller, self.hook, self.callback, self.model = caller, hook, callback, model

    @property
    def path(self) -> str:
        return f"/user/vehicles/{self.caller.car(self.model).id}/callbacks/{self.callback}/monitors"

    async def create(self, *triggers: Any, **extra: Any) -> str:
        response = await self.caller.send("POST", self.path, monitor(*triggers, **extra))
        assert response.status == 202, response.body
        return str(response.body["monitorId"])

    async def events_after(self, **change: Any) -> list[Any]:
        """Change the car, and return the events that follow."""
        before = len(self.hook.messages)
        assert (await self.caller.change(self.model, **change)).status == 200
        return [message["monitorEvent"] for message in self.hook.messages[before:]]

    async def events_within(self, seconds: float) -> list[Any]:
        """Advance the clock, and return the events with their dates."""
        before = len(self.hook.messages)
        await self.caller.pass_time(seconds)
        return [(message["date"], message["monitorEvent"]) for message in self.hook.messages[before:]]


# Triggers, a change of the car that makes each of them true, and the value in the event.
CHANGES = [
    (data("vehicle.alert"), {"alerts": ["RiskOfIce"]}, None),
    (data("vehicle.alert", "equalsTo", "RiskOfIce"), {"alerts": ["RiskOfIce", "FuelLevelLow"]}, None),
    (data("vehicle.alert", "includedIn", "RiskOfIce", "FuelLevelLow"), {"alerts": ["FuelLevelLow"]}, None),
    (data("vehicle.odometer", "greaterThan", "1500"), {"odometer": 1600}, "1600"),
    (data("vehicle.odometer", "equalsTo", "1500"), {"odometer": 1500.4}, "1500"),
    (data("vehicle.powertrain.status"), {"drive": True}, "Running"),
    (data("vehicle.powertrain.status", "includedIn", "Running", "Starting"), {"drive": True}, "Running"),
    (data("vehicle.engines.thermic.oil.temp", "greaterThan", "10"), {"temperature": 30}, "30"),
    (data("vehicle.energy.electric.level", "lowerThan", "20"), {"level": 19}, "19"),
    (data("vehicle.energy.electric.autonomy", "lowerThan", "20"), {"level": 5}, "2"),
    (data("vehicle.energy.fuel.level", "lowerThan", "50"), {"fuel_level": 10}, "10"),
    (data("vehicle.energy.fuel.autonomy", "lowerThan", "100"), {"fuel_level": 10}, "71"),
    (data("vehicle.autonomy", "lowerThan", "100"), {"fuel_level": 10}, "96"),
    (data("vehicle.energy.charging.status"), {"charge": True}, "InProgress"),
    (data("vehicle.energy.charging.status", "equalsTo", "Failure"), {"charge": "Failure"}, "Failure"),
    (data("vehicle.energy.charging.plugged", "equalsTo", "true"), {"plug": True}, "true"),
    (data("vehicle.doorsState.lockedState"), {"lock": False}, "RearDoorsUnlocked,Unlocked"),
    (data("vehicle.doorsState.opening"), {"doors": ["Trunk", "Driver"]}, "Driver,Trunk"),
    (data("vehicle.kinetic.moving", "equalsTo", "true"), {"drive": True}, "true"),
    (data("vehicle.trip.start"), {"drive": True}, None),
    (data("vehicle.trip.state", "includedIn", "DataLacking"), {"privacy": "Geolocation", "drive": True}, "DataLacking"),
    (data("vehicle.safety.beltWarning", "equalsTo", "Normal"), {"belt": True}, "Normal"),
    (data("environment.air.temp", "lowerThan", "0"), {"temperature": -3.5}, "-3.5"),
    (data("privacy.state", "includedIn", "Full", "Geolocation"), {"privacy": "Full"}, "Full"),
    (data("vehicle.drivingBehavior.mode", "equalsTo", "Snow"), {"mode": "Snow"}, "Snow"),
    (data("vehicle.safety.autoECallTriggering"), {"ecall": "Detected"}, "Detected"),
    (data("vehicle.preconditioning.airConditioning"), {"preconditioning": True}, "Enabled"),
    (data("vehicle.alarm.trigger.type", "equalsTo", "RoofBreakIn"), {"alarm": "RoofBreakIn"}, "RoofBreakIn"),
    (data("vehicle.alarm.status.activation"), {"alarm": False}, "Inactive"),
]
