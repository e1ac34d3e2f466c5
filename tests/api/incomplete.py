"""Find the fields that a decoded body does not fill."""

from dataclasses import fields, is_dataclass


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
            for missing in missing_fields(getattr(model, field.name), f"{path}/{field.name}")
        ]
    return [path] if model is None else []
