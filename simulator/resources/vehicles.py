"""The response body of a vehicle."""

from collections.abc import Collection

from ..clock import rfc3339
from ..vehicle.car import Car
from ..vehicle.fleet import CarModel
from ..vehicle.pictures import PICTURE_COUNT
from .capabilities import capabilities
from .links import API_PATH, Json, link, vehicle_url

EXTENSIONS = ("onboardCapabilities", "branding", "pictures")

# The resources of a vehicle that its body links to.
_RESOURCES = ("lastPosition", "trips", "maintenance", "alerts", "status", "telemetry", "collisions", "alarms")

_STOLEN_CALL_CENTERS = {"CL": "+56 2 5550 0100", "BR": "+55 11 5550 0100", "AR": "+54 11 5550 0100"}
COUNTRIES = tuple(_STOLEN_CALL_CENTERS)


def vehicle_body(
    car: Car,
    api_root: str,
    extensions: Collection[str] = (),
    country: str | None = None,
    *,
    for_brand_app: bool = False,
) -> Json:
    """Return a vehicle.

    Args:
        car: The car.
        api_root: The absolute URL of the API.
        extensions: The extensions to embed.
        country: Adds the number of this country's call center for stolen cars.
        for_brand_app: Adds branding and pictures as clients of the brands' apps expect them. This is a guess: no body
            with this member was seen.
    """
    url = vehicle_url(api_root, car.id)
    callbacks = f"{url}/callbacks/{{cbid}}"
    body: Json = {
        "id": car.id,
        "vin": car.vin,
        "motorization": car.model.motorization,
        "brand": _brand(car.model),
        "createdAt": rfc3339(car.registered_at),
        "updatedAt": rfc3339(car.registered_at),
        "_links": {
            "self": link(url),
            "user": link(f"{api_root}/user"),
            "callbacks": link(f"{api_root}/user/callbacks"),
            "monitors": link(f"{callbacks}/monitors", templated=True),
            "remotes": link(f"{callbacks}/remotes", templated=True),
            **{name: link(f"{url}/{name}") for name in _RESOURCES},
        },
    }
    if "no_label" not in car.model.quirks:
        body |= {"label": car.model.label, "pictures": _pictures(car, api_root)}
    if "list" in car.oddities.hidden_labels:
        body.pop("label", None)
    if country:
        body["callCenter"] = {"stolen": {"countryCode": country, "phoneNumber": _STOLEN_CALL_CENTERS[country]}}
    if extensions:
        body["_embedded"] = {"extension": {name: _extension(name, car, api_root) for name in extensions}}
    if for_brand_app:
        body["vehicleExtension"] = {
            "vehicleBranding": _extension("branding", car, api_root),
            "vehiclePictures": {"pictures": _pictures(car, api_root)},
        }
    return body


def _extension(name: str, car: Car, api_root: str) -> Json | list[str]:
    if name == "branding":
        branding = {"brand": _brand(car.model)}
        return branding if "branding" in car.oddities.hidden_labels else branding | {"label": car.model.label}
    if name == "pictures":
        return _pictures(car, api_root)
    return capabilities(car.model)


def _brand(model: CarModel) -> str:
    return {"citroen": "Citroën", "ds": "DS"}.get(model.brand, model.brand.capitalize())


def _pictures(car: Car, api_root: str) -> list[str]:
    return [
        f"{api_root.removesuffix(API_PATH)}/pictures/{car.id}/{number}.png" for number in range(1, PICTURE_COUNT + 1)
    ]
