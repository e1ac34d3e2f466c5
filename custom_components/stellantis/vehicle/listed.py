"""The cars of an account, as the API lists them."""

from collections.abc import AsyncIterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

from ..api import InvalidResponse, NoVehicle, Vehicle

# Seconds; the platform was seen to list no car for a day without reason
MIN_ABSENCE: Final = 2 * 86400.0


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
            InvalidResponse: there are cars, but none has both.
        """
        vehicles = {vin: vehicle for vehicle in listed if vehicle.id and (vin := vehicle.vin or vins.get(vehicle.id))}
        if listed and not vehicles:
            raise InvalidResponse("no listed car has an id and a VIN")
        return cls(vehicles=vehicles, is_complete=len(vehicles) == len(listed))


async def collect_vehicles(vehicles: AsyncIterable[Vehicle]) -> list[Vehicle]:
    """Return the cars that the API lists; none if it says that there is none.

    Raises:
        StellantisError: a request failed.
    """
    with suppress(NoVehicle):
        return [vehicle async for vehicle in vehicles]
    return []


@dataclass(frozen=True, slots=True)
class Absence:
    """How long the account has listed no car.

    Attributes:
        since: the event loop's time of the first list without cars; None if the last list had some.
        is_certain: whether that is long enough to believe it.
    """

    since: float | None = None
    is_certain: bool = False

    def next(self, *, is_empty: bool, now: float) -> Absence:
        """Return the state after another list of cars."""
        if not is_empty:
            return Absence()
        since = now if self.since is None else self.since
        return Absence(since, now - since >= MIN_ABSENCE)
