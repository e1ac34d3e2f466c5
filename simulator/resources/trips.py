"""The response body of a trip."""

from math import pi

from ..clock import rfc3339
from ..vehicle.car import Car
from ..vehicle.history import Location, Trip
from ..vehicle.past_car import AnyCar, car_at
from ..vehicle.reporting import DRIVING_INTERVAL
from ..vehicle.state import HYBRID_RESERVE, State, energy_per_km
from .links import Json, link, vehicle_url
from .position import location_body
from .ranges import electric_range, fuel_range


def trip_body(car: Car, trip: Trip, api_root: str, scopes: frozenset[str], now: float) -> Json:
    """Return a trip up to `now`, without what the platform missed of it."""
    drive, is_done = trip.drive, trip.stopped_at is not None
    at = last_known_time(trip, now)
    state = trip.state_at(car.model, at)
    km, seconds = state.odometer - drive.odometer, at - drive.started_at
    url = f"{vehicle_url(api_root, car.id)}/trips/{trip.id}"
    way_points = link(f"{url}/wayPoints")
    body: Json = {
        "id": trip.id,
        "createdAt": rfc3339(at if is_done else drive.started_at),
        "updatedAt": rfc3339(at),
        "startedAt": rfc3339(drive.started_at),
        "duration": int(seconds),
        "distance": round(km, 1),
        "done": is_done,
        "kinetic": _kinetic(car, trip, km, seconds),
        "energyConsumptions": _consumptions(car, trip, state, km),
        "segments": _segments(car, trip, km),
        # The API description calls this link waypoints, the platform wayPoints.
        "_links": {
            "self": link(url),
            "vehicle": link(vehicle_url(api_root, car.id)),
            "waypoints": way_points,
            "wayPoints": way_points,
        }
        | {name: link(f"{url}/{name}") for name in ("alerts", "collisions")},
    }
    has_positions = "data:position" in scopes and not trip.is_hidden
    if trip.fault != "Unstarted":
        body |= {
            "startMileage": round(drive.odometer, 1),
            "startEnergies": _energies(car_at(car, trip.start_state, at)),
        }
        if has_positions:
            body["startPosition"] = location_body(
                car, Location(trip.start_state.place, trip.start_state.heading), drive.started_at
            )
    if is_done:
        body["stoppedAt"] = rfc3339(at)
    if is_done and trip.fault != "Unfinished":
        body["endEnergies"] = _energies(car_at(car, state, at))
        if has_positions:
            body["stopPosition"] = location_body(car, Location(state.place, state.heading), at)
    if trip.fault:
        body["faults"] = [{"fault": trip.fault, "cause": trip.cause}]
    return body


def last_known_time(trip: Trip, now: float) -> float:
    """Return the latest time up to which a trip is known: its end, or `now`."""
    return min(now, trip.drive.ends_at) if trip.stopped_at is None else trip.stopped_at


def report_times(trip: Trip, now: float) -> list[float]:
    """Return the times of the reports that the platform received during a trip."""
    last = last_known_time(trip, now)
    count = int((last - trip.drive.started_at) // DRIVING_INTERVAL) + 1
    times = [trip.drive.started_at + number * DRIVING_INTERVAL for number in range(count)]
    if trip.stopped_at is not None and times[-1] < last:
        times.append(last)
    match trip.fault:
        case "Unstarted":
            return times[count // 3 :]
        case "Unfinished":
            return times[: count * 2 // 3 + 1]
        case "DataLacking" if trip.cause == "Connection":
            return times[: count // 3 + 1] + times[count * 2 // 3 + 1 :]
    return times


def _kinetic(car: Car, trip: Trip, km: float, seconds: float) -> Json:
    """Return the average and maximum speed in m/s."""
    average = km * 1000 / seconds if seconds else 0.0
    maximum = trip.drive.distance * 1000 / trip.drive.duration * pi / 2
    return {
        "avgSpeed": round(average, 1),
        "maxSpeed": 0.0 if "no_consumptions" in car.model.quirks else round(maximum, 1),
    }


def _energies(car: AnyCar) -> list[Json]:
    energies: list[Json] = []
    state, tank = car.state, car.model.tank
    if tank:
        fuel: Json = {"type": "Fuel", "subType": "Hydrogen" if tank.hydrogen else "FossilEnergy"}
        energies.append(fuel | {"level": float(round(state.fuel)), "autonomy": fuel_range(car)})
    if car.model.battery:
        electric: Json = {"type": "Electric", "subType": "ElectricEnergy"}
        energies.append(electric | {"level": float(int(state.electric)), "autonomy": electric_range(car)})
    return energies


def _consumptions(car: Car, trip: Trip, state: State, km: float) -> list[Json]:
    """Return the consumption in L and cL/100 km, or in kWh and Wh/100 km."""
    quirks, tank, battery = car.model.quirks, car.model.tank, car.model.battery
    if "no_consumptions" in quirks:
        return []
    used: list[tuple[str, str, float]] = []
    if tank:
        kind = "Hydrogen" if tank.hydrogen else "FossilEnergy"
        used.append(("Fuel", kind, state.fuel_used - trip.start_state.fuel_used))
    if battery and "no_electric_consumption" not in quirks:
        kwh = (trip.start_state.electric - state.electric) * battery.capacity / 100
        used.append(("Electric", "ElectricEnergy", kwh))
    subunits = {"Fuel": 100, "Electric": 1000}
    return [
        {
            "type": kind,
            "subType": subtype,
            "consumption": round(amount, 2),
            "avgConsumption": round(amount * subunits[kind] / km * 100, 1) if km else 0.0,
        }
        for kind, subtype, amount in used
    ]


def _segments(car: Car, trip: Trip, km: float) -> list[Json]:
    tank, battery = car.model.tank, car.model.battery
    electric = 0.0
    if battery:
        percent_per_km = energy_per_km(battery, trip.drive.outside) / (battery.capacity * 10)
        electric = min(km, max(0.0, trip.start_state.electric - (HYBRID_RESERVE if tank else 0.0)) / percent_per_km)
    parts = [("Electric", electric), ("Electric" if tank and tank.hydrogen else "Thermal", km - electric)]
    return [
        {"propulsion": kind, "percent": round(100 * part / km, 1), "distance": round(part, 1)}
        for kind, part in parts
        if km and part > 0.05
    ]
