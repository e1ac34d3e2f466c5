"""What entities share by which a car is told something: they show what is under way, and what was when it fails."""

from collections.abc import Callable
from typing import Any, override

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError

from .api.requests import Action
from .const import DOMAIN
from .coordinator import EndpointCoordinator
from .entity import ReadingDescription, StellantisEntity
from .models import Car
from .reading import Reading
from .remotes import Outcome


class CommandEntity[DescriptionT: ReadingDescription[Any], ValueT](StellantisEntity[DescriptionT, ValueT]):
    """A value of a car that can be changed."""

    def __init__(self, car: Car, coordinator: EndpointCoordinator[Any], description: DescriptionT) -> None:
        super().__init__(car, coordinator, description)
        self._aims: list[ValueT] = []

    @override
    async def async_added_to_hass(self) -> None:
        """Follow what the car is told."""
        await super().async_added_to_hass()
        self.async_on_remove(self.car.commands.async_add_listener(self._hear))

    @callback
    def _hear(self, outcome: Outcome | None) -> None:
        """Hear of a command that is under way, or of what came of one."""

    @property
    def _shown(self) -> ValueT | None:
        """What is shown: while the car is being told, what it shall be, by the last that it is told."""
        return self._aims[-1] if self._aims else self._value

    async def _async_tell(self, action: Action, *aims: ValueT) -> None:
        """Have the car do something, and show its aim meanwhile. Raises HomeAssistantError when it does not."""
        self._aims += aims
        self.async_write_ha_state()
        try:
            await self.car.commands.async_send(action)
        finally:
            for done in aims:
                self._aims.remove(done)
            self._take()
            self.async_write_ha_state()

    def _action[T](self, action: Callable[[Reading, T], Action | None], wanted: T) -> Action:
        """Return what brings about what is wanted of the car as it is known, and as what waits will have made it.

        Raises:
            HomeAssistantError: what was to be changed is no more.
        """
        found = action(self.car.commands.foreseen, wanted) if self.coordinator.told else None
        if found is None:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="nothing_to_change")
        return found


class LimitEntity[DescriptionT: ReadingDescription[Any]](StellantisEntity[DescriptionT, bool]):
    """Something of the charge limit, which is ours: no car is told of it."""

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the limit."""
        await super().async_added_to_hass()
        self.async_on_remove(self.car.limit.async_add_listener(self.async_write_ha_state))
