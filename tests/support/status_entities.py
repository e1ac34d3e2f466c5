"""The entities that show a value of a car's status."""

from importlib import import_module
from typing import Any

from custom_components.stellantis.const import PLATFORMS
from custom_components.stellantis.entity import CarEntityDescription
from custom_components.stellantis.vehicle.state import VehicleState

from .source import PACKAGE


def status_descriptions() -> dict[str, CarEntityDescription[VehicleState, Any]]:
    """Return the descriptions of entities that show a value of the status."""
    return {
        f"{platform}.{description.key}": description
        for platform in PLATFORMS
        for table in vars(import_module(f"{PACKAGE}.{platform}")).values()
        if isinstance(table, tuple)
        for description in table
        if isinstance(description, CarEntityDescription) and description.endpoint.key == "status"
    }
