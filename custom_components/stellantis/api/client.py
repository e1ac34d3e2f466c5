"""All operations of the API in one place."""

from .filters import VehicleExtension
from .operations.callbacks import Callbacks
from .operations.history import History
from .operations.monitors import Monitors
from .operations.remotes import Remotes
from .operations.trips import Trips
from .operations.vehicles import Vehicles
from .rate_limit import Budget, RateLimit

__all__ = ["StellantisClient", "VehicleExtension"]


class StellantisClient(Vehicles, History, Trips, Callbacks, Monitors, Remotes):
    """The account of one user: a coroutine for each operation, an async iterator where it is a collection.

    Each raises `StellantisError`, of the kind that fits, when the platform or the way to it fails, and `InvalidValue`
    before anything is sent, when an argument is such that the platform would refuse it.
    """

    @property
    def rate_limit(self) -> RateLimit:
        """What the platform last said of the limits."""
        return self._transport.rate_limit

    @property
    def budget(self) -> Budget:
        """What is left of the limits, and what of it is kept for commands."""
        return self._transport.budget
