"""The redirect of the browser after consent: its URI, and the URL that a user pastes."""

import re
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.config_entry_oauth2_flow import AUTH_CALLBACK_PATH, async_get_redirect_uri
from yarl import URL

# What the redirect URI of an app looks like
EXAMPLE_REDIRECT_URI: Final = "myapp://oauth2redirect"
# A URL in what a browser shows: in quotes in a message of the console, or behind the name of a header
URL_PATTERN: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/[^\s'\"<>]*")


class RedirectError(Exception):
    """A pasted URL holds no code.

    Attributes:
        error: translation key of the error.
    """

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


def get_home_assistant_uri(hass: HomeAssistant) -> str:
    """Return Home Assistant's redirect URI; only its path outside of a request of the frontend."""
    try:
        return async_get_redirect_uri(hass)
    except RuntimeError:
        return AUTH_CALLBACK_PATH


def is_redirect_uri(text: str) -> bool:
    """Return whether a text is a URI that a browser can be redirected to."""
    try:
        return bool(URL(text).scheme) and not URL(text).fragment
    except ValueError:
        return False


def is_web_uri(redirect_uri: str) -> bool:
    """Return whether a browser shows a redirect URI in its address bar; the others belong to apps."""
    return URL(redirect_uri).scheme in ("http", "https")


def parse_code(text: str, state: str) -> str:
    """Return the code of the URL to which the browser was redirected.

    Args:
        text: the URL, or a message of the browser that contains it.
        state: the state that was passed to the consent page.

    Raises:
        RedirectError: the URL holds no code, belongs to another consent page, or tells of an error.
    """
    try:
        query = URL(next(iter(URL_PATTERN.findall(text)), "")).query
    except ValueError:
        raise RedirectError("no_code") from None
    if "code" not in query and "error" not in query:
        raise RedirectError("no_code")
    if query.get("state") != state:
        raise RedirectError("state_mismatch")
    if error := query.get("error"):
        raise RedirectError(error if error in ("access_denied", "invalid_scope") else "consent_failed")
    return query["code"]
