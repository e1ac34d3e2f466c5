"""Collisions of a vehicle."""

from dataclasses import dataclass
from enum import StrEnum
from typing import override

from .base import JsonObject, Model, UpdatedModel
from .links import get_linked_id


class CollisionSide(StrEnum):
    """Side of an impact."""

    FRONT = "Front"
    REAR = "Rear"
    LATERAL = "Lateral"


class CollisionSeverity(StrEnum):
    """Severity: nothing deployed, belt tensioners deployed, or airbags deployed as well."""

    MINIMAL = "Minimal"
    MINOR = "Minor"
    MAJOR = "Major"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollisionDetails(Model):
    """An impact of a collision."""

    side: CollisionSide | str | None = None
    severity: CollisionSeverity | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collision(UpdatedModel):
    """A collision of a vehicle or on a trip (GET /user/vehicles/{id}/collisions).

    Attributes:
        id: Identifier in the API.
        details: Impacts.
        tipped_over: Whether the vehicle tipped over, if it has a sensor for that.
        pedestrian: Whether a pedestrian was involved, if the vehicle has a sensor for that.
        trip_id: Identifier of the trip.
    """

    id: str | None = None
    details: tuple[CollisionDetails, ...] = ()
    tipped_over: bool | None = None
    pedestrian: bool | None = None
    trip_id: str | None = None

    @override
    @classmethod
    def normalize(cls, data: JsonObject) -> JsonObject:
        return {**data, "tripId": get_linked_id(data, "trip", "trips")}
