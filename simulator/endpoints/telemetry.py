"""Operations on the telemetry of a vehicle and of its trips."""

from ..http.request import ApiCall
from ..resources.links import Json
from ..resources.telemetry import EXTENSIONS, TYPES, Message, message_body, messages
from ..vehicle.car import Car
from .trips import find_trip

MAX_PAGE_SIZE = 2000
MAX_EXTENSIONS = 2


async def list_telemetry(call: ApiCall) -> Json:
    """Handle GET /user/vehicles/{id}/telemetry."""
    car = call.car()
    return _page(call, car, messages(car, call.now))


async def list_trip_telemetry(call: ApiCall) -> Json:
    """Handle GET /user/vehicles/{id}/trips/{tid}/telemetry."""
    car = call.car()
    return _page(call, car, messages(car, call.now, [find_trip(call, car)]))


def _page(call: ApiCall, car: Car, sent: list[Message]) -> Json:
    types = frozenset(call.enum_values("type", TYPES))
    extensions = call.enum_values("extension", EXTENSIONS, MAX_EXTENSIONS)
    times = call.timestamps()
    selected = [message for message in sent if any(message.at in range_ for range_ in times)]

    def render(message: Message) -> Json:
        return message_body(car, message, call.api_root, call.scopes, types, extensions)

    return call.collection("telemetries", selected, render, MAX_PAGE_SIZE)
