"""Collisions."""

from dataclasses import dataclass
from enum import StrEnum
from typing import override

from .base import JsonObject, Model, UpdatedModel
from .links import get_linked_id


class CollisionSide(StrEnum):
    """Where the car was hit."""

    FRONT = "Front"
    REAR = "Rear"
    LATERAL = "Lateral"


class CollisionSeverity(StrEnum):
    """What the car set off: nothing, the belt tensioners, the airbags too."""

    MINIMAL = "Minimal"
    MINOR = "Minor"
    MAJOR = "Major"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollisionDetails(Model):
    """One hit of a collision."""

    side: CollisionSide | str | None = None
    severity: CollisionSeverity | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collision(UpdatedModel):
    """A collision (`GET /user/vehicles/{id}/collisions`, and of a trip).

    Attributes:
        id: by which the API knows it.
        details: the hits.
        tipped_over: whether the car did; only cars with a sensor tell.
        pedestrian: whether one was involved; only cars with a sensor tell.
        trip_id: of the trip on which it happened.
    """

    id: str | None = None
    details: tuple[CollisionDetails, ...] = ()
    tipped_over: bool | None = None
    pedestrian: bool | None = None
    trip_id: str | None = None

    @override
    @classmethod
    def normalize(cls, members: JsonObject) -> JsonObject:
        return {**members, "tripId": get_linked_id(members, "trip", "trips")}
