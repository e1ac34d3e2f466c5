"""Names of places: those of Home Assistant's zones, and those that a feature knows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from homeassistant.components.zone import async_active_zone
from homeassistant.const import STATE_NOT_HOME
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..vehicle.charging_session import ChargingSession
from ..vehicle.trip import Coordinates


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A circle on the map, with a radius in m."""

    longitude: float
    latitude: float
    radius: float


class PlaceNameSource(Protocol):
    """Knows names of places that are in no zone."""

    def get_name(self, place: Coordinates) -> str | None:
        """Return the name of a place; None if it is unknown."""

    def erase(self, areas: Sequence[Area], before: datetime | None) -> None:
        """Forget the places that are in all of some areas, and became known before a time."""


@dataclass(slots=True, eq=False)
class PlaceNames:
    """The names of places for an account.

    Attributes:
        hass: Home Assistant, which knows the zones.
        source: What knows other places; None if nothing does.
    """

    hass: HomeAssistant
    source: PlaceNameSource | None = None
    _listeners: list[Callable[[], None]] = field(default_factory=list)

    @callback
    def async_get(self, place: Coordinates) -> str | None:
        """Return the name of the zone at a place, or else the name of the place; None if it has none."""
        longitude, latitude = place
        if zone := async_active_zone(self.hass, latitude, longitude):
            return zone.name
        return self.source.get_name(place) if self.source else None

    @callback
    def async_get_of_session(self, session: ChargingSession) -> str | None:
        """Return the name of the place where a car was charged: of the zone at that time, or else of the place."""
        if session.zone != STATE_NOT_HOME:
            return session.zone
        return self.async_get(session.position) if session.position else None

    @callback
    def async_erase(self, areas: Sequence[Area], before: datetime | None) -> None:
        """Forget the names of places in all of some areas that became known before a time; not those of zones."""
        if self.source:
            self.source.erase(areas, before)
            self.async_notify()

    @callback
    def async_add_listener(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `listener` when names have changed; return an unsubscribe function."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def async_notify(self) -> None:
        """Call the listeners."""
        for listener in self._listeners:
            listener()
