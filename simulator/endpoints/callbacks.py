"""Operations on callbacks."""

from collections.abc import Sequence

from ..http.errors import invalid_parameter, not_found
from ..http.request import ApiCall
from ..push.callbacks import STATUS_BODY, TYPES, Callback, parse_subscription
from ..push.service import PushService
from ..resources.links import Json, link


def find_callback(call: ApiCall, push: PushService) -> Callback:
    """Return the callback of the path, if it belongs to the caller's account and application.

    Raises:
        ApiError: 40400 if there is none.
    """
    callback = push.callbacks.get(call.path_param("cbid"))
    if not callback or not _is_owned(call, callback):
        raise not_found("Callback not found")
    return callback


def find_usable_callback(call: ApiCall, push: PushService, type_: str) -> Callback:
    """Return the callback of the path, if a new monitor or remote can use it.

    Raises:
        ApiError: 40400 if there is none, 40000 if it is of another type or has failed.
    """
    callback = find_callback(call, push)
    if not callback.accepts(type_):
        raise invalid_parameter(f"cbid: this callback is not for {type_}")
    if callback.status == "Failed":
        raise invalid_parameter("cbid: this callback has failed")
    return callback


def _is_owned(call: ApiCall, callback: Callback) -> bool:
    return (callback.client_id, callback.account) == (call.client_id, call.account.brand.key)


def _body(callback: Callback, api_root: str) -> Json:
    return {
        "id": callback.id,
        "label": callback.label,
        "subscribe": callback.subscribe,
        "status": callback.status,
        "_links": {"self": link(f"{api_root}/user/callbacks/{callback.id}")},
    }


def _reference(callback: Callback, api_root: str) -> Json:
    return {
        "callbackId": callback.id,
        "status": callback.status,
        "_links": {"callback": link(f"{api_root}/user/callbacks/{callback.id}")},
    }


class CallbackEndpoints:
    """Handlers of the operations on callbacks."""

    def __init__(self, push: PushService) -> None:
        self._push = push

    async def list_all(self, call: ApiCall) -> Json:
        """Handle GET /user/callbacks."""
        types: Sequence[str] = call.enum_values("types", TYPES) or TYPES
        selected = [
            callback
            for callback in self._push.callbacks.values()
            if _is_owned(call, callback) and any(callback.accepts(type_) for type_ in types)
        ]
        return call.collection("callbacks", selected, lambda callback: _body(callback, call.api_root))

    async def create(self, call: ApiCall) -> Json:
        """Handle POST /user/callbacks."""
        subscription = await self._subscription(call)
        callback = Callback(
            id=self._push.new_id(), client_id=call.client_id, account=call.account.brand.key, subscribe=subscription
        )
        self._push.callbacks[callback.id] = callback
        return _reference(callback, call.api_root)

    async def get(self, call: ApiCall) -> Json:
        """Handle GET /user/callbacks/{cbid}."""
        return _body(find_callback(call, self._push), call.api_root)

    async def update(self, call: ApiCall) -> Json:
        """Handle PUT /user/callbacks/{cbid}: replace the subscription, and restart a callback that has failed."""
        callback = find_callback(call, self._push)
        callback.subscribe = await self._subscription(call)
        if callback.status == "Failed":
            callback.status = "Running"
        self._push.notifier.retry_now(callback)
        return _reference(callback, call.api_root)

    async def delete(self, call: ApiCall) -> None:
        """Handle DELETE /user/callbacks/{cbid}: delete the callback and its monitors."""
        self._push.remove_callback(find_callback(call, self._push))

    async def set_status(self, call: ApiCall) -> Json:
        """Handle PUT /user/callbacks/{cbid}/status."""
        callback, body = find_callback(call, self._push), await call.body()
        STATUS_BODY("", body)
        if isinstance(body, dict):
            callback.status = body["status"]
        self._push.notifier.retry_now(callback)
        return _reference(callback, call.api_root)

    async def _subscription(self, call: ApiCall) -> Json:
        return parse_subscription(await call.body(), self._push.world.config.webhook_hosts)
