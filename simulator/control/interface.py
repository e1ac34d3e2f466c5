"""The control interface: how a test, or a person, moves the world. Loopback only."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from aiohttp import web

from ..auth.scopes import WORDS, parse_scopes
from ..auth.tokens import Grant
from ..clock import FASTEST, rfc3339
from ..http.faults import Fault, fault
from ..http.hal import Json
from ..http.loopback import is_loopback
from ..push.notifier import manner
from ..remote.execution import script
from ..resources.status import status_body
from ..vehicle.car import Car
from ..vehicle.fleet import CHARACTERS
from ..world import Account
from .manual_changes import set_by_hand

if TYPE_CHECKING:
    from ..app import Simulator

CONTROL = "/_control"

# One jump of the clock, in seconds: ten years. More would wear out the calendar, and a tester's patience.
LONGEST_JUMP = 10 * 366 * 86400
_MOST = 10**9

type Answer = Callable[[web.Request], Awaitable[Any]]


class UnknownVinError(Exception):
    """No car has this VIN."""


class Control:
    """Handlers of /_control."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._world = simulator.world

    def routes(self) -> list[web.RouteDef]:
        """Return what is served."""
        rows: tuple[tuple[str, str, Answer], ...] = (
            ("GET", "/vehicles", self.list_vehicles),
            ("POST", "/vehicles", self.add_vehicle),
            ("GET", "/vehicles/{vin}", self.show_vehicle),
            ("DELETE", "/vehicles/{vin}", self.remove_vehicle),
            ("PATCH", "/vehicles/{vin}", self.change_vehicle),
            ("PUT", "/vehicles/{vin}/status", self.set_status),
            ("DELETE", "/vehicles/{vin}/status", self.clear_status),
            ("GET", "/faults", self.list_faults),
            ("PUT", "/faults", self.set_faults),
            ("DELETE", "/faults", self.clear_faults),
            ("GET", "/requests", self.list_requests),
            ("DELETE", "/requests", self.clear_requests),
            ("GET", "/clock", self.read_clock),
            ("POST", "/clock", self.move_clock),
            ("POST", "/token", self.make_token),
            ("PUT", "/oauth", self.set_oauth),
            ("PUT", "/limits", self.set_limits),
            ("GET", "/remotes", self.list_remotes),
            ("PUT", "/remotes", self.set_remotes),
            ("POST", "/remotes/next", self.add_script),
            ("DELETE", "/remotes/next", self.clear_scripts),
            ("GET", "/notifications", self.list_notifications),
            ("PUT", "/notifications", self.set_notifications),
        )
        return [web.route(method, CONTROL + path, self._guarded(answer)) for method, path, answer in rows]

    async def list_vehicles(self, _request: web.Request) -> list[Json]:
        """Return the fleet."""
        return [_summary(car, self._world.accounts[car.character.brand]) for car in self._world.vehicles]

    async def add_vehicle(self, request: web.Request) -> Json:
        """Link another car: ``brand``, and ``model`` where the brand has several."""
        asked = _object(await request.json(), {"brand", "model"})
        for character in CHARACTERS:
            if character.brand == asked.get("brand") and asked.get("model") in (None, character.model):
                return _summary(self._world.add(character), self._world.accounts[character.brand])
        known = ", ".join(f"{one.brand} {one.model}" for one in CHARACTERS)
        raise ValueError(f"no such car; known: {known}")

    async def show_vehicle(self, request: web.Request) -> Json:
        """Return how a car truly stands, whatever its driver hides and however long it sleeps."""
        car, now = self._car(request), self._world.clock.now()
        car.advance(now)
        state = asdict(car.state)
        return _summary(car, self._world.accounts[car.character.brand]) | {
            "asleep": car.asleep(now),
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
            "status": status_body(car, self._simulator.push.root, frozenset(WORDS)),
        }

    async def remove_vehicle(self, request: web.Request) -> None:
        """Unlink a car."""
        car = self._car(request)
        self._simulator.api.raw_statuses.pop(car.vin, None)
        self._simulator.push.forget_vehicle(car)
        self._world.remove(car)

    async def change_vehicle(self, request: web.Request) -> Json:
        """Set a car by hand."""
        car = self._car(request)
        set_by_hand(car, self._world.clock.now(), _object(await request.json()))
        return _summary(car, self._world.accounts[car.character.brand])

    async def set_status(self, request: web.Request) -> None:
        """Serve a raw body as this car's status."""
        self._simulator.api.raw_statuses[self._car(request).vin] = await request.read()

    async def clear_status(self, request: web.Request) -> None:
        """Serve the modelled status again."""
        self._simulator.api.raw_statuses.pop(self._car(request).vin, None)

    async def list_faults(self, _request: web.Request) -> list[Json]:
        """Return the rules in force."""
        return [{one.name: getattr(rule, one.name) for one in fields(Fault)} for rule in self._simulator.faults.rules]

    async def set_faults(self, request: web.Request) -> list[Json]:
        """Put a rule, or a list of rules, in place of those in force."""
        asked = await request.json()
        rules = [fault(rule) for rule in (asked if isinstance(asked, list) else [asked])]
        self._simulator.faults.rules = rules
        return await self.list_faults(request)

    async def clear_faults(self, _request: web.Request) -> None:
        """Forget all rules."""
        self._simulator.faults.rules = []

    async def list_requests(self, _request: web.Request) -> Mapping[str, int]:
        """Return how often each operation was called."""
        return self._simulator.requests

    async def clear_requests(self, _request: web.Request) -> None:
        """Count from zero."""
        self._simulator.requests.clear()

    async def read_clock(self, _request: web.Request) -> Json:
        """Return the simulated instant and the speed."""
        return {"now": rfc3339(self._world.clock.now()), "speed": self._world.clock.speed}

    async def move_clock(self, request: web.Request) -> Json:
        """Jump ahead by ``advance`` seconds, run at ``speed``."""
        asked = _object(await request.json(), {"advance", "speed"})
        most = {"advance": LONGEST_JUMP, "speed": FASTEST}
        numbers = {name: _number(name, value, most[name]) for name, value in asked.items()}
        if "speed" in numbers:
            self._world.clock.set_speed(numbers["speed"])
        self._world.clock.advance(numbers.get("advance", 0))
        return await self.read_clock(request)

    async def make_token(self, request: web.Request) -> Json:
        """Return a token set without a consent page."""
        asked = _object(await request.json(), {"account", "brand", "scopes", "client_id", "expires_in"})
        client = self._simulator.clients.get(_text("client_id", asked.get("client_id", "demo-client")))
        if not client:
            raise ValueError("no such client_id")
        grant = Grant(client=client, account=self._account(asked), scopes=_scopes(asked.get("scopes", list(WORDS))))
        lifetime = asked.get("expires_in")
        return self._simulator.tokens.issue(grant, None if lifetime is None else _whole("expires_in", lifetime))

    async def set_oauth(self, request: web.Request) -> Json:
        """Change lifetimes, end tokens, revoke an account's grants, (un)register an application."""
        known = {"expires_in", "code_lifetime", "expire", "revoke", "client_id", "registered"}
        asked, tokens = _object(await request.json(), known), self._simulator.tokens
        if "client_id" in asked and not self._simulator.clients.register(
            _text("client_id", asked["client_id"]), registered=bool(asked.get("registered", True))
        ):
            raise ValueError("no such client_id")
        for name in ("expires_in", "code_lifetime"):
            if name in asked:
                setattr(tokens, name, _whole(name, asked[name]))
        if asked.get("expire"):
            tokens.expire()
        revoked = tokens.revoke_account(self._account({"account": asked["revoke"]})) if "revoke" in asked else 0
        return {"expires_in": tokens.expires_in, "code_lifetime": tokens.code_lifetime, "revoked": revoked}

    async def set_limits(self, request: web.Request) -> None:
        """Set the rate limits, 0 for none: ``day`` and ``burst``; one that is not given stays."""
        asked = _object(await request.json(), {"day", "burst"})
        self._simulator.limits.set(**{name: _whole(name, value) for name, value in asked.items()})

    async def list_remotes(self, _request: web.Request) -> list[Json]:
        """Return all remotes that were accepted, with every event of theirs."""
        return [
            {
                "id": remote.id,
                "callback": remote.callback.id,
                "vehicle": remote.vehicle_id,
                "type": remote.action.type,
                "body": remote.body,
                "at": rfc3339(remote.created),
                "events": remote.events,
            }
            for remote in self._simulator.push.remotes.values()
        ]

    async def set_remotes(self, request: web.Request) -> Json:
        """Set how often a car may be woken in a month."""
        asked, course = _object(await request.json(), {"wake_ups_a_month"}), self._simulator.push.course
        if "wake_ups_a_month" in asked:
            course.wake_ups_a_month = _whole("wake_ups_a_month", asked["wake_ups_a_month"])
        return {"wake_ups_a_month": course.wake_ups_a_month, "wake_ups": course.wake_ups}

    async def add_script(self, request: web.Request) -> Json:
        """Say what is to become of the next remote; several are used up one after the other."""
        scripts = self._simulator.push.course.scripts
        scripts.append(script(await request.json()))
        return {"scripts": len(scripts)}

    async def clear_scripts(self, _request: web.Request) -> None:
        """Let the next remotes take their usual course."""
        self._simulator.push.course.scripts.clear()

    async def list_notifications(self, _request: web.Request) -> Json:
        """Return the manner of sending, and how it stands with each callback."""
        notifier = self._simulator.push.notifier
        return {"manner": asdict(notifier.manner), "callbacks": notifier.summary()}

    async def set_notifications(self, request: web.Request) -> Json:
        """Have notifications go astray: ``drop``, ``duplicate``, ``delay`` (seconds), ``shuffle``; {} for none."""
        self._simulator.push.notifier.manner = manner(_object(await request.json()))
        return await self.list_notifications(request)

    def _car(self, request: web.Request) -> Car:
        car = self._world.by_vin(request.match_info["vin"])
        if not car:
            raise UnknownVinError
        return car

    def _guarded(self, answer: Answer) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def guarded(request: web.Request) -> web.Response:
            if not is_loopback(request.remote or ""):
                return web.json_response({"error": "control is for this machine only"}, status=403)
            try:
                body = await answer(request)
            except UnknownVinError:
                return web.json_response({"error": "no such vin"}, status=404)
            except (ValueError, TypeError, OverflowError) as error:
                return web.json_response({"error": str(error)}, status=400)
            if request.method != "GET":
                await self._simulator.pulse.beat()
            return web.json_response(body) if body is not None else web.Response(status=204)

        return guarded

    def _account(self, asked: Mapping[str, Any]) -> Account:
        name = asked.get("account") or asked.get("brand")
        for account in self._world.accounts.values():
            if name in (account.id, account.brand.key, account.brand.email, account.brand.realm):
                return account
        raise ValueError(f"no such account; known: {', '.join(self._world.accounts)}")


