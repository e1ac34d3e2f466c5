"""Trips: the drives that a car remembers, as the API tells them."""

from math import pi

from ..clock import rfc3339
from ..endpoints.history import alert_body, alerts_page, collision_body, collisions_page, one_of, own, spot_body
from ..http.errors import invalid_parameter, not_found
from ..http.hal import Json, link
from ..http.parameters import parse_numbers
from ..http.request import Call
from ..vehicle.car import DRIVING_REPORT, Car
from ..vehicle.history import Spot, Trip
from ..vehicle.past_car import Seen, past
from ..vehicle.state import RESERVE, State, consumption
from .path_simplify import simplify
from .status import electric_range, fuel_range

STATES = ("Nominal", "Unstarted", "DataLacking", "Unfinished")


def trip_body(car: Car, trip: Trip, root: str, scopes: frozenset[str], now: float) -> Json:
    """Return a trip, as far as it has come and as far as the platform got to know it."""
    drive, done = trip.drive, trip.stopped is not None
    at = reported(trip, now)
    state = trip.at(car.character, at)
    km, seconds = state.odometer - drive.odometer, at - drive.started
    url = f"{own(car, root)}/trips/{trip.id}"
    way_points = link(f"{url}/wayPoints")
    body: Json = {
        "id": trip.id,
        "createdAt": rfc3339(at if done else drive.started),
        "updatedAt": rfc3339(at),
        "startedAt": rfc3339(drive.started),
        "duration": int(seconds),
        "distance": round(km, 1),
        "done": done,
        "kinetic": _kinetic(car, trip, km, seconds),
        "energyConsumptions": _consumptions(car, trip, state, km),
        "segments": _segments(car, trip, km),
        # The description says waypoints, the platform wayPoints.
        "_links": {"self": link(url), "vehicle": link(own(car, root)), "waypoints": way_points, "wayPoints": way_points}
        | {name: link(f"{url}/{name}") for name in ("alerts", "collisions")},
    }
    seen = "data:position" in scopes and not trip.hidden
    if trip.fault != "Unstarted":
        body |= {"startMileage": round(drive.odometer, 1), "startEnergies": _energies(past(car, trip.begin, at))}
        if seen:
            body["startPosition"] = spot_body(car, Spot(trip.begin.place, trip.begin.heading), drive.started)
    if done:
        body["stoppedAt"] = rfc3339(at)
    if done and trip.fault != "Unfinished":
        body["endEnergies"] = _energies(past(car, state, at))
        if seen:
            body["stopPosition"] = spot_body(car, Spot(state.place, state.heading), at)
    if trip.fault:
        body["faults"] = [{"fault": trip.fault, "cause": trip.cause}]
    return body


def reported(trip: Trip, now: float) -> float:
    """Return the last instant of a trip that the platform knows of."""
    return min(now, trip.drive.ends) if trip.stopped is None else trip.stopped


