"""The account that a user signed in to, and how it is recognized among those that are linked already."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from typing import Any, Self

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import jwt

from ..api import Brand, InvalidResponse, NoVehicle, StellantisClient
from ..const import CONF_BRAND, DOMAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedAccount:
    """What a config entry tells of its account.

    Attributes:
        brand: brand of the account.
        unique_id: unique id of the entry, made of what was known when it was created.
        subject: subject of its tokens; None if the server sent none.
        vins: VINs of its cars.
    """

    brand: Brand
    unique_id: str | None
    subject: str | None
    vins: frozenset[str]

    @classmethod
    def from_entry(cls, hass: HomeAssistant, entry: ConfigEntry[Any]) -> Self:
        """Return the account of an entry; its cars are those of its devices."""
        devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        return cls(
            brand=Brand(entry.data[CONF_BRAND]),
            unique_id=entry.unique_id,
            subject=parse_subject(entry.data["token"]),
            vins=frozenset(name for device in devices for domain, name in device.identifiers if domain == DOMAIN),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInAccount:
    """An account that the user signed in to.

    Attributes:
        brand: brand of the account.
        subject: subject of the tokens, which never changes; None if the server sends none.
        email: e-mail address of the account; None if the driver did not grant it.
        vehicles: what identifies its cars: their VINs, or the API's ids of those without one.
        labels: the names of its cars.
    """

    brand: Brand
    subject: str | None
    email: str | None
    vehicles: frozenset[str]
    labels: frozenset[str] = frozenset()

    @property
    def unique_id(self) -> str:
        """The unique id for a new entry: a hash, because it must not identify the driver."""
        return self._hash(self.subject or self.email or min(self.vehicles))

    @property
    def _possible_unique_ids(self) -> set[str]:
        """The unique ids of entries that were created when less, or something else, was known of this account."""
        return {self._hash(name) for name in (self.subject, self.email, *self.vehicles) if name}

    def _hash(self, name: str) -> str:
        return sha256(f"{self.brand}:{name}".encode()).hexdigest()[:32]

    def is_same(self, linked: LinkedAccount, *, is_expected: bool = False) -> bool:
        """Return whether this is the account of an entry.

        Only subjects tell accounts apart for certain. A car may be in several accounts, so it counts only if the
        server has begun or ceased to send subjects, or if the entry's account is the one to expect.

        Args:
            linked: the account of the entry.
            is_expected: whether the user was asked to sign in to the account of this entry.
        """
        if self.brand != linked.brand:
            return False
        if self.subject and linked.subject:
            return self.subject == linked.subject
        if linked.unique_id in self._possible_unique_ids:
            return True
        counts_cars = is_expected or bool(self.subject or linked.subject)
        return counts_cars and not self.vehicles.isdisjoint(linked.vins)


def unused_title(account: SignedInAccount, used: Collection[str]) -> str:
    """Return a title for the entry of an account that no other has: its brand, then also its cars, or a number."""

    def iter_titles() -> Iterator[str]:
        brand = account.brand.label
        yield brand
        if account.labels:
            yield f"{brand} ({', '.join(sorted(account.labels))})"
        yield from (f"{brand} {number}" for number in count(2))

    return next(title for title in iter_titles() if title not in used)


def parse_subject(token: Mapping[str, Any]) -> str | None:
    """Return the subject of the ID token; None if there is none."""
    with suppress(jwt.InvalidTokenError):
        claims = jwt.decode(token.get("id_token") or "", options={"verify_signature": False})
        return str(claims["sub"]) if claims.get("sub") else None
    return None


async def async_fetch_account(client: StellantisClient, brand: Brand, token: Mapping[str, Any]) -> SignedInAccount:
    """Fetch the account that a token belongs to.

    Raises:
        NoVehicle: the account has no car.
        StellantisError: a request failed.
    """
    email: str | None = None
    with suppress(InvalidResponse):  # it has no readable member if the driver granted none of them
        email = (await client.user()).email
    listed = {name: vehicle async for vehicle in client.vehicles() if (name := vehicle.vin or vehicle.id)}
    if not listed:
        raise NoVehicle("The account has no vehicle")
    return SignedInAccount(
        brand=brand,
        subject=parse_subject(token),
        email=email,
        vehicles=frozenset(listed),
        labels=frozenset(vehicle.label for vehicle in listed.values() if vehicle.label),
    )
