"""Events of the alarm system."""

from dataclasses import dataclass
from datetime import datetime

from .body import Alarm


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmDetails(Alarm):
    """An alarm event: armed, disarmed or triggered (GET /user/vehicles/{id}/alarms).

    Attributes:
        id: Identifier in the API.
    """

    id: str | None = None

    @property
    def measured_at(self) -> datetime | None:
        """Time of the event. Either `status` or `trigger` is set, never both."""
        part = self.status or self.trigger
        return part and part.measured_at
