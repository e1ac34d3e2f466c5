"""Operations on the user's callbacks."""

from collections.abc import AsyncIterator, Iterable
from typing import Unpack

from ..filters import Paging, enum_param, page_params
from ..models.callback import Callback, CallbackReference, CallbackType
from ..requests.callback import CallbackRequest
from .resource import Resource, build_path


def build_status_body(*, running: bool) -> dict[str, str]:
    """Build the body that sets the status of a callback or monitor."""
    return {"status": "Running" if running else "Paused"}


class Callbacks(Resource):
    """Operations on the user's callbacks. All of them may use the request reserve for commands."""

    async def callbacks(
        self, *, types: Iterable[CallbackType] = (), use_reserve: bool = True, **paging: Unpack[Paging]
    ) -> AsyncIterator[Callback]:
        """Iterate over the user's callbacks (`GET /user/callbacks`).

        Args:
            types: Only callbacks for these types of notifications; all if empty.
            use_reserve: Whether the requests may use the request reserve for commands.
            **paging: Limits and pages of the collection.
        """
        params = {"types": enum_param("types", CallbackType, types), **page_params(paging)}
        callbacks = self._iterate(
            Callback, "user/callbacks", "callbacks", params, paging.get("limit"), use_reserve=use_reserve
        )
        async for callback in callbacks:
            yield callback

    async def callback(self, callback_id: str) -> Callback:
        """Return a callback (`GET /user/callbacks/{cbid}`)."""
        return await self._get(Callback, build_path("user", "callbacks", callback_id), use_reserve=True)

    async def create_callback(self, callback: CallbackRequest) -> CallbackReference:
        """Create a callback (`POST /user/callbacks`).

        Raises:
            OutcomeUnknown: It is unknown whether the callback was created; check the list of callbacks.
        """
        return await self._create(CallbackReference, "user/callbacks", callback.to_dict(), "callback_id")

    async def update_callback(self, callback_id: str, callback: CallbackRequest) -> CallbackReference:
        """Replace a callback (`PUT /user/callbacks/{cbid}`)."""
        path = build_path("user", "callbacks", callback_id)
        return await self._send(CallbackReference, "PUT", path, callback.to_dict(), use_reserve=True)

    async def set_callback_status(self, callback_id: str, *, running: bool) -> CallbackReference:
        """Resume or pause a callback (`PUT /user/callbacks/{cbid}/status`)."""
        path = build_path("user", "callbacks", callback_id, "status")
        return await self._send(CallbackReference, "PUT", path, build_status_body(running=running), use_reserve=True)

    async def delete_callback(self, callback_id: str) -> None:
        """Delete a callback and its monitors (`DELETE /user/callbacks/{cbid}`). Succeeds if it does not exist."""
        await self._transport.request("DELETE", build_path("user", "callbacks", callback_id), use_reserve=True)
