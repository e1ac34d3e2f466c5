"""A charge limit for cars that have none: the integration stops charging at the chosen level."""

from collections.abc import Callable
from dataclasses import replace
import logging
from typing import Final

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.exceptions import HomeAssistantError

from ..api.requests import ChargeCommand
from ..const import DOMAIN
from ..coordinator import AccountContext, EndpointCoordinator
from ..history.store import ChargeLimitRecord
from ..vehicle.capabilities import CommandFeature
from ..vehicle.state import VehicleState
from .queue import CommandQueue

_LOGGER = logging.getLogger(__name__)

MIN_LEVEL: Final = 20
MAX_LEVEL: Final = 100


class ChargeLimit:
    """The charge limit of a car, which is persisted in its store.

    Charging is stopped once. If the driver restarts it, the limit is not applied again until the car has been unplugged
    or the limit has been changed.
    """

    def __init__(
        self, account: AccountContext, status: EndpointCoordinator[VehicleState], commands: CommandQueue
    ) -> None:
        self._account = account
        self._status = status
        self._commands = commands
        self._is_stopping = self._last_stop_failed = False
        self._listeners: list[Callable[[], None]] = []
        account.entry.async_on_unload(status.async_add_listener(self._evaluate))

    @property
    def record(self) -> ChargeLimitRecord:
        """The stored level in %, and whether the limit is enabled."""
        return self._status.car_store.charge_limit

    @callback
    def async_set(self, *, level: int | None = None, enabled: bool | None = None) -> None:
        """Set the level, or enable or disable the limit.

        Args:
            level: the level in % at which charging stops; None leaves it unchanged.
            enabled: whether the limit is enabled; None leaves it unchanged.
        """
        record = self.record
        self._save(
            replace(
                record,
                level=record.level if level is None else level,
                enabled=record.enabled if enabled is None else enabled,
                applied=False,
            )
        )
        self._evaluate()

    @callback
    def async_add_listener(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `listener` when the limit changes; return an unsubscribe function."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _save(self, record: ChargeLimitRecord) -> None:
        if record == self.record:
            return
        self._status.car_store.charge_limit = record
        self._account.store.async_schedule_save()
        for listener in tuple(self._listeners):
            listener()

    @callback
    def _evaluate(self) -> None:
        """Stop charging if the limit is reached."""
        state: VehicleState | None = self._status.data
        charging = state.charging if state else None
        if state is None or charging is None:
            return
        record = self.record
        if record.applied and (charging.plugged is False or _was_driven(record, state)):
            record = replace(record, applied=False)
            self._save(record)
        level = state.electric.level if state.electric else None
        can_stop = CommandFeature.STOP_CHARGING in self._commands.support.available
        is_active = can_stop and record.enabled and not record.applied and not self._is_stopping
        if is_active and level is not None and level >= record.level and self._is_charging(state):
            self._is_stopping = True
            self._account.entry.async_create_background_task(
                self._account.hass, self._async_stop(record, state.mileage), f"{DOMAIN} limit"
            )

    def _is_charging(self, state: VehicleState) -> bool:
        """Return whether there is a charge to stop.

        A running charging command outweighs the reported state: a start has to end first, and a stop that was resumed
        after a restart is requested again, which only shares its result.
        """
        command = self._commands.current
        charging = command.remote.charging if command else None
        return state.is_charging if charging is None or charging.immediate is None else not charging.immediate

    async def _async_stop(self, record: ChargeLimitRecord, mileage: float | None) -> None:
        try:
            await self._commands.async_send(ChargeCommand(immediate=False))
        except HomeAssistantError as err:
            # The next status update tries again; only the first of several failures is logged as a warning
            level = logging.DEBUG if self._last_stop_failed else logging.WARNING
            _LOGGER.log(level, "The charge could not be stopped at its limit: %s", err)
            self._last_stop_failed = True
        else:
            self._last_stop_failed = False
            if self.record == record:  # a limit that was changed in the meantime applies again
                self._save(replace(record, applied=True, mileage=mileage))
        finally:
            self._is_stopping = False


def _was_driven(record: ChargeLimitRecord, state: VehicleState) -> bool:
    """Return whether the car was driven since the limit was applied; then it was unplugged, even if unnoticed."""
    return record.mileage is not None and state.mileage is not None and state.mileage > record.mileage
