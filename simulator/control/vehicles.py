"""Control of the cars."""

from dataclasses import asdict

from aiohttp import web

from ..auth.scopes import SCOPES
from ..push.service import PushService
from ..remote.service import RemoteService
from ..resources.links import Json
from ..resources.status import status_body
from ..vehicle.car import Car
from ..vehicle.fleet import MODELS
from ..world import World
from .interface import ControlRoute, UnknownVinError
from .manual_changes import apply_manual_changes
from .parsing import parse_object


class VehicleControl:
    """Handlers of /_control/vehicles."""

    def __init__(self, world: World, push: PushService, remote: RemoteService, raw_statuses: dict[str, bytes]) -> None:
        """Create the handlers.

        Args:
            world: The simulated cars.
            push: The monitors, of which those of a removed car are deleted.
            remote: The remotes, likewise.
            raw_statuses: Bodies by VIN that replace the status of a car.
        """
        self._world = world
        self._push = push
        self._remote = remote
        self._raw_statuses = raw_statuses

    def routes(self) -> list[ControlRoute]:
        """Return the method, path and handler of each call."""
        return [
            ("GET", "/vehicles", self.list_vehicles),
            ("POST", "/vehicles", self.add_vehicle),
            ("GET", "/vehicles/{vin}", self.get_vehicle),
            ("DELETE", "/vehicles/{vin}", self.remove_vehicle),
            ("PATCH", "/vehicles/{vin}", self.change_vehicle),
            ("PUT", "/vehicles/{vin}/status", self.set_status),
            ("DELETE", "/vehicles/{vin}/status", self.clear_status),
        ]

    async def list_vehicles(self, _request: web.Request) -> list[Json]:
        """Return all cars."""
        return [self._summary(car) for car in self._world.vehicles]

    async def add_vehicle(self, request: web.Request) -> Json:
        """Add a car of a `brand`, and of a `model` if the brand has several."""
        body = parse_object(await request.json(), {"brand", "model"})
        for model in MODELS:
            if model.brand == body.get("brand") and body.get("model") in (None, model.name):
                return self._summary(self._world.add(model))
        known = ", ".join(f"{model.brand} {model.name}" for model in MODELS)
        raise ValueError(f"no such car; known: {known}")

    async def get_vehicle(self, request: web.Request) -> Json:
        """Return the true state of a car, even if it is asleep or hidden by the driver's privacy."""
        car, now = self._car(request), self._world.clock.now()
        car.advance_to(now)
        state = asdict(car.state)
        return self._summary(car) | {
            "asleep": car.is_asleep(now),
            "horns": car.horns,
            "destinations": car.destinations,
            "air_programs": {slot: asdict(program) for slot, program in car.air_programs.items() if program.enabled},
            "charge_programs": [asdict(program) for program in car.charge_programs],
            "delayed_start": car.delayed_start,
            "state": {
                name: sorted(value) if isinstance(value, frozenset) else value
                for name, value in state.items()
                if name != "measured"
            },
            "status": status_body(car, self._push.api_root, frozenset(SCOPES)),
        }

    async def remove_vehicle(self, request: web.Request) -> None:
        """Remove a car from its account."""
        car = self._car(request)
        self._raw_statuses.pop(car.vin, None)
        self._push.remove_vehicle(car)
        self._remote.remove_vehicle(car)
        self._world.remove(car)

    async def change_vehicle(self, request: web.Request) -> Json:
        """Change the state of a car."""
        car = self._car(request)
        apply_manual_changes(car, self._world.clock.now(), parse_object(await request.json()))
        return self._summary(car)

    async def set_status(self, request: web.Request) -> None:
        """Serve the body of the request as the status of a car."""
        self._raw_statuses[self._car(request).vin] = await request.read()

    async def clear_status(self, request: web.Request) -> None:
        """Serve the simulated status again."""
        self._raw_statuses.pop(self._car(request).vin, None)

    def _car(self, request: web.Request) -> Car:
        car = self._world.by_vin(request.match_info["vin"])
        if not car:
            raise UnknownVinError
        return car

    def _summary(self, car: Car) -> Json:
        return {
            "id": car.id,
            "vin": car.vin,
            "brand": car.model.brand,
            "model": car.model.name,
            "motorization": car.model.motorization,
            "account": self._world.accounts[car.model.brand].brand.email,
            "routine": car.follows_routine,
        }
