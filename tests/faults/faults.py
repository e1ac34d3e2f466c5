"""The table of faults."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

# Longer than the timeout of requests while this fault is injected
DELAY: Final = 0.6


class Kind(StrEnum):
    """What a fault means."""

    UNUSABLE = "no usable response"
    REFUSED = "the server refuses the request"
    UNAUTHORIZED = "the server refuses the access token"
    RATE_LIMITED = "too many requests"
    NO_DATA = "the platform has no such data"
    GRANT = "the consent is no longer valid"
    CLIENT = "the credentials of the application are not accepted"
    AUTHORIZATION = "the authorization server gives no usable response"
    CERTIFICATE = "the client certificate has expired"
    CLOCK = "the clock is wrong"
    DISK = "files cannot be written"
    STORE = "files cannot be read"


class Detour(StrEnum):
    """A place to which requests go instead of the server."""

    NO_SUCH_HOST = "no such host"
    CLOSED_PORT = "closed port"
    SELF_SIGNED = "self-signed certificate"
    WRONG_HOST = "certificate of another host"
    EXPIRED = "expired certificate"


class LocalFault(StrEnum):
    """A fault of the machine that Home Assistant runs on."""

    CLOCK_AHEAD = "clock ahead"
    CLOCK_BEHIND = "clock behind"
    DISK_FULL = "disk full"
    READ_ONLY = "read-only"
    CORRUPT = "corrupt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault. One of `rule`, `detour` and `local` says how it is brought about.

    Attributes:
        name: How the documentation names it.
        kind: What it means, which decides what is expected.
        reason: The translation key of the error that the user reads; empty if there is none.
        rule: A rule for the simulator's responses, without the requests that it applies to.
        is_slow: Whether requests must have a short timeout, so that the test need not wait.
        is_executed: Whether the server executes the request.
        detour: Where the requests go instead.
        local: What is wrong on this machine.
    """

    name: str
    kind: Kind
    reason: str = ""
    rule: Mapping[str, Any] = field(default_factory=dict)
    is_slow: bool = False
    is_executed: bool = False
    detour: Detour | None = None
    local: LocalFault | None = None

    @property
    def test_id(self) -> str:
        """The name as a part of a test's name."""
        return "-".join("".join(char if char.isalnum() else " " for char in self.name).split())


def _gateway(status: int, message: str) -> dict[str, Any]:
    return {"httpCode": str(status), "httpMessage": message, "moreInformation": ""}


def _status(status: int, kind: Kind = Kind.UNUSABLE, reason: str = "server_error", **rule: Any) -> Fault:
    return Fault(name=f"status {status}", kind=kind, reason=reason, rule={"status": status, **rule})


def _unusable(name: str, reason: str = "invalid_response", *, is_executed: bool = False, **rule: Any) -> Fault:
    return Fault(name=name, kind=Kind.UNUSABLE, reason=reason, rule=rule, is_executed=is_executed)


def _detour(name: str, reason: str, detour: Detour) -> Fault:
    return Fault(name=name, kind=Kind.UNUSABLE, reason=reason, detour=detour)


def _oauth(name: str, kind: Kind, reason: str, **rule: Any) -> Fault:
    return Fault(name=name, kind=kind, reason=reason, rule=rule)


def _local(name: str, kind: Kind, local: LocalFault) -> Fault:
    return Fault(name=name, kind=kind, local=local)


# Of a list, a status, a user, a callback, a command, and tokens
WRONG_TYPES: Final = {
    "_embedded": [1],
    "_links": "none",
    "total": {},
    "createdAt": [],
    "updatedAt": 7,
    "energies": {"level": 50},
    "odometer": [],
    "email": 5,
    "callbackId": {},
    "remoteActionId": [],
    "access_token": {"a": 1},
}
_API_401: Final = {"code": 40100, "message": "Unauthorized", "uuid": "8c2c6f1e-0000-4000-8000-000000000401"}

