"""The person, and the vehicles linked to the account."""

from ..clock import rfc3339
from ..http.errors import not_found
from ..http.hal import Json, link
from ..http.request import Call
from ..resources.status import status_body
from ..resources.vehicles import EXTENSIONS, vehicle_body
from ..vehicle.weather import DAY
from ..world import FIRST_DAY

_SIGNED_UP = FIRST_DAY - 700 * DAY


async def user(call: Call) -> Json:
    """Answer GET /user."""
    account, country = call.grant.account, call.country()
    brand, since = account.brand, rfc3339(_SIGNED_UP)
    return {
        "email": brand.email,
        "firstName": brand.first_name,
        "lastName": brand.last_name,
        "createdAt": since,
        "updatedAt": since,
        "_links": {"self": link(f"{call.root}/user"), "vehicles": link(f"{call.root}/user/vehicles")},
        "_embedded": {"Vehicles": [vehicle_body(car, call.root, country=country) for car in account.cars.values()]},
    }


async def vehicles(call: Call) -> Json:
    """Answer GET /user/vehicles."""
    call.check_locale()
    country, extensions = call.country(), call.words("extension", EXTENSIONS)
    cars = call.grant.account.cars.values()
    if not cars:
        raise not_found("No vehicle found")
    prefix = call.request.query.get("vinPrefix", "")
    chosen = [car for car in cars if car.vin.startswith(prefix)]
    return call.collection("vehicles", chosen, lambda car: vehicle_body(car, call.root, extensions, country))


async def vehicle(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}."""
    call.check_locale()
    country, extensions = call.country(), call.words("extension", EXTENSIONS)
    return vehicle_body(call.car(), call.root, extensions, country)


async def status(call: Call) -> Json | bytes:
    """Answer GET /user/vehicles/{id}/status, with a raw body that was put there by control, if there is one."""
    car = call.car()
    raw = call.raw_statuses.get(car.vin)
    if raw is not None:
        call.request["injected"] = True
        return raw
    return status_body(car, call.root, call.scopes)
