"""Scenarios: what real servers and cars were seen to do, each started by one call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from ..http.errors import SECURITY_CHECKS
from ..http.faults import Fault, Faults
from ..remote.actions import ACTIONS
from ..remote.service import RemoteService
from ..resources.links import Json
from ..vehicle.car import Car
from ..vehicle.oddities import Distortion
from ..vehicle.weather import DAY
from ..world import World
from . import distortions
from .interface import ControlRoute, UnknownVinError
from .parsing import is_number, parse_object, parse_text

MINUTE = 60

# The values of a scenario's parameters; each has the type of its default.
type Parameters = Mapping[str, Any]
# Ends a scenario.
type Undo = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """What scenarios change: the server.

    Attributes:
        world: The cars and their clock.
        remote: The remotes.
        faults: The rules for responses.
    """

    world: World
    remote: RemoteService
    faults: Faults

    @property
    def now(self) -> float:
        """The simulated time."""
        return self.world.clock.now()


def _alternating_bodies(_stage: Stage, car: Car, parameters: Parameters) -> Undo:
    """Send the current status and one of an hour ago in turns."""
    return _distort(car, "alternating_bodies", distortions.alternate(parameters["minutes"] * MINUTE))


def _silent_charge(stage: Stage, car: Car, _parameters: Parameters) -> Undo:
    """Start a charge during which the car tells nothing, unless it is woken, until it is full."""
    _park(stage, car, needs_battery=True)
    car.start_charge(stage.now)
    car.reporting.is_silent_while_charging = True
    car.fall_asleep(stage.now)

    def undo() -> None:
        car.reporting.is_silent_while_charging = False

    return undo


def _own_clock(stage: Stage, car: Car, parameters: Parameters) -> Undo:
    """Start a charge; if it is stopped, the car starts it again by its own clock, so many minutes from now."""
    _park(stage, car, needs_battery=True)
    before = (car.delayed_start, car.oddities.restarts_charges)
    car.delayed_start = int((stage.now + parameters["minutes"] * MINUTE - car.midnight(stage.now)) % DAY)
    car.oddities.restarts_charges = True
    car.start_charge(stage.now)

    def undo() -> None:
        car.delayed_start, car.oddities.restarts_charges = before

    return undo


def _empty_hybrid(stage: Stage, car: Car, parameters: Parameters) -> Undo:
    """Empty the battery of a plug-in hybrid, which then tells a high level beside a range of 0."""
    if not car.model.tank:
        raise ValueError("this car is no hybrid")
    _park(stage, car, needs_battery=True)
    car.state.electric = 0.0
    car.state.touch(stage.now, "energies")
    return _distort(car, "empty_hybrid", distortions.claim_level(float(parameters["level"])))


def _disconnected_at_wake_up(stage: Stage, car: Car, _parameters: Parameters) -> Undo:
    """Start a charge; each time the car wakes, it says Disconnected for two minutes."""
    _park(stage, car, needs_battery=True)
    car.start_charge(stage.now)
    return _distort(car, "disconnected_at_wake_up", distortions.claim_disconnected(car))


def _solar_pauses(stage: Stage, car: Car, parameters: Parameters) -> Undo:
    """Charge with pauses, as a charger does that follows the sun."""
    _park(stage, car, needs_battery=True)
    is_over = False

    def set_charging(at: float, *, on: bool) -> None:
        if is_over or not car.state.plugged:
            return
        if on:
            car.start_charge(at)
        else:
            car.stop_charge(at)

    at = stage.now
    car.start_charge(at)
    for _ in range(int(parameters["count"])):
        at += parameters["charging_minutes"] * MINUTE
        car.call_at(at, lambda now: set_charging(now, on=False))
        at += parameters["pause_minutes"] * MINUTE
        car.call_at(at, lambda now: set_charging(now, on=True))

    def undo() -> None:
        nonlocal is_over
        is_over = True

    return undo


def _stuck_ignition(stage: Stage, car: Car, parameters: Parameters) -> Undo:
    """Tell of an ignition that is on since now, while the car is parked and charges."""
    distortion = distortions.freeze_ignition(parameters["type"], stage.now - parameters["minutes"] * MINUTE)
    return _distort(car, "stuck_ignition", distortion)


def _zero_odometer(_stage: Stage, car: Car, _parameters: Parameters) -> Undo:
    """Tell an odometer of 0 while the ignition is off."""
    return _distort(car, "zero_odometer", distortions.zero_odometer)


def _parts_ahead(_stage: Stage, car: Car, parameters: Parameters) -> Undo:
    """Date parts of the status ahead; the part `body` is the status as a whole."""
    parts = frozenset(map(str, parameters["parts"]))
    return _distort(car, "parts_ahead", distortions.date_ahead(parts, parameters["minutes"] * MINUTE))


def _old_schema(_stage: Stage, car: Car, _parameters: Parameters) -> Undo:
    """Tell the status by the names that were used before April 2023."""
    return _distort(car, "old_schema", distortions.use_old_schema)


def _ignored_success(_stage: Stage, car: Car, parameters: Parameters) -> Undo:
    """Answer remotes with Success, although the car does nothing."""
    actions, known = frozenset(parameters["actions"]), {action.name for action in ACTIONS.values()}
    if not actions <= known:
        raise ValueError(f"actions takes a list of {', '.join(sorted(known))}")
    before, car.oddities.ignored_remotes = car.oddities.ignored_remotes, actions

    def undo() -> None:
        car.oddities.ignored_remotes = before

    return undo


def _no_vehicle_label(_stage: Stage, car: Car, parameters: Parameters) -> Undo:
    """List the car without a label; with `branding`, its branding has one."""
    before = car.oddities.hidden_labels
    car.oddities.hidden_labels = frozenset({"list"} if parameters["branding"] else {"list", "branding"})

    def undo() -> None:
        car.oddities.hidden_labels = before

    return undo


def _no_remote_label(stage: Stage, _parameters: Parameters) -> Undo:
    """Return remotes without the labels that they were posted with."""
    stage.remote.hides_labels = True

    def undo() -> None:
        stage.remote.hides_labels = False

    return undo


def _gateway_401(stage: Stage, parameters: Parameters) -> Undo:
    """Have the gateway reject good clients at its security checks."""
    body = {"httpCode": "401", "httpMessage": "Unauthorized", "moreInformation": SECURITY_CHECKS}
    return _fail(stage, parameters, status=401, body=body)


def _no_data_404(stage: Stage, parameters: Parameters) -> Undo:
    """Answer that there is no data."""
    return _fail(stage, parameters, status=404, body={"code": parameters["code"], "message": "Not Found: no data."})


def _distort(car: Car, name: str, distortion: Distortion) -> Undo:
    car.oddities.distortions[name] = distortion

    def undo() -> None:
        if car.oddities.distortions.get(name) is distortion:
            del car.oddities.distortions[name]

    return undo


def _park(stage: Stage, car: Car, *, needs_battery: bool) -> None:
    if needs_battery and not car.model.battery:
        raise ValueError("this car has no traction battery")
    car.set_routine(stage.now, on=False)
    car.stop_drive(stage.now)
    car.wake(stage.now)


def _fail(stage: Stage, parameters: Parameters, *, status: int, body: Json) -> Undo:
    until = stage.now + parameters["minutes"] * MINUTE
    rule = Fault(path=parameters["path"], status=status, body=body, until=until)
    stage.faults.rules.insert(0, rule)

    def undo() -> None:
        stage.faults.rules = [other for other in stage.faults.rules if other is not rule]

    return undo


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario.

    Attributes:
        parameters: The defaults of its parameters.
        on_car: Starts a scenario of one car, which the call names by `vin`.
        on_server: Starts a scenario of the server.
    """

    parameters: Parameters
    on_car: Callable[[Stage, Car, Parameters], Undo] | None = None
    on_server: Callable[[Stage, Parameters], Undo] | None = None

    def summary(self) -> Json:
        """Return what it does and what it takes."""
        text = (self.on_car or self.on_server).__doc__ or ""
        return {"description": text.strip(), "takes_vin": self.on_car is not None, "parameters": self.parameters}


