"""The next maintenance."""

from dataclasses import dataclass

from .base import UpdatedModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance(UpdatedModel):
    """When the next maintenance is due (`GET /user/vehicles/{id}/maintenance`); cars tell at least one of the two.

    Attributes:
        days_before_maintenance: days left, negative when it is overdue.
        mileage_before_maintenance: km left, negative when it is overdue.
    """

    days_before_maintenance: int | None = None
    mileage_before_maintenance: float | None = None
