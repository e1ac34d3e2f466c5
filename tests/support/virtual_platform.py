"""A platform with one car in virtual time, with faults, for random histories of commands."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import random
from typing import Any, Final

from custom_components.stellantis.api import (
    AirConditioning,
    Charging,
    ConnectionClosed,
    DoorsState,
    Energy,
    Forbidden,
    OutcomeUnknown,
    Preconditioning,
    RemoteAction,
    RemoteEvent,
    RemoteEventStatus,
    RemotePayload,
    RemoteReference,
    Status,
)

START: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
MAX_LATE: Final = 1200.0  # seconds until a late end


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop whose time jumps to the next timer."""

    def __init__(self) -> None:
        super().__init__()
        self._virtual_time = 0.0
        self._selector = self

    def time(self) -> float:
        """Return the virtual time."""
        return self._virtual_time

    def select(self, timeout: float | None) -> list[Any]:
        """Let the time pass until the next timer."""
        if timeout is None:
            raise RuntimeError("Nothing is left to happen")
        self._virtual_time += timeout
        return []

    def _process_events(self, event_list: list[Any]) -> None:
        """Ignore events: there are no sockets."""

    def _write_to_self(self) -> None:
        """Ignore wake-ups from other threads: there are none."""


@dataclass(slots=True)
class Remote:
    """A remote on the platform."""

    id: str
    payload: RemotePayload
    status: str = "Accepted"
    cause: str | None = None


@dataclass(slots=True)
class Truth:
    """The platform and the car as they are.

    Attributes:
        parts: the values of the car by part.
        measured: when each part was measured.
        bodies: all status bodies so far.
        posts: the labels of all POST requests.
        last_sent: when the last command for each part was sent.
    """

    loop: VirtualLoop
    rng: random.Random
    parts: dict[str, bool] = field(default_factory=lambda: {"door": False, "charging": False, "preconditioning": False})
    measured: dict[str, datetime] = field(default_factory=dict)
    bodies: list[Status] = field(default_factory=list)
    remotes: dict[str, Remote] = field(default_factory=dict)
    posts: list[str] = field(default_factory=list)
    last_sent: dict[str, datetime] = field(default_factory=dict)
    is_calm: bool = False
    on_event: Callable[[RemoteEvent], None] | None = None

    def now(self) -> datetime:
        """Return the true time."""
        return START + timedelta(seconds=self.loop.time())

    def change(self, part: str, *, value: bool) -> None:
        """Change the car; it reports that at once."""
        self.parts[part], self.measured[part] = value, self.now()
        self.report()

    def report(self) -> None:
        """Let the car report its parts as they are."""
        at = {part: self.measured.get(part, START) for part in self.parts}
        charging = Charging(status="InProgress" if self.parts["charging"] else "Stopped")
        air = AirConditioning(
            created_at=at["preconditioning"], status="Enabled" if self.parts["preconditioning"] else "Disabled"
        )
        doors = DoorsState(created_at=at["door"], locked_states=("Locked" if self.parts["door"] else "Unlocked",))
        self.bodies.append(
            Status(
                created_at=self.now(),
                doors_state=doors,
                preconditioning=Preconditioning(air_conditioning=air),
                energies=(Energy(created_at=at["charging"], type="Electric", level=50.0, charging=charging),),
            )
        )

    def fails(self, probability: float) -> bool:
        """Return whether something fails now."""
        return not self.is_calm and self.rng.random() < probability

    async def delay(self) -> None:
        """Let a request take its time."""
        await asyncio.sleep(self.rng.choice((0.05, 0.2, 1.0)))

    # --- the API

    async def send_remote(self, _vehicle_id: str, _callback_id: str, request: Any) -> RemoteReference:
        """Create a remote, or fail; the response may be lost."""
        body = request.to_dict()
        self.posts.append(body["label"])
        for part in self.parts.keys() & body.keys():
            self.last_sent[part] = self.now()
        await self.delay()
        if self.fails(0.05):
            raise Forbidden("no")
        if self.fails(0.05):
            raise OutcomeUnknown("lost before it arrived")
        remote = Remote(f"r{len(self.remotes)}", RemotePayload.from_dict(body))
        self.remotes[remote.id] = remote
        self.loop.create_task(self._execute(remote))
        if self.fails(0.15):
            raise OutcomeUnknown("response lost")
        return RemoteReference(remote_action_id=remote.id)

    async def _execute(self, remote: Remote) -> None:
        rng, payload = self.rng, remote.payload
        is_late = rng.random() < 0.1
        await asyncio.sleep(rng.uniform(200, MAX_LATE) if is_late else rng.uniform(0.5, 40))
        if rng.random() < 0.3:
            self.report()  # the car wakes up
        outcome = rng.random()
        if outcome < 0.7:
            targets: dict[str, Any] = {
                "door": payload.door and payload.door.state == "Locked",
                "charging": payload.charging and payload.charging.immediate,
                "preconditioning": payload.preconditioning and payload.preconditioning.immediate,
            }
            for part, target in targets.items():
                if target is not None and target != self.parts[part]:
                    self.change(part, value=bool(target))
        await asyncio.sleep(rng.uniform(0, 20))
        # A part of the successes is ignored by the car, which reports something else later
        remote.status, remote.cause = ("Success", None) if outcome < 0.8 else ("Failed", "VehicleInUse")
        if rng.random() < 0.6:
            await asyncio.sleep(rng.choice((0.1, 5.0, 60.0)))
            event_status = RemoteEventStatus(status=remote.status, failure_cause=remote.cause)
            for _ in range(rng.choice((1, 1, 2))):
                if self.on_event:
                    self.on_event(RemoteEvent(remote_action_id=remote.id, event_status=event_status))
        await asyncio.sleep(rng.uniform(0, 60))
        self.report()

    def _read(self, remote: Remote) -> RemoteAction:
        return RemoteAction(
            remote_action_id=remote.id, status=remote.status, failure_cause=remote.cause, remote=remote.payload
        )

    async def remote(self, _vehicle_id: str, _callback_id: str, remote_action_id: str) -> RemoteAction:
        """Return a remote."""
        await self.delay()
        if self.fails(0.3):
            raise ConnectionClosed("no")
        return self._read(self.remotes[remote_action_id])

    async def remotes_of(self, *_path: str, **_paging: Any) -> AsyncIterator[RemoteAction]:
        """Iterate over all remotes."""
        await self.delay()
        if self.fails(0.3):
            raise ConnectionClosed("no")
        for remote in tuple(self.remotes.values()):
            yield self._read(remote)

    async def status(self) -> Status | None:
        """Return the status, sometimes an older one; None if the request fails."""
        body = self.bodies[-1]
        if self.fails(0.15):
            body = self.rng.choice(self.bodies[-10:])
        await self.delay()
        return None if self.fails(0.2) else body
