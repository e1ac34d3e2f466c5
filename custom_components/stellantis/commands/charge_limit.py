"""A charge limit of our own, for cars that have none: the charge is stopped when the level is reached."""

from collections.abc import Callable
from dataclasses import replace
import logging
from typing import Final

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.exceptions import HomeAssistantError

from ..api.requests import Charge
from ..const import DOMAIN
from ..coordinator import Account, EndpointCoordinator
from ..history.store import LimitRecord
from ..vehicle.capabilities import Ability
from ..vehicle.state import Reading
from .queue import Commands

_LOGGER = logging.getLogger(__name__)

LOWEST: Final = 20
HIGHEST: Final = 100


class ChargeLimit:
    """The limit of a car. It is kept in the ledger.

    A charge is stopped once: who starts it again by hand is obeyed until the car is plugged in the next time, or the
    limit is changed.
    """

    def __init__(self, account: Account, status: EndpointCoordinator[Reading], commands: Commands) -> None:
        self._account = account
        self._status = status
        self._commands = commands
        self._stopping = self._is_in_vain = False
        self._listeners: list[Callable[[], None]] = []
        account.entry.async_on_unload(status.async_add_listener(self._look))

    @property
    def record(self) -> LimitRecord:
        """The level in %, and whether it is on."""
        return self._status.ledger.limit

    @callback
    def async_set(self, *, level: int | None = None, enabled: bool | None = None) -> None:
        """Choose the level, or turn the limit on or off."""
        old = self.record
        new = replace(
            old,
            level=old.level if level is None else level,
            enabled=old.enabled if enabled is None else enabled,
            obeyed=False,
        )
        self._keep(new)
        self._look()

    @callback
    def async_add_listener(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `listener` when the limit has changed."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _keep(self, record: LimitRecord) -> None:
        if record == self.record:
            return
        self._status.ledger.limit = record
        self._account.ledger.async_changed()
        for listener in tuple(self._listeners):
            listener()

    @callback
    def _look(self) -> None:
        """Stop the charge if it is time to."""
        reading: Reading | None = self._status.data
        charging = reading.charging if reading else None
        if reading is None or charging is None:
            return
        record = self.record
        if record.obeyed and (charging.plugged is False or _was_driven(record, reading)):
            record = replace(record, obeyed=False)
            self._keep(record)
        level = reading.electric.level if reading.electric else None
        is_able = Ability.STOP_CHARGING in self._commands.abilities.granted
        is_due = is_able and record.enabled and not record.obeyed and not self._stopping
        if is_due and level is not None and level >= record.level and self._goes_on(reading):
            self._stopping = True
            self._account.entry.async_create_background_task(
                self._account.hass, self._async_stop(record, reading.mileage), f"{DOMAIN} limit"
            )

    def _goes_on(self, reading: Reading) -> bool:
        """Say whether there is a charge to be stopped, or one is being stopped: a restart may have come between."""
        command = self._commands.under_way
        charge = command.sent.charging if command else None
        return reading.charges if charge is None or charge.immediate is None else not charge.immediate

    async def _async_stop(self, record: LimitRecord, mileage: float | None) -> None:
        try:
            await self._commands.async_send(Charge(immediate=False))
        except HomeAssistantError as err:
            # The next reading of a car that charges on tries again; that it is in vain is said once
            level = logging.DEBUG if self._is_in_vain else logging.WARNING
            _LOGGER.log(level, "The charge could not be stopped at its limit: %s", err)
            self._is_in_vain = True
        else:
            self._is_in_vain = False
            if self.record == record:  # else it was chosen anew meanwhile, and counts anew
                self._keep(replace(record, obeyed=True, mileage=mileage))
        finally:
            self._stopping = False


def _was_driven(record: LimitRecord, reading: Reading) -> bool:
    """Say whether a car was driven since its charge was stopped: it was unplugged, even if nobody saw that."""
    return record.mileage is not None and reading.mileage is not None and reading.mileage > record.mileage
