"""Which price a charging session has: that of its place. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from ...const import CONF_ELECTRICITY_PRICE, CONF_ELECTRICITY_PRICE_ENTITY
from ...vehicle.charging_session import ChargingSession

CONF_PLACE_PRICES: Final = "place_prices"
CONF_PUBLIC_AC_PRICE: Final = "public_ac_price"
CONF_PUBLIC_DC_PRICE: Final = "public_dc_price"
PRICE_OPTIONS: Final = frozenset((CONF_PLACE_PRICES, CONF_PUBLIC_AC_PRICE, CONF_PUBLIC_DC_PRICE))
# No car charges faster at an AC charger, in kW
MAX_AC_POWER: Final = 23.0

# A fixed price of a kWh, or the id of the entity whose state is the price
type Price = float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class PricePlan:
    """The prices that the user entered.

    Attributes:
        general: The price at home, and everywhere if there is none by place.
        zones: The prices in zones, by the id of their entity.
        public_ac: The price of a slow public charger.
        public_dc: The price of a fast public charger.
    """

    general: Price | None = None
    zones: Mapping[str, Price] = field(default_factory=dict)
    public_ac: Price | None = None
    public_dc: Price | None = None

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> PricePlan:
        """Return the prices in the options of an account."""
        return cls(
            general=options.get(CONF_ELECTRICITY_PRICE_ENTITY, options.get(CONF_ELECTRICITY_PRICE)),
            zones=options.get(CONF_PLACE_PRICES, {}),
            public_ac=options.get(CONF_PUBLIC_AC_PRICE),
            public_dc=options.get(CONF_PUBLIC_DC_PRICE),
        )

    @property
    def entity_ids(self) -> frozenset[str]:
        """The entities whose states are prices."""
        prices = (self.general, self.public_ac, self.public_dc, *self.zones.values())
        return frozenset(price for price in prices if isinstance(price, str))

    def price_of(
        self, session: ChargingSession, *, home_names: Collection[str], zone_names: Mapping[str, str]
    ) -> Price | None:
        """Return the price of a session; None if that of its place is not known.

        Args:
            session: The session.
            home_names: The names that the home zone has had.
            zone_names: The names of the zones by the id of their entity.
        """
        if not self.zones and self.public_ac is None and self.public_dc is None:
            return self.general
        place = session.zone
        zones = {zone_names[zone]: price for zone, price in self.zones.items() if zone in zone_names}
        if place in zones:
            return zones[place]
        if place in home_names:
            return self.general
        if is_fast(session):
            return self.public_dc
        # Where the car was is not known, if it hides its position; that it was at home is a guess
        return None if place is None else self.public_ac


def is_fast(session: ChargingSession) -> bool:
    """Return whether a session had more power than AC has. One whose start or end was not seen had at least that."""
    hours = (session.end - session.start) / timedelta(hours=1)
    return session.energy is not None and hours > 0 and session.energy / hours > MAX_AC_POWER
