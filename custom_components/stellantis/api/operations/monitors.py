"""Monitors of a vehicle."""

from collections.abc import AsyncIterator
from typing import Unpack

from ..filters import Paging, page_params
from ..models.monitor import Monitor, MonitorReference
from ..requests.monitor import MonitorRequest
from .callbacks import build_status_body
from .resource import Resource, build_vehicle_path


class Monitors(Resource):
    """Operations on the monitors of a vehicle. All may use what is kept of the day's requests for commands."""

    async def monitors(self, vehicle_id: str, callback_id: str, **paging: Unpack[Paging]) -> AsyncIterator[Monitor]:
        """The monitors of a vehicle and callback (`GET /user/vehicles/{id}/callbacks/{cbid}/monitors`).

        Args:
            vehicle_id: its id, not its VIN.
            callback_id: of the callback that they notify.
            **paging: how much of the collection.
        """
        path = _build_monitors_path(vehicle_id, callback_id)
        params = page_params(paging)
        async for monitor in self._iterate(Monitor, path, "monitors", params, paging.get("limit"), use_reserve=True):
            yield monitor

    async def monitor(self, vehicle_id: str, callback_id: str, monitor_id: str) -> Monitor:
        """One monitor (`GET /user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}`)."""
        return await self._get(Monitor, _build_monitors_path(vehicle_id, callback_id, monitor_id), use_reserve=True)

    async def create_monitor(self, vehicle_id: str, callback_id: str, monitor: MonitorRequest) -> MonitorReference:
        """Make a monitor (`POST /user/vehicles/{id}/callbacks/{cbid}/monitors`).

        Raises:
            FateUnknown: it may have been made or not; the list of monitors tells.
        """
        path = _build_monitors_path(vehicle_id, callback_id)
        return await self._create(MonitorReference, path, monitor.to_dict(), "monitor_id")

    async def update_monitor(
        self, vehicle_id: str, callback_id: str, monitor_id: str, monitor: MonitorRequest
    ) -> MonitorReference:
        """Make a monitor another one (`PUT /user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}`)."""
        path = _build_monitors_path(vehicle_id, callback_id, monitor_id)
        return await self._send(MonitorReference, "PUT", path, monitor.to_dict(), use_reserve=True)

    async def set_monitor_status(
        self, vehicle_id: str, callback_id: str, monitor_id: str, *, running: bool
    ) -> MonitorReference:
        """Let a monitor run, or pause it (`PUT /user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}/status`)."""
        path = _build_monitors_path(vehicle_id, callback_id, monitor_id, "status")
        return await self._send(MonitorReference, "PUT", path, build_status_body(running=running), use_reserve=True)

    async def delete_monitor(self, vehicle_id: str, callback_id: str, monitor_id: str) -> None:
        """Delete a monitor (`DELETE /user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}`)."""
        await self._transport.request(
            "DELETE", _build_monitors_path(vehicle_id, callback_id, monitor_id), use_reserve=True
        )


def _build_monitors_path(vehicle_id: str, callback_id: str, *parts: str) -> str:
    return build_vehicle_path(vehicle_id, "callbacks", callback_id, "monitors", *parts)
