"""The five brands, their realms, and the servers that answer for them."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address

from yarl import URL

_API_PATH = "connectedcar/v4"
_OAUTH_PATH = "am/oauth2"


class Brand(StrEnum):
    """A brand of the ex Groupe PSA family. An account belongs to one."""

    PEUGEOT = "peugeot"
    CITROEN = "citroen"
    DS = "ds"
    OPEL = "opel"
    VAUXHALL = "vauxhall"

    @property
    def label(self) -> str:
        """The brand's name as people write it."""
        return _LABELS[self]

    @property
    def realm(self) -> str:
        """The customer realm, which accompanies every request (`x-introspect-realm`) and every refresh."""
        return f"clientsB2C{_REALM_NAMES[self]}"

    @property
    def oauth_host(self) -> str:
        """The host of the brand's authorization server."""
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
    """Which installation of the platform is asked."""

    PRODUCTION = "production"
    PRE_PRODUCTION = "pre_production"
    CUSTOM = "custom"


_API_HOSTS = {
    Environment.PRODUCTION: "api.groupe-psa.com",
    Environment.PRE_PRODUCTION: "api-cert.groupe-psa.com",
}


class InvalidServerUrl(ValueError):
    """The text is not a URL that a token may be sent to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where the API and the authorization server of a brand are found.

    Attributes:
        api: base of the API's paths.
        oauth: base of the authorization server's.
        shared: whether the five brands share the authorization server, so that consent needs the realm too.
    """

    api: URL
    oauth: URL
    is_shared: bool = False

    @property
    def authorize_url(self) -> URL:
        """The consent page."""
        return self.oauth / "authorize"

    @property
    def token_url(self) -> URL:
        """Where codes and refresh tokens are exchanged for tokens."""
        return self.oauth / "access_token"

    @property
    def revoke_url(self) -> URL:
        """Where tokens are made worthless."""
        return self.oauth / "token" / "revoke"


def parse_server_url(text: str) -> URL:
    """The URL of a simulator or proxy, without a slash at its end.

    Raises:
        InvalidServerUrl: it is not https (or http to a loopback address), or carries a query, fragment or credentials.
    """
    try:
        url = URL(text.strip())
    except ValueError:
        raise InvalidServerUrl("not a URL") from None
    if not url.absolute or not url.host:
        raise InvalidServerUrl("no host")
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.host)):
        raise InvalidServerUrl("https is needed, but for a loopback address")
    if url.user is not None or url.password is not None or "?" in text or "#" in text:
        raise InvalidServerUrl("only scheme, host, port and path are taken")
    return url.with_path(url.path.rstrip("/") or "/")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def server_for(brand: Brand, environment: Environment, custom_url: str | None = None) -> Server:
    """The server of a brand in an environment; `custom_url` is needed for, and only for, a custom one.

    Raises:
        InvalidServerUrl: the custom URL is missing or no such URL may be used.
    """
    if environment is Environment.CUSTOM:
        base = parse_server_url(custom_url or "")
        return Server(api=base / _API_PATH, oauth=base / _OAUTH_PATH, is_shared=True)
    return Server(
        api=URL.build(scheme="https", host=_API_HOSTS[environment], path=f"/{_API_PATH}"),
        oauth=URL.build(scheme="https", host=brand.oauth_host, path=f"/{_OAUTH_PATH}"),
    )
