"""The operations of the API: one row each, and the function that answers it."""

from dataclasses import dataclass
import re
from typing import TYPE_CHECKING

from .clock import rfc3339
from .errors import ApiError, invalid_parameter, not_found
from .hal import Json, api_root, collection, link, parse_page
from .status import status_body
from .vehicles import COUNTRIES, EXTENSIONS, vehicle_body
from .weather import DAY
from .world import FIRST_DAY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiohttp import web

    from .car import Car
    from .tokens import Grant
    from .world import World

_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z]{2})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An admitted call of an operation."""

    request: web.Request
    grant: Grant
    world: World
    raw_statuses: Mapping[str, bytes]

    @property
    def root(self) -> str:
        """The API's absolute URL as the caller sees it."""
        return api_root(self.request)

    @property
    def scopes(self) -> frozenset[str]:
        """What the person granted."""
        return frozenset(self.grant.scopes)

    def car(self) -> Car:
        """Return the car of the path, up to date.

        Raises ApiError 40400 for an unknown car, 40300 for somebody else's.
        """
        vehicle_id = self.request.match_info["id"]
        car = self.grant.account.cars.get(vehicle_id)
        if not car and self.world.by_id(vehicle_id):
            raise ApiError(40300, "Forbidden: this vehicle is not linked to this user")
        if not car:
            raise not_found("Not Found: no such vehicle")
        car.advance(self.world.clock.now())
        return car

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

    def extensions(self, known: tuple[str, ...]) -> list[str]:
        """Return the extension parameter: repeated, or separated by commas."""
        asked = [word for value in self.request.query.getall("extension", []) for word in value.split(",")]
        if not set(known) >= set(asked) or len(asked) > len(known):
            raise invalid_parameter("extension")
        return asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A verb on a path, the query parameters it takes, the scopes it requires, and who answers."""

    path: str
    answer: Callable[[Call], Awaitable[Json | bytes]]
    method: str = "GET"
    query: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    status: int = 200


async def user(call: Call) -> Json:
    """Answer GET /user."""
    account, country = call.grant.account, call.country()
    cars = [vehicle_body(car, call.root, country=country) for car in account.cars.values()]
    since = rfc3339(FIRST_DAY - 700 * DAY)
    return {
        "email": account.brand.email,
        "firstName": account.brand.first_name,
        "lastName": account.brand.last_name,
        "createdAt": since,
        "updatedAt": since,
        "_links": {"self": link(f"{call.root}/user"), "vehicles": link(f"{call.root}/user/vehicles")},
        "_embedded": {"Vehicles": cars},
    }


async def vehicles(call: Call) -> Json:
    """Answer GET /user/vehicles."""
    query = call.request.query
    call.check_locale()
    country, extensions, page = call.country(), call.extensions(EXTENSIONS), parse_page(query)
    cars = call.grant.account.cars.values()
    if not cars:
        raise not_found("No vehicle found")
    prefix = query.get("vinPrefix", "")
    bodies = [vehicle_body(car, call.root, extensions, country) for car in cars if car.vin.startswith(prefix)]
    return collection(call.request, "vehicles", bodies, page)


async def vehicle(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}."""
    call.check_locale()
    country, extensions = call.country(), call.extensions(EXTENSIONS)
    return vehicle_body(call.car(), call.root, extensions, country)


async def status(call: Call) -> Json | bytes:
    """Answer GET /user/vehicles/{id}/status, with a raw body that was put there by control, if there is one."""
    car = call.car()
    raw = call.raw_statuses.get(car.vin)
    if raw is not None:
        call.request["injected"] = True
        return raw
    return status_body(car, call.root, call.scopes)


_VEHICLE_QUERY = frozenset({"locale", "extension", "country"})

OPERATIONS = (
    Operation(path="/user", answer=user, query=frozenset({"country"})),
    Operation(
        path="/user/vehicles",
        answer=vehicles,
        query=_VEHICLE_QUERY | {"indexRange", "pageSize", "pageToken", "vinPrefix"},
    ),
    Operation(path="/user/vehicles/{id}", answer=vehicle, query=_VEHICLE_QUERY),
    Operation(path="/user/vehicles/{id}/status", answer=status),
)
