"""Statuses with programs, for tests of the calendar."""

from typing import Any, Final

MEASURED_AT: Final = "2027-03-26T12:00:00Z"  # a Friday; two days later, daylight saving time begins in Paris


def build_program(start: str, *days: str, **members: Any) -> dict[str, Any]:
    """Build a program that is enabled."""
    return {"enabled": True, "recurrence": "Daily", "start": start, "occurence": {"day": list(days)}, **members}


def build_status(
    *preconditioning: dict[str, Any],
    measured_at: str = MEASURED_AT,
    charge: tuple[dict[str, Any], ...] = (),
    **charging: Any,
) -> Any:
    """Build a status with programs of preconditioning and of charging."""
    electric = {"charging": {"schedule": {"programs": list(charge)}, **charging}}
    return {
        "createdAt": measured_at,
        "_links": {},
        "preconditioning": {
            "airConditioning": {"createdAt": measured_at, "status": "Disabled", "programs": list(preconditioning)}
        },
        "energies": [
            {"createdAt": measured_at, "type": "Electric", "level": 50.0, "extension": {"electric": electric}}
        ],
    }
