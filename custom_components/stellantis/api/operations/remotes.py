"""Operations on the commands (remotes) of a vehicle."""

from collections.abc import AsyncIterator
from typing import Unpack

from ..filters import Paging, page_params
from ..models.remote import RemoteAction, RemoteReference
from ..requests.remote import RemoteRequest
from .resource import Resource, build_vehicle_path


class Remotes(Resource):
    """Operations on commands. All of them may use the request reserve for commands."""

    async def send_remote(self, vehicle_id: str, callback_id: str, remote: RemoteRequest) -> RemoteReference:
        """Send a command (`POST /user/vehicles/{id}/callbacks/{cbid}/remotes`). Wakes the vehicle.

        The callback is notified of its progress, which is also available from `remote`.

        Raises:
            OutcomeUnknown: It is unknown whether the command was sent; check the list of remotes.
        """
        path = _build_remotes_path(vehicle_id, callback_id)
        return await self._create(RemoteReference, path, remote.to_dict(), "remote_action_id")

    async def remotes(self, vehicle_id: str, callback_id: str, **paging: Unpack[Paging]) -> AsyncIterator[RemoteAction]:
        """Iterate over the commands sent to a vehicle (`GET /user/vehicles/{id}/callbacks/{cbid}/remotes`).

        Args:
            vehicle_id: The id of the vehicle, not its VIN.
            callback_id: The id of the callback through which the commands were sent.
            **paging: Limits and pages of the collection.
        """
        path = _build_remotes_path(vehicle_id, callback_id)
        params = page_params(paging)
        remotes = self._iterate(RemoteAction, path, "remoteActions", params, paging.get("limit"), use_reserve=True)
        async for remote in remotes:
            yield remote

    async def remote(self, vehicle_id: str, callback_id: str, remote_action_id: str) -> RemoteAction:
        """Return a command with its progress or result (`GET /user/vehicles/{id}/callbacks/{cbid}/remotes/{rid}`)."""
        return await self._get(
            RemoteAction, _build_remotes_path(vehicle_id, callback_id, remote_action_id), use_reserve=True
        )


def _build_remotes_path(vehicle_id: str, callback_id: str, *parts: str) -> str:
    return build_vehicle_path(vehicle_id, "callbacks", callback_id, "remotes", *parts)
