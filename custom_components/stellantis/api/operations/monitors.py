"""Monitors of a vehicle."""

from collections.abc import AsyncIterator
from typing import Unpack

from ..filters import Paging, page_params
from ..models.monitor import Monitor, MonitorReference
from ..requests.monitor import MonitorRequest
from .callbacks import status_body
from .resource import Resource, vehicle_path


class Monitors(Resource):
    """Operations on the monitors of a vehicle. All may use what is kept of the day's requests for commands."""

    async def monitors(self, vehicle_id: str, callback_id: str, **paging: Unpack[Paging]) -> AsyncIterator[Monitor]:
        """The monitors of a vehicle and callback (`GET /user/vehicles/{id}/callbacks/{cbid}/monitors`).

        Args:
            vehicle_id: its id, not its VIN.
            callback_id: of the callback that they notify.
            **paging: how much of the collection.
        """
        path = _monitors(vehicle_id, callback_id)
        params = page_params(paging)
        async for monitor in self._read_all(Monitor, path, "monitors", params, paging.get("limit"), command=True):
            yield monitor

    async def monitor(self, vehicle_id: str, callback_id: str, monitor_id: str) -> Monitor:
        """One monitor (`GET /user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}`)."""
        return await self._read(Monitor, _monitors(vehicle_id, callback_id, monitor_id), command=True)

    async def create_monitor(self, vehicle_id: str, callback_id: str, monitor: MonitorRequest) -> MonitorReference:
        """Make a monitor (`POST /user/vehicles/{id}/callbacks/{cbid}/monitors`).

        Raises:
            FateUnknown: it may have been made or not; the list of monitors tells.
        """
        path = _monitors(vehicle_id, callback_id)
        return await self._create(MonitorReference, path, monitor.to_dict(), "monitor_id")

    async def update_monitor(
        self, vehicle_id: str, callback_id: str, monitor_id: str, monitor: MonitorRequest
    ) -> MonitorReference:
        """Make a monitor another one (`PUT /user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}`)."""
        path = _monitors(vehicle_id, callback_id, monitor_id)
        return await self._write(MonitorReference, "PUT", path, monitor.to_dict(), command=True)

    async def set_monitor_status(
        self, vehicle_id: str, callback_id: str, monitor_id: str, *, running: bool
    ) -> MonitorReference:
        """Let a monitor run, or pause it (`PUT /user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}/status`)."""
        path = _monitors(vehicle_id, callback_id, monitor_id, "status")
        return await self._write(MonitorReference, "PUT", path, status_body(running=running), command=True)

    async def delete_monitor(self, vehicle_id: str, callback_id: str, monitor_id: str) -> None:
        """Delete a monitor (`DELETE /user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}`)."""
        await self._transport.request("DELETE", _monitors(vehicle_id, callback_id, monitor_id), command=True)


def _monitors(vehicle_id: str, callback_id: str, *parts: str) -> str:
    return vehicle_path(vehicle_id, "callbacks", callback_id, "monitors", *parts)
