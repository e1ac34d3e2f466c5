"""Sends the monitors of a car to the platform."""

from contextlib import suppress
from dataclasses import replace

from ..api import (
    EventExtension,
    Forbidden,
    InvalidRequest,
    Monitor,
    MonitoredData,
    NoData,
    NotFound,
    StellantisClient,
)
from ..api.requests import MonitorRequest, Trigger
from .own import combine_any, get_request_data, get_trigger_data

# The ids of the vehicle and the callback
type Path = tuple[str, str]


async def async_list_monitors(client: StellantisClient, path: Path, *, use_reserve: bool = False) -> list[Monitor]:
    """Return the monitors of a car under a callback.

    Raises:
        StellantisError: The request failed.
    """
    with suppress(NoData):
        monitors = client.monitors(*path, use_reserve=use_reserve, page_size=60)
        return [monitor async for monitor in monitors if monitor.monitor_id]
    return []


async def async_create_or_update(
    client: StellantisClient, path: Path, monitor_id: str | None, request: MonitorRequest
) -> tuple[str | None, str | None]:
    """Update the monitor with the given id, or create one if there is none. Return its status and its id.

    Raises:
        StellantisError: The platform rejected the monitor, or a request failed.
    """
    if monitor_id is not None:
        with suppress(NotFound):  # it was deleted meanwhile
            return (await client.update_monitor(*path, monitor_id, request)).status, monitor_id
    created = await client.create_monitor(*path, request)
    return created.status, created.monitor_id


async def async_create_with_fallback(
    client: StellantisClient, path: Path, monitor_id: str | None, request: MonitorRequest
) -> tuple[frozenset[MonitoredData], str | None, str | None]:
    """Create or update one of the integration's own monitors.

    If the platform rejects it as a whole, add triggers one by one and keep the accepted ones.

    Returns:
        The data it covers, its status and its id.

    Raises:
        StellantisError: A request failed, other than by rejection.
    """
    with suppress(InvalidRequest, Forbidden):
        return get_request_data(request), *await async_create_or_update(client, path, monitor_id, request)
    accepted: list[Trigger] = []
    status = None
    for trigger in request.triggers:
        partial_request = replace(request, **combine_any([*accepted, trigger]), extensions=(EventExtension.STATUS,))
        with suppress(InvalidRequest, Forbidden):
            status, monitor_id = await async_create_or_update(client, path, monitor_id, partial_request)
            accepted.append(trigger)
    return frozenset(get_trigger_data(trigger) for trigger in accepted), status, monitor_id
