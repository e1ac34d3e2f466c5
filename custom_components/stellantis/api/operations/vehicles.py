"""The user, the vehicles, and what the platform knows of a vehicle right now."""

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
        """The user who gave consent (`GET /user`).

        Args:
            country: for what differs between countries.
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
        """The user's vehicles (`GET /user/vehicles`).

        Args:
            extensions: what to bring along.
            vin_prefix: with which the VINs begin.
            locale: of texts.
            country: for what differs between countries.
            **paging: how much of the collection.

        Raises:
            NoVehicle: none is linked to the account.
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
        """One vehicle (`GET /user/vehicles/{id}`).

        Args:
            vehicle_id: its id, not its VIN.
            extensions: what to bring along.
            locale: of texts.
            country: for what differs between countries.
        """
        params = {
            "extension": enum_param("extensions", VehicleExtension, extensions),
            "locale": locale_param(locale),
            "country": country_param(country),
        }
        return await self._get(Vehicle, build_vehicle_path(vehicle_id), params)

    async def status(self, vehicle_id: str) -> Status:
        """The latest that the platform knows of a vehicle (`GET /user/vehicles/{id}/status`). Does not wake it.

        Returns:
            The status; the same object as the last time where the answer is the same.

        Raises:
            NoData: nothing, perhaps not yet.
        """
        return await self._get_cached(Status, build_vehicle_path(vehicle_id, "status"))

    async def maintenance(self, vehicle_id: str) -> Maintenance:
        """The next maintenance of a vehicle (`GET /user/vehicles/{id}/maintenance`).

        Raises:
            NoData: the vehicle does not tell, perhaps not yet.
        """
        return await self._get(Maintenance, build_vehicle_path(vehicle_id, "maintenance"))

    @deprecated("The platform deprecates it: a status holds the position.", category=None)
    async def last_position(self, vehicle_id: str) -> Position:
        """The last known place (`GET /user/vehicles/{id}/lastPosition`). Deprecated: a status holds it.

        Its `created_at` is the time of the request.

        Raises:
            NoData: it is not known, or hidden by the driver.
        """
        return await self._get(Position, build_vehicle_path(vehicle_id, "lastPosition"))
