"""Operations on the monitors of a vehicle."""

from collections.abc import AsyncIterator
from typing import Unpack

from ..filters import Paging, page_params
from ..models.monitor import Monitor, MonitorReference
from ..requests.monitor import MonitorRequest
from .callbacks import build_status_body
from .resource import Resource, build_vehicle_path


class Monitors(Resource):
    """Operations on the monitors of a vehicle. Those that change one may use the request reserve for commands."""

    async def monitors(
        self, vehicle_id: str, callback_id: str, *, use_reserve: bool = False, **paging: Unpack[Paging]
    ) -> AsyncIterator[Monitor]:
        """Iterate over the monitors of a vehicle and callback (`GET /user/vehicles/{id}/callbacks/{cbid}/monitors`).

        Args:
            vehicle_id: The id of the vehicle, not its VIN.
            callback_id: The id of the callback that the monitors notify.
            use_reserve: Whether the requests may use the request reserve for commands.
            **paging: Limits and pages of the collection.
        """
        path = _build_monitors_path(vehicle_id, callback_id)
        params = page_params(paging)
        async for monitor in self._iterate(
            Monitor, path, "monitors", params, paging.get("limit"), use_reserve=use_reserve
        ):
            yield monitor

    async def monitor(self, vehicle_id: str, callback_id: str, monitor_id: str) -> Monitor:
        """Return a monitor (`GET /user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}`)."""
        return await self._get(Monitor, _build_monitors_path(vehicle_id, callback_id, monitor_id), use_reserve=True)

    async def create_monitor(self, vehicle_id: str, callback_id: str, monitor: MonitorRequest) -> MonitorReference:
        """Create a monitor (`POST /user/vehicles/{id}/callbacks/{cbid}/monitors`).

        Raises:
            OutcomeUnknown: It is unknown whether the monitor was created; check the list of monitors.
        """
        path = _build_monitors_path(vehicle_id, callback_id)
        return await self._create(MonitorReference, path, monitor.to_dict(), "monitor_id")

    async def update_monitor(
        self, vehicle_id: str, callback_id: str, monitor_id: str, monitor: MonitorRequest
    ) -> MonitorReference:
        """Replace a monitor (`PUT /user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}`)."""
        path = _build_monitors_path(vehicle_id, callback_id, monitor_id)
        return await self._send(MonitorReference, "PUT", path, monitor.to_dict(), use_reserve=True)

    async def set_monitor_status(
        self, vehicle_id: str, callback_id: str, monitor_id: str, *, running: bool
    ) -> MonitorReference:
        """Resume or pause a monitor (`PUT /user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}/status`)."""
        path = _build_monitors_path(vehicle_id, callback_id, monitor_id, "status")
        return await self._send(MonitorReference, "PUT", path, build_status_body(running=running), use_reserve=True)

    async def delete_monitor(self, vehicle_id: str, callback_id: str, monitor_id: str) -> None:
        """Delete a monitor (`DELETE /user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}`).

        Succeeds if the monitor does not exist.
        """
        await self._transport.request(
            "DELETE", _build_monitors_path(vehicle_id, callback_id, monitor_id), use_reserve=True
        )


def _build_monitors_path(vehicle_id: str, callback_id: str, *parts: str) -> str:
    return build_vehicle_path(vehicle_id, "callbacks", callback_id, "monitors", *parts)
