"""Next maintenance of a vehicle."""

from dataclasses import dataclass

from .base import UpdatedModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance(UpdatedModel):
    """Time and distance until the next maintenance, of which at least one is set (GET /user/vehicles/{id}/maintenance).

    Attributes:
        days_before_maintenance: Days left, negative if overdue.
        mileage_before_maintenance: Distance left in km, negative if overdue.
    """

    days_before_maintenance: int | None = None
    mileage_before_maintenance: float | None = None
