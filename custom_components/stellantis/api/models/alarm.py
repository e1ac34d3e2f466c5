"""What happened to the alarm system."""

from dataclasses import dataclass
from datetime import datetime

from .body import Alarm


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmDetails(Alarm):
    """One thing that happened to the alarm (`GET /user/vehicles/{id}/alarms`): it was armed, disarmed or set off.

    Attributes:
        id: by which the API knows it.
    """

    id: str | None = None

    @property
    def measured_at(self) -> datetime | None:
        """When it happened; of a status and a trigger, only one is there."""
        part = self.status or self.trigger
        return part and part.measured_at
