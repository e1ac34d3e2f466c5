"""Private data: what the simulator gave out during the whole run, and the texts in which it must not appear.

Recorded are what Home Assistant would log, diagnostics, repairs, exceptions, and events. Left out are the events that
hold by nature what the user asked for: the states of entities, and what the user passes to an action.
"""

from collections.abc import Callable, Iterable
from functools import wraps
import json
from pathlib import Path
import re
from typing import Any, Final

from homeassistant.core import EventBus, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.issue_registry import IssueRegistry
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.api import StellantisError
from custom_components.stellantis.const import CONF_PUSH_KEY, DOMAIN
from custom_components.stellantis.diagnostics import async_get_config_entry_diagnostics
from simulator import Simulator
from tests.support.helpers import private_strings

EVENTS_WITH_STATES: Final = frozenset(
    {
        "state_changed",
        "state_reported",
        "call_service",
        # Tells a removed device with its serial number, which is the VIN
        "device_registry_updated",
        # Tells the former unique id of a migrated entity, which contains the VIN
        "entity_registry_updated",
        # Tells where the home is, which is where some tests park a car
        "core_config_updated",
    }
)
TOKENS: Final = ("access_token", "refresh_token", "id_token")
# What tests that only need some token use; everything that is given out has digits
PLAIN_WORDS: Final = re.compile(r"[a-z ]*")
COORDINATE: Final = re.compile(r"-?\d{1,3}\.\d{3,}")
# Before a coordinate there is no digit and no time of day, and after it no unit of a duration
BEFORE_COORDINATE: Final = re.compile(r"(?<![\d.])(?<!\d:)")
AFTER_COORDINATE: Final = r"(?!\d*\s*(?:s|ms|sec|seconds)\b)"


class SecretFinder:
    """Finds any of many secrets in texts, in one pass: by the first characters of each secret."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = set(secrets)
        self._length = min(map(len, self._secrets))
        self._by_prefix: dict[str, list[str]] = {}
        for secret in self._secrets:
            self._by_prefix.setdefault(secret[: self._length], []).append(secret)

    def find(self, text: str) -> set[str]:
        """Return the secrets that a text contains."""
        length, by_prefix = self._length, self._by_prefix
        candidates = {text[at : at + length] for at in range(len(text) - length + 1)} & by_prefix.keys()
        return {
            secret
            for prefix in candidates
            for secret in by_prefix[prefix]
            if secret in text and (not COORDINATE.fullmatch(secret) or _contains_coordinate(text, secret))
        }


def _contains_coordinate(text: str, secret: str) -> bool:
    return bool(re.search(BEFORE_COORDINATE.pattern + re.escape(secret) + AFTER_COORDINATE, text))


class Recorder:
    """Records the texts and the secrets of a run of tests."""

    def __init__(self) -> None:
        self.texts: dict[tuple[str, str], None] = {}
        self.secrets: set[str] = set()

    def add(self, kind: str, text: object) -> None:
        """Record a text once."""
        self.texts[kind, str(text)] = None

    def add_secrets_of_simulator(self, simulator: Simulator) -> None:
        """Record what a simulator knows at present: accounts, cars, their positions, authorization codes, callbacks."""
        self.secrets |= {text for text in private_strings(simulator) if not COORDINATE.fullmatch(text)}
        for car in simulator.world.vehicles:
            # About ten meters
            self.secrets |= {f"{value:.6f}"[:-2] for value in (car.state.place.latitude, car.state.place.longitude)}
        self.secrets |= simulator.tokens._codes.keys()
        for callback in simulator.push.callbacks.values():
            self.secrets |= {callback.id, *(str(attribute["value"]) for attribute in callback.attributes)}

    def add_secrets_of_entry(self, entry: MockConfigEntry) -> None:
        """Record the secrets of an entry: its tokens, webhook and the secret of its callback."""
        token = entry.data.get("token", {})
        found = [*(token.get(name) for name in TOKENS), entry.data.get("webhook_id"), entry.data.get(CONF_PUSH_KEY)]
        self.secrets |= {str(secret) for secret in found if secret}

    async def async_add_diagnostics(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        """Record the diagnostics of an entry."""
        self.add("diagnostics", await async_get_config_entry_diagnostics(hass, entry))

    def save(self, path: Path) -> None:
        """Save all, beside each other: PATH.texts and PATH.secrets."""
        if self.texts or self.secrets:
            path.with_suffix(".texts").write_text(json.dumps([*self.texts]), encoding="utf-8")
            secrets = {secret for secret in self.secrets if not PLAIN_WORDS.fullmatch(secret) and "\n" not in secret}
            path.with_suffix(".secrets").write_text("\n".join(sorted(secrets)), encoding="utf-8")

    def install(self) -> None:
        """Record events, repairs and exceptions from now on."""
        EventBus.async_fire_internal = self._wrap(EventBus.async_fire_internal, self._add_event)  # type: ignore[method-assign]
        IssueRegistry.async_get_or_create = self._wrap(IssueRegistry.async_get_or_create, self._add_issue)  # type: ignore[method-assign]
        for error in (HomeAssistantError, StellantisError):
            error.__init__ = self._wrap(error.__init__, self._add_exception)  # type: ignore[method-assign]

    def _wrap[**P, R](self, function: Callable[P, R], record: Callable[..., None]) -> Callable[P, R]:
        @wraps(function)
        def record_and_call(*args: P.args, **kwargs: P.kwargs) -> R:
            record(*args, **kwargs)
            return function(*args, **kwargs)

        return record_and_call

    def _add_event(self, _bus: EventBus, event_type: str, event_data: object = None, *_args: Any, **_: Any) -> None:
        if event_type not in EVENTS_WITH_STATES:
            self.add("event", f"{event_type}: {event_data}")

    def _add_issue(self, _registry: IssueRegistry, domain: str, issue_id: str, **issue: Any) -> None:
        if domain == DOMAIN:
            self.add("repair", f"{issue_id}: {issue}")

    def _add_exception(self, error: Exception, *args: object, **texts: Any) -> None:
        if isinstance(error, StellantisError) or texts.get("translation_domain") == DOMAIN:
            self.add("exception", f"{type(error).__name__}: {args} {texts}")
