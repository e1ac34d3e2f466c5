"""How far a car gets with its battery and its tank."""

from ..vehicle.past_car import AnyCar
from ..vehicle.state import energy_per_km


def electric_range(car: AnyCar) -> int:
    """Return the range on battery in km."""
    battery = car.model.battery
    if not battery:
        return 0
    return int(battery.capacity * 10 * car.state.electric / energy_per_km(battery, car.state.temperature))


def fuel_range(car: AnyCar) -> int:
    """Return the range on fuel in km."""
    tank = car.model.tank
    return int(tank.capacity * car.state.fuel / tank.consumption) if tank else 0
