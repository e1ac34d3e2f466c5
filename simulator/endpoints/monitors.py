"""Operations on the monitors of a vehicle."""

from ..clock import rfc3339
from ..http.errors import invalid_parameter, not_found
from ..http.request import ApiCall
from ..push.callbacks import STATUS_BODY, Callback
from ..push.monitors import MAX_MONITORS, Monitor, parse_monitor
from ..push.service import PushService
from ..resources.links import Json, link, vehicle_url
from .callbacks import find_callback, find_usable_callback


def _url(monitor: Monitor, api_root: str) -> str:
    return f"{vehicle_url(api_root, monitor.vehicle_id)}/callbacks/{monitor.callback.id}/monitors/{monitor.id}"


def _timestamps(monitor: Monitor) -> Json:
    return {"createdAt": rfc3339(monitor.created), "updatedAt": rfc3339(monitor.updated)}


def _body(monitor: Monitor, api_root: str) -> Json:
    return _timestamps(monitor) | {
        "monitorId": monitor.id,
        "monitor": monitor.parameter,
        "status": monitor.status,
        "_links": {"self": link(_url(monitor, api_root))},
    }


def _reference(monitor: Monitor, api_root: str) -> Json:
    links = {"monitor": link(_url(monitor, api_root))}
    return _timestamps(monitor) | {"monitorId": monitor.id, "status": monitor.status, "_links": links}


class MonitorEndpoints:
    """Handlers of the operations on monitors."""

    def __init__(self, push: PushService) -> None:
        self._push = push

    async def list_all(self, call: ApiCall) -> Json:
        """Handle GET /user/vehicles/{id}/callbacks/{cbid}/monitors."""
        monitors = self._monitors(call, find_callback(call, self._push))
        return call.collection("monitors", monitors, lambda monitor: _body(monitor, call.api_root))

    async def create(self, call: ApiCall) -> Json:
        """Handle POST /user/vehicles/{id}/callbacks/{cbid}/monitors."""
        car, callback = call.car(), find_usable_callback(call, self._push, "Monitor")
        parameter = parse_monitor(await call.body(), call.scopes)
        owner = (callback.client_id, callback.account)
        others = [
            monitor
            for monitor in self._push.monitors.values()
            if monitor.vehicle_id == car.id and (monitor.callback.client_id, monitor.callback.account) == owner
        ]
        if len(others) >= MAX_MONITORS:
            raise invalid_parameter(f"monitor: a vehicle has {MAX_MONITORS} of them at most")
        monitor = Monitor(
            id=self._push.new_id(),
            callback=callback,
            vehicle_id=car.id,
            parameter=parameter,
            scopes=call.scopes,
            created=call.now,
            updated=call.now,
        )
        self._push.start_monitor(car, monitor)
        return _reference(monitor, call.api_root)

    async def get(self, call: ApiCall) -> Json:
        """Handle GET /user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}."""
        return _body(self._find(call), call.api_root)

    async def update(self, call: ApiCall) -> Json:
        """Handle PUT /user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}."""
        monitor, car = self._find(call), call.car()
        monitor.parameter = parse_monitor(await call.body(), call.scopes)
        monitor.scopes, monitor.updated = call.scopes, call.now
        self._push.start_monitor(car, monitor)
        return _reference(monitor, call.api_root)

    async def delete(self, call: ApiCall) -> None:
        """Handle DELETE /user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}."""
        self._push.remove_monitor(self._find(call))

    async def set_status(self, call: ApiCall) -> Json:
        """Handle PUT /user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}/status."""
        monitor, car, body = self._find(call), call.car(), await call.body()
        STATUS_BODY("", body)
        if isinstance(body, dict):
            monitor.requested_status = body["status"]
        monitor.updated = call.now
        self._push.start_monitor(car, monitor)
        return _reference(monitor, call.api_root)

    def _monitors(self, call: ApiCall, callback: Callback) -> list[Monitor]:
        vehicle_id = call.car().id
        monitors = self._push.monitors.values()
        return [monitor for monitor in monitors if monitor.callback is callback and monitor.vehicle_id == vehicle_id]

    def _find(self, call: ApiCall) -> Monitor:
        for monitor in self._monitors(call, find_callback(call, self._push)):
            if monitor.id == call.path_param("mid"):
                return monitor
        raise not_found("Monitor not found")
