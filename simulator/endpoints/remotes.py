"""Operations on the remotes of a vehicle."""

from ..http.errors import ApiError, not_found
from ..http.request import ApiCall
from ..push.service import PushService
from ..remote.actions import check_capabilities
from ..remote.remotes import Remote, parse_remote, remote_body, remote_reference
from ..remote.service import RemoteService
from ..resources.links import Json
from .callbacks import find_callback, find_usable_callback


class RemoteEndpoints:
    """Handlers of the operations on remotes; each of them shows only remotes whose scope was granted."""

    def __init__(self, push: PushService, remote: RemoteService) -> None:
        self._push = push
        self._remote = remote

    async def list_all(self, call: ApiCall) -> Json:
        """Handle GET /user/vehicles/{id}/callbacks/{cbid}/remotes."""
        return call.collection("remoteActions", self._remotes(call), lambda remote: self._body(call, remote))

    async def get(self, call: ApiCall) -> Json:
        """Handle GET /user/vehicles/{id}/callbacks/{cbid}/remotes/{rid}."""
        for remote in self._remotes(call):
            if remote.id == call.path_param("rid"):
                return self._body(call, remote)
        raise not_found("Remote action not found")

    async def create(self, call: ApiCall) -> Json:
        """Handle POST /user/vehicles/{id}/callbacks/{cbid}/remotes."""
        car, callback = call.car(), find_usable_callback(call, self._push, "Remote")
        body = parse_remote(await call.body())
        remote = Remote(id=self._push.new_id(), callback=callback, vehicle_id=car.id, body=body, created=call.now)
        if remote.action.scope not in call.scopes:
            raise ApiError(40300, f"Forbidden: the scope {remote.action.scope} is missing")
        check_capabilities(car.model, remote.key, body[remote.key])
        self._remote.runner.start(car, remote, call.now)
        return remote_reference(remote, call.api_root)

    def _body(self, call: ApiCall, remote: Remote) -> Json:
        body = remote_body(remote, call.api_root)
        if self._remote.hides_labels:
            body["remote"] = {name: value for name, value in remote.body.items() if name != "label"}
        return body

    def _remotes(self, call: ApiCall) -> list[Remote]:
        callback, vehicle_id = find_callback(call, self._push), call.car().id
        return [
            remote
            for remote in self._remote.remotes.values()
            if remote.callback is callback and remote.vehicle_id == vehicle_id and remote.action.scope in call.scopes
        ]
