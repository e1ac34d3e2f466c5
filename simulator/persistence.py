"""The state file: grants with their tokens, callbacks, monitors, remotes and the clock outlive the simulator."""

import json
import os
from pathlib import Path
from typing import Any

from .auth.clients import Clients
from .auth.tokens import TokenStore
from .clock import rfc3339
from .push.callbacks import Callback
from .push.monitors import Monitor
from .push.service import PushService
from .remote.remotes import Remote
from .remote.service import RemoteService
from .world import World

VERSION = 1


class StateFile:
    """Loads the file, and writes it after each change; it is replaced as a whole, so it is never half-written."""

    def __init__(
        self,
        path: Path,
        world: World,
        push: PushService,
        remote: RemoteService,
        tokens: TokenStore,
        clients: Clients,
    ) -> None:
        self._path = path
        self._world = world
        self._push = push
        self._remote = remote
        self._tokens = tokens
        self._clients = clients
        self._last_text = ""
        self._last_progress: object = None

    def load(self) -> None:
        """Restore the state, if the file exists.

        Raises:
            ValueError: It is not a state file of this version.
        """
        if not self._path.exists():
            return
        content = self._path.read_bytes()
        try:
            self._restore(json.loads(content))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise ValueError(f"{self._path} is no state of a simulator") from error

    def save(self, *, after_request: bool) -> None:
        """Write the file, if anything but the time has changed.

        Args:
            after_request: Whether a request may have changed anything. If not, only the progress of remotes and
                callbacks is looked at, because to look at everything takes long.
        """
        progress = self._progress()
        if not after_request and progress == self._last_progress:
            return
        self._last_progress = progress
        state = self._snapshot()
        text = json.dumps(state)
        if text == self._last_text:
            return
        self._last_text = text
        text = f'{text[:-1]}, "clock": {json.dumps(self._world.clock.now())}}}'
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new_path = self._path.with_name(f"{self._path.name}.new")
        with os.fdopen(os.open(new_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new_path.replace(self._path)

    def close(self) -> None:
        """Write the file a last time, with the current time."""
        self._last_text = ""
        self.save(after_request=True)

    def _progress(self) -> object:
        """Return a value that changes with what happens without a request."""
        remotes, callbacks = self._remote.remotes.values(), self._push.callbacks.values()
        return sum(len(remote.events) for remote in remotes), [callback.status for callback in callbacks]

    def _snapshot(self) -> dict[str, Any]:
        """Return the state as JSON, without the time."""
        callbacks = self._push.callbacks
        return {
            "version": VERSION,
            "grants": self._tokens.dump(),
            "callbacks": [
                _fields(callback, "id", "client_id", "account", "subscribe", "status")
                for callback in callbacks.values()
            ],
            "monitors": [_dump_monitor(monitor) for monitor in self._push.monitors.values()],
            "remotes": [
                _dump_remote(remote) for remote in self._remote.remotes.values() if remote.callback.id in callbacks
            ],
            "wake_ups": dict(self._remote.runner.wake_ups),
        }

    def _restore(self, state: Any) -> None:
        if state["version"] != VERSION:
            raise ValueError("of another version")
        rfc3339(state["clock"])  # raises if it is not a valid time
        clock = self._world.clock
        clock.advance(max(0.0, state["clock"] - clock.now()))
        self._tokens.restore(state["grants"], self._clients, self._world.accounts)
        for entry in state["callbacks"]:
            self._push.callbacks[entry["id"]] = Callback(**entry)
        self._restore_remotes(state["remotes"])
        self._restore_monitors(state["monitors"])
        self._remote.runner.wake_ups.update(state["wake_ups"])

    def _restore_monitors(self, entries: list[dict[str, Any]]) -> None:
        for entry in entries:
            car = self._world.by_id(entry["vehicle_id"])
            callback = self._push.callbacks.get(entry.pop("callback"))
            if car and callback:
                scopes, status = frozenset(entry.pop("scopes")), entry.pop("set_to")
                monitor = Monitor(callback=callback, scopes=scopes, requested_status=status, **entry)
                self._push.start_monitor(car, monitor)

    def _restore_remotes(self, entries: list[dict[str, Any]]) -> None:
        for entry in entries:
            car = self._world.by_id(entry["vehicle_id"])
            callback = self._push.callbacks.get(entry.pop("callback"))
            if not car or not callback:
                continue
            remote = Remote(callback=callback, **entry)
            self._remote.remotes[remote.id] = remote
            if not remote.is_final:
                now = self._world.clock.now()
                car.advance_to(now)
                self._remote.runner.advance(car, remote, now)


def _fields(item: object, *names: str) -> dict[str, Any]:
    return {name: getattr(item, name) for name in names}


def _dump_monitor(monitor: Monitor) -> dict[str, Any]:
    return _fields(monitor, "id", "vehicle_id", "parameter", "created", "updated") | {
        "set_to": monitor.requested_status,
        "callback": monitor.callback.id,
        "scopes": sorted(monitor.scopes),
    }


def _dump_remote(remote: Remote) -> dict[str, Any]:
    names = ("id", "vehicle_id", "body", "created", "status", "cause", "feedback", "events")
    return _fields(remote, *names) | {"callback": remote.callback.id}