def _summary(car: Car, account: Account) -> Json:
    return {
        "id": car.id,
        "vin": car.vin,
        "brand": car.character.brand,
        "model": car.character.model,
        "motorization": car.character.motorization,
        "account": account.brand.email,
        "routine": car.routine,
    }


def _object(body: Any, known: set[str] | None = None) -> Json:
    if not isinstance(body, dict):
        raise ValueError("a JSON object is wanted")  # noqa: TRY004 - becomes a 400 with these words
    unknown = body.keys() - known if known is not None else set()
    if unknown:
        raise ValueError(f"unknown key {min(unknown)!r}; known: {', '.join(sorted(known or ()))}")
    return body


def _number(name: str, value: Any, most: float = _MOST) -> float:
    # What JSON lets Python read as NaN and Infinity is not between any bounds.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(f"{name} takes a number from 0 to {most}")
    return float(value)


def _whole(name: str, value: Any) -> int:
    number = _number(name, value)
    if not number.is_integer():
        raise ValueError(f"{name} takes a whole number")
    return int(number)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} takes a text")  # noqa: TRY004 - becomes a 400 with these words
    return value


def _scopes(value: Any) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(scope, str) for scope in value):
        value = " ".join(value)
    if not isinstance(value, str):
        raise ValueError("scopes takes a list of texts, or one text")  # noqa: TRY004 - becomes a 400 with these words
    return parse_scopes(value)
