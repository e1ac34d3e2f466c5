"""A call of an operation, and what an operation is."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
import re
from typing import TYPE_CHECKING

from aiohttp import web

from ..auth.tokens import Grant
from ..resources.vehicles import COUNTRIES
from ..vehicle.car import Car
from ..world import World
from .errors import HAL, ApiError, invalid_parameter, not_found
from .hal import PAGE_SIZE, Json, api_root, collection, parse_page
from .parameters import Times, parse_timestamps

_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z]{2})?")

if TYPE_CHECKING:
    from ..push.service import Push


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An admitted call of an operation."""

    request: web.Request
    operation: Operation
    grant: Grant
    world: World
    push: Push
    raw_statuses: Mapping[str, bytes]

    @property
    def root(self) -> str:
        """The API's absolute URL as the caller sees it."""
        return api_root(self.request)

    @property
    def scopes(self) -> frozenset[str]:
        """What the person granted."""
        return frozenset(self.grant.scopes)

    @property
    def now(self) -> float:
        """The simulated instant."""
        return self.world.clock.now()

    def part(self, name: str) -> str:
        """Return a part of the path."""
        return self.request.match_info[name]

    def car(self) -> Car:
        """Return the car of the path, up to date.

        Raises ApiError 40400 for an unknown car, 40300 for somebody else's.
        """
        vehicle_id = self.part("id")
        car = self.grant.account.cars.get(vehicle_id)
        if not car and self.world.by_id(vehicle_id):
            raise ApiError(40300, "Forbidden: this vehicle is not linked to this user")
        if not car:
            raise not_found("Not Found: no such vehicle")
        car.advance(self.now)
        return car

    def words(self, name: str, known: tuple[str, ...], most: int | None = None) -> list[str]:
        """Return a parameter of several words: repeated, or separated by commas.

        Raises ApiError 40000 for an unknown word, and for more of them than there may be.
        """
        asked = self.values(name)
        if not set(known) >= set(asked) or len(asked) > (most or len(known)):
            raise invalid_parameter(name)
        return asked

    def values(self, name: str) -> list[str]:
        """Return the values of a parameter: repeated, or separated by commas."""
        return [word for value in self.request.query.getall(name, []) for word in value.split(",")]

    def timestamps(self) -> Times:
        """Return the parameter timestamps, all times without it."""
        return parse_timestamps(self.values("timestamps"), self.now)

    def collection[Item](
        self, name: str, items: Sequence[Item], render: Callable[[Item], Json], largest: int = PAGE_SIZE
    ) -> Json:
        """Return the page that is asked for of a collection."""
        page = parse_page(self.request.query, largest)
        return collection(self.request, name, items, page, render, by_token="pageToken" in self.operation.query)

    def country(self) -> str | None:
        """Return the country parameter."""
        country = self.request.query.get("country")
        if country not in {None, *COUNTRIES}:
            raise invalid_parameter("country")
        return country

    def check_locale(self) -> None:
        """Refuse a locale that is none."""
        if not _LOCALE.fullmatch(self.request.query.get("locale", "en")):
            raise invalid_parameter("locale")

    async def body(self) -> object:
        """Return the request's JSON.

        Raises ApiError 40000 for what is none.
        """
        try:
            body: object = await self.request.json()
        except ValueError as error:
            raise invalid_parameter("body") from error
        return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A verb on a path, the query parameters it takes, the scopes it requires, and who answers."""

    path: str
    answer: Callable[[Call], Awaitable[Json | bytes | None]]
    method: str = "GET"
    query: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    status: int = 200
    content_type: str = HAL
