"""The push service: all callbacks and monitors, and the notifications of monitors."""

from uuid import uuid4

from ..resources.links import Json
from ..vehicle.car import Car
from ..world import World
from .callbacks import Callback
from .extensions import extensions
from .monitor_engine import CarMonitors, RunningMonitor
from .monitors import Monitor
from .notifications import build_notification
from .notifier import DeliveryListener, Notifier


class PushService:
    """All callbacks and monitors; `api_root` is the absolute URL of the API, for the links in notifications."""

    def __init__(self, world: World, on_delivery: DeliveryListener) -> None:
        """Create the service.

        Args:
            world: The simulated cars and their clock.
            on_delivery: Is called after each attempt to post a notification.
        """
        self.world = world
        self.api_root = ""
        self.callbacks: dict[str, Callback] = {}
        self.monitors: dict[str, Monitor] = {}
        self.notifier = Notifier(world.clock, on_delivery, world.config.webhook_hosts)

    @staticmethod
    def new_id() -> str:
        """Return an id for a new callback, monitor or remote."""
        return uuid4().hex

    def start_monitor(self, car: Car, monitor: Monitor) -> None:
        """Start a new monitor, or restart one that was changed."""
        self._stop_monitor(car, monitor)
        self.monitors[monitor.id] = monitor
        now = self.world.clock.now()
        car.advance_to(now)
        running = RunningMonitor(car, monitor, self.api_root, self._on_monitor_event)
        running.start(now)
        others = car.report_listener.running if isinstance(car.report_listener, CarMonitors) else []
        car.report_listener = CarMonitors([*others, running])

    def remove_monitor(self, monitor: Monitor) -> None:
        """Delete a monitor."""
        del self.monitors[monitor.id]
        if car := self.world.by_id(monitor.vehicle_id):
            self._stop_monitor(car, monitor)

    def remove_vehicle(self, car: Car) -> None:
        """Delete the monitors of a car that is removed from its account."""
        for monitor in [monitor for monitor in self.monitors.values() if monitor.vehicle_id == car.id]:
            self.remove_monitor(monitor)

    def remove_callback(self, callback: Callback) -> None:
        """Delete a callback with its monitors and waiting notifications."""
        for monitor in [monitor for monitor in self.monitors.values() if monitor.callback is callback]:
            self.remove_monitor(monitor)
        del self.callbacks[callback.id]
        self.notifier.remove(callback)

    @staticmethod
    def _stop_monitor(car: Car, monitor: Monitor) -> None:
        if isinstance(car.report_listener, CarMonitors):
            remaining = [running for running in car.report_listener.running if running.monitor is not monitor]
            car.report_listener = CarMonitors(remaining) if remaining else None

    def _on_monitor_event(self, monitor: Monitor, at: float, event: Json) -> None:
        car = self.world.by_id(monitor.vehicle_id)
        if not car:
            return
        if bodies := extensions(car, monitor, self.api_root, at):
            event["extensions"] = bodies
        variables = {"vin": car.vin, "monitorID": monitor.id, "monitorLabel": monitor.label}
        message = {"type": "Monitor", "monitorEvent": event}
        notification = build_notification(monitor.callback, at, message, monitor.attributes, variables)
        self.notifier.enqueue(monitor.callback, notification)
