"""Operations on the trips of a vehicle."""

from ..http.errors import invalid_parameter, not_found
from ..http.parameters import parse_numbers
from ..http.request import ApiCall
from ..resources.alerts import alert_body
from ..resources.collisions import collision_body
from ..resources.links import Json
from ..resources.path_simplify import simplify
from ..resources.position import location_body
from ..resources.trips import last_known_time, report_times, trip_body
from ..vehicle.car import Car
from ..vehicle.history import Alert, Collision, Location, Trip
from ..vehicle.vocabulary import TRIP_STATES
from .history import alerts_page, collisions_page, find_by_id

# The platform's message if there is no trip, or none that the filters match.
_NO_TRIP = "No trip was found."


def find_trip(call: ApiCall, car: Car) -> Trip:
    """Return the trip of the path.

    Raises:
        ApiError: 40400 if the car has no such trip.
    """
    for trip in car.history.trips:
        if trip.id == call.path_param("tid"):
            return trip
    raise not_found(_NO_TRIP)


async def list_trips(call: ApiCall) -> Json:
    """Handle GET /user/vehicles/{id}/trips."""
    query, now = call.request.query, call.now
    times, states = call.timestamps(), call.enum_values("states", TRIP_STATES) or TRIP_STATES
    min_km, max_km = parse_numbers("distance", query.get("distance", "0-"), whole=False)
    min_seconds, max_seconds = parse_numbers("duration", query.get("duration", "0-"), whole=True)
    car = call.car()
    selected: list[Trip] = []
    for trip in car.history.trips:
        at = last_known_time(trip, now)
        created = at if trip.stopped_at is not None else trip.drive.started_at
        if not min_seconds <= at - trip.drive.started_at <= max_seconds or trip.api_state not in states:
            continue
        km = trip.state_at(car.model, at).odometer - trip.drive.odometer
        if min_km <= round(km, 1) <= max_km and any(created in range_ for range_ in times):
            selected.append(trip)
    if not selected and not call.is_strict:
        raise not_found(_NO_TRIP)
    return call.collection("trips", selected, lambda trip: trip_body(car, trip, call.api_root, call.scopes, now))


async def get_trip(call: ApiCall) -> Json:
    """Handle GET /user/vehicles/{id}/trips/{tid}."""
    car = call.car()
    return trip_body(car, find_trip(call, car), call.api_root, call.scopes, call.now)


async def list_way_points(call: ApiCall) -> Json:
    """Handle GET /user/vehicles/{id}/trips/{tid}/wayPoints."""
    times, tolerance = call.timestamps(), _tolerance(call)
    car = call.car()
    trip = find_trip(call, car)
    selected = [at for at in report_times(trip, call.now) if any(at in range_ for range_ in times)]
    states = [] if trip.is_hidden else [trip.state_at(car.model, at) for at in selected]
    points = [(Location(state.place, state.heading), at) for state, at in zip(states, selected, strict=False)]
    if tolerance:
        points = [points[index] for index in simplify([location.place for location, _ in points], tolerance)]
    return call.collection("positions", points, lambda point: location_body(car, *point))


def _tolerance(call: ApiCall) -> float:
    """Return the parameter `tolerance` in km; 0 if it is missing."""
    text = call.request.query.get("tolerance", "0")
    try:
        tolerance = float(text)
    except ValueError as error:
        raise invalid_parameter("tolerance") from error
    if not 0 <= tolerance < 1e6:
        raise invalid_parameter("tolerance")
    return tolerance


def _trip_alerts(car: Car, trip: Trip) -> list[Alert]:
    return [alert for alert in car.history.alerts if trip.id in alert.trips]


def _trip_collisions(car: Car, trip: Trip) -> list[Collision]:
    return [collision for collision in car.history.collisions if collision.trip == trip.id]


async def list_trip_alerts(call: ApiCall) -> Json:
    """Handle GET /user/vehicles/{id}/trips/{tid}/alerts."""
    call.check_locale()
    car = call.car()
    return alerts_page(call, car, _trip_alerts(car, find_trip(call, car)))


async def get_trip_alert(call: ApiCall) -> Json:
    """Handle GET /user/vehicles/{id}/trips/{tid}/alerts/{aid}."""
    car = call.car()
    alert = find_by_id(_trip_alerts(car, find_trip(call, car)), call.path_param("aid"), "alert")
    return alert_body(car, alert, call.api_root, call.scopes)


async def list_trip_collisions(call: ApiCall) -> Json:
    """Handle GET /user/vehicles/{id}/trips/{tid}/collisions."""
    car = call.car()
    return collisions_page(call, car, _trip_collisions(car, find_trip(call, car)))


async def get_trip_collision(call: ApiCall) -> Json:
    """Handle GET /user/vehicles/{id}/trips/{tid}/collisions/{cid}."""
    car = call.car()
    collision = find_by_id(_trip_collisions(car, find_trip(call, car)), call.path_param("cid"), "collision")
    return collision_body(car, collision, call.api_root)
