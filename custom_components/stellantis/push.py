"""The account's callback, to which the platform tells what becomes of commands."""

from collections.abc import Callable
from typing import Final

from homeassistant.core import CALLBACK_TYPE, callback

from .api import CallbackStatus, RemoteEvent
from .api.requests import CallbackRequest, CallbackType, WebhookTarget
from .const import DOMAIN
from .coordinator import Account

# Nobody is there: what becomes of commands is read back
_NOWHERE: Final = "https://homeassistant.invalid/"


class Push:
    """The callback of an account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._hear: list[Callable[[RemoteEvent], None]] = []
        self.listens = False

    async def async_callback_id(self, *, again: bool = False) -> str:  # noqa: ARG002
        """Return the id of the account's callback. Raises StellantisError."""
        client = self._account.client
        async for found in client.callbacks():
            if found.label == DOMAIN and found.id:
                if found.status != CallbackStatus.RUNNING:
                    await client.set_callback_status(found.id, running=True)
                return found.id
        target = WebhookTarget(name=DOMAIN, target=_NOWHERE)
        made = await client.create_callback(CallbackRequest(label=DOMAIN, types=frozenset(CallbackType), target=target))
        return str(made.callback_id)

    @callback
    def async_on_remote(self, hear: Callable[[RemoteEvent], None]) -> CALLBACK_TYPE:
        """Call `hear` with what is told of commands."""
        self._hear.append(hear)
        return lambda: self._hear.remove(hear)
