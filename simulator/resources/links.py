"""HAL links, and the URLs of resources."""

from typing import Any

# The path under which the API is served.
API_PATH = "/connectedcar/v4"

type Json = dict[str, Any]


def link(href: str, *, templated: bool = False) -> Json:
    """Return a HAL link."""
    return {"href": href, "templated": True} if templated else {"href": href}


def vehicle_url(api_root: str, vehicle_id: str) -> str:
    """Return the URL of a vehicle; `api_root` is the absolute URL of the API."""
    return f"{api_root}/user/vehicles/{vehicle_id}"
