"""The course of a remote: from its acceptance to its end, step by step in the car's own time."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..http.errors import ApiError
from ..http.hal import Json
from ..push.notifier import Manner, manner
from ..vehicle.car import Car
from ..vehicle.programs import AirProgram
from .remotes import Remote

AWAKE_FOR = 180
WAKING = 10
STEP = 1
DOING = 3
NO_CONTACT = 120
WAKE_UPS_A_MONTH = 150
TOO_MANY, SHORT_TIME = 10, 60
FLAT_12V = 60
KEPT = 1000

PENDING = ("Accepted", "WakingUpVehicle", "CheckingVehicle", "SentToVehicle")
PENDING_ENDS = ("VehicleBatteryChargeTooLow", "TooManyWakeUpsOverMonth")
DONE = ("Success", "AlreadyDone", "Failed")
CAUSES = (
    "GeneralError",
    "VehicleError",
    "WrongCommand",
    "VehicleConnectionTimeout",
    "MissingRights",
    "NotPossibleDueToVehicleBatteryLevel",
    "NotPossibleDueToVehiclePrivacyLevel",
    "TooManyWakeUpsOverMonth",
    "TooManyRequestInShortTime",
    "SameActionInProgress",
    "NotPossibleDueToVehicleStolenState",
    "VehicleInUse",
    "TooManyRequestSent",
    "DoorsOpen",
    "VehicleErrorOrCidInside",
    "CidInside",
    "ExternalChargingSystemError",
    "VehicleChargingSystemError",
    "VehicleIsNotLocked",
    "CanceledByDriver",
)

type Tell = Callable[[Remote, float], None]


@dataclass(frozen=True, slots=True)
class Script:
    """What is to become of a remote, as a tester wants it: its events (None: the usual ones), or a refusal at once."""

    events: Sequence[Json] | None = None
    refuse: ApiError | None = None
    manner: Manner | None = None
    erases_programs: bool = False


@dataclass(slots=True)
class Course:
    """All remotes, and what they are to go through. ``wake_ups`` counts by car and month."""

    remotes: dict[str, Remote]
    tell: Tell
    scripts: deque[Script] = field(default_factory=deque)
    wake_ups: Counter[str] = field(default_factory=Counter)
    wake_ups_a_month: int = WAKE_UPS_A_MONTH

    def send(self, car: Car, remote: Remote, at: float) -> None:
        """Begin.

        Raises what a script says.
        """
        script = self.scripts.popleft() if self.scripts else Script()
        if script.refuse:
            raise script.refuse
        remote.manner, remote.erases_programs = script.manner, script.erases_programs
        self._forget()
        others = [one for one in self.remotes.values() if one.vehicle_id == car.id]
        self.remotes[remote.id] = remote
        if script.events is not None:
            self._follow(car, remote, script.events, at)
        elif any(one.key == remote.key and not one.final for one in others):
            self._end(remote, at, "SameActionInProgress")
        elif sum(one.created > at - SHORT_TIME for one in others) >= TOO_MANY:
            self._end(remote, at, "TooManyRequestInShortTime")
        else:
            self.go_on(car, remote, at)

    def _forget(self) -> None:
        """Forget the oldest remotes that came to an end, if there are too many."""
        ended = [one.id for one in self.remotes.values() if one.final]
        for remote_id in ended[: max(0, len(self.remotes) - KEPT)]:
            del self.remotes[remote_id]

    def go_on(self, car: Car, remote: Remote, at: float) -> None:
        """Do the next step of the usual course, and plan the one after it."""
        if remote.final:
            return
        match remote.status:
            case None:
                navigates = remote.key == "navigation"
                self._step(car, remote, at, "CheckingVehicle" if navigates else "Accepted", STEP)
            case "Accepted":
                self._reach(car, remote, at)
            case "WakingUpVehicle":
                car.wake(at, AWAKE_FOR)
                self._step(car, remote, at, "CheckingVehicle", STEP)
            case "CheckingVehicle":
                if cause := _cause(car, remote):
                    self._end(remote, at, cause)
                elif not car.reachable:
                    self._lose(car, remote, at)
                else:
                    self._step(car, remote, at, "SentToVehicle", DOING)
            case _:
                cause = _cause(car, remote)
                if cause:
                    self._end(remote, at, cause)
                else:
                    self._succeed(car, remote, at)

    def _reach(self, car: Car, remote: Remote, at: float) -> None:
        if not car.asleep(at):
            self._step(car, remote, at, "CheckingVehicle", STEP)
            return
        month = f"{car.id}:{datetime.fromtimestamp(at, UTC):%Y-%m}"
        if self.wake_ups[month] >= self.wake_ups_a_month:
            self._emit(remote, at, "TooManyWakeUpsOverMonth")
        elif car.state.battery_12v < FLAT_12V:
            self._emit(remote, at, "VehicleBatteryChargeTooLow")
        else:
            self.wake_ups[month] += 1
            self._emit(remote, at, "WakingUpVehicle")
            if car.reachable:
                car.call(at + WAKING, lambda later: self.go_on(car, remote, later))
            else:
                self._lose(car, remote, at)

    def _lose(self, car: Car, remote: Remote, at: float) -> None:
        car.call(at + NO_CONTACT, lambda later: self._end(remote, later, "VehicleConnectionTimeout"))

    def _step(self, car: Car, remote: Remote, at: float, status: str, seconds: float) -> None:
        self._emit(remote, at, status)
        car.call(at + seconds, lambda later: self.go_on(car, remote, later))

    def _follow(self, car: Car, remote: Remote, events: Sequence[Json], at: float) -> None:
        def happen(event: Json) -> Callable[[float], None]:
            def now(later: float) -> None:
                if event["status"] == "Success" and not remote.final:
                    self._succeed(car, remote, later, always=True)
                else:
                    self._emit(remote, later, event["status"], event.get("failureCause"))

            return now

        due = at
        for event in events:
            due += event.get("delay", 0)
            car.call(due, happen(event))
        car.advance(at)

    def _succeed(self, car: Car, remote: Remote, at: float, *, always: bool = False) -> None:
        if remote.key == "door" and remote.body["door"].get("forced"):
            remote.feedback = "CIDBlacklisted" if car.key_inside else "NoCIDBlacklisted"
        if remote.key != "navigation":
            car.wake(at, AWAKE_FOR)
        if remote.erases_programs and remote.key == "preconditioning":
            car.air_programs = {slot: AirProgram() for slot in range(1, 5)}
        changed = remote.action.apply(car, remote.body[remote.key], at)
        car.note(at)
        self._emit(remote, at, "Success" if changed or always else "AlreadyDone")

    def _end(self, remote: Remote, at: float, cause: str) -> None:
        self._emit(remote, at, "Failed", cause)

    def _emit(self, remote: Remote, at: float, status: str, cause: str | None = None) -> None:
        if remote.final:
            return
        remote.status, remote.cause = status, cause
        event: Json = {"type": "Done" if status in DONE else "Pending", "status": status}
        if cause:
            event["failureCause"] = cause
        if remote.feedback and status == "Success":
            event["feedbackDetail"] = remote.feedback
        remote.events.append(event)
        self.tell(remote, at)


def _cause(car: Car, remote: Remote) -> str | None:
    """Return why a car cannot do what it is told."""
    if car.state.privacy == "Full":
        return "NotPossibleDueToVehiclePrivacyLevel"
    if car.stolen:
        return "NotPossibleDueToVehicleStolenState"
    if remote.action.parked and (car.drive or car.state.ignition != "Stop"):
        return "VehicleInUse"
    return remote.action.cause(car, remote.body[remote.key])


def script(asked: Any) -> Script:
    """Return a script as control writes it.

    Raises ValueError.
    """
    known = {"events", "refuse", "notifications", "erase_programs"}
    if not isinstance(asked, dict) or not asked or asked.keys() - known:
        raise ValueError(f"an object is wanted, with some of: {', '.join(sorted(known))}")
    events = asked.get("events")
    if events is not None and not (isinstance(events, list) and all(map(_is_event, events))):
        raise ValueError(
            f"events takes a list of {{status, type?, failureCause?, delay?}}; status one of "
            f"{', '.join((*PENDING, *PENDING_ENDS, *DONE))}; failureCause, with Failed, one of {', '.join(CAUSES)}"
        )
    refuse = asked.get("refuse")
    if refuse is not None and not _is_refusal(refuse):
        raise ValueError('refuse takes {"code": 40300, "message": "why"}: the first three digits are the status')
    notifications = asked.get("notifications")
    if notifications is not None and not isinstance(notifications, dict):
        raise ValueError("notifications takes an object")
    return Script(
        events=events,
        refuse=ApiError(refuse["code"], refuse.get("message", "Refused")) if refuse else None,
        manner=manner(notifications) if notifications is not None else None,
        erases_programs=bool(asked.get("erase_programs", False)),
    )


def _is_event(event: Any) -> bool:
    if not isinstance(event, dict) or event.keys() - {"status", "type", "failureCause", "delay"}:
        return False
    status, delay = event.get("status"), event.get("delay", 0)
    if status not in (*PENDING, *PENDING_ENDS, *DONE) or isinstance(delay, bool) or not isinstance(delay, int | float):
        return False
    type_ = "Done" if status in DONE else "Pending"
    cause = event.get("failureCause")
    return (
        0 <= delay <= 10**9
        and event.get("type", type_) == type_
        and (cause in CAUSES if status == "Failed" else not cause)
    )


def _is_refusal(refuse: Any) -> bool:
    if not isinstance(refuse, dict) or refuse.keys() - {"code", "message"}:
        return False
    code = refuse.get("code")
    return isinstance(code, int) and 40000 <= code < 60000
