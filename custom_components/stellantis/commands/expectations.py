"""The state of a car as it is shown: what it reports, with the effects of commands that it has not reported yet."""

from asyncio import TimerHandle
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from homeassistant.core import callback

from ..account import AccountContext
from ..coordinator import EndpointCoordinator
from ..vehicle.expected import Expectation, apply_expectations, unreported_parts
from ..vehicle.state import VehicleState

# The effect of a command is expected no longer than this after its end
MAX_EXPECTATION_AGE: Final = timedelta(minutes=10)


class Expectations:
    """The effects of commands that have succeeded.

    Attributes:
        last_poll: The time of the event loop at which the last successful poll of the status began.
    """

    def __init__(self, account: AccountContext, status: EndpointCoordinator[VehicleState]) -> None:
        self._loop = account.hass.loop
        self._status = status
        # With the time of the event loop at which each command ended
        self._ended: list[tuple[Expectation, float]] = []
        self._timer: TimerHandle | None = None
        self.last_poll = float("-inf")
        account.entry.async_on_unload(status.async_add_poll_listener(self._async_handle_poll))
        account.entry.async_on_unload(self._async_stop_timer)
        status.shown_fn = self._with_effects

    def __bool__(self) -> bool:
        return bool(self._ended)

    def _with_effects(self, state: VehicleState) -> VehicleState:
        """Return the reported state with these effects."""
        return with_expectations(state, [expectation for expectation, _ in self._ended]) if self._ended else state

    @callback
    def async_add(self, expectation: Expectation) -> None:
        """Expect the effect of a command that has just succeeded."""
        self._ended.append((expectation, self._loop.time()))
        self._async_set_timer()

    @callback
    def _async_set_timer(self) -> None:
        """Drop the oldest when it is too old, even without a poll: a car that pushes is seldom polled."""
        self._async_stop_timer()
        if self._ended:
            _, ended_at = self._ended[0]
            self._timer = self._loop.call_at(ended_at + MAX_EXPECTATION_AGE.total_seconds(), self._async_drop_oldest)

    @callback
    def _async_stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    @callback
    def _async_drop_oldest(self) -> None:
        del self._ended[0]
        self._async_set_timer()
        self._status.async_update_listeners()

    @callback
    def _async_handle_poll(self, began: float) -> None:
        """Drop what a poll of the status has made obsolete."""
        self.last_poll = began
        if not self._ended:
            return
        read = [
            (replace(expectation, is_read=expectation.is_read or began >= ended_at), ended_at)
            for expectation, ended_at in self._ended
        ]
        unreported = unreported_parts([expectation for expectation, _ in read], self._status.data.status)
        self._ended = [item for item, names in zip(read, unreported, strict=True) if names]
        self._async_set_timer()
        self._status.async_update_listeners()


def with_expectations(state: VehicleState, expectations: Iterable[Expectation]) -> VehicleState:
    """Return a state with the expected effects of commands."""
    status = apply_expectations(state.status, expectations)
    return state if status is state.status else replace(state, status=status)
