"""How often the same start is sent to a car that does not follow it: each time may wake the car.

Automations and integrations that plan charging repeat a start until it has an effect, some of them every few minutes.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError

from ..account import AccountContext
from ..const import DOMAIN
from ..coordinator import EndpointCoordinator
from ..vehicle.command import CHARGING_TARGET, PRECONDITIONING_TARGET, CommandRequest
from ..vehicle.state import VehicleState

# Equal starts that are sent although the car reports no change; then one in each interval
MAX_STARTS: Final = 4
START_INTERVAL: Final = timedelta(hours=1)
START_TARGETS: Final = (CHARGING_TARGET, PRECONDITIONING_TARGET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Starts:
    """The equal starts that were sent without a change of what the car reports.

    Attributes:
        report: What the car reported all the time.
        count: How many were sent.
        last: The time of the event loop when the last one was sent.
    """

    report: object
    count: int
    last: float

    def is_exhausted(self, report: object, now: float) -> bool:
        """Return whether another start has to wait."""
        is_recent = now - self.last < START_INTERVAL.total_seconds()
        return self.count >= MAX_STARTS and self.report == report and is_recent


def start_report(state: VehicleState) -> object:
    """Return what the car reports of all that may keep it from starting, or that a start changes."""
    charging, air, doors = state.charging, state.air_conditioning, state.status.doors_state
    return (
        (charging.status, charging.plugged) if charging else None,
        (air.status, air.failure_cause) if air else None,
        doors.opening if doors else None,
        state.battery_level,
    )


class RepeatedStarts:
    """Bounds the starts of charging and preconditioning that a car does not follow."""

    def __init__(self, account: AccountContext, status: EndpointCoordinator[VehicleState]) -> None:
        self._loop = account.hass.loop
        self._status = status
        self._starts: dict[str, Starts] = {}
        account.entry.async_on_unload(status.async_add_listener(self._async_forget_changed))

    async def async_count(self, request: CommandRequest) -> None:
        """Count a command that is about to be sent; a car that was told the same too often is read first.

        Raises:
            HomeAssistantError: the car was told the same too often, and has reported no change.
        """
        if request.target not in START_TARGETS or not self._status.has_data:
            return
        if request.value is not True:
            self._starts.pop(request.target, None)
            return
        if self._is_exhausted(request):
            await self._status.async_refresh()
            if self._is_exhausted(request):
                raise HomeAssistantError(translation_domain=DOMAIN, translation_key="start_repeated")
        starts = self._starts.get(request.target)
        self._starts[request.target] = Starts(
            report=start_report(self._status.data), count=starts.count + 1 if starts else 1, last=self._loop.time()
        )

    def _is_exhausted(self, request: CommandRequest) -> bool:
        starts = self._starts.get(request.target)
        return starts is not None and starts.is_exhausted(start_report(self._status.data), self._loop.time())

    @callback
    def _async_forget_changed(self) -> None:
        """Forget the starts if the car reports something else."""
        if self._starts:
            report = start_report(self._status.data)
            self._starts = {target: starts for target, starts in self._starts.items() if starts.report == report}
