"""Polls the endpoints of an account again after failures: one of them while the server is down, then all others."""

from collections.abc import Hashable, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .api import Budget, Forbidden, GrantExpired, InvalidRequest, NotFound, RateLimited, StellantisError
from .const import DOMAIN
from .polling import AccountPolls, affordable_polls

# If so many polls in a row fail again after an outage, the server is not up again for certain
MAX_FAILED_AGAIN: Final = 2
# Errors that only a server that is up responds with
REFUSALS: Final = (Forbidden, GrantExpired, InvalidRequest, NotFound)


class PolledEndpoint(Hashable, Protocol):
    """An endpoint that is polled."""

    async def async_refresh(self) -> None:
        """Poll the endpoint now."""

    def async_reschedule(self) -> None:
        """Schedule the next poll of the endpoint, or none while it waits for the server."""

    def async_count_failure(self) -> None:
        """Count a failed poll of another endpoint as one of this endpoint, which waits for the server."""


class Recovery:
    """Decides with `AccountPolls` when failed endpoints of an account are polled again."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], budget: Budget) -> None:
        self._hass = hass
        self._entry = entry
        self._budget = budget
        self._polls = AccountPolls[PolledEndpoint]()
        self._cancel_probe: CALLBACK_TYPE | None = None
        self._recovering: PolledEndpoint | None = None
        entry.async_on_unload(self._async_cancel_probe)

    def has_failed(self, *endpoints: PolledEndpoint) -> bool:
        """Return whether the last poll of one of these endpoints, or of any if none is given, brought no data."""
        without_data = {*self._polls.failed, *self._polls.limited}
        return bool(without_data.intersection(endpoints) if endpoints else without_data)

    def is_waiting(self, endpoint: PolledEndpoint) -> bool:
        """Return whether an endpoint is not polled by itself, because the server is down."""
        return endpoint in self._polls.waiting

    @callback
    def async_poll_failed(self, endpoint: PolledEndpoint, err: StellantisError) -> None:
        """Handle a failed poll of an endpoint."""
        if isinstance(err, RateLimited):
            self._polls = self._polls.after_limit(endpoint)
            return
        is_server_up = endpoint is self._recovering or isinstance(err, REFUSALS)
        was_down, self._polls = self._polls.is_down, self._polls.after_failure(endpoint, is_server_up=is_server_up)
        if self._polls.is_down and not was_down:
            for waiting in self._polls.waiting:
                waiting.async_reschedule()
        self._async_schedule_probe()

    @callback
    def async_poll_succeeded(self, endpoint: PolledEndpoint) -> None:
        """Handle a successful poll of an endpoint: poll those that have failed."""
        to_recover = self._polls.to_recover(endpoint)
        self._polls = self._polls.after_success(endpoint)
        self._async_cancel_probe()
        if to_recover and self._recovering is None:
            self._recovering = endpoint
            self._entry.async_create_background_task(self._hass, self._async_recover(to_recover), f"{DOMAIN} recovery")

    @callback
    def async_forget(self, endpoint: PolledEndpoint) -> None:
        """Forget an endpoint that is no longer polled."""
        self._polls = self._polls.without(endpoint)

    async def _async_recover(self, endpoints: Sequence[PolledEndpoint]) -> None:
        """Poll endpoints one after another, until the server fails again."""
        failed_again = 0
        try:
            for endpoint in endpoints[: affordable_polls(self._budget, len(endpoints))]:
                if endpoint not in self._polls.failed:
                    continue  # it was polled or forgotten meanwhile
                self._recovering = endpoint
                await endpoint.async_refresh()
                failed_again = failed_again + 1 if endpoint in self._polls.failed else 0
                if failed_again >= MAX_FAILED_AGAIN:
                    break
        finally:
            self._recovering = None
            for endpoint in self._polls.failed:
                endpoint.async_reschedule()

    @callback
    def _async_schedule_probe(self) -> None:
        if self._polls.waiting and self._cancel_probe is None:
            self._cancel_probe = async_call_later(self._hass, self._polls.probe_interval, self._async_handle_probe_time)

    @callback
    def _async_cancel_probe(self) -> None:
        if self._cancel_probe is not None:
            self._cancel_probe()
            self._cancel_probe = None

    @callback
    def _async_handle_probe_time(self, _now: datetime) -> None:
        self._cancel_probe = None
        self._entry.async_create_background_task(self._hass, self._async_probe(), f"{DOMAIN} probe")

    async def _async_probe(self) -> None:
        """Poll the next waiting endpoint; its failure is one of all others that wait, too."""
        for endpoint in self._polls.waiting[:1]:
            try:
                await endpoint.async_refresh()
            finally:
                self._async_schedule_probe()
            if endpoint in self._polls.waiting:
                for other in self._polls.waiting:
                    if other is not endpoint:
                        other.async_count_failure()
