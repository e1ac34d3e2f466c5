"""What the costs have of an account while it is loaded."""

from typing import Final

from homeassistant.util.hass_dict import HassKey

from ...const import DOMAIN
from .record import KEY
from .tracker import CostTracker

# By VIN
COSTS: Final[HassKey[dict[str, CostTracker]]] = HassKey(f"{DOMAIN}_{KEY}")
