"""The OAuth scopes of the API: what an account asks for, and what its driver granted."""

from collections.abc import Mapping
from typing import Any, Final

from ..const import CONF_SCOPES

SCOPES: Final = (
    "openid",
    "email",
    "data:telemetry",
    "data:position",
    "data:trip",
    "data:alert",
    "data:collision",
    "remote:door:write",
    "remote:preconditioning:write",
    "remote:horn:write",
    "remote:charging:write",
    "remote:lights:write",
    "remote:wakeup:write",
    "remote:navigation:write",
)
# Option of the form by scope; options have texts, and the keys of texts contain no colon
OPTION_BY_SCOPE: Final = {scope: scope.replace(":", "_") for scope in SCOPES}


def requested_scopes(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the scopes that an account asks for; all unless the user chose some of them.

    Args:
        data: the data of a config entry.
    """
    chosen = data.get(CONF_SCOPES) or ()
    return tuple(scope for scope in SCOPES if scope in chosen) or SCOPES


def parse_scopes(value: object) -> list[str]:
    """Return the scopes of a token; servers send them as one text or as a list."""
    texts = value if isinstance(value, list) else [value]
    return [scope for text in texts if isinstance(text, str) for scope in text.replace(",", " ").split()]


def granted_scopes(token: Mapping[str, Any]) -> frozenset[str]:
    """Return the scopes of a token that grant data and commands; some servers list the others at the sign-in only."""
    return frozenset(scope for scope in SCOPES if ":" in scope and grants_scope(token, scope))


def grants_scope(token: Mapping[str, Any], scope: str) -> bool:
    """Return whether a token grants a scope; assume so if the server did not list the granted scopes.

    Applications that are registered like those of the brands are granted none of the API's scopes, and read all data.
    """
    granted = parse_scopes(token.get("scope")) or [scope]
    if not any(name.startswith(("data:", "remote:")) for name in granted):
        return scope.startswith("data:")
    return scope in granted
