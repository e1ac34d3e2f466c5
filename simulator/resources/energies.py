"""The energies of a status: fuel, battery, charging, and the same under their deprecated names."""

from ..clock import duration, rfc3339
from ..vehicle.past_car import AnyCar
from ..vehicle.programs import ChargeProgram
from ..vehicle.state import HYBRID_RESERVE, State, energy_per_km
from .links import Json
from .ranges import electric_range, fuel_range

# The frozen timestamp of the quirk frozen_energies: so many seconds before the car was created.
FROZEN_BEFORE = 66 * 86400
# Cars count the energy in their battery in steps of so many Wh. Many report less than they have: these shares.
LOAD_STEP = 32
LOW_CAPACITY, LOW_RESIDUAL = 0.7, 0.62
# What the deprecated object lacks of the charging object.
_NEW_CHARGING_MEMBERS = frozenset({"schedule", "type", "chargingPowerLevel"})


def energies_members(car: AnyCar) -> Json:
    """Return the members `energies` and `energy`, of which the latter is deprecated."""
    quirks = car.model.quirks
    energies: list[Json] = []
    if car.model.tank or "ghost_fuel" in quirks:
        energies.append(_fuel(car))
    if car.model.battery:
        energies.append(_electric(car))
    return {"energies": energies, "energy": [_deprecated_energy(car.state, energy) for energy in energies]}


def _fuel(car: AnyCar) -> Json:
    state, tank = car.state, car.model.tank
    if not tank:
        ghost = {"createdAt": rfc3339(car.registered_at), "type": "Fuel", "subType": "FossilEnergy", "level": 0.0}
        return ghost | {"autonomy": 0}
    is_burning = state.moving and (not car.model.battery or state.electric <= HYBRID_RESERVE)
    instant = tank.consumption if is_burning else 0.0
    return {"createdAt": rfc3339(state.measured["energies"])} | {
        "type": "Fuel",
        "subType": "Hydrogen" if tank.hydrogen else "FossilEnergy",
        "level": float(round(state.fuel)),
        "autonomy": fuel_range(car),
        "extension": {
            "fuel": {
                "consumption": {"consumption": instant},
                "consumptions": {"total": round(state.fuel_used * 100, 2), "instant": instant},
            }
        },
    }


def _electric(car: AnyCar) -> Json:
    state, battery = car.state, car.model.battery
    if not battery:
        return {}
    is_frozen = "frozen_energies" in car.model.quirks
    measured = car.created_at - FROZEN_BEFORE if is_frozen else state.measured["energies"]
    measured_at = {"createdAt": rfc3339(measured)}
    residual = battery.capacity * state.electric / 100
    shares = (LOW_CAPACITY, LOW_RESIDUAL) if "low_load" in car.model.quirks else (1.0, 1.0)
    power = energy_per_km(battery, state.temperature) * state.speed / 1000 if state.moving else 0.0
    electric: Json = {
        "battery": {
            "capacity": round(battery.capacity * 1000),
            "load": measured_at
            | {"capacity": _load(battery.capacity * shares[0]), "residual": _load(residual * shares[1])},
        },
        "charging": _charging(car),
    }
    if car.model.tank:
        electric["battery"]["health"] = measured_at | {"capacity": 96, "resistance": 14}
    elif not car.model.quirks & {"empty_schedule", "flat_position"}:
        electric["battery"]["health"] = measured_at | {"resistance": 94}
    if "powertrain" in car.model.members:
        electric |= {"residual": {"consumption": round(residual, 2)}, "consumption": {"consumption": round(power, 1)}}
    return measured_at | {
        "type": "Electric",
        "subType": "ElectricEnergy",
        "level": float(int(state.electric)),
        "autonomy": electric_range(car),
        "extension": {"electric": electric},
    }


def _load(energy: float) -> int:
    """Return an energy in kWh as a car reports it, in Wh."""
    return int(energy * 1000 // LOAD_STEP * LOAD_STEP)


def _charging(car: AnyCar) -> Json:
    state, battery, quirks = car.state, car.model.battery, car.model.quirks
    charging: Json = {
        "plugged": state.plugged,
        "status": state.charging,
        "chargingRate": 0,
        "chargingMode": state.charging_mode,
        "nextDelayedTime": duration(car.delayed_start),
    }
    charge = car.charge
    if charge and battery:
        remaining = charge.target - state.electric
        charging["chargingRate"] = min(500, int(charge.power * 900 / battery.consumption))
        charging["remainingTime"] = duration(-(-remaining / charge.percent_per_second // 300) * 300)
    elif state.plugged:
        charging["remainingTime"] = "PT0S"
    if "empty_schedule" in quirks:
        charging["schedule"] = []
    elif "no_schedule" not in quirks:
        charging["schedule"] = {"programs": [_charge_program(program) for program in car.charge_programs]}
        charging |= {"type": state.charge_limit, "chargingPowerLevel": state.charge_power}
    return charging


def _deprecated_energy(state: State, energy: Json) -> Json:
    """Return an energy in its deprecated form, which has no extension."""
    old: Json = {name: energy[name] for name in ("createdAt", "type", "level", "autonomy") if name in energy}
    electric = energy.get("extension", {}).get("electric", {})
    old["updatedAt"] = rfc3339(state.measured["energies"]) if electric else energy["createdAt"]
    if electric:
        old["charging"] = {
            name: value for name, value in electric["charging"].items() if name not in _NEW_CHARGING_MEMBERS
        }
        if "health" in electric["battery"]:
            health = electric["battery"]["health"]
            old["battery"] = {"health": {name: value for name, value in health.items() if name != "createdAt"}}
    elif "extension" in energy:
        old["consumption"] = energy["extension"]["fuel"]["consumption"]["consumption"]
    return old


def _charge_program(program: ChargeProgram) -> Json:
    body: Json = {"enabled": program.enabled, "start": duration(program.start), "end": duration(program.end)}
    if program.days:
        body["occurence"] = {"day": list(program.days)}
    return body