SCENARIOS: Mapping[str, Scenario] = {
    "alternating_bodies": Scenario({"minutes": 60}, _alternating_bodies),
    "silent_charge": Scenario({}, _silent_charge),
    "own_clock": Scenario({"minutes": 30}, _own_clock),
    "empty_hybrid": Scenario({"level": 100}, _empty_hybrid),
    "disconnected_at_wake_up": Scenario({}, _disconnected_at_wake_up),
    "solar_pauses": Scenario({"count": 5, "charging_minutes": 20, "pause_minutes": 10}, _solar_pauses),
    "stuck_ignition": Scenario({"type": "StartUp", "minutes": 0}, _stuck_ignition),
    "zero_odometer": Scenario({}, _zero_odometer),
    "parts_ahead": Scenario({"parts": ["energies", "energy"], "minutes": 120}, _parts_ahead),
    "old_schema": Scenario({}, _old_schema),
    "ignored_success": Scenario({"actions": ["charging"]}, _ignored_success),
    "no_vehicle_label": Scenario({"branding": False}, _no_vehicle_label),
    "no_remote_label": Scenario({}, on_server=_no_remote_label),
    "gateway_401": Scenario({"path": "/user*", "minutes": 720}, on_server=_gateway_401),
    "no_data_404": Scenario({"path": "/user/vehicles/{id}/*", "minutes": 1440, "code": 40400}, on_server=_no_data_404),
}


