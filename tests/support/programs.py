"""Bodies with programs, for the tests of what is planned."""

from typing import Any, Final

MEASURED_AT: Final = "2027-03-26T12:00:00Z"  # a Friday; two days later the clocks are put forward in Paris


def build_program(start: str, *days: str, **more: Any) -> dict[str, Any]:
    """Return a program that is on."""
    return {"enabled": True, "recurrence": "Daily", "start": start, "occurence": {"day": list(days)}, **more}


def build_status(
    *air: dict[str, Any], measured_at: str = MEASURED_AT, charge: tuple[dict[str, Any], ...] = (), **charging: Any
) -> Any:
    """Return a status with programs of preconditioning and of charging."""
    electric = {"charging": {"schedule": {"programs": list(charge)}, **charging}}
    return {
        "createdAt": measured_at,
        "_links": {},
        "preconditioning": {"airConditioning": {"createdAt": measured_at, "status": "Disabled", "programs": list(air)}},
        "energies": [
            {"createdAt": measured_at, "type": "Electric", "level": 50.0, "extension": {"electric": electric}}
        ],
    }
