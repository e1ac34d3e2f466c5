"""The scopes of the API, with the texts of the consent page."""

from collections.abc import Collection

from ..config import Client

IDENTITY_SCOPES = {
    "openid": "Know who you are",
    "profile": "Read your name",
    "email": "Read your e-mail address",
}

DATA_SCOPES = {
    "data:telemetry": "Read your car's state: charge, fuel, doors, mileage",
    "data:position": "See where your car is",
    "data:trip": "Read your trips",
    "data:alert": "Read your car's warnings",
    "data:collision": "Read collisions that your car reported",
    "data:vehicle:devices:pnc": "Read which devices your car has",
}

REMOTE_SCOPES = {
    "remote:door:write": "Lock and unlock the doors",
    "remote:preconditioning:write": "Heat or cool the cabin",
    "remote:horn:write": "Sound the horn",
    "remote:charging:write": "Start, stop and schedule charging",
    "remote:lights:write": "Flash the lights",
    "remote:wakeup:write": "Wake your car",
    "remote:navigation:write": "Send destinations to your car",
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
