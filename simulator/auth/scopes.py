"""The scopes of the platform, in a person's words."""

IDENTITY = {
    "openid": "Know who you are",
    "profile": "Read your name",
    "email": "Read your e-mail address",
}

DATA = {
    "data:telemetry": "Read your car's state: charge, fuel, doors, mileage",
    "data:position": "See where your car is",
    "data:trip": "Read your trips",
    "data:alert": "Read your car's warnings",
    "data:collision": "Read collisions that your car reported",
    "data:vehicle:devices:pnc": "Read which devices your car has",
}

REMOTE = {
    "remote:door:write": "Lock and unlock the doors",
    "remote:preconditioning:write": "Heat or cool the cabin",
    "remote:horn:write": "Sound the horn",
    "remote:charging:write": "Start, stop and schedule charging",
    "remote:lights:write": "Flash the lights",
    "remote:wakeup:write": "Wake your car",
    "remote:navigation:write": "Send destinations to your car",
}

WORDS = IDENTITY | DATA | REMOTE


def parse_scopes(text: str | None) -> tuple[str, ...]:
    """Read a scope parameter: separated by spaces (RFC 6749) or commas (the documentation), in order, once each.

    None or blank asks for everything.
    """
    asked = tuple(dict.fromkeys((text or "").replace(",", " ").split()))
    return asked or tuple(WORDS)
