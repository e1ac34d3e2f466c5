"""Errors of the API, the gateway and the authorization server, with their response bodies."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from aiohttp import web

HAL_JSON = "application/hal+json"

# What the gateway says to a request that it rejects, whatever the reason.
SECURITY_CHECKS = "Cannot pass the security checks that are required by this API or Plan."


class ApiError(Exception):
    """An error of the API; the first three digits of its code are the HTTP status."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.headers: dict[str, str] = {}

    def response(self) -> web.Response:
        """Return the response with the documented body."""
        body = {
            "code": self.code,
            "uuid": str(uuid4()),
            "message": self.message,
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        return json_response(body, status=self.code // 100, headers=self.headers)


class GatewayError(Exception):
    """An error of the gateway in front of the API, which has a different body."""

    def __init__(self, status: int, message: str, information: str) -> None:
        super().__init__(information)
        self.status = status
        self.message = message
        self.information = information
        self.headers: dict[str, str] = {}

    def response(self) -> web.Response:
        """Return the response with the gateway's body."""
        body = {"httpCode": str(self.status), "httpMessage": self.message, "moreInformation": self.information}
        return json_response(body, status=self.status, content_type="application/json", headers=self.headers)


class OAuthError(Exception):
    """An error of the authorization server (RFC 6749, section 5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status

    def response(self) -> web.Response:
        """Return the response with the body that OAuth defines."""
        headers = {"Cache-Control": "no-store"}
        if self.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="simulator"'
        body = {"error": self.error, "error_description": self.description}
        return json_response(body, status=self.status, content_type="application/json", headers=headers)


def invalid_parameter(name: str) -> ApiError:
    """Create the error for an invalid parameter or member of a body."""
    return ApiError(40000, f"Invalid parameter: {name}")


def not_found(message: str) -> ApiError:
    """Create the error for something that does not exist."""
    return ApiError(40400, message)


def json_response(
    body: Any, *, status: int = 200, content_type: str = HAL_JSON, headers: dict[str, str] | None = None
) -> web.Response:
    """Return a JSON response."""
    return web.json_response(body, status=status, content_type=content_type, headers=headers)
