"""Bodies with programs, for the tests of what is planned."""

from typing import Any, Final

TOLD: Final = "2027-03-26T12:00:00Z"  # a Friday; two days later the clocks are put forward in Paris


def program(start: str, *days: str, **more: Any) -> dict[str, Any]:
    """Return a program that is on."""
    return {"enabled": True, "recurrence": "Daily", "start": start, "occurence": {"day": list(days)}, **more}


def body(*air: dict[str, Any], told: str = TOLD, charge: tuple[dict[str, Any], ...] = (), **charging: Any) -> Any:
    """Return a status with programs of preconditioning and of charging."""
    electric = {"charging": {"schedule": {"programs": list(charge)}, **charging}}
    return {
        "createdAt": told,
        "_links": {},
        "preconditioning": {"airConditioning": {"createdAt": told, "status": "Disabled", "programs": list(air)}},
        "energies": [{"createdAt": told, "type": "Electric", "level": 50.0, "extension": {"electric": electric}}],
    }
