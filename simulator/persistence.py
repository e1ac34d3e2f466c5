"""What outlives a simulator: grants with their tokens, callbacks, monitors, remotes and the clock, in a file."""

from collections.abc import Mapping
import json
import os
from pathlib import Path
from typing import Any

from .auth.clients import Clients
from .auth.tokens import TokenStore
from .clock import rfc3339
from .push.callbacks import Callback
from .push.monitors import Monitor
from .push.service import Push
from .remote.remotes import Remote

VERSION = 1


class Keeper:
    """Writes the file whenever something has changed, as a whole, so that a half-written one is never seen."""

    def __init__(self, path: Path, push: Push, tokens: TokenStore, clients: Clients) -> None:
        self._path = path
        self._push = push
        self._tokens = tokens
        self._clients = clients
        self._written = ""

    def load(self) -> None:
        """Take up what an earlier simulator left, if there is any.

        Raises ValueError for a file that is not one of this kind.
        """
        if not self._path.exists():
            return
        written = self._path.read_bytes()
        try:
            self._restore(json.loads(written))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise ValueError(f"{self._path} is no state of a simulator") from error

    def _restore(self, kept: Any) -> None:
        if kept["version"] != VERSION:
            raise ValueError("of another version")
        rfc3339(kept["clock"])  # raises for what is no instant
        clock = self._push.world.clock
        clock.advance(max(0.0, kept["clock"] - clock.now()))
        self._tokens.restore(kept["grants"], self._clients, self._push.world.accounts)
        for entry in kept["callbacks"]:
            self._push.callbacks[entry["id"]] = Callback(**entry)
        self._restore_remotes(kept["remotes"])
        self._restore_monitors(kept["monitors"])
        self._push.course.wake_ups.update(kept["wake_ups"])

    def save(self) -> None:
        """Write, if something has changed but the time."""
        kept = self._kept()
        text = json.dumps(kept, ensure_ascii=False, indent=1)
        if text == self._written:
            return
        self._written = text
        text = json.dumps({**kept, "clock": self._push.world.clock.now()}, ensure_ascii=False, indent=1)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_name(f"{self._path.name}.new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)

    def close(self) -> None:
        """Write a last time, with the time that it is."""
        self._written = ""
        self.save()

    def _kept(self) -> dict[str, Any]:
        push = self._push
        return {
            "version": VERSION,
            "grants": self._tokens.kept(),
            "callbacks": [
                _fields(one, "id", "client_id", "account", "subscribe", "status") for one in push.callbacks.values()
            ],
            "monitors": [_monitor(one) for one in push.monitors.values()],
            "remotes": [_remote(one) for one in push.remotes.values() if one.callback.id in push.callbacks],
            "wake_ups": dict(push.course.wake_ups),
        }

    def _restore_monitors(self, entries: list[dict[str, Any]]) -> None:
        for entry in entries:
            car = self._push.world.by_id(entry["vehicle_id"])
            callback = self._push.callbacks.get(entry.pop("callback"))
            if car and callback:
                scopes = frozenset(entry.pop("scopes"))
                self._push.watch(car, Monitor(callback=callback, scopes=scopes, **entry))

    def _restore_remotes(self, entries: list[dict[str, Any]]) -> None:
        for entry in entries:
            car = self._push.world.by_id(entry["vehicle_id"])
            callback = self._push.callbacks.get(entry.pop("callback"))
            if not car or not callback:
                continue
            remote = Remote(callback=callback, **entry)
            self._push.remotes[remote.id] = remote
            if not remote.final:
                now = self._push.world.clock.now()
                car.advance(now)
                self._push.course.go_on(car, remote, now)


def _fields(thing: object, *names: str) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}


def _monitor(monitor: Monitor) -> Mapping[str, Any]:
    kept = _fields(monitor, "id", "vehicle_id", "parameter", "created", "updated", "set_to")
    return kept | {"callback": monitor.callback.id, "scopes": sorted(monitor.scopes)}


def _remote(remote: Remote) -> Mapping[str, Any]:
    kept = _fields(remote, "id", "vehicle_id", "body", "created", "status", "cause", "feedback", "events")
    return kept | {"callback": remote.callback.id}
