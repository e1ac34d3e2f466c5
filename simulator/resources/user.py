"""The response body of the user."""

from ..clock import rfc3339
from ..vehicle.weather import DAY
from ..world import FIRST_DAY, Account
from .links import Json, link
from .vehicles import vehicle_body

_SIGNED_UP = FIRST_DAY - 700 * DAY


def user_body(
    account: Account, api_root: str, country: str | None, *, embedded_name: str, for_brand_app: bool = False
) -> Json:
    """Return the user of an account with its vehicles, which are embedded under a name."""
    vehicles = [
        vehicle_body(car, api_root, country=country, for_brand_app=for_brand_app) for car in account.cars.values()
    ]
    brand, since = account.brand, rfc3339(_SIGNED_UP)
    return {
        "email": brand.email,
        "firstName": brand.first_name,
        "lastName": brand.last_name,
        "createdAt": since,
        "updatedAt": since,
        "_links": {"self": link(f"{api_root}/user"), "vehicles": link(f"{api_root}/user/vehicles")},
        "_embedded": {embedded_name: vehicles},
    }
