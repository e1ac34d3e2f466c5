"""One request budget per application and server, which all accounts of that application share."""

from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..api import Budget
from ..const import DOMAIN
from .oauth import StellantisImplementation

DATA_BUDGETS: Final[HassKey[dict[tuple[str, str], SharedBudget]]] = HassKey(f"{DOMAIN}_budgets")


@dataclass(slots=True)
class SharedBudget:
    """The request budget of an application, and the cars that share it.

    Attributes:
        budget: the remaining requests.
        vehicle_counts: the number of cars by entry id; 0 for an entry that is not loaded.
    """

    budget: Budget = field(default_factory=Budget)
    vehicle_counts: dict[str, int] = field(default_factory=dict)

    @property
    def vehicle_count(self) -> int:
        """The number of cars that share the budget, at least one."""
        return max(1, sum(self.vehicle_counts.values()))


@callback
def async_share_budget(
    hass: HomeAssistant, entry: ConfigEntry[Any], implementation: StellantisImplementation
) -> SharedBudget:
    """Return the budget of an entry's application on its server; it outlives reloads of the entry."""
    key = implementation.application
    budgets = hass.data.setdefault(DATA_BUDGETS, {})
    shared = budgets.setdefault(key, SharedBudget())
    shared.vehicle_counts.setdefault(entry.entry_id, 0)
    _leave_budgets(budgets, entry.entry_id, keep=key)  # the entry may have got other credentials

    @callback
    def forget_cars() -> None:
        if entry.entry_id in shared.vehicle_counts:
            shared.vehicle_counts[entry.entry_id] = 0

    entry.async_on_unload(forget_cars)
    return shared


@callback
def async_leave_budget(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Forget an entry that is being removed, and the budget with the last entry that shares it."""
    budgets = hass.data.get(DATA_BUDGETS, {})
    _leave_budgets(budgets, entry.entry_id)
    if not budgets:
        hass.data.pop(DATA_BUDGETS, None)


def _leave_budgets(
    budgets: dict[tuple[str, str], SharedBudget], entry_id: str, *, keep: tuple[str, str] | None = None
) -> None:
    for key, shared in list(budgets.items()):
        if key != keep:
            shared.vehicle_counts.pop(entry_id, None)
            if not shared.vehicle_counts:
                del budgets[key]
