"""Control of remotes and of the delivery of notifications."""

from dataclasses import asdict

from aiohttp import web

from ..clock import rfc3339
from ..push.notifier import Notifier
from ..remote.service import RemoteService
from ..resources.links import Json
from .interface import ControlRoute
from .parsing import parse_object, parse_whole_number
from .scripts import parse_delivery_faults, parse_script


class RemoteControl:
    """Handlers of /_control/remotes and /notifications."""

    def __init__(self, remote: RemoteService, notifier: Notifier) -> None:
        self._remotes = remote.remotes
        self._runner = remote.runner
        self._notifier = notifier

    def routes(self) -> list[ControlRoute]:
        """Return the method, path and handler of each call."""
        return [
            ("GET", "/remotes", self.list_remotes),
            ("PUT", "/remotes", self.set_max_wake_ups),
            ("POST", "/remotes/next", self.add_script),
            ("DELETE", "/remotes/next", self.clear_scripts),
            ("GET", "/notifications", self.list_notifications),
            ("PUT", "/notifications", self.set_delivery_faults),
        ]

    async def list_remotes(self, _request: web.Request) -> list[Json]:
        """Return all remotes that were accepted, with their events."""
        return [
            {
                "id": remote.id,
                "callback": remote.callback.id,
                "vehicle": remote.vehicle_id,
                "type": remote.action.type,
                "body": remote.body,
                "at": rfc3339(remote.created),
                "events": remote.events,
            }
            for remote in self._remotes.values()
        ]

    async def set_max_wake_ups(self, request: web.Request) -> Json:
        """Set how often a car can be woken in a month."""
        body = parse_object(await request.json(), {"wake_ups_a_month"})
        if "wake_ups_a_month" in body:
            self._runner.max_wake_ups = parse_whole_number("wake_ups_a_month", body["wake_ups_a_month"])
        return {"wake_ups_a_month": self._runner.max_wake_ups, "wake_ups": self._runner.wake_ups}

    async def add_script(self, request: web.Request) -> Json:
        """Add the script of a remote; scripts are used in order, one for each remote."""
        self._runner.scripts.append(parse_script(await request.json()))
        return {"scripts": len(self._runner.scripts)}

    async def clear_scripts(self, _request: web.Request) -> None:
        """Remove all scripts."""
        self._runner.scripts.clear()

    async def list_notifications(self, _request: web.Request) -> Json:
        """Return the delivery faults and the state of each callback's queue."""
        return {"manner": asdict(self._notifier.faults), "callbacks": self._notifier.summary()}

    async def set_delivery_faults(self, request: web.Request) -> Json:
        """Set the delivery faults: `drop`, `duplicate`, `delay` (seconds) and `shuffle`; {} for none."""
        self._notifier.faults = parse_delivery_faults(parse_object(await request.json()))
        return await self.list_notifications(request)
