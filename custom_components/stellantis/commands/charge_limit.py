"""A charge limit of our own, for cars that have none: the charge is stopped when the level is reached."""

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
    """The limit of a car. It is kept in the ledger.

    A charge is stopped once: who starts it again by hand is obeyed until the car is plugged in the next time, or the
    limit is changed.
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
        """The level in %, and whether it is on."""
        return self._status.car_store.charge_limit

    @callback
    def async_set(self, *, level: int | None = None, enabled: bool | None = None) -> None:
        """Choose the level, or turn the limit on or off."""
        old = self.record
        new = replace(
            old,
            level=old.level if level is None else level,
            enabled=old.enabled if enabled is None else enabled,
            applied=False,
        )
        self._save(new)
        self._evaluate()

    @callback
    def async_add_listener(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `listener` when the limit has changed."""
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
        """Stop the charge if it is time to."""
        reading: VehicleState | None = self._status.data
        charging = reading.charging if reading else None
        if reading is None or charging is None:
            return
        record = self.record
        if record.applied and (charging.plugged is False or _was_driven(record, reading)):
            record = replace(record, applied=False)
            self._save(record)
        level = reading.electric.level if reading.electric else None
        is_able = CommandFeature.STOP_CHARGING in self._commands.support.available
        is_due = is_able and record.enabled and not record.applied and not self._is_stopping
        if is_due and level is not None and level >= record.level and self._is_charging(reading):
            self._is_stopping = True
            self._account.entry.async_create_background_task(
                self._account.hass, self._async_stop(record, reading.mileage), f"{DOMAIN} limit"
            )

    def _is_charging(self, state: VehicleState) -> bool:
        """Say whether there is a charge to be stopped, or one is being stopped: a restart may have come between."""
        command = self._commands.current
        charge = command.remote.charging if command else None
        return state.is_charging if charge is None or charge.immediate is None else not charge.immediate

    async def _async_stop(self, record: ChargeLimitRecord, mileage: float | None) -> None:
        try:
            await self._commands.async_send(ChargeCommand(immediate=False))
        except HomeAssistantError as err:
            # The next reading of a car that charges on tries again; that it is in vain is said once
            level = logging.DEBUG if self._last_stop_failed else logging.WARNING
            _LOGGER.log(level, "The charge could not be stopped at its limit: %s", err)
            self._last_stop_failed = True
        else:
            self._last_stop_failed = False
            if self.record == record:  # else it was chosen anew meanwhile, and counts anew
                self._save(replace(record, applied=True, mileage=mileage))
        finally:
            self._is_stopping = False


def _was_driven(record: ChargeLimitRecord, state: VehicleState) -> bool:
    """Say whether a car was driven since its charge was stopped: it was unplugged, even if nobody saw that."""
    return record.mileage is not None and state.mileage is not None and state.mileage > record.mileage
