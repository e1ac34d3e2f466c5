"""The actions of the integration: a table; each action runs for every targeted car and responds for each."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.core import Context, HomeAssistant, ServiceCall, ServiceResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv, device_registry as dr
import probatio as vol

from . import features
from .action_description import (
    MIN_TIME,
    PERIOD_SCHEMA,
    SECOND,
    ActionData,
    ActionDescription,
    filter_by_end,
    parse_period,
)
from .api import AlarmType, Forbidden, NoData, NotFound, NumberRange, StellantisError, TelemetryType, TimeRange, Trip
from .auth.permissions import missing_permission
from .commands.actions import COMMAND_ACTIONS, CommandAction
from .const import DOMAIN
from .data import Car
from .endpoints import ALARMS, ALERTS, CHARGES, COLLISIONS, TRIPS, usable_capacity
from .errors import as_action_error
from .history.collisions import build_collisions_response
from .history.events import drop_none
from .history.responses import (
    build_alarms_response,
    build_alert_response,
    build_charging_response,
    build_consumption_response,
    build_path,
    build_trip_response,
)
from .targets import Target, async_get_targets
from .vehicle.trip import build_trip_record

MAX_DISTANCE: Final = 5000  # km
SAMPLES_PER_PAGE: Final = 2000
DEFAULT_PERIOD: Final = timedelta(days=90)
ALARM_TYPES: Final = {"status": AlarmType.STATUS, "trigger": AlarmType.TRIGGER}

_DISTANCE: Final = vol.All(vol.Coerce(float), vol.Range(min=0, max=MAX_DISTANCE), lambda km: round(km, 1))


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    for action in (*ACTIONS, *features.list_actions()):
        hass.services.async_register(
            DOMAIN,
            action.name,
            partial(_async_handle_action, action),
            schema=cv.make_entity_service_schema(action.schema),
            supports_response=action.supports_response,
        )


async def _async_handle_action(action: ActionDescription, call: ServiceCall) -> ServiceResponse:
    """Run an action for all targeted cars in parallel.

    Returns:
        The response of each car by device id; of a car that failed, the error.

    Raises:
        HomeAssistantError: all cars failed; or one did, and no response was requested.
    """
    devices = dr.async_get(call.hass)
    targets = await async_get_targets(call, POLICY_CONTROL if action.is_control else POLICY_READ)
    results = await asyncio.gather(*(_async_call_for_target(action, target, call) for target in targets))
    errors = [result for result in results if isinstance(result, HomeAssistantError)]
    if errors and (len(errors) == len(results) or not call.return_response):
        raise errors[0]
    response: dict[str, Any] = {}
    for target, result in zip(targets, results, strict=True):
        # The car may have been removed in the meantime
        device = devices.async_get(target.devices[0].id) or target.devices[0]
        content = {"error": str(result)} if isinstance(result, HomeAssistantError) else result
        response[device.id] = {"name": device.name_by_user or device.name, **content}
    return response


async def _async_call_for_target(
    action: ActionDescription, target: Target, call: ServiceCall
) -> dict[str, Any] | HomeAssistantError:
    """Return the response of a car, or the error.

    Of several accounts with the car, the most suitable one is asked, or all of them if their responses are combined.
    """
    if target.cars and action.combine_fn:
        results = await asyncio.gather(*(_async_call_for_car(action, car, call) for car in target.cars))
        responses = [result for result in results if not isinstance(result, HomeAssistantError)]
        return action.combine_fn(responses) if responses else results[0]
    if target.cars:
        car = max(target.cars, key=lambda car: _suitability(action, car, call.data))
        return await _async_call_for_car(action, car, call)
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="not_loaded",
        translation_placeholders={"account": target.account},
    )


async def _async_call_for_car(
    action: ActionDescription, car: Car, call: ServiceCall
) -> dict[str, Any] | HomeAssistantError:
    """Return the response of a car, or the error."""
    if action.scope and not car.account.has_scope(action.scope):
        return missing_permission(car.account.hass, car.account.entry, action.scope)
    try:
        return await action.handler(car, call.data, call.context)
    except StellantisError as err:
        return as_action_error(car.account.hass, car.account.entry, err)
    except HomeAssistantError as err:
        return err


def _suitability(action: ActionDescription, car: Car, data: ActionData) -> tuple[bool, bool]:
    """Return whether an account may run an action for a car, and whether it is the one to ask."""
    required = action.required_fn(data) if action.required_fn else frozenset()
    is_able = action.scope is None or car.account.has_scope(action.scope)
    is_preferred = action.prefers_fn is None or action.prefers_fn(car)
    return is_able and required <= car.commands.support.available, is_preferred


def _build_time_range(start: datetime | None, end: datetime | None) -> TimeRange | tuple[()]:
    return TimeRange(start=start, end=end) if start or end else ()


async def _collect[T](items: AsyncIterator[T]) -> list[T]:
    """Return the listed items, none if the API has no such data."""
    try:
        return [item async for item in items]
    except NoData:
        return []


async def _collect_if_permitted[T](items: AsyncIterator[T]) -> list[T] | None:
    """Return the listed items; None if the permission is missing, or the API no longer has them."""
    try:
        return await _collect(items)
    except Forbidden, NotFound:
        return None


def _build_trip_details(car: Car, trips: list[Trip]) -> list[dict[str, Any]]:
    """Return the responses of trips; based on the stored records, so that their totals match the statistics."""
    records = {record.id: record for record in car.store.trips}
    capacity = usable_capacity(car.account, car.vin, car.status.data)
    responses = [
        build_trip_response(
            trip, records.get(trip.id or "") or build_trip_record(trip, capacity=capacity), car.vehicle.motorization
        )
        for trip in trips
    ]
    return [{**response, **_name_ends(car, response)} for response in responses]


def _name_ends(car: Car, trip: dict[str, Any]) -> dict[str, Any]:
    """Return the names of the places where a trip started and ended, as far as they are known."""
    ends = {f"{end}_name": trip[end] for end in ("origin", "destination") if end in trip}
    return drop_none(**{key: car.account.place_names.async_get(tuple(place)) for key, place in ends.items()})


async def _async_get_trips(car: Car, data: ActionData, _context: Context) -> dict[str, Any]:
    """Return the latest trips: GET /user/vehicles/{id}/trips.

    The stored records show how far back the limit reaches, so that older trips are not requested.
    """
    start, end = parse_period(data)
    min_distance, max_distance, limit = data["min_distance"], data.get("max_distance"), data["limit"]
    if max_distance is not None and max_distance < min_distance:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="distances_reversed")
    stored = [
        record
        for record in filter_by_end(car.store.trips, start, end)
        if min_distance <= record.distance and (max_distance is None or record.distance <= max_distance)
    ]
    if len(stored) >= limit:
        start = stored[-limit].start - SECOND
    request = car.account.client.trips(
        car.status.vehicle_id,
        timestamps=_build_time_range(start, end),
        distance=NumberRange(min_distance, max_distance),
    )
    trips = await _collect(request)
    trips.sort(key=lambda trip: trip.stopped_at or trip.started_at or MIN_TIME, reverse=True)
    return {"trips": _build_trip_details(car, trips[:limit])}


async def _async_get_trip(car: Car, data: ActionData, _context: Context) -> dict[str, Any]:
    """Return one trip with its path and alerts: GET /user/vehicles/{id}/trips/{tid} and below."""
    client, vehicle_id, trip_id = car.account.client, car.status.vehicle_id, data["trip_id"]
    try:
        trip = await client.trip(vehicle_id, trip_id)
    except NotFound as err:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="unknown_trip") from err
    tolerance = data["tolerance"] / 1000 if "tolerance" in data else None
    points = await _collect_if_permitted(client.way_points(vehicle_id, trip_id, tolerance=tolerance))
    alerts = await _collect_if_permitted(client.trip_alerts(vehicle_id, trip_id))
    (details,) = _build_trip_details(car, [trip])
    return {
        "trip": details,
        "alerts": None if alerts is None else [build_alert_response(alert) for alert in alerts],
        "path": build_path(points or ()),
    }


async def _async_get_alerts(car: Car, data: ActionData, _context: Context) -> dict[str, Any]:
    """Return the alerts, newest first: GET /user/vehicles/{id}/alerts."""
    request = car.account.client.alerts(car.status.vehicle_id, timestamps=_build_time_range(*parse_period(data)))
    alerts = [alert for alert in await _collect(request) if alert.active or not data["active_only"]]
    alerts.sort(key=lambda alert: alert.started_at or MIN_TIME, reverse=True)
    return {"alerts": [build_alert_response(alert) for alert in alerts]}


async def _async_get_alarms(car: Car, data: ActionData, _context: Context) -> dict[str, Any]:
    """Return the alarms, newest first: GET /user/vehicles/{id}/alarms."""
    types = [ALARM_TYPES[name] for name in data.get("types", ())]
    times = _build_time_range(*parse_period(data))
    request = car.account.client.alarms(car.status.vehicle_id, types=types, timestamps=times)
    return build_alarms_response(await _collect(request))


async def _async_get_collisions(car: Car, data: ActionData, _context: Context) -> dict[str, Any]:
    """Return the collisions, newest first: GET /user/vehicles/{id}/collisions."""
    request = car.account.client.collisions(car.status.vehicle_id, timestamps=_build_time_range(*parse_period(data)))
    return build_collisions_response(await _collect(request))


async def _async_get_charging_sessions(car: Car, data: ActionData, _context: Context) -> dict[str, Any]:
    sessions = filter_by_end(car.store.charging_sessions, *parse_period(data))
    sessions = [session for session in sessions if session.has_gain]
    return build_charging_response(sessions, car.store.home_names, car.account.place_names.async_get_of_session)


async def _async_get_consumption(car: Car, data: ActionData, _context: Context) -> dict[str, Any]:
    """Return the consumption by temperature: GET /user/vehicles/{id}/telemetry, in few large pages."""
    trips = filter_by_end(car.store.trips, *parse_period(data, DEFAULT_PERIOD))
    samples = None
    if trips:
        request = car.account.client.telemetry(
            car.status.vehicle_id,
            types=[TelemetryType.ENVIRONMENT],
            timestamps=TimeRange(start=min(trip.start for trip in trips), end=trips[-1].end + SECOND),
            page_size=SAMPLES_PER_PAGE,
        )
        samples = await _collect_if_permitted(request)
    return build_consumption_response(trips, samples or ())


async def _async_get_pictures(car: Car, _data: ActionData, _context: Context) -> dict[str, Any]:
    return {"pictures": list(car.vehicle.pictures)}


async def _async_send_command(action: CommandAction, car: Car, data: ActionData, context: Context) -> dict[str, Any]:
    """Send a command and return its result.

    Raises:
        HomeAssistantError: the car does not support the command, the permission is missing, or the command failed.
    """
    support, required = car.commands.support, action.required_fn(data)
    for scope in (support.unpermitted[feature] for feature in required if feature in support.unpermitted):
        raise missing_permission(car.account.hass, car.account.entry, scope)
    if not required <= support.available:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="not_able")
    size = support.sizes.get(action.size_feature) if action.size_feature else None
    if size is not None and action.size_fn(data) > size:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="too_many_programs",
            translation_placeholders={"size": str(size)},
        )
    result = await car.commands.async_send(action.build_fn(car.account.hass, data), context)
    return {"result": result.status.value, "duration": result.duration}


async def _async_get_commands(car: Car, _data: ActionData, _context: Context) -> dict[str, Any]:
    commands = [
        drop_none(
            kind=result.type.value,
            result=result.status.value,
            cause=result.cause,
            started=result.started,
            duration=result.duration,
            sent_by=result.sent_by,
        )
        for result in reversed(car.commands.history)
    ]
    return {"wake_ups_this_month": car.commands.wake_ups_this_month, "commands": commands}


ACTIONS: Final = (
    ActionDescription(
        name="get_trips",
        handler=_async_get_trips,
        schema={
            **PERIOD_SCHEMA,
            vol.Optional("min_distance", default=0): _DISTANCE,
            vol.Optional("max_distance"): _DISTANCE,
            vol.Optional("limit", default=50): vol.All(vol.Coerce(int), vol.Range(min=1, max=500)),
        },
        scope=TRIPS.scope,
    ),
    ActionDescription(
        name="get_trip",
        handler=_async_get_trip,
        schema={
            vol.Required("trip_id"): vol.All(cv.string, vol.Match(r".*[^.\s]")),  # not a relative path
            vol.Optional("tolerance"): vol.All(vol.Coerce(float), vol.Range(min=0, max=10_000)),
        },
        scope=TRIPS.scope,
    ),
    ActionDescription(
        name="get_alerts",
        handler=_async_get_alerts,
        schema={**PERIOD_SCHEMA, vol.Optional("active_only", default=False): cv.boolean},
        scope=ALERTS.scope,
    ),
    ActionDescription(
        name="get_alarms",
        handler=_async_get_alarms,
        schema={**PERIOD_SCHEMA, vol.Optional("types"): vol.All(cv.ensure_list, [vol.In(ALARM_TYPES)])},
        scope=ALARMS.scope,
    ),
    ActionDescription(
        name="get_collisions", handler=_async_get_collisions, schema=PERIOD_SCHEMA, scope=COLLISIONS.scope
    ),
    ActionDescription(
        name="get_charging_sessions", handler=_async_get_charging_sessions, schema=PERIOD_SCHEMA, scope=CHARGES.scope
    ),
    ActionDescription(name="get_consumption", handler=_async_get_consumption, schema=PERIOD_SCHEMA, scope=TRIPS.scope),
    ActionDescription(name="get_pictures", handler=_async_get_pictures),
    ActionDescription(name="get_commands", handler=_async_get_commands),
    *(
        ActionDescription(
            name=name,
            handler=partial(_async_send_command, command_action),
            schema=command_action.schema,
            is_control=True,
            required_fn=command_action.required_fn,
        )
        for name, command_action in COMMAND_ACTIONS.items()
    ),
)
