"""The scopes of the API, with the texts of the consent page."""

from collections.abc import Collection

from ..config import Client

IDENTITY_SCOPES = {
    "openid": "Recognize your account",
    "profile": "Read your name",
    "email": "Read your email address",
}

DATA_SCOPES = {
    "data:telemetry": "Read the state of the car: battery, fuel, doors, mileage",
    "data:position": "Read the location of the car",
    "data:trip": "Read trips",
    "data:alert": "Read alerts",
    "data:collision": "Read collisions",
    "data:vehicle:devices:pnc": "Read the devices of the car",
}

REMOTE_SCOPES = {
    "remote:door:write": "Lock and unlock the doors",
    "remote:preconditioning:write": "Heat and cool the cabin",
    "remote:horn:write": "Sound the horn",
    "remote:charging:write": "Start, stop, and schedule charging",
    "remote:lights:write": "Flash the lights",
    "remote:wakeup:write": "Wake the car",
    "remote:navigation:write": "Send destinations to the car",
}

SCOPES = IDENTITY_SCOPES | DATA_SCOPES | REMOTE_SCOPES


def registered_scopes(client: Client) -> Collection[str]:
    """Return the scopes that an application can ask for."""
    return SCOPES if client.scopes is None else [scope for scope in SCOPES if scope in client.scopes]


def parse_scopes(text: str | None, client: Client) -> tuple[str, ...]:
    """Return the scopes of a `scope` parameter, without duplicates; if it is empty, all that the application can have.

    Scopes are separated by spaces (RFC 6749) or commas (API documentation).
    """
    scopes = tuple(dict.fromkeys((text or "").replace(",", " ").split()))
    return scopes or tuple(registered_scopes(client))
