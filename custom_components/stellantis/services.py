"""Actions: what can be asked of cars. Each is a row of a table, and answers for each car that is targeted."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv, device_registry as dr, entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids
from homeassistant.helpers.typing import VolDictType
from homeassistant.util import dt as dt_util
import probatio as vol

from .api import AlarmType, Forbidden, NoData, NotFound, NumberRange, StellantisError, TelemetryType, TimeRange, Trip
from .commands.actions import ORDERS, Order
from .const import DOMAIN
from .coordinator import action_error
from .data import Car
from .endpoints import ALARMS, ALERTS, CHARGES, TRIPS
from .history.events import alarm_key, plain
from .history.responses import alarm_details, alert_details, consumption, path_of, sessions_of, trip_details
from .vehicle.charging_session import ChargeRecord, capacity
from .vehicle.trip import TripRecord, trip_record

type Data = Mapping[str, Any]

LONGEST: Final = 5000  # km
SAMPLES_A_PAGE: Final = 2000
USUAL_PERIOD: Final = timedelta(days=90)
# The API reads whole seconds
SECOND: Final = timedelta(seconds=1)
BEGINNING: Final = dt_util.utc_from_timestamp(0)
END: Final = datetime.max.replace(tzinfo=UTC)
ALARM_TYPES: Final = {"status": AlarmType.STATUS, "trigger": AlarmType.TRIGGER}

_TIME: Final = vol.All(cv.datetime, vol.Coerce(dt_util.as_utc), vol.Range(min=BEGINNING))
_KM: Final = vol.All(vol.Coerce(float), vol.Range(min=0, max=LONGEST), lambda km: round(km, 1))
PERIOD: Final[VolDictType] = {vol.Optional("start"): _TIME, vol.Optional("end"): _TIME}


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that can be asked of cars.

    Attributes:
        name: by which it is called.
        answer: asks one car. Raises StellantisError and HomeAssistantError.
        fields: what else can be said.
        scope: the right that it needs.
        tells: whether a car is told something.
    """

    name: str
    answer: Callable[[Car, Data], Awaitable[dict[str, Any]]]
    fields: VolDictType = field(default_factory=dict)
    scope: str | None = None
    tells: bool = False

    @property
    def response(self) -> SupportsResponse:
        """Whether it answers: what reads always does, what tells a car something, when it is asked to."""
        return SupportsResponse.OPTIONAL if self.tells else SupportsResponse.ONLY


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Offer the actions."""
    for action in ACTIONS:
        hass.services.async_register(
            DOMAIN,
            action.name,
            partial(_async_handle, action),
            schema=cv.make_entity_service_schema(action.fields),
            supports_response=action.response,
        )


async def _async_handle(action: Action, call: ServiceCall) -> ServiceResponse:
    """Ask all cars that are targeted, side by side. Of several, one that fails answers with its error."""
    cars, devices = _targeted(call), dr.async_get(call.hass)
    answers = await asyncio.gather(*(_async_ask(action, car, call.data) for car in cars))
    failures = [answer for answer in answers if isinstance(answer, HomeAssistantError)]
    if failures and (len(failures) == len(answers) or not call.return_response):
        raise failures[0]
    response: dict[str, Any] = {}
    for car, answer in zip(cars, answers, strict=True):
        device = devices.async_get(car.device.id) or car.device  # who was asked may be gone by now
        told = {"error": str(answer)} if isinstance(answer, HomeAssistantError) else answer
        response[device.id] = {"name": device.name_by_user or device.name, **told}
    return response


async def _async_ask(action: Action, car: Car, data: Data) -> dict[str, Any] | HomeAssistantError:
    """Return what a car answers, or why it does not."""
    if action.scope and not car.account.may(action.scope):
        return _right_missing(car, action.scope)
    try:
        return await action.answer(car, data)
    except StellantisError as err:
        return action_error(car.account, err)
    except HomeAssistantError as err:
        return err


def _right_missing(car: Car, right: str) -> HomeAssistantError:
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key="right_missing",
        translation_placeholders={"account": car.account.entry.title, "right": right},
    )


@callback
def _targeted(call: ServiceCall) -> list[Car]:
    """Return the cars that are targeted.

    Raises:
        ServiceValidationError: there is none, or the account of one is not loaded.
    """
    hass, entities, devices = call.hass, er.async_get(call.hass), dr.async_get(call.hass)
    selected = async_extract_referenced_entity_ids(hass, TargetSelection(call.data))
    targeted = (entities.async_get(entity) for entity in selected.referenced | selected.indirectly_referenced)
    ids = selected.referenced_devices | {entity.device_id for entity in targeted if entity}
    found: list[Car] = []
    for entry in hass.config_entries.async_entries(DOMAIN, include_disabled=False):
        if entry.state is ConfigEntryState.LOADED:
            cars: Mapping[str, Car] = entry.runtime_data.cars
            found += [car for car in cars.values() if car.device.id in ids]
        elif any(device.id in ids for device in dr.async_entries_for_config_entry(devices, entry.entry_id)):
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="not_loaded",
                translation_placeholders={"account": entry.title},
            )
    if not found:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_car")
    return found


def _period(data: Data, usual: timedelta | None = None) -> tuple[datetime | None, datetime | None]:
    """Return the start and the end that were asked for.

    Raises:
        ServiceValidationError: it ends before it begins.
    """
    start, end = data.get("start"), data.get("end")
    if start and end and end - start < SECOND:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="ends_before_it_begins")
    if usual and not start:
        start = (end or dt_util.utcnow()) - usual
    return start, end


def _within[R: (TripRecord, ChargeRecord)](
    records: Iterable[R], start: datetime | None, end: datetime | None
) -> list[R]:
    """Return the records that ended in a period."""
    return [record for record in records if (start or BEGINNING) <= record.end <= (end or END)]


def _range(start: datetime | None, end: datetime | None) -> TimeRange | tuple[()]:
    return TimeRange(start=start, end=end) if start or end else ()


async def _all[T](things: AsyncIterator[T]) -> list[T]:
    """Return things; nothing where the platform has none of the kind."""
    try:
        return [thing async for thing in things]
    except NoData:
        return []


async def _granted[T](things: AsyncIterator[T]) -> list[T] | None:
    """Return things; None where the right to them was not granted, or the platform no longer tells them."""
    try:
        return await _all(things)
    except Forbidden, NotFound:
        return None


def _details(car: Car, trips: list[Trip]) -> list[dict[str, Any]]:
    """Return all that is told of trips. What was kept of one counts: so the sums of both are the same."""
    kept = {trip.id: trip for trip in car.ledger.trips}
    holds = capacity(car.status.data) if car.status.told else None
    return [
        trip_details(trip, kept.get(trip.id or "") or trip_record(trip, capacity=holds), car.vehicle.motorization)
        for trip in trips
    ]


async def _async_trips(car: Car, data: Data) -> dict[str, Any]:
    """Return the latest trips. The ledger knows since when there are as many: what is older is not asked for."""
    start, end = _period(data)
    least, most, limit = data["min_distance"], data.get("max_distance"), data["limit"]
    if most is not None and most < least:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="distances_reversed")
    kept = [
        trip
        for trip in _within(car.ledger.trips, start, end)
        if least <= trip.distance and (most is None or trip.distance <= most)
    ]
    if len(kept) >= limit:
        start = kept[-limit].start - SECOND
    asked = car.account.client.trips(
        car.status.vehicle_id, timestamps=_range(start, end), distance=NumberRange(least, most)
    )
    found = await _all(asked)
    found.sort(key=lambda trip: trip.stopped_at or trip.started_at or BEGINNING, reverse=True)
    return {"trips": _details(car, found[:limit])}


async def _async_trip(car: Car, data: Data) -> dict[str, Any]:
    client, vehicle_id, trip_id = car.account.client, car.status.vehicle_id, data["trip_id"]
    try:
        trip = await client.trip(vehicle_id, trip_id)
    except NotFound as err:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="unknown_trip") from err
    tolerance = data["tolerance"] / 1000 if "tolerance" in data else None
    points = await _granted(client.way_points(vehicle_id, trip_id, tolerance=tolerance))
    alerts = await _granted(client.trip_alerts(vehicle_id, trip_id))
    (details,) = _details(car, [trip])
    return {
        "trip": details,
        "alerts": None if alerts is None else [alert_details(alert) for alert in alerts],
        "path": path_of(points or ()),
    }


async def _async_alerts(car: Car, data: Data) -> dict[str, Any]:
    asked = car.account.client.alerts(car.status.vehicle_id, timestamps=_range(*_period(data)))
    found = [alert for alert in await _all(asked) if alert.active or not data["active_only"]]
    found.sort(key=lambda alert: alert.started_at or BEGINNING, reverse=True)
    return {"alerts": [alert_details(alert) for alert in found]}


async def _async_alarms(car: Car, data: Data) -> dict[str, Any]:
    types = [ALARM_TYPES[name] for name in data.get("types", ())]
    asked = car.account.client.alarms(car.status.vehicle_id, types=types, timestamps=_range(*_period(data)))
    found = [alarm for alarm in await _all(asked) if alarm_key(alarm)]
    found.sort(key=lambda alarm: alarm.measured_at or BEGINNING, reverse=True)
    return {"alarms": [alarm_details(alarm) for alarm in found]}


async def _async_charging_sessions(car: Car, data: Data) -> dict[str, Any]:
    return sessions_of(_within(car.ledger.charges, *_period(data)))


async def _async_consumption(car: Car, data: Data) -> dict[str, Any]:
    """Return the consumption by temperature. A request brings what was measured on very many trips."""
    trips = _within(car.ledger.trips, *_period(data, USUAL_PERIOD))
    samples = None
    if trips:
        asked = car.account.client.telemetry(
            car.status.vehicle_id,
            types=[TelemetryType.ENVIRONMENT],
            timestamps=TimeRange(start=min(trip.start for trip in trips), end=trips[-1].end + SECOND),
            page_size=SAMPLES_A_PAGE,
        )
        samples = await _granted(asked)
    return consumption(trips, samples or ())


async def _async_pictures(car: Car, _data: Data) -> dict[str, Any]:
    return {"pictures": list(car.vehicle.pictures)}


async def _async_tell(order: Order, car: Car, data: Data) -> dict[str, Any]:
    """Have a car do something. Raises HomeAssistantError when it does not."""
    able, needed = car.commands.abilities, order.needs(data)
    for right in (able.withheld[one] for one in needed if one in able.withheld):
        raise _right_missing(car, right)
    if not needed <= able.granted:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="not_able")
    outcome = await car.commands.async_send(order.command(car.account.hass, data))
    return {"result": outcome.result.value, "duration": outcome.duration}


async def _async_commands(car: Car, _data: Data) -> dict[str, Any]:
    commands = [
        plain(
            kind=outcome.kind.value,
            result=outcome.result.value,
            cause=outcome.cause,
            started=outcome.started,
            duration=outcome.duration,
        )
        for outcome in reversed(car.commands.history)
    ]
    return {"wake_ups_this_month": car.commands.wake_ups, "commands": commands}


ACTIONS: Final = (
    Action(
        name="get_trips",
        answer=_async_trips,
        fields={
            **PERIOD,
            vol.Optional("min_distance", default=0): _KM,
            vol.Optional("max_distance"): _KM,
            vol.Optional("limit", default=50): vol.All(vol.Coerce(int), vol.Range(min=1, max=500)),
        },
        scope=TRIPS.scope,
    ),
    Action(
        name="get_trip",
        answer=_async_trip,
        fields={
            vol.Required("trip_id"): vol.All(cv.string, vol.Match(r".*[^.\s]")),  # what leads elsewhere is no id
            vol.Optional("tolerance"): vol.All(vol.Coerce(float), vol.Range(min=0, max=10_000)),
        },
        scope=TRIPS.scope,
    ),
    Action(
        name="get_alerts",
        answer=_async_alerts,
        fields={**PERIOD, vol.Optional("active_only", default=False): cv.boolean},
        scope=ALERTS.scope,
    ),
    Action(
        name="get_alarms",
        answer=_async_alarms,
        fields={**PERIOD, vol.Optional("types"): vol.All(cv.ensure_list, [vol.In(ALARM_TYPES)])},
        scope=ALARMS.scope,
    ),
    Action(name="get_charging_sessions", answer=_async_charging_sessions, fields=PERIOD, scope=CHARGES.scope),
    Action(name="get_consumption", answer=_async_consumption, fields=PERIOD, scope=TRIPS.scope),
    Action(name="get_pictures", answer=_async_pictures),
    Action(name="get_commands", answer=_async_commands),
    *(
        Action(name=name, answer=partial(_async_tell, order), fields=order.fields, tells=True)
        for name, order in ORDERS.items()
    ),
)
