"""Callbacks: where an application wants to receive notifications."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from ..http.errors import invalid_parameter
from ..http.hosts import is_reachable
from ..http.validation import Validator, array, attributes, enum, exactly_one_of, object_with, text
from ..resources.links import Json

# What a callback can be used for.
TYPES = ("Monitor", "Remote")

type Status = Literal["Running", "Paused", "Failed"]

_SUBSCRIPTION = object_with(
    {
        "callback": exactly_one_of(
            {
                "webhook": object_with(
                    {"target": text, "name": text}, {"attributes": attributes("Header", "Body", "Query")}
                ),
                "websocket": object_with({"target": text}, {"attributes": attributes("Body")}),
                "pushnotif": object_with({"devices": array(text, 1)}, {"attributes": attributes("Header", "Body")}),
            }
        )
    },
    {"label": text, "type": array(enum(*TYPES))},
)
STATUS_BODY: Validator = object_with({"status": enum("Running", "Paused")})

# The schemes of targets, with TLS and without, which is accepted for hosts that can be called.
_SCHEMES = {"webhook": ("https", "http"), "websocket": ("wss", "ws")}


@dataclass(slots=True, kw_only=True)
class Callback:
    """A subscription to notifications.

    Attributes:
        id: The API's id of the callback.
        client_id: The application that subscribed it.
        account: The brand of the account that it was subscribed for.
        subscribe: The subscription, as it was posted.
        status: Its status.
    """

    id: str
    client_id: str
    account: str
    subscribe: Json
    status: Status = "Running"

    @property
    def label(self) -> str:
        """Its label; empty if it has none."""
        return str(self.subscribe.get("label", ""))

    @property
    def target(self) -> str | None:
        """The URL of a webhook; None for other kinds of callbacks."""
        webhook = self.subscribe["callback"].get("webhook")
        return str(webhook["target"]) if webhook else None

    @property
    def kind(self) -> str:
        """The kind of callback: webhook, websocket or pushnotif."""
        return str(next(iter(self.subscribe["callback"])))

    @property
    def attributes(self) -> list[Json]:
        """The attributes that are added to each of its notifications."""
        return list(self.subscribe["callback"][self.kind].get("attributes", ()))

    def accepts(self, type_: str) -> bool:
        """Return whether it can be used for monitors or remotes; it accepts both by default."""
        return type_ in (self.subscribe.get("type") or TYPES)


def parse_subscription(body: Any, allowed_hosts: Collection[str] = ()) -> Json:
    """Return a valid subscription.

    Args:
        body: The body of a request.
        allowed_hosts: Hosts other than this machine to which a target without TLS may lead.

    Raises:
        ApiError: 40000 if it is invalid.
    """
    _SUBSCRIPTION("", body)
    callback: Json = body["callback"]
    kind, details = next(iter(callback.items()))
    if kind in _SCHEMES:
        secure, insecure = _SCHEMES[kind]
        try:
            parts = urlsplit(details["target"])
        except ValueError as error:
            raise invalid_parameter(f"callback.{kind}.target") from error
        if not parts.hostname or parts.scheme not in {secure, insecure}:
            raise invalid_parameter(f"callback.{kind}.target")
        if parts.scheme == insecure and not is_reachable(parts.hostname, allowed_hosts):
            raise invalid_parameter(f"callback.{kind}.target: {secure} is wanted")
    return dict(body)
