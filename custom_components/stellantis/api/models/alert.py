"""What a car warned of, and when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import override

from .alert_message import AlertMessage
from .base import JsonObject, UpdatedModel
from .links import get_linked_ids
from .position import Position


class AlertSeverity(StrEnum):
    """How bad it is: better to be mended, to be mended soon, not to be driven."""

    INFORMATION = "Information"
    WARNING = "Warning"
    CRITICAL = "Critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert(UpdatedModel):
    """A warning (`GET /user/vehicles/{id}/alerts`, and of a trip).

    Attributes:
        id: by which the API knows it.
        active: whether it is still there.
        type: what the car warns of.
        severity: how bad it is.
        started_at: when it appeared.
        end_at: when it disappeared.
        start_position: the last known place when it appeared.
        end_position: the last known place when it disappeared.
        trip_ids: of the trips during which it was there.
    """

    id: str | None = None
    active: bool | None = None
    type: AlertMessage | str | None = None
    severity: AlertSeverity | str | None = None
    started_at: datetime | None = None
    end_at: datetime | None = None
    start_position: Position | None = None
    end_position: Position | None = None
    trip_ids: tuple[str, ...] = ()

    @override
    @classmethod
    def normalize(cls, members: JsonObject) -> JsonObject:
        return {**members, "tripIds": get_linked_ids(members, "trips", "trips")}
