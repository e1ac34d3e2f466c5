"""Live data of a car as Iternio's telemetry interface has it. Pure."""

from ...api import ChargingMode
from ...vehicle.state import VehicleState


def build_live_data(state: VehicleState, charging_power: float | None) -> dict[str, float] | None:
    """Return what a car has reported; None without a level, which the interface requires.

    Args:
        state: The state of the car. Nothing is told of its position while the driver hides it.
        charging_power: The power in kW with which the car is charged, as far as it is known.

    Returns:
        The values by their names in the interface: in %, km, km/h, °C, kW (negative while the car is charged), degrees.
    """
    if state.electric is None or state.battery_level is None:
        return None
    kinetic, air, position = state.status.kinetic, state.outside_air, state.position
    values = {
        "soc": state.battery_level,
        "is_charging": int(state.is_charging),
        "is_parked": int(not state.is_driving),
        "is_dcfc": int(_is_fast(state)) if state.is_charging else None,
        "power": -charging_power if state.is_charging and charging_power is not None else None,
        "speed": kinetic.speed if kinetic and state.is_motion_current else None,
        "odometer": state.mileage,
        "est_battery_range": state.electric.autonomy,
        "ext_temp": air.temp if air else None,
        "lat": position.latitude if position else None,
        "lon": position.longitude if position else None,
        "elevation": position.altitude if position else None,
    }
    return {name: value for name, value in values.items() if value is not None}


def _is_fast(state: VehicleState) -> bool:
    return state.charging is not None and state.charging.charging_mode == ChargingMode.QUICK
