"""A registration with Mobilisights that has been started: it is kept until the certificate has arrived."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
import logging
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.config_entry_oauth2_flow import AUTH_CALLBACK_PATH, MY_AUTH_CALLBACK_PATH
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..api import Brand
from ..const import DOMAIN
from .signing_request import Subject, create_key, create_signing_request

_LOGGER = logging.getLogger(__name__)

STORAGE_VERSION: Final = 1
CONTACT_URL: Final = "https://developer.groupe-psa.io/contact-us/"

DAYS_PER_MONTH: Final = 30.4
# Requests for a car in a simulated working day, with and without push; see docs/performance.md
REQUESTS_PER_DAY: Final = (52, 85)

LETTER: Final = """\
Subject: Registration of an application for the Accessing Party for End-Users API (v4)

Hello,

I would like to register an application.

Name: Home Assistant of {organization}
Concept: Home Assistant is open source software for home automation that runs in my home. It shows the state of my \
own cars and controls their charging and preconditioning. Each owner gives consent; the data stays in my home.
Brands: {brands}
Cars: {cars}
Requests per month: about {with_push} with notifications to a callback, {without_push} without
Scopes: {scopes}
Redirect URLs: {redirect_uris}
Company or person: {organization}
Contact: {email}

I will create the private key myself. Please send me the login (MZP) for the certificate signing request.

Kind regards
{organization}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A registration that has been started.

    Attributes:
        created_at: when it was started, in ISO format.
        organization: name of the company or person.
        email: address of the contact.
        cars: number of cars.
        scopes: scopes that the application asks for.
        login: the login in the signing request.
        country: the country in the signing request.
        state: the state or province in the signing request.
        city: the city in the signing request.
        key: the private key, as PEM text.
        signing_request: the certificate signing request, as PEM text.
        certificate: the signed certificate with its chain, as PEM text.
        ca: the certificate authority of the server, as PEM text.
    """

    created_at: str
    organization: str
    email: str
    cars: int
    scopes: list[str]
    login: str = ""
    country: str = ""
    state: str = ""
    city: str = ""
    key: str = ""
    signing_request: str = ""
    certificate: str = ""
    ca: str = ""

    @property
    def date(self) -> str:
        """The date when it was started, in local time."""
        return dt_util.as_local(datetime.fromisoformat(self.created_at)).date().isoformat()

    def with_signing_request(self, login: str, country: str, state: str, city: str) -> Registration:
        """Return a registration with a new signing request for the same key, which is created the first time.

        This blocks: run it in the executor.

        Raises:
            ValueError: the subject is invalid.
        """
        key = self.key or create_key()
        subject = Subject(
            login=login, organization=self.organization, email=self.email, country=country, state=state, city=city
        )
        request = create_signing_request(key, subject)
        return replace(
            self, login=login, country=country, state=state, city=city, key=key, signing_request=request, certificate=""
        )


def build_letter(registration: Registration, redirect_uris: Sequence[str]) -> str:
    """Return the letter that describes the application to Mobilisights, in English."""
    with_push, without_push = (
        f"{round(requests * DAYS_PER_MONTH * registration.cars, -2):,.0f}" for requests in REQUESTS_PER_DAY
    )
    return LETTER.format(
        organization=registration.organization,
        email=registration.email,
        cars=registration.cars,
        brands=", ".join(brand.label for brand in Brand),
        scopes=" ".join(registration.scopes),
        redirect_uris=", ".join(redirect_uris),
        with_push=with_push,
        without_push=without_push,
    )


def get_redirect_uris(hass: HomeAssistant) -> list[str]:
    """Return the redirect URIs to register: those of My Home Assistant and of the instance, as far as there are any."""
    uris = [MY_AUTH_CALLBACK_PATH] if "my" in hass.config.components else []
    try:
        uris.append(f"{get_url(hass, allow_internal=False, require_ssl=True)}{AUTH_CALLBACK_PATH}")
    except NoURLAvailableError:
        return uris or [MY_AUTH_CALLBACK_PATH]
    return uris


class RegistrationStore:
    """The file of a registration, which holds the private key until an entry has it."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._store = Store[dict[str, Any]](
            hass, STORAGE_VERSION, f"{DOMAIN}.registration", private=True, atomic_writes=True
        )

    async def async_load(self) -> Registration | None:
        """Return the registration; None if there is none, or it cannot be read."""
        try:
            stored = await self._store.async_load()
            return Registration(**stored) if stored else None
        except (HomeAssistantError, TypeError) as err:
            _LOGGER.warning("The registration that was started cannot be read (%s)", type(err).__name__)
            return None

    async def async_save(self, registration: Registration) -> None:
        """Write the registration."""
        await self._store.async_save(asdict(registration))

    async def async_remove(self) -> None:
        """Delete the file with the private key."""
        await self._store.async_remove()
