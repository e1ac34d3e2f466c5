"""An authorized call of an API operation, and how its parameters are read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
import re

from aiohttp import web

from ..resources.links import Json
from ..resources.vehicles import COUNTRIES
from ..vehicle.car import Car
from ..world import Account, World
from .errors import ApiError, invalid_parameter, not_found
from .hal import PAGE_SIZE, api_root, collection, parse_page
from .parameters import Times, parse_timestamps

_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z]{2})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """An authorized call of an API operation.

    Attributes:
        request: The HTTP request.
        query_names: The names of the query parameters that the operation takes.
        client_id: The application that calls.
        account: The account that the caller was given access to.
        scopes: The scopes that were granted.
        is_brand_app: Whether the application is registered as the brands' own apps are.
        world: The simulated cars and their clock.
    """

    request: web.Request
    query_names: frozenset[str]
    client_id: str
    account: Account
    scopes: frozenset[str]
    is_brand_app: bool
    world: World

    @property
    def api_root(self) -> str:
        """The absolute URL of the API as the caller sees it."""
        return api_root(self.request)

    @property
    def now(self) -> float:
        """The simulated time, in seconds since 1970."""
        return self.world.clock.now()

    @property
    def is_strict(self) -> bool:
        """Whether to behave as the API's description says, rather than as the platform was seen to behave."""
        return self.world.config.strict

    def path_param(self, name: str) -> str:
        """Return a parameter of the path."""
        return self.request.match_info[name]

    def car(self) -> Car:
        """Return the car of the path, up to date.

        Raises:
            ApiError: 40400 if the car is unknown, 40300 if it belongs to another account.
        """
        vehicle_id = self.path_param("id")
        car = self.account.cars.get(vehicle_id)
        if not car and self.world.by_id(vehicle_id):
            raise ApiError(40300, "Forbidden: this vehicle is not linked to this user")
        if not car:
            raise not_found("Not Found: no such vehicle")
        car.advance_to(self.now)
        return car

    def enum_values(self, name: str, allowed: tuple[str, ...], max_count: int | None = None) -> list[str]:
        """Return the values of an enum parameter, which may be repeated or separated by commas.

        Raises:
            ApiError: 40000 if a value is not allowed, or if there are too many.
        """
        values = self.param_values(name)
        if not set(allowed) >= set(values) or len(values) > (max_count or len(allowed)):
            raise invalid_parameter(name)
        return values

    def param_values(self, name: str) -> list[str]:
        """Return the values of a parameter, which may be repeated or separated by commas."""
        return [value for text in self.request.query.getall(name, []) for value in text.split(",")]

    def timestamps(self) -> Times:
        """Return the time ranges of the parameter `timestamps`; without it, all times.

        A `+` that was not encoded arrives as a space; the platform understands it.

        Raises:
            ApiError: 40000 if they cannot be parsed.
        """
        texts = self.param_values("timestamps")
        return parse_timestamps(texts if self.is_strict else [text.replace(" ", "+") for text in texts], self.now)

    def collection[Item](
        self, name: str, items: Sequence[Item], render: Callable[[Item], Json], max_page_size: int = PAGE_SIZE
    ) -> Json:
        """Return the requested page of a collection.

        Args:
            name: The member of the body that holds the items.
            items: All items, in order.
            render: Builds the body of an item.
            max_page_size: The largest value of the parameter `pageSize`.
        """
        page = parse_page(self.request.query, max_page_size)
        return collection(self.request, name, items, page, render, by_token="pageToken" in self.query_names)

    def country(self) -> str | None:
        """Return the parameter `country`.

        Raises:
            ApiError: 40000 if it is not a known country.
        """
        country = self.request.query.get("country")
        if country not in {None, *COUNTRIES}:
            raise invalid_parameter("country")
        return country

    def check_locale(self) -> None:
        """Validate the parameter `locale`.

        Raises:
            ApiError: 40000 if it is malformed.
        """
        if not _LOCALE.fullmatch(self.request.query.get("locale", "en")):
            raise invalid_parameter("locale")

    async def body(self) -> object:
        """Return the parsed JSON of the request's body.

        Raises:
            ApiError: 40000 if it is not JSON.
        """
        try:
            body: object = await self.request.json()
        except (ValueError, RecursionError) as error:  # RecursionError: nested too deep
            raise invalid_parameter("body") from error
        return body
