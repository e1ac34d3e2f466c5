"""Control of the clock, the faults, the rate limits, and the counters of requests."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import fields

from aiohttp import web

from ..clock import MAX_SPEED, Clock, rfc3339
from ..http.faults import Fault, Faults
from ..http.rate_limits import RateLimits
from ..resources.links import Json
from .faults import parse_fault
from .interface import ControlRoute
from .parsing import parse_number, parse_object, parse_whole_number

# The limit of one jump of the clock in seconds: ten years, so that it ends soon and all dates stay valid.
MAX_JUMP = 10 * 366 * 86400


class ServerControl:
    """Handlers of /_control/clock, /faults, /requests and /limits."""

    def __init__(self, clock: Clock, faults: Faults, rate_limits: RateLimits, requests: Counter[str]) -> None:
        self._clock = clock
        self._faults = faults
        self._rate_limits = rate_limits
        self._requests = requests

    def routes(self) -> list[ControlRoute]:
        """Return the method, path and handler of each call."""
        return [
            ("GET", "/clock", self.get_clock),
            ("POST", "/clock", self.change_clock),
            ("GET", "/faults", self.list_faults),
            ("PUT", "/faults", self.set_faults),
            ("DELETE", "/faults", self.clear_faults),
            ("GET", "/requests", self.list_requests),
            ("DELETE", "/requests", self.clear_requests),
            ("PUT", "/limits", self.set_limits),
        ]

    async def get_clock(self, _request: web.Request) -> Json:
        """Return the simulated time and its speed."""
        return {"now": rfc3339(self._clock.now()), "speed": self._clock.speed}

    async def change_clock(self, request: web.Request) -> Json:
        """Set the `speed`, and `advance` the clock by seconds."""
        body = parse_object(await request.json(), {"advance", "speed"})
        maximum = {"advance": MAX_JUMP, "speed": MAX_SPEED}
        numbers = {name: parse_number(name, value, maximum[name]) for name, value in body.items()}
        if "speed" in numbers:
            self._clock.set_speed(numbers["speed"])
        self._clock.advance(numbers.get("advance", 0))
        return await self.get_clock(request)

    async def list_faults(self, _request: web.Request) -> list[Json]:
        """Return the active rules."""
        return [{field.name: getattr(rule, field.name) for field in fields(Fault)} for rule in self._faults.rules]

    async def set_faults(self, request: web.Request) -> list[Json]:
        """Replace the active rules with a rule or a list of rules."""
        body = await request.json()
        self._faults.rules = [parse_fault(rule) for rule in (body if isinstance(body, list) else [body])]
        return await self.list_faults(request)

    async def clear_faults(self, _request: web.Request) -> None:
        """Remove all rules."""
        self._faults.rules = []

    async def list_requests(self, _request: web.Request) -> Mapping[str, int]:
        """Return how often each operation was called."""
        return self._requests

    async def clear_requests(self, _request: web.Request) -> None:
        """Reset the counters of requests."""
        self._requests.clear()

    async def set_limits(self, request: web.Request) -> None:
        """Set the rate limits `day` and `burst`; 0 means no limit, and a missing one is not changed."""
        body = parse_object(await request.json(), {"day", "burst"})
        self._rate_limits.set(**{name: parse_whole_number(name, value) for name, value in body.items()})
