"""Alerts: warnings raised by a vehicle."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import override

from .alert_message import AlertMessage
from .base import JsonObject, UpdatedModel
from .links import get_linked_ids
from .position import Position


class AlertSeverity(StrEnum):
    """Severity: repair advisable, repair soon, or do not drive."""

    INFORMATION = "Information"
    WARNING = "Warning"
    CRITICAL = "Critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert(UpdatedModel):
    """A warning of a vehicle or on a trip (GET /user/vehicles/{id}/alerts).

    Attributes:
        id: Identifier in the API.
        active: Whether the alert is still active.
        type: Subject of the warning.
        severity: Severity.
        started_at: Start time.
        end_at: End time.
        start_position: Last known position at the start.
        end_position: Last known position at the end.
        trip_ids: Identifiers of the trips during which the alert was active.
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
    def normalize(cls, data: JsonObject) -> JsonObject:
        return {**data, "tripIds": get_linked_ids(data, "trips", "trips")}
