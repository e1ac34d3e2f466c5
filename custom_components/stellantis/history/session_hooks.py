"""What completes charging sessions before they are stored, such as with a better cost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from homeassistant.core import CALLBACK_TYPE, callback

from ..vehicle.charging_session import ActiveSession, ChargingSession

# Gets the active session and those that have just ended, and returns the latter as they are stored
type SessionHook = Callable[[ActiveSession | None, Sequence[ChargingSession]], Sequence[ChargingSession]]


@dataclass(frozen=True, slots=True)
class SessionHooks:
    """The hooks of the cars of an account, by VIN."""

    _hooks: dict[str, list[SessionHook]] = field(default_factory=dict)

    @callback
    def async_add(self, vin: str, hook: SessionHook) -> CALLBACK_TYPE:
        """Call `hook` at each update of the charging sessions of a car; return an unsubscribe function."""
        hooks = self._hooks.setdefault(vin, [])
        hooks.append(hook)
        return lambda: hooks.remove(hook)

    @callback
    def async_apply(
        self, vin: str, active: ActiveSession | None, ended: Sequence[ChargingSession]
    ) -> Sequence[ChargingSession]:
        """Return the sessions that have ended as the hooks complete them."""
        for hook in self._hooks.get(vin, ()):
            ended = hook(active, ended)
        return ended
