"""Remotes: what a person's application tells a car to do."""

from dataclasses import dataclass, field
from typing import Any

from ..http.errors import ApiError, not_found
from ..http.hal import Json, link
from ..http.request import Call
from ..http.validation import CALLBACK_ATTRIBUTES, attributes, one_of, text
from ..push.callbacks import Callback, find_callback, usable_callback
from ..push.notifier import Manner
from .actions import ACTIONS, Action, forbid

FINAL = frozenset({"Success", "AlreadyDone", "Failed", "VehicleBatteryChargeTooLow", "TooManyWakeUpsOverMonth"})

_REMOTE = one_of(
    {name: action.check for name, action in ACTIONS.items()},
    {"label": text, "attributes": attributes("Header", "Body"), "callbackAttributes": CALLBACK_ATTRIBUTES},
)


@dataclass(slots=True, kw_only=True)
class Remote:
    """A remote of a car's, as it was posted, and what has become of it."""

    id: str
    callback: Callback
    vehicle_id: str
    body: Json
    created: float
    status: str | None = None
    cause: str | None = None
    feedback: str | None = None
    events: list[Json] = field(default_factory=list)
    manner: Manner | None = None
    erases_programs: bool = False

    @property
    def key(self) -> str:
        """The name of its action."""
        return next(name for name in ACTIONS if name in self.body)

    @property
    def action(self) -> Action:
        """Its kind."""
        return ACTIONS[self.key]

    @property
    def final(self) -> bool:
        """Whether nothing more will become of it."""
        return self.status in FINAL

    @property
    def attributes(self) -> list[Json]:
        """What is added to each of its notifications."""
        more = self.body.get("callbackAttributes", {}).get(self.callback.kind, [])
        return [*more, *self.body.get("attributes", [])]


def check_remote(body: Any) -> Json:
    """Return a remote that is well-formed: exactly one action.

    Raises ApiError 40000.
    """
    _REMOTE("", body)
    return dict(body)


def _links(remote: Remote, root: str, own: str) -> Json:
    callback = f"{root}/user/callbacks/{remote.callback.id}"
    url = f"{root}/user/vehicles/{remote.vehicle_id}/callbacks/{remote.callback.id}/remotes/{remote.id}"
    return {"callback": link(callback), own: link(url)}


def remote_body(remote: Remote, root: str) -> Json:
    """Return a remote and what has become of it."""
    body: Json = {
        "remoteActionId": remote.id,
        "type": remote.action.type,
        "remote": remote.body,
        "_links": _links(remote, root, "self"),
    }
    told = {"status": remote.status, "failureCause": remote.cause, "feedbackDetail": remote.feedback}
    return body | {name: value for name, value in told.items() if value}


def _of_car(call: Call) -> list[Remote]:
    callback, vehicle_id = find_callback(call), call.car().id
    return [
        remote
        for remote in call.push.remotes.values()
        if remote.callback is callback and remote.vehicle_id == vehicle_id and remote.action.scope in call.scopes
    ]


async def remotes(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}/callbacks/{cbid}/remotes: those whose scopes were granted."""
    return call.collection("remoteActions", _of_car(call), lambda remote: remote_body(remote, call.root))


async def remote(call: Call) -> Json:
    """Answer GET /user/vehicles/{id}/callbacks/{cbid}/remotes/{rid}."""
    for found in _of_car(call):
        if found.id == call.part("rid"):
            return remote_body(found, call.root)
    raise not_found("Remote action not found")


async def create_remote(call: Call) -> Json:
    """Answer POST /user/vehicles/{id}/callbacks/{cbid}/remotes."""
    car, callback = call.car(), usable_callback(call, "Remote")
    body = check_remote(await call.body())
    remote = Remote(id=call.push.new_id(), callback=callback, vehicle_id=car.id, body=body, created=call.now)
    if remote.action.scope not in call.scopes:
        raise ApiError(40300, f"Forbidden: the scope {remote.action.scope} is missing")
    forbid(car.character, remote.key, body[remote.key])
    call.push.course.send(car, remote, call.now)
    return {"remoteActionId": remote.id, "type": remote.action.type, "_links": _links(remote, call.root, "remote")}
