"""Operations on the user, the vehicles, and their status."""

from collections.abc import Mapping

from ..http.errors import not_found
from ..http.request import ApiCall
from ..resources.links import Json
from ..resources.status import sent_status_body
from ..resources.user import user_body
from ..resources.vehicles import EXTENSIONS, vehicle_body


async def get_user(call: ApiCall) -> Json:
    """Handle GET /user."""
    return user_body(
        call.account,
        call.api_root,
        call.country(),
        embedded_name="Vehicles" if call.is_strict else "vehicles",
        for_brand_app=call.is_brand_app,
    )


async def list_vehicles(call: ApiCall) -> Json:
    """Handle GET /user/vehicles."""
    call.check_locale()
    country, extensions = call.country(), call.enum_values("extension", EXTENSIONS)
    cars = call.account.cars.values()
    if not cars:
        raise not_found("No vehicle found")
    prefix = call.request.query.get("vinPrefix", "")
    selected = [car for car in cars if car.vin.startswith(prefix)]
    return call.collection(
        "vehicles",
        selected,
        lambda car: vehicle_body(car, call.api_root, extensions, country, for_brand_app=call.is_brand_app),
    )


async def get_vehicle(call: ApiCall) -> Json:
    """Handle GET /user/vehicles/{id}."""
    call.check_locale()
    country, extensions = call.country(), call.enum_values("extension", EXTENSIONS)
    return vehicle_body(call.car(), call.api_root, extensions, country, for_brand_app=call.is_brand_app)


class StatusEndpoint:
    """Serves the status of vehicles; `raw_statuses` are bodies by VIN that replace it."""

    def __init__(self, raw_statuses: Mapping[str, bytes]) -> None:
        self._raw_statuses = raw_statuses

    async def get(self, call: ApiCall) -> Json | bytes:
        """Handle GET /user/vehicles/{id}/status."""
        car = call.car()
        raw = self._raw_statuses.get(car.vin)
        if raw is not None:
            call.request["injected"] = True
            return raw
        if car.oddities.distortions:
            call.request["injected"] = True
        return sent_status_body(car, call.api_root, call.scopes, call.now)
