"""The client with all operations of the API."""

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
    """Client of the API for one user account.

    Each operation is a coroutine, or an async iterator if it returns a collection.

    Raises:
        StellantisError: From all operations: the request failed; the subclass says why.
        InvalidValue: From all operations: an argument is invalid; nothing was sent.
    """

    @property
    def rate_limit(self) -> RateLimit:
        """The rate limits most recently reported by the platform."""
        return self._transport.rate_limit

    @property
    def budget(self) -> Budget:
        """The remaining requests, including the reserve for commands."""
        return self._transport.budget
