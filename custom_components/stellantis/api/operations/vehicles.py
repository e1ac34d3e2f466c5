"""Operations on the user, the vehicles and their current state."""

from collections.abc import AsyncIterator, Container, Iterable
from operator import itemgetter
from typing import Unpack
from warnings import deprecated

from ..exceptions import GrantExpired, RateLimited, StellantisError
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

    async def without_duplicates(
        self, vehicles: Iterable[Vehicle], preferred_ids: Container[str | None]
    ) -> list[Vehicle]:
        """Return the vehicles, and of those with the same VIN only the one with the most recent status.

        A vehicle may be listed under several ids, of which only one has data.

        Args:
            vehicles: The listed vehicles.
            preferred_ids: The ids to choose if none has a status.

        Raises:
            RateLimited: A status was not read, because of a rate limit.
            GrantExpired: The user must give consent again.
        """
        by_vin: dict[str, list[Vehicle]] = {}
        for number, vehicle in enumerate(vehicles):
            by_vin.setdefault(vehicle.vin or f"unknown {number}", []).append(vehicle)
        distinct = []
        for same in by_vin.values():
            ranked = [(await self._rank(vehicle, preferred_ids), vehicle) for vehicle in same] if same[1:] else ()
            distinct.append(max(ranked, key=itemgetter(0))[1] if ranked else same[0])
        return distinct

    async def _rank(self, vehicle: Vehicle, preferred_ids: Container[str | None]) -> tuple[bool, float, bool]:
        """Return a key that is higher the more data the platform has under the id of a vehicle."""
        if vehicle.id is None:
            return False, 0.0, False
        try:
            status = await self.status(vehicle.id)
        except GrantExpired, RateLimited:
            raise
        except StellantisError:  # an id without data may be answered by any error
            return False, 0.0, vehicle.id in preferred_ids
        return True, status.measured_at.timestamp() if status.measured_at else 0.0, vehicle.id in preferred_ids

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
