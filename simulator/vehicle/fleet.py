"""The characters of the fleet: what each model has, lacks and does oddly."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

type Motorization = Literal["Electric", "Hybrid", "Thermic", "Hydrogen"]

FULL_REMOTES = frozenset({"preconditioning", "charging", "door", "horn", "lights", "wakeup", "navigation"})
NO_REMOTES: AbstractSet[str] = frozenset()

# What every connected car of the platform measures.
COMMON = frozenset(
    {"ignition", "energies", "privacy", "battery", "service", "odometer", "kinetic", "environment", "position"}
)
ELECTRIC = COMMON | {"preconditioning", "alarm"}
EVERYTHING = ELECTRIC | {"engines", "powertrain", "doors", "safety", "driving", "lighting"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """A traction battery: usable kWh, Wh for one km, AC and DC power in kW."""

    capacity: float
    consumption: float
    ac: float
    dc: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tank:
    """A tank: litres (kg of hydrogen) and consumption for 100 km in the same unit."""

    capacity: float
    consumption: float
    hydrogen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where a car lives: degrees, metres, hours ahead of UTC."""

    longitude: float
    latitude: float
    altitude: float
    utc_offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """A model of car.

    ``members`` are the objects of a status that the car sends, ``quirks`` the oddities of real cars that it shows:
    ghost_fuel, ghost_thermic, two_engines, frozen_energies, empty_schedule, no_value (215 °C), roof_window_open,
    flat_position (no altitude), position_under_way (no position while parked), adas, no_label (old members gone),
    alarm_history, no_schedule, delayed_charge, no_consumptions and no_electric_consumption (of trips).
    """

    brand: str
    model: str
    vin_head: str
    motorization: Motorization
    home: Home
    members: AbstractSet[str]
    remotes: AbstractSet[str] = FULL_REMOTES
    battery: Battery | None = None
    tank: Tank | None = None
    quirks: AbstractSet[str] = frozenset()

    @property
    def label(self) -> str:
        """What the brand prints on its brochures."""
        return f"{self.brand.upper()} {self.model}"


CHARACTERS = (
    Character(
        brand="peugeot",
        model="e-208",
        vin_head="VR3UHZKXZ",
        motorization="Electric",
        home=Home(longitude=4.8357, latitude=45.7640, altitude=173, utc_offset=1),
        members=ELECTRIC | {"doors"},
        battery=Battery(capacity=46.3, consumption=158, ac=7.4, dc=77),
        quirks=frozenset({"roof_window_open", "delayed_charge"}),
    ),
    Character(
        brand="peugeot",
        model="308 Hybrid",
        vin_head="VR3F3DGXT",
        motorization="Hybrid",
        home=Home(longitude=1.4442, latitude=43.6047, altitude=141, utc_offset=1),
        members=EVERYTHING,
        battery=Battery(capacity=10.2, consumption=178, ac=3.7),
        tank=Tank(capacity=40, consumption=5.6),
        quirks=frozenset({"roof_window_open", "alarm_history", "no_electric_consumption"}),
    ),
    Character(
        brand="citroen",
        model="C3",
        vin_head="VF7SXHMZ6",
        motorization="Thermic",
        home=Home(longitude=-1.5536, latitude=47.2184, altitude=8, utc_offset=1),
        members=frozenset({"ignition", "energies", "engines", "privacy", "battery", "odometer", "position"}),
        remotes=NO_REMOTES,
        tank=Tank(capacity=45, consumption=5.9),
        quirks=frozenset({"no_value", "position_under_way", "no_label"}),
    ),
    Character(
        brand="ds",
        model="3 E-Tense",
        vin_head="VR1UJZKXZ",
        motorization="Electric",
        home=Home(longitude=2.3522, latitude=48.8566, altitude=35, utc_offset=1),
        members=ELECTRIC - {"alarm"},
        remotes=NO_REMOTES,
        battery=Battery(capacity=50.8, consumption=162, ac=11, dc=90),
        quirks=frozenset({"ghost_thermic", "no_schedule"}),
    ),
    Character(
        brand="opel",
        model="Corsa-e",
        vin_head="VXKUHZKXZ",
        motorization="Electric",
        home=Home(longitude=8.2473, latitude=50.0782, altitude=115, utc_offset=1),
        members=ELECTRIC,
        battery=Battery(capacity=46, consumption=160, ac=7.4, dc=77),
        quirks=frozenset({"ghost_fuel", "frozen_energies", "empty_schedule"}),
    ),
    Character(
        brand="vauxhall",
        model="Mokka Electric",
        vin_head="VXKUKZKXZ",
        motorization="Electric",
        home=Home(longitude=-2.2426, latitude=53.4808, altitude=38, utc_offset=0),
        members=ELECTRIC | {"doors", "safety"},
        battery=Battery(capacity=50.8, consumption=165, ac=7.4, dc=90),
        quirks=frozenset({"flat_position", "no_consumptions"}),
    ),
    Character(
        brand="opel",
        model="Vivaro-e Hydrogen",
        vin_head="VXEVZKXZ4",
        motorization="Hydrogen",
        home=Home(longitude=9.9937, latitude=53.5511, altitude=6, utc_offset=1),
        members=ELECTRIC | {"doors", "powertrain"},
        battery=Battery(capacity=10.5, consumption=250, ac=11),
        tank=Tank(capacity=4.4, consumption=1.3, hydrogen=True),
        quirks=frozenset({"no_schedule"}),
    ),
    Character(
        brand="citroen",
        model="ë-C4",
        vin_head="VR7BCZKXC",
        motorization="Electric",
        home=Home(longitude=-0.5792, latitude=44.8378, altitude=12, utc_offset=1),
        members=ELECTRIC,
        battery=Battery(capacity=46.3, consumption=161, ac=7.4, dc=90),
        quirks=frozenset({"ghost_fuel"}),
    ),
    Character(
        brand="peugeot",
        model="E-3008 Dual Motor",
        vin_head="VR3KCZKXZ",
        motorization="Electric",
        home=Home(longitude=7.7521, latitude=48.5734, altitude=142, utc_offset=1),
        members=EVERYTHING,
        battery=Battery(capacity=73, consumption=186, ac=11, dc=150),
        quirks=frozenset({"two_engines", "adas", "no_label"}),
    ),
)
