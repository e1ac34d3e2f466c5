"""Remotes: actions that an application sends to a car."""

from dataclasses import dataclass, field
from typing import Any

from ..http.validation import CALLBACK_ATTRIBUTES, attributes, exactly_one_of, text
from ..push.callbacks import Callback
from ..push.notifier import DeliveryFaults
from ..resources.links import Json, link, vehicle_url
from .actions import ACTIONS, Action

# The statuses of a remote that is pending, was aborted, or is done.
PENDING = ("Accepted", "WakingUpVehicle", "CheckingVehicle", "SentToVehicle")
ABORTED = ("VehicleBatteryChargeTooLow", "TooManyWakeUpsOverMonth")
DONE = ("Success", "AlreadyDone", "Failed")

_REMOTE = exactly_one_of(
    {name: action.validate for name, action in ACTIONS.items()},
    {"label": text, "attributes": attributes("Header", "Body"), "callbackAttributes": CALLBACK_ATTRIBUTES},
)


@dataclass(slots=True, kw_only=True)
class Remote:
    """An action that was sent to a car.

    Attributes:
        id: The API's id of the remote.
        callback: Where its notifications go.
        vehicle_id: The car that it was sent to.
        body: The remote, as it was posted.
        created: When it was posted, in seconds since 1970.
        status: Its status; None until it is accepted.
        cause: Why it failed.
        feedback: Details of its success.
        events: All its events.
        delivery_faults: The faults in the delivery of its notifications.
        erases_programs: Whether preconditioning erases all programs.
    """

    id: str
    callback: Callback
    vehicle_id: str
    body: Json
    created: float
    status: str | None = None
    cause: str | None = None
    feedback: str | None = None
    events: list[Json] = field(default_factory=list)
    delivery_faults: DeliveryFaults | None = None
    erases_programs: bool = False

    @property
    def key(self) -> str:
        """The key of its action in the body."""
        return next(name for name in ACTIONS if name in self.body)

    @property
    def action(self) -> Action:
        """Its action."""
        return ACTIONS[self.key]

    @property
    def is_final(self) -> bool:
        """Whether its status will not change again."""
        return self.status in (*DONE, *ABORTED)

    @property
    def attributes(self) -> list[Json]:
        """The attributes that are added to each of its notifications."""
        extra = self.body.get("callbackAttributes", {}).get(self.callback.kind, [])
        return [*extra, *self.body.get("attributes", [])]


def parse_remote(body: Any) -> Json:
    """Return a valid remote, which has exactly one action.

    Raises:
        ApiError: 40000 if it is invalid.
    """
    _REMOTE("", body)
    return dict(body)


def remote_body(remote: Remote, api_root: str) -> Json:
    """Return the response body of a remote with its status."""
    body: Json = {
        "remoteActionId": remote.id,
        "type": remote.action.type,
        "remote": remote.body,
        "_links": _links(remote, api_root, "self"),
    }
    result = {"status": remote.status, "failureCause": remote.cause, "feedbackDetail": remote.feedback}
    return body | {name: value for name, value in result.items() if value}


def remote_reference(remote: Remote, api_root: str) -> Json:
    """Return the response body for a remote that was just posted."""
    links = _links(remote, api_root, "remote")
    return {"remoteActionId": remote.id, "type": remote.action.type, "_links": links}


def _links(remote: Remote, api_root: str, own_name: str) -> Json:
    callback_url = f"{api_root}/user/callbacks/{remote.callback.id}"
    url = f"{vehicle_url(api_root, remote.vehicle_id)}/callbacks/{remote.callback.id}/remotes/{remote.id}"
    return {"callback": link(callback_url), own_name: link(url)}
