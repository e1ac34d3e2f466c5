"""The five brands, their realms and their servers."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address

from yarl import URL

_API_PATH = "connectedcar/v4"
_OAUTH_PATH = "am/oauth2"


class Brand(StrEnum):
    """A brand of the former Groupe PSA. Each account belongs to one brand."""

    PEUGEOT = "peugeot"
    CITROEN = "citroen"
    DS = "ds"
    OPEL = "opel"
    VAUXHALL = "vauxhall"

    @property
    def label(self) -> str:
        """The display name of the brand."""
        return _LABELS[self]

    @property
    def realm(self) -> str:
        """The customer realm, sent with API requests (`x-introspect-realm`) and token refreshes."""
        return f"clientsB2C{_REALM_NAMES[self]}"

    @property
    def oauth_host(self) -> str:
        """The hostname of the brand's authorization server."""
        return f"idpcvs.{_DOMAINS[self]}"


_LABELS = {
    Brand.PEUGEOT: "Peugeot",
    Brand.CITROEN: "Citroën",
    Brand.DS: "DS",
    Brand.OPEL: "Opel",
    Brand.VAUXHALL: "Vauxhall",
}
_REALM_NAMES = {**_LABELS, Brand.CITROEN: "Citroen"}
_DOMAINS = {
    Brand.PEUGEOT: "peugeot.com",
    Brand.CITROEN: "citroen.com",
    Brand.DS: "driveds.com",
    Brand.OPEL: "opel.com",
    Brand.VAUXHALL: "vauxhall.co.uk",
}


class Environment(StrEnum):
    """An installation of the platform."""

    PRODUCTION = "production"
    PRE_PRODUCTION = "pre_production"
    CUSTOM = "custom"


_API_HOSTS = {
    Environment.PRODUCTION: "api.groupe-psa.com",
    Environment.PRE_PRODUCTION: "api-cert.groupe-psa.com",
}


class InvalidServerUrl(ValueError):
    """The text is not a URL to which tokens may be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Base URLs of the API and of the authorization server.

    Attributes:
        api: Base URL of the API.
        oauth: Base URL of the authorization server.
        is_shared: Whether all brands share the authorization server, so that the consent page needs the realm too.
    """

    api: URL
    oauth: URL
    is_shared: bool = False

    @property
    def authorize_url(self) -> URL:
        """The URL of the consent page."""
        return self.oauth / "authorize"

    @property
    def token_url(self) -> URL:
        """The URL that exchanges authorization codes and refresh tokens for tokens."""
        return self.oauth / "access_token"

    @property
    def revoke_url(self) -> URL:
        """The URL that revokes tokens."""
        return self.oauth / "token" / "revoke"


def parse_server_url(text: str) -> URL:
    """Parse the URL of a simulator or proxy and strip its trailing slash.

    Raises:
        InvalidServerUrl: The URL is not https (or http to a loopback address), or it contains a query, a fragment or
            credentials.
    """
    url = parse_base_url(text)
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.host or "")):
        raise InvalidServerUrl("https is required except for loopback addresses")
    return url


def parse_base_url(text: str) -> URL:
    """Parse the URL below which a server has its paths, and strip its trailing slash.

    Raises:
        InvalidServerUrl: It is no URL of a host, or it contains a query, a fragment or credentials.
    """
    try:
        url = URL(text.strip())
    except ValueError:
        raise InvalidServerUrl("not a URL") from None
    if not url.absolute or not url.host:
        raise InvalidServerUrl("no host")
    if url.user is not None or url.password is not None or "?" in text or "#" in text:
        raise InvalidServerUrl("only scheme, host, port and path are allowed")
    return url.with_path(url.path.rstrip("/") or "/")


def is_loopback(host: str) -> bool:
    """Return whether a host is the local machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def server_for(brand: Brand, environment: Environment, custom_url: str | None = None) -> Server:
    """Return the server of a brand in an environment.

    Args:
        brand: The brand of the account.
        environment: The environment.
        custom_url: The base URL; required for the custom environment, ignored otherwise.

    Raises:
        InvalidServerUrl: The custom URL is missing or invalid.
    """
    if environment is Environment.CUSTOM:
        base = parse_server_url(custom_url or "")
        return Server(api=base / _API_PATH, oauth=base / _OAUTH_PATH, is_shared=True)
    return Server(
        api=URL.build(scheme="https", host=_API_HOSTS[environment], path=f"/{_API_PATH}"),
        oauth=URL.build(scheme="https", host=brand.oauth_host, path=f"/{_OAUTH_PATH}"),
    )
