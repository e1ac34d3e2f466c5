"""Find the fields that a decoded body does not fill."""

from dataclasses import fields, is_dataclass
from typing import Final

# Set by the merge of two bodies
NOT_IN_BODIES: Final = {"member_times", "redated_at", "mileage_at", "lower_mileage", "lower_mileage_at"}


def missing_fields(model: object, path: str = "") -> list[str]:
    """Return the paths of the fields of a model that are None or empty."""
    if isinstance(model, tuple):
        return [missing for index, item in enumerate(model) for missing in missing_fields(item, f"{path}/{index}")] or (
            [] if model else [path]
        )
    if is_dataclass(model):
        return [
            missing
            for field in fields(model)
            if field.name not in NOT_IN_BODIES
            for missing in missing_fields(getattr(model, field.name), f"{path}/{field.name}")
        ]
    return [path] if model is None else []
