"""The cars of an account, as the API lists them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from ..api import InvalidResponse, Vehicle


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleList:
    """The cars of an account.

    Attributes:
        vehicles: the cars by VIN.
        is_complete: False if the API lists a car without VIN or id; then no car may be removed.
    """

    vehicles: Mapping[str, Vehicle]
    is_complete: bool

    @classmethod
    def from_listed(cls, listed: Sequence[Vehicle], vins: Mapping[str | None, str]) -> Self:
        """Return the cars that are listed with an id and a VIN.

        Args:
            listed: the cars as the API lists them.
            vins: the VINs of known cars by id, because some lists lack them.

        Raises:
            InvalidResponse: no car has both.
        """
        vehicles = {vin: vehicle for vehicle in listed if vehicle.id and (vin := vehicle.vin or vins.get(vehicle.id))}
        if not vehicles:
            raise InvalidResponse("no listed car has an id and a VIN")
        return cls(vehicles=vehicles, is_complete=len(vehicles) == len(listed))
