"""Operations on the user, the vehicles and their current state."""

from collections.abc import AsyncIterator, Iterable
from typing import Unpack
from warnings import deprecated

from ..filters import (
    Country,
    Locale,
    Paging,
    VehicleExtension,
    country_param,
    enum_param,
    locale_param,
    page_params,
)
from ..models.maintenance import Maintenance
from ..models.position import Position
from ..models.status import Status
from ..models.vehicle import User, Vehicle
from .resource import Resource, build_vehicle_path


class Vehicles(Resource):
    """Operations on the user and the vehicles."""

    async def user(self, *, country: Country | None = None) -> User:
        """Return the user who gave consent (`GET /user`).

        Args:
            country: Country for country-specific data.
        """
        return await self._get(User, "user", {"country": country_param(country)})

    async def vehicles(
        self,
        *,
        extensions: Iterable[VehicleExtension] = (),
        vin_prefix: str | None = None,
        locale: Locale | str | None = None,
        country: Country | None = None,
        **paging: Unpack[Paging],
    ) -> AsyncIterator[Vehicle]:
        """Iterate over the user's vehicles (`GET /user/vehicles`).

        Args:
            extensions: Additional data to include.
            vin_prefix: Only vehicles with VINs that start with it.
            locale: Language of the texts.
            country: Country for country-specific data.
            **paging: Limits and pages of the collection.

        Raises:
            NoVehicle: No vehicle is linked to the account.
        """
        params = {
            "extension": enum_param("extensions", VehicleExtension, extensions),
            "vinPrefix": vin_prefix,
            "locale": locale_param(locale),
            "country": country_param(country),
            **page_params(paging),
        }
        async for vehicle in self._iterate(Vehicle, "user/vehicles", "vehicles", params, paging.get("limit")):
            yield vehicle

    async def vehicle(
        self,
        vehicle_id: str,
        *,
        extensions: Iterable[VehicleExtension] = (),
        locale: Locale | str | None = None,
        country: Country | None = None,
    ) -> Vehicle:
        """Return a vehicle (`GET /user/vehicles/{id}`).

        Args:
            vehicle_id: The id of the vehicle, not its VIN.
            extensions: Additional data to include.
            locale: Language of the texts.
            country: Country for country-specific data.
        """
        params = {
            "extension": enum_param("extensions", VehicleExtension, extensions),
            "locale": locale_param(locale),
            "country": country_param(country),
        }
        return await self._get(Vehicle, build_vehicle_path(vehicle_id), params)

    async def status(self, vehicle_id: str) -> Status:
        """Return the last known status of a vehicle (`GET /user/vehicles/{id}/status`). Does not wake the vehicle.

        Returns:
            The status; the same object as last time if the response has not changed.

        Raises:
            NoData: The platform has no status, or not yet.
        """
        return await self._get_cached(Status, build_vehicle_path(vehicle_id, "status"))

    async def maintenance(self, vehicle_id: str) -> Maintenance:
        """Return the next maintenance of a vehicle (`GET /user/vehicles/{id}/maintenance`).

        Raises:
            NoData: The vehicle does not report its maintenance, or not yet.
        """
        return await self._get(Maintenance, build_vehicle_path(vehicle_id, "maintenance"))

    @deprecated("The platform deprecates it: a status holds the position.", category=None)
    async def last_position(self, vehicle_id: str) -> Position:
        """Return the last known position (`GET /user/vehicles/{id}/lastPosition`). Deprecated: the status includes it.

        Its `created_at` is the time of the request.

        Raises:
            NoData: The position is unknown or hidden by the driver.
        """
        return await self._get(Position, build_vehicle_path(vehicle_id, "lastPosition"))
