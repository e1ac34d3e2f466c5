"""Callbacks: where a person's application wants to be told what happens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from ..http.errors import invalid_parameter, not_found
from ..http.hal import Json, link
from ..http.loopback import is_loopback
from ..http.request import Call
from ..http.validation import Shape, array, attributes, one_of, record, text, word

TYPES = ("Monitor", "Remote")

type Status = Literal["Running", "Paused", "Failed"]

_SUBSCRIBE = record(
    {
        "callback": one_of(
            {
                "webhook": record(
                    {"target": text, "name": text}, {"attributes": attributes("Header", "Body", "Query")}
                ),
                "websocket": record({"target": text}, {"attributes": attributes("Body")}),
                "pushnotif": record({"devices": array(text, 1)}, {"attributes": attributes("Header", "Body")}),
            }
        )
    },
    {"label": text, "type": array(word(*TYPES))},
)
STATUS: Shape = record({"status": word("Running", "Paused")})

# The schemes of targets; one without TLS is for this machine only.
_SCHEMES = {"webhook": ("https", "http"), "websocket": ("wss", "ws")}


@dataclass(slots=True, kw_only=True)
class Callback:
    """A callback of an account's, made through an application, as it was subscribed."""

    id: str
    client_id: str
    account: str
    subscribe: Json
    status: Status = "Running"

    @property
    def label(self) -> str:
        """Its label, or nothing."""
        return str(self.subscribe.get("label", ""))

    @property
    def target(self) -> str | None:
        """Where a webhook is; other kinds have none."""
        webhook = self.subscribe["callback"].get("webhook")
        return str(webhook["target"]) if webhook else None

    @property
    def kind(self) -> str:
        """Return webhook, websocket or pushnotif."""
        return str(next(iter(self.subscribe["callback"])))

    @property
    def attributes(self) -> list[Json]:
        """What is added to each of its notifications."""
        return list(self.subscribe["callback"][self.kind].get("attributes", ()))

    def serves(self, type_: str) -> bool:
        """Return whether it is there for monitors or remotes; for both unless it says otherwise."""
        return type_ in (self.subscribe.get("type") or TYPES)


def check_subscribe(body: Any) -> Json:
    """Return a subscription that is well-formed.

    Raises ApiError 40000.
    """
    _SUBSCRIBE("", body)
    callback: Json = body["callback"]
    kind, details = next(iter(callback.items()))
    if kind in _SCHEMES:
        secure, plain = _SCHEMES[kind]
        try:
            parts = urlsplit(details["target"])
        except ValueError as error:
            raise invalid_parameter(f"callback.{kind}.target") from error
        if not parts.hostname or parts.scheme not in {secure, plain}:
            raise invalid_parameter(f"callback.{kind}.target")
        if parts.scheme == plain and not is_loopback(parts.hostname):
            raise invalid_parameter(f"callback.{kind}.target: {secure} is wanted")
    return dict(body)


def find_callback(call: Call) -> Callback:
    """Return the callback of the path, if this person made it through this application.

    Raises ApiError 40400.
    """
    callback = call.push.callbacks.get(call.part("cbid"))
    if not callback or not _owned(call, callback):
        raise not_found("Callback not found")
    return callback


def usable_callback(call: Call, type_: str) -> Callback:
    """Return the callback of the path, if something new may be hung onto it.

    Raises ApiError 40400, and 40000 for one that is for something else or has failed.
    """
    callback = find_callback(call)
    if not callback.serves(type_):
        raise invalid_parameter(f"cbid: this callback is not for {type_}")
    if callback.status == "Failed":
        raise invalid_parameter("cbid: this callback has failed")
    return callback


def _owned(call: Call, callback: Callback) -> bool:
    return (callback.client_id, callback.account) == (call.grant.client.client_id, call.grant.account.brand.key)


def _body(callback: Callback, root: str) -> Json:
    return {
        "id": callback.id,
        "label": callback.label,
        "subscribe": callback.subscribe,
        "status": callback.status,
        "_links": {"self": link(f"{root}/user/callbacks/{callback.id}")},
    }


def _reference(callback: Callback, root: str) -> Json:
    return {
        "callbackId": callback.id,
        "status": callback.status,
        "_links": {"callback": link(f"{root}/user/callbacks/{callback.id}")},
    }


async def callbacks(call: Call) -> Json:
    """Answer GET /user/callbacks."""
    types: Sequence[str] = call.words("types", TYPES) or TYPES
    chosen = [
        callback
        for callback in call.push.callbacks.values()
        if _owned(call, callback) and any(callback.serves(type_) for type_ in types)
    ]
    return call.collection("callbacks", chosen, lambda callback: _body(callback, call.root))


async def create_callback(call: Call) -> Json:
    """Answer POST /user/callbacks."""
    subscribe = check_subscribe(await call.body())
    client_id, account = call.grant.client.client_id, call.grant.account.brand.key
    callback = Callback(id=call.push.new_id(), client_id=client_id, account=account, subscribe=subscribe)
    call.push.callbacks[callback.id] = callback
    return _reference(callback, call.root)


async def callback(call: Call) -> Json:
    """Answer GET /user/callbacks/{cbid}."""
    return _body(find_callback(call), call.root)


async def update_callback(call: Call) -> Json:
    """Answer PUT /user/callbacks/{cbid}: a whole new subscription; one that had failed is tried again."""
    callback = find_callback(call)
    callback.subscribe = check_subscribe(await call.body())
    if callback.status == "Failed":
        callback.status = "Running"
    call.push.notifier.revive(callback)
    return _reference(callback, call.root)


async def delete_callback(call: Call) -> None:
    """Answer DELETE /user/callbacks/{cbid}: its monitors go with it."""
    call.push.remove_callback(find_callback(call))


async def set_callback_status(call: Call) -> Json:
    """Answer PUT /user/callbacks/{cbid}/status."""
    callback, body = find_callback(call), await call.body()
    STATUS("", body)
    if isinstance(body, dict):
        callback.status = body["status"]
    call.push.notifier.revive(callback)
    return _reference(callback, call.root)