FAULTS: Final[tuple[Fault, ...]] = (
    _status(400, Kind.REFUSED, "request_failed"),
    Fault(
        name="status 401 of the gateway",
        kind=Kind.UNAUTHORIZED,
        reason="security_check_failed",
        rule={"status": 401},
    ),
    Fault(
        name="status 401 of the API",
        kind=Kind.UNAUTHORIZED,
        reason="unauthorized",
        rule={"status": 401, "body": _API_401},
    ),
    _status(403, Kind.REFUSED, "forbidden"),
    _status(404, Kind.REFUSED, "request_failed", body=_gateway(404, "Not Found")),
    Fault(
        name="status 404 with code 40400",
        kind=Kind.NO_DATA,
        reason="no_data",
        rule={"status": 404, "body": {"code": 40400, "message": "We didn't find the data"}},
    ),
    _status(408, body=_gateway(408, "Request Timeout")),
    _status(409, Kind.REFUSED, "request_failed", body=_gateway(409, "Conflict")),
    Fault(
        name="status 429 without Retry-After",
        kind=Kind.RATE_LIMITED,
        reason="rate_limited",
        rule={"status": 429, "headers": {"Retry-After": "", "X-RateLimit-Reset": ""}},
    ),
    Fault(
        name="status 429 with Retry-After",
        kind=Kind.RATE_LIMITED,
        reason="rate_limited",
        rule={"status": 429, "retry_after": 900},
    ),
    _status(500),
    Fault(
        name="status 500 with code 50038",
        kind=Kind.UNUSABLE,
        reason="server_error",
        rule={"status": 500, "body": {"code": 50038, "message": "Timeout"}},
    ),
    _status(502, body="<html><body>Bad Gateway</body></html>"),
    _status(503),
    _status(504),
    Fault(
        name="a response after the timeout",
        kind=Kind.UNUSABLE,
        reason="cannot_connect",
        rule={"delay": DELAY},
        is_slow=True,
        is_executed=True,
    ),
    Fault(
        name="a body that trickles",
        kind=Kind.UNUSABLE,
        reason="cannot_connect",
        rule={"trickle": 0.05},
        is_slow=True,
        is_executed=True,
    ),
    _unusable("connection reset before the response", "hung_up", reset=True),
    _unusable("connection reset within the body", "cannot_connect", is_executed=True, reset="body"),
    _unusable("a body of random bytes", garbage="binary"),
    _unusable("an empty body", garbage="empty"),
    _unusable("a truncated body", is_executed=True, garbage="truncated"),
    _unusable("an HTML page", garbage="html"),
    _unusable("a wrong content type", garbage="wrong_type"),
    _unusable("a JSON list", garbage="list"),
    _unusable("members of wrong types", body=WRONG_TYPES),
    _unusable("a body of 16 MiB", garbage="huge"),
    _unusable("a compressed bomb", garbage="bomb"),
    _unusable("a redirect to another host", status=302, headers={"Location": "https://elsewhere.invalid/"}),
    _unusable("a redirect in a circle", status=307, headers={"Location": "/connectedcar/v4/user"}),
    _detour("no such host (DNS)", "cannot_connect", Detour.NO_SUCH_HOST),
    _detour("connection refused", "cannot_connect", Detour.CLOSED_PORT),
    _detour("TLS: self-signed certificate", "server_untrusted", Detour.SELF_SIGNED),
    _detour("TLS: certificate of another host", "server_untrusted", Detour.WRONG_HOST),
    _detour("TLS: expired certificate of the server", "server_untrusted", Detour.EXPIRED),
    Fault(name="expired client certificate", kind=Kind.CERTIFICATE, reason="certificate_expired", rule={"status": 401}),
    _oauth("OAuth: `invalid_grant`", Kind.GRANT, "grant_expired", status=400, body={"error": "invalid_grant"}),
    _oauth("OAuth: `invalid_client`", Kind.CLIENT, "invalid_client", status=401, body={"error": "invalid_client"}),
    _oauth("OAuth: `server_error`", Kind.AUTHORIZATION, "server_error", status=500, body={"error": "server_error"}),
    _oauth("OAuth: status 503", Kind.AUTHORIZATION, "server_error", status=503, body="<html>Maintenance</html>"),
    _oauth("OAuth: an HTML page", Kind.AUTHORIZATION, "invalid_response", garbage="html"),
    _oauth("OAuth: a response without a token", Kind.AUTHORIZATION, "invalid_response", body={"expires_in": 3599}),
    _local("the clock jumps ahead", Kind.CLOCK, LocalFault.CLOCK_AHEAD),
    _local("the clock jumps back", Kind.CLOCK, LocalFault.CLOCK_BEHIND),
    _local("disk full", Kind.DISK, LocalFault.DISK_FULL),
    _local("read-only folder", Kind.DISK, LocalFault.READ_ONLY),
    _local("corrupt stores", Kind.STORE, LocalFault.CORRUPT),
)
