"""What the coordinators and commands of an account share."""

from dataclasses import dataclass, field
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from .api import StellantisClient
from .auth.scopes import grants_scope
from .auth.shared_budget import SharedBudget
from .history.files import StellantisStore
from .history.last_status import LastStatusStore
from .history.place_names import PlaceNames
from .history.prices import Prices
from .history.session_hooks import SessionHooks
from .polling import PollingIntervals
from .recovery import Recovery


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountContext:
    """The objects of an account that its coordinators and commands share."""

    hass: HomeAssistant
    entry: ConfigEntry[Any]
    client: StellantisClient
    shared_budget: SharedBudget
    store: StellantisStore
    last_status: LastStatusStore
    prices: Prices
    place_names: PlaceNames
    polling_intervals: PollingIntervals
    recovery: Recovery
    session_hooks: SessionHooks = field(default_factory=SessionHooks)

    def has_scope(self, scope: str) -> bool:
        """Return whether the driver granted a scope."""
        return grants_scope(self.entry.data["token"], scope)
