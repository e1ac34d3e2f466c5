"""The side of the platform that speaks up by itself: callbacks, monitors, remotes and their notifications."""

from collections.abc import Iterator
from uuid import uuid4

from ..http.hal import Json
from ..remote.execution import Course
from ..remote.remotes import Remote
from ..vehicle.car import Car
from ..world import World
from .callbacks import Callback
from .monitor_engine import CarWatch, Watch
from .monitors import Monitor
from .notifications import extensions, notification
from .notifier import Notifier, Record


class Push:
    """All callbacks, monitors and remotes. ``root`` is the API's absolute URL, for the links in notifications."""

    def __init__(self, world: World, record: Record) -> None:
        self.world = world
        self.root = ""
        self.callbacks: dict[str, Callback] = {}
        self.monitors: dict[str, Monitor] = {}
        self.remotes: dict[str, Remote] = {}
        self.notifier = Notifier(world.clock, record)
        self.course = Course(self.remotes, self._tell_of_remote)

    @staticmethod
    def new_id() -> str:
        """Return an id for something new."""
        return uuid4().hex

    def live(self) -> None:
        """Bring the cars up to date that somebody waits to hear from."""
        for car in self.followed():
            car.advance(self.world.clock.now())

    def next_due(self) -> float:
        """Return the simulated instant at which something happens next."""
        return min((*(car.next_due() for car in self.followed()), self.notifier.next_due()))

    def followed(self) -> Iterator[Car]:
        """Yield the cars that are watched, and those on the way to do what they were told."""
        waiting = {remote.vehicle_id for remote in self.remotes.values() if not remote.final}
        for car in self.world.vehicles:
            if car.watcher or car.id in waiting:
                yield car

    def watch(self, car: Car, monitor: Monitor) -> None:
        """Set a monitor to work, or set one anew that has been changed."""
        self._unwatch(car, monitor)
        self.monitors[monitor.id] = monitor
        now = self.world.clock.now()
        car.advance(now)
        watch = Watch(car, monitor, self.root, self._tell_of_monitor)
        watch.begin(now)
        others = car.watcher.watches if isinstance(car.watcher, CarWatch) else []
        car.watcher = CarWatch([*others, watch])

    def remove_monitor(self, monitor: Monitor) -> None:
        """Delete a monitor."""
        del self.monitors[monitor.id]
        if car := self.world.by_id(monitor.vehicle_id):
            self._unwatch(car, monitor)

    @staticmethod
    def _unwatch(car: Car, monitor: Monitor) -> None:
        if isinstance(car.watcher, CarWatch):
            left = [watch for watch in car.watcher.watches if watch.monitor is not monitor]
            car.watcher = CarWatch(left) if left else None

    def forget_vehicle(self, car: Car) -> None:
        """Delete what hangs on a car that is unlinked."""
        for monitor in [one for one in self.monitors.values() if one.vehicle_id == car.id]:
            self.remove_monitor(monitor)
        for remote in [one for one in self.remotes.values() if one.vehicle_id == car.id]:
            del self.remotes[remote.id]

    def remove_callback(self, callback: Callback) -> None:
        """Delete a callback with its monitors; its remotes take their course, untold."""
        for monitor in [one for one in self.monitors.values() if one.callback is callback]:
            self.remove_monitor(monitor)
        del self.callbacks[callback.id]
        self.notifier.forget(callback)

    def _tell_of_monitor(self, monitor: Monitor, at: float, event: Json) -> None:
        car = self.world.by_id(monitor.vehicle_id)
        if not car:
            return
        if told := extensions(car, monitor, self.root, at):
            event["extensions"] = told
        variables = {"vin": car.vin, "monitorID": monitor.id, "monitorLabel": monitor.label}
        message = {"type": "Monitor", "monitorEvent": event}
        self.notifier.put(monitor.callback, notification(monitor.callback, at, message, monitor.attributes, variables))

    def _tell_of_remote(self, remote: Remote, at: float) -> None:
        car = self.world.by_id(remote.vehicle_id)
        if not car or remote.callback.id not in self.callbacks:
            return
        event = {"remoteActionId": remote.id, "remoteType": remote.action.type, "eventStatus": remote.events[-1]}
        variables = {
            "vin": car.vin,
            "remoteType": remote.action.type,
            "remoteStatus": str(remote.status),
            "remoteLabel": str(remote.body.get("label", "")),
        }
        message = {"type": "Remote", "remoteEvent": event}
        self.notifier.put(
            remote.callback,
            notification(remote.callback, at, message, remote.attributes, variables),
            remote.manner,
        )
