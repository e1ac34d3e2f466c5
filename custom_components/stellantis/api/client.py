"""The operations of the API as coroutines."""

from collections.abc import AsyncIterator, Iterable
from enum import StrEnum
from urllib.parse import quote

from .models.status import Status
from .models.vehicle import User, Vehicle
from .rate_limit import RateLimit
from .transport import Params, Transport


class VehicleExtension(StrEnum):
    """What can be asked for along with a vehicle."""

    ONBOARD_CAPABILITIES = "onboardCapabilities"
    BRANDING = "branding"
    PICTURES = "pictures"


class StellantisClient:
    """The account of one user. Every method raises `StellantisError`, of the kind that fits."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def rate_limit(self) -> RateLimit:
        """What the platform last said of the limits."""
        return self._transport.rate_limit

    async def user(self, *, country: str | None = None) -> User:
        """The user who gave consent (`GET /user`).

        Args:
            country: two letters of ISO 3166-1, for what differs between countries.
        """
        return User.from_json(await self._transport.get_raw("user", {"country": country}))

    async def vehicles(
        self,
        *,
        extensions: Iterable[VehicleExtension] = (),
        vin_prefix: str | None = None,
        locale: str | None = None,
        page_size: int | None = None,
        country: str | None = None,
    ) -> AsyncIterator[Vehicle]:
        """The user's vehicles (`GET /user/vehicles`), over all pages.

        Args:
            extensions: what to bring along.
            vin_prefix: with which the VINs begin.
            locale: of texts, such as fr-FR.
            page_size: vehicles a page, 1 to 60.
            country: two letters of ISO 3166-1, for what differs between countries.

        Raises:
            NoVehicle: none is linked to the account.
        """
        params: Params = {
            "extension": list(extensions) or None,
            "vinPrefix": vin_prefix,
            "locale": locale,
            "pageSize": page_size,
            "country": country,
        }
        async for members in self._transport.pages("user/vehicles", params, "vehicles"):
            yield Vehicle.from_dict(members)

    async def vehicle(
        self,
        vehicle_id: str,
        *,
        extensions: Iterable[VehicleExtension] = (),
        locale: str | None = None,
        country: str | None = None,
    ) -> Vehicle:
        """One vehicle (`GET /user/vehicles/{id}`).

        Args:
            vehicle_id: its id, not its VIN.
            extensions: what to bring along.
            locale: of texts, such as fr-FR.
            country: two letters of ISO 3166-1, for what differs between countries.
        """
        params: Params = {"extension": list(extensions) or None, "locale": locale, "country": country}
        return Vehicle.from_json(await self._transport.get_raw(_vehicle(vehicle_id), params))

    async def status(self, vehicle_id: str) -> Status:
        """The latest that the platform knows of a vehicle (`GET /user/vehicles/{id}/status`). Does not wake it.

        Args:
            vehicle_id: its id, not its VIN.

        Raises:
            NoData: nothing, perhaps not yet.
        """
        return Status.from_json(await self._transport.get_raw(f"{_vehicle(vehicle_id)}/status"))


def _vehicle(vehicle_id: str) -> str:
    return f"user/vehicles/{quote(vehicle_id, safe='')}"