class ScenarioControl:
    """Handlers of /_control/scenarios."""

    def __init__(self, world: World, remote: RemoteService, faults: Faults) -> None:
        self._stage = Stage(world, remote, faults)
        self._running: list[tuple[Json, Undo]] = []

    def routes(self) -> list[ControlRoute]:
        """Return the method, path and handler of each call."""
        return [
            ("GET", "/scenarios", self.list_scenarios),
            ("POST", "/scenarios/{name}", self.start),
            ("DELETE", "/scenarios", self.end_all),
        ]

    async def list_scenarios(self, _request: web.Request) -> Json:
        """Return what there is, and what was started."""
        scenarios = {name: scenario.summary() for name, scenario in SCENARIOS.items()}
        return {"scenarios": scenarios, "started": [started for started, _ in self._running]}

    async def start(self, request: web.Request) -> Json:
        """Start a scenario."""
        name = request.match_info["name"]
        if not (scenario := SCENARIOS.get(name)):
            raise ValueError(f"no such scenario; known: {', '.join(SCENARIOS)}")
        body = parse_object(
            await request.json() if request.can_read_body else {},
            {*scenario.parameters, *(["vin"] if scenario.on_car else [])},
        )
        parameters = {
            key: _parse_parameter(key, body.get(key, default), default) for key, default in scenario.parameters.items()
        }
        started: Json = {"name": name, **parameters}
        if scenario.on_car:
            car = self._car(parse_text("vin", body.get("vin")))
            undo = scenario.on_car(self._stage, car, parameters)
            started["vin"] = car.vin
        elif scenario.on_server:
            undo = scenario.on_server(self._stage, parameters)
        self._running.append((started, undo))
        return started

    async def end_all(self, _request: web.Request) -> None:
        """End all scenarios; what cars did because of them stays."""
        while self._running:
            _, undo = self._running.pop()
            undo()

    def _car(self, vin: str) -> Car:
        car = self._stage.world.by_vin(vin)
        if not car:
            raise UnknownVinError
        car.advance_to(self._stage.now)
        return car


def _parse_parameter(name: str, value: Any, default: Any) -> Any:
    """Return a parameter of a scenario.

    Raises:
        ValueError: It is of another type than the default.
    """
    if isinstance(default, bool) or not isinstance(default, int):
        is_valid = type(value) is type(default)
    else:
        is_valid = is_number(0, 10**6)(value)
    if not is_valid:
        raise ValueError(f"{name} takes a value like {default!r}")
    return value
