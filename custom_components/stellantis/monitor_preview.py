"""How the condition of a monitor reads while it is typed: what Home Assistant's forms call a preview."""

from collections.abc import Collection, Mapping
from typing import Any, Final, Protocol
from weakref import WeakValueDictionary

from homeassistant.components import websocket_api
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey
import probatio as vol

from .api import InvalidValue
from .api.requests import check_expression
from .const import DOMAIN


class Readable(Protocol):
    """A flow whose condition can be read."""

    name: str

    def read_aloud(self, entered: Mapping[str, Any]) -> tuple[str, str]:
        """Return how a condition reads, or what is wrong with it; one of them is empty."""


FLOWS: Final = HassKey[WeakValueDictionary[str, Readable]](f"{DOMAIN}_monitor_flows")


@callback
def async_let_read(hass: HomeAssistant, flow_id: str, flow: Readable) -> None:
    """Have the condition of a flow read, for as long as there is the flow."""
    hass.data.setdefault(FLOWS, WeakValueDictionary())[flow_id] = flow


def wrong_in(condition: str, names: Collection[str]) -> InvalidValue | None:
    """Return what is wrong with a condition, if anything is."""
    try:
        check_expression(condition, names)
    except InvalidValue as err:
        return err
    return None


@websocket_api.websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/start_preview",
        vol.Required("flow_id"): str,
        vol.Required("flow_type"): str,
        vol.Required("user_input"): dict,
    }
)
@websocket_api.require_admin
@callback
def ws_start_preview(hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]) -> None:
    """Tell how the condition reads that is being typed, or what is wrong with it."""
    flow = hass.data.get(FLOWS, {}).get(msg["flow_id"])
    if flow is None:
        connection.send_error(msg["id"], websocket_api.ERR_NOT_FOUND, "There is no such flow")
        return
    state, wrong = flow.read_aloud({"match": "all", **msg["user_input"]})
    if wrong:
        error = {"code": "invalid_user_input", "message": {"expression": wrong}}
        connection.send_message({"id": msg["id"], "type": websocket_api.TYPE_RESULT, "success": False, "error": error})
        return
    connection.subscriptions[msg["id"]] = lambda: None
    connection.send_result(msg["id"])
    attributes = {"friendly_name": flow.name, "icon": "mdi:eye"}
    connection.send_message(websocket_api.event_message(msg["id"], {"state": state, "attributes": attributes}))
