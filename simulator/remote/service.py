"""The remote service: all remotes, and their notifications."""

from ..push.notifications import build_notification
from ..push.service import PushService
from ..vehicle.car import Car
from ..world import World
from .execution import RemoteRunner
from .remotes import Remote


class RemoteService:
    """All remotes, with the runner that carries them out."""

    def __init__(self, world: World, push: PushService) -> None:
        """Create the service.

        Args:
            world: The simulated cars.
            push: The service that posts notifications.
        """
        self._world = world
        self._push = push
        self.remotes: dict[str, Remote] = {}
        # Whether the API returns remotes without the labels that they were posted with.
        self.hides_labels = False
        self.runner = RemoteRunner(self.remotes, self._on_remote_event)

    def remove_vehicle(self, car: Car) -> None:
        """Delete the remotes of a car that is removed from its account."""
        for remote in [remote for remote in self.remotes.values() if remote.vehicle_id == car.id]:
            del self.remotes[remote.id]

    def _on_remote_event(self, remote: Remote, at: float) -> None:
        """Send the last event of a remote to its callback, unless that was deleted."""
        car = self._world.by_id(remote.vehicle_id)
        if not car or remote.callback.id not in self._push.callbacks:
            return
        event = {"remoteActionId": remote.id, "remoteType": remote.action.type, "eventStatus": remote.events[-1]}
        variables = {
            "vin": car.vin,
            "remoteType": remote.action.type,
            "remoteStatus": str(remote.status),
            "remoteLabel": str(remote.body.get("label", "")),
        }
        message = {"type": "Remote", "remoteEvent": event}
        notification = build_notification(remote.callback, at, message, remote.attributes, variables)
        self._push.notifier.enqueue(remote.callback, notification, remote.delivery_faults)
