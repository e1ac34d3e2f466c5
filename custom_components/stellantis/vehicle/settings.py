"""What the user entered of a car: the usable capacity of its battery and the size of its tank.

Both are options of the account's entry, so that the options flow and the number entities show and set the same value.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..const import CONF_BATTERY_CAPACITIES, CONF_TANK_SIZES
from .battery import CAPACITY_RANGE, reported_capacity
from .state import VehicleState

# Credible sizes of a fuel tank, in liters
TANK_RANGE: Final = (10.0, 150.0)


@dataclass(frozen=True, slots=True)
class CarSetting:
    """A figure of each car that the user may enter.

    Attributes:
        option: The option that has the figures of all cars, by VIN.
        minimum: The smallest credible figure.
        maximum: The largest credible figure.
        reported_fn: Returns the figure as the car reports it, which may be far off.
    """

    option: str
    minimum: float
    maximum: float
    reported_fn: Callable[[VehicleState], float | None]

    def get(self, options: Mapping[str, Any], vin: str) -> float | None:
        """Return the figure of a car; None if the user entered none."""
        figure: float | None = options.get(self.option, {}).get(vin)
        return figure

    def get_or_suggest(self, options: Mapping[str, Any], vin: str, state: VehicleState | None) -> float | None:
        """Return the figure of a car that the user entered, or else that the car reports."""
        return self.get(options, vin) or (self.reported_fn(state) if state else None)

    def set(self, options: Mapping[str, Any], vin: str, figure: float | None) -> dict[str, Any]:
        """Return the options with another figure of a car; None removes it."""
        figures = {other: value for other, value in options.get(self.option, {}).items() if other != vin}
        return {**options, self.option: figures if figure is None else {**figures, vin: figure}}


BATTERY_CAPACITY: Final = CarSetting(
    CONF_BATTERY_CAPACITIES, *CAPACITY_RANGE, lambda state: reported_capacity(state.electric)
)
TANK_SIZE: Final = CarSetting(CONF_TANK_SIZES, *TANK_RANGE, lambda _: None)
CAR_SETTINGS: Final = (BATTERY_CAPACITY, TANK_SIZE)
