"""Runs remotes: from acceptance to their end, step by step in simulated time."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ..http.errors import ApiError
from ..push.notifier import DeliveryFaults
from ..resources.links import Json
from ..vehicle.car import Car
from ..vehicle.programs import AirProgram
from .remotes import DONE, Remote

# Simulated seconds: how long a car stays awake after a remote, and how long waking up, a step and the action take.
AWAKE_TIME = 180
WAKE_UP_TIME = 10
STEP_TIME = 1
ACTION_TIME = 3
# Simulated seconds after which a remote fails if the car cannot be reached.
CONNECTION_TIMEOUT = 120
MAX_WAKE_UPS_PER_MONTH = 150
# The limit of remotes for a car within a period in seconds.
MAX_RECENT_REMOTES, RECENT_PERIOD = 10, 60
# A car does not wake up if its 12 V battery is below this level (%).
MIN_BATTERY_12V = 60
# How many remotes are kept; the oldest final ones are removed first.
MAX_REMOTES = 1000

type RemoteListener = Callable[[Remote, float], None]


@dataclass(frozen=True, slots=True)
class RemoteScript:
    """The scripted outcome of a remote, for tests.

    Attributes:
        events: The events instead of the usual ones.
        refusal: The error with which it is refused.
        delivery_faults: The faults in the delivery of its notifications.
        erases_programs: Whether preconditioning erases all programs.
    """

    events: Sequence[Json] | None = None
    refusal: ApiError | None = None
    delivery_faults: DeliveryFaults | None = None
    erases_programs: bool = False


@dataclass(slots=True)
class RemoteRunner:
    """Runs remotes.

    Attributes:
        remotes: All remotes by id.
        listener: Is called after each event of a remote.
        scripts: The scripts of the next remotes.
        wake_ups: How often each car was woken, by car and month.
        max_wake_ups: How often a car can be woken in a month.
    """

    remotes: dict[str, Remote]
    listener: RemoteListener
    scripts: deque[RemoteScript] = field(default_factory=deque)
    wake_ups: Counter[str] = field(default_factory=Counter)
    max_wake_ups: int = MAX_WAKE_UPS_PER_MONTH

    def start(self, car: Car, remote: Remote, at: float) -> None:
        """Start a remote.

        Raises:
            ApiError: Its script refuses it.
        """
        script = self.scripts.popleft() if self.scripts else RemoteScript()
        if script.refusal:
            raise script.refusal
        remote.delivery_faults, remote.erases_programs = script.delivery_faults, script.erases_programs
        self._remove_oldest()
        others = [other for other in self.remotes.values() if other.vehicle_id == car.id]
        self.remotes[remote.id] = remote
        if script.events is not None:
            self._run_script(car, remote, script.events, at)
        elif any(other.key == remote.key and not other.is_final for other in others):
            self._fail(remote, at, "SameActionInProgress")
        elif sum(other.created > at - RECENT_PERIOD for other in others) >= MAX_RECENT_REMOTES:
            self._fail(remote, at, "TooManyRequestInShortTime")
        else:
            self.advance(car, remote, at)

    def advance(self, car: Car, remote: Remote, at: float) -> None:
        """Perform the next step of a remote, and schedule the one after it."""
        if remote.is_final:
            return
        match remote.status:
            case None:
                is_navigation = remote.key == "navigation"
                self._step(car, remote, at, "CheckingVehicle" if is_navigation else "Accepted", STEP_TIME)
            case "Accepted":
                self._wake_or_continue(car, remote, at)
            case "WakingUpVehicle":
                car.wake(at, AWAKE_TIME)
                self._step(car, remote, at, "CheckingVehicle", STEP_TIME)
            case "CheckingVehicle":
                if cause := _blocking_cause(car, remote):
                    self._fail(remote, at, cause)
                elif not car.is_reachable:
                    self._schedule_timeout(car, remote, at)
                else:
                    self._step(car, remote, at, "SentToVehicle", ACTION_TIME)
            case _:
                if cause := _blocking_cause(car, remote):
                    self._fail(remote, at, cause)
                else:
                    self._complete(car, remote, at)

    def _remove_oldest(self) -> None:
        """Remove the oldest final remotes, if there are too many."""
        final = [remote.id for remote in self.remotes.values() if remote.is_final]
        for remote_id in final[: max(0, len(self.remotes) - MAX_REMOTES)]:
            del self.remotes[remote_id]

    def _wake_or_continue(self, car: Car, remote: Remote, at: float) -> None:
        if not car.is_asleep(at):
            self._step(car, remote, at, "CheckingVehicle", STEP_TIME)
            return
        month = f"{car.id}:{datetime.fromtimestamp(at, UTC):%Y-%m}"
        if self.wake_ups[month] >= self.max_wake_ups:
            self._emit(remote, at, "TooManyWakeUpsOverMonth")
        elif car.state.battery_12v < MIN_BATTERY_12V:
            self._emit(remote, at, "VehicleBatteryChargeTooLow")
        else:
            self.wake_ups[month] += 1
            self._emit(remote, at, "WakingUpVehicle")
            if car.is_reachable:
                car.call_at(at + WAKE_UP_TIME, lambda later: self.advance(car, remote, later))
            else:
                self._schedule_timeout(car, remote, at)

    def _schedule_timeout(self, car: Car, remote: Remote, at: float) -> None:
        car.call_at(at + CONNECTION_TIMEOUT, lambda later: self._fail(remote, later, "VehicleConnectionTimeout"))

    def _step(self, car: Car, remote: Remote, at: float, status: str, seconds: float) -> None:
        """Emit a status and schedule the next step."""
        self._emit(remote, at, status)
        car.call_at(at + seconds, lambda later: self.advance(car, remote, later))

    def _run_script(self, car: Car, remote: Remote, events: Sequence[Json], at: float) -> None:
        def handler(event: Json) -> Callable[[float], None]:
            def handle(now: float) -> None:
                if event["status"] == "Success" and not remote.is_final:
                    self._complete(car, remote, now, force_success=True)
                else:
                    self._emit(remote, now, event["status"], event.get("failureCause"))

            return handle

        due = at
        for event in events:
            due += event.get("delay", 0)
            car.call_at(due, handler(event))
        car.advance_to(at)

    def _complete(self, car: Car, remote: Remote, at: float, *, force_success: bool = False) -> None:
        """Perform the action; emit Success if it changed anything, else AlreadyDone."""
        if remote.key == "door" and remote.body["door"].get("forced"):
            remote.feedback = "CIDBlacklisted" if car.is_key_inside else "NoCIDBlacklisted"
        if remote.key != "navigation":
            car.wake(at, AWAKE_TIME)
        if remote.erases_programs and remote.key == "preconditioning":
            car.air_programs = {slot: AirProgram() for slot in range(1, 5)}
        is_ignored = remote.action.name in car.oddities.ignored_remotes
        has_changed = is_ignored or remote.action.apply(car, remote.body[remote.key], at)
        car.record_snapshot(at)
        self._emit(remote, at, "Success" if has_changed or force_success else "AlreadyDone")

    def _fail(self, remote: Remote, at: float, cause: str) -> None:
        self._emit(remote, at, "Failed", cause)

    def _emit(self, remote: Remote, at: float, status: str, cause: str | None = None) -> None:
        """Set the status of a remote and call the listener."""
        if remote.is_final:
            return
        remote.status, remote.cause = status, cause
        event: Json = {"type": "Done" if status in DONE else "Pending", "status": status}
        if cause:
            event["failureCause"] = cause
        if remote.feedback and status == "Success":
            event["feedbackDetail"] = remote.feedback
        remote.events.append(event)
        self.listener(remote, at)


def _blocking_cause(car: Car, remote: Remote) -> str | None:
    """Return why a car cannot perform a remote, or None if it can."""
    if car.state.privacy == "Full":
        return "NotPossibleDueToVehiclePrivacyLevel"
    if car.is_stolen:
        return "NotPossibleDueToVehicleStolenState"
    if remote.action.must_be_parked and (car.drive or car.state.ignition != "Stop"):
        return "VehicleInUse"
    return remote.action.blocking_cause(car, remote.body[remote.key])