def ticks(trip: Trip, now: float) -> list[float]:
    """Return the instants at which a car reported on a trip; the platform may have missed some."""
    last = reported(trip, now)
    count = int((last - trip.drive.started) // DRIVING_REPORT) + 1
    instants = [trip.drive.started + number * DRIVING_REPORT for number in range(count)]
    if trip.stopped is not None and instants[-1] < last:
        instants.append(last)
    match trip.fault:
        case "Unstarted":
            return instants[count // 3 :]
        case "Unfinished":
            return instants[: count * 2 // 3 + 1]
        case "DataLacking" if trip.cause == "Connection":
            return instants[: count // 3 + 1] + instants[count * 2 // 3 + 1 :]
    return instants


def _kinetic(car: Car, trip: Trip, km: float, seconds: float) -> Json:
    """Return speeds in m/s."""
    average = km * 1000 / seconds if seconds else 0.0
    fastest = trip.drive.distance * 1000 / trip.drive.duration * pi / 2
    return {
        "avgSpeed": round(average, 1),
        "maxSpeed": 0.0 if "no_consumptions" in car.character.quirks else round(fastest, 1),
    }


def _energies(car: Seen) -> list[Json]:
    energies: list[Json] = []
    state, tank = car.state, car.character.tank
    if tank:
        fuel: Json = {"type": "Fuel", "subType": "Hydrogen" if tank.hydrogen else "FossilEnergy"}
        energies.append(fuel | {"level": float(round(state.fuel)), "autonomy": fuel_range(car)})
    if car.character.battery:
        electric: Json = {"type": "Electric", "subType": "ElectricEnergy"}
        energies.append(electric | {"level": float(int(state.electric)), "autonomy": electric_range(car)})
    return energies


def _consumptions(car: Car, trip: Trip, state: State, km: float) -> list[Json]:
    """Return what the trip took: litres and cL for 100 km, kWh and Wh for 100 km."""
    quirks, tank, battery = car.character.quirks, car.character.tank, car.character.battery
    if "no_consumptions" in quirks:
        return []
    used: list[tuple[str, str, float]] = []
    if tank:
        kind = "Hydrogen" if tank.hydrogen else "FossilEnergy"
        used.append(("Fuel", kind, state.fuel_used - trip.begin.fuel_used))
    if battery and "no_electric_consumption" not in quirks:
        kwh = (trip.begin.electric - state.electric) * battery.capacity / 100
        used.append(("Electric", "ElectricEnergy", kwh))
    finer = {"Fuel": 100, "Electric": 1000}
    return [
        {
            "type": kind,
            "subType": subtype,
            "consumption": round(amount, 2),
            "avgConsumption": round(amount * finer[kind] / km * 100, 1) if km else 0.0,
        }
        for kind, subtype, amount in used
    ]


def _segments(car: Car, trip: Trip, km: float) -> list[Json]:
    tank, battery = car.character.tank, car.character.battery
    electric = 0.0
    if battery:
        per_km = consumption(battery, trip.drive.outside) / (battery.capacity * 10)
        electric = min(km, max(0.0, trip.begin.electric - (RESERVE if tank else 0.0)) / per_km)
    parts = [("Electric", electric), ("Electric" if tank and tank.hydrogen else "Thermal", km - electric)]
    return [
        {"propulsion": kind, "percent": round(100 * part / km, 1), "distance": round(part, 1)}
        for kind, part in parts
        if km and part > 0.05
    ]


def find_trip(call: Call, car: Car) -> Trip:
    """Return the trip of the path.

    Raises ApiError 40400.
    """
    for trip in car.history.trips:
        if trip.id == call.part("tid"):
            return trip
    raise not_found("No trip found")


async def trips(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}/trips."""
    query, now = call.request.query, call.now
    times, states = call.timestamps(), call.words("states", STATES) or STATES
    near, far = parse_numbers("distance", query.get("distance", "0-"), whole=False)
    short, long = parse_numbers("duration", query.get("duration", "0-"), whole=True)
    car = call.car()
    chosen: list[Trip] = []
    for trip in car.history.trips:
        at = reported(trip, now)
        created = at if trip.stopped is not None else trip.drive.started
        if not short <= at - trip.drive.started <= long or trip.state_word not in states:
            continue
        km = trip.at(car.character, at).odometer - trip.drive.odometer
        if near <= round(km, 1) <= far and any(created in range_ for range_ in times):
            chosen.append(trip)
    return call.collection("trips", chosen, lambda trip: trip_body(car, trip, call.root, call.scopes, now))


async def trip(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}/trips/{tid}."""
    car = call.car()
    return trip_body(car, find_trip(call, car), call.root, call.scopes, call.now)


async def way_points(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}/trips/{tid}/wayPoints."""
    times, tolerance = call.timestamps(), _tolerance(call)
    car = call.car()
    trip = find_trip(call, car)
    instants = [at for at in ticks(trip, call.now) if any(at in range_ for range_ in times)]
    states = [] if trip.hidden else [trip.at(car.character, at) for at in instants]
    points = [(Spot(state.place, state.heading), at) for state, at in zip(states, instants, strict=False)]
    if tolerance:
        points = [points[number] for number in simplify([spot.place for spot, _ in points], tolerance)]
    return call.collection("positions", points, lambda point: spot_body(car, *point))


def _tolerance(call: Call) -> float:
    text = call.request.query.get("tolerance", "0")
    try:
        tolerance = float(text)
    except ValueError as error:
        raise invalid_parameter("tolerance") from error
    if not 0 <= tolerance < 1e6:
        raise invalid_parameter("tolerance")
    return tolerance


async def trip_alerts(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}/trips/{tid}/alerts."""
    call.check_locale()
    car = call.car()
    trip = find_trip(call, car)
    return alerts_page(call, car, [alert for alert in car.history.alerts if trip.id in alert.trips])


async def trip_alert(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}/trips/{tid}/alerts/{aid}."""
    car = call.car()
    trip = find_trip(call, car)
    found = one_of([one for one in car.history.alerts if trip.id in one.trips], call.part("aid"), "alert")
    return alert_body(car, found, call.root, call.scopes)


async def trip_collisions(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}/trips/{tid}/collisions."""
    car = call.car()
    trip = find_trip(call, car)
    return collisions_page(call, car, [one for one in car.history.collisions if one.trip == trip.id])


async def trip_collision(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}/trips/{tid}/collisions/{cid}."""
    car = call.car()
    trip = find_trip(call, car)
    found = one_of([one for one in car.history.collisions if one.trip == trip.id], call.part("cid"), "collision")
    return collision_body(car, found, call.root)
