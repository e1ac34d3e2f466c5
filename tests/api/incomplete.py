"""What a decoded body lacks."""

from dataclasses import fields, is_dataclass


def missing_fields(model: object, path: str = "") -> list[str]:
    """The paths of a model's fields that hold nothing."""
    if isinstance(model, tuple):
        return [hole for index, item in enumerate(model) for hole in missing_fields(item, f"{path}/{index}")] or (
            [] if model else [path]
        )
    if is_dataclass(model):
        return [
            hole
            for field in fields(model)
            for hole in missing_fields(getattr(model, field.name), f"{path}/{field.name}")
        ]
    return [path] if model is None else []
