"""The car models of the simulated fleet, with the equipment and oddities of each."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

type Motorization = Literal["Electric", "Hybrid", "Thermic", "Hydrogen"]

FULL_REMOTES = frozenset({"preconditioning", "charging", "door", "horn", "lights", "wakeup", "navigation"})
NO_REMOTES: AbstractSet[str] = frozenset()

# The objects of a status that every car sends, that electric cars send, and all of them.
COMMON = frozenset(
    {"ignition", "energies", "privacy", "battery", "service", "odometer", "kinetic", "environment", "position"}
)
ELECTRIC = COMMON | {"preconditioning", "alarm"}
EVERYTHING = ELECTRIC | {"engines", "powertrain", "doors", "safety", "driving", "lighting"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """A traction battery: usable capacity in kWh, consumption in Wh/km, AC and DC charging power in kW."""

    capacity: float
    consumption: float
    ac: float
    dc: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tank:
    """A tank: capacity in liters (hydrogen: kg), and consumption per 100 km in the same unit."""

    capacity: float
    consumption: float
    hydrogen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where the cars of a model live: degrees, meters, and hours ahead of UTC."""

    longitude: float
    latitude: float
    altitude: float
    utc_offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CarModel:
    """A car model.

    Attributes:
        brand: The key of its brand.
        name: The name of the model.
        vin_prefix: The first nine characters of its VINs.
        motorization: The API's word for its motorization.
        home: Where its cars live.
        members: The objects of a status that it sends.
        remotes: The remote actions that it supports.
        battery: Its traction battery.
        tank: Its tank.
        quirks: Oddities of real cars that it shows: ghost_fuel, ghost_thermic, two_engines, frozen_energies,
            empty_schedule, no_value (215 °C), roof_window_open, flat_position (no altitude), position_under_way (no
            position while parked), adas, no_label (deprecated members missing), alarm_history, no_schedule,
            delayed_charge, low_load (energies of the battery that are too low), no_consumptions and
            no_electric_consumption (of trips).
    """

    brand: str
    name: str
    vin_prefix: str
    motorization: Motorization
    home: Home
    members: AbstractSet[str]
    remotes: AbstractSet[str] = FULL_REMOTES
    battery: Battery | None = None
    tank: Tank | None = None
    quirks: AbstractSet[str] = frozenset()

    @property
    def label(self) -> str:
        """The name under which the brand sells it."""
        return f"{self.brand.upper()} {self.name}"


MODELS = (
    CarModel(
        brand="peugeot",
        name="e-208",
        vin_prefix="VR3UHZKXZ",
        motorization="Electric",
        home=Home(longitude=4.8357, latitude=45.7640, altitude=173, utc_offset=1),
        members=ELECTRIC | {"doors"},
        battery=Battery(capacity=46.3, consumption=158, ac=7.4, dc=77),
        quirks=frozenset({"roof_window_open", "delayed_charge"}),
    ),
    CarModel(
        brand="peugeot",
        name="308 Hybrid",
        vin_prefix="VR3F3DGXT",
        motorization="Hybrid",
        home=Home(longitude=1.4442, latitude=43.6047, altitude=141, utc_offset=1),
        members=EVERYTHING,
        battery=Battery(capacity=10.2, consumption=178, ac=3.7),
        tank=Tank(capacity=40, consumption=5.6),
        quirks=frozenset({"roof_window_open", "alarm_history", "no_electric_consumption"}),
    ),
    CarModel(
        brand="citroen",
        name="C3",
        vin_prefix="VF7SXHMZ6",
        motorization="Thermic",
        home=Home(longitude=-1.5536, latitude=47.2184, altitude=8, utc_offset=1),
        members=frozenset({"ignition", "energies", "engines", "privacy", "battery", "odometer", "position"}),
        remotes=NO_REMOTES,
        tank=Tank(capacity=45, consumption=5.9),
        quirks=frozenset({"no_value", "position_under_way", "no_label"}),
    ),
    CarModel(
        brand="ds",
        name="3 E-Tense",
        vin_prefix="VR1UJZKXZ",
        motorization="Electric",
        home=Home(longitude=2.3522, latitude=48.8566, altitude=35, utc_offset=1),
        members=ELECTRIC - {"alarm"},
        remotes=NO_REMOTES,
        battery=Battery(capacity=50.8, consumption=162, ac=11, dc=90),
        quirks=frozenset({"ghost_thermic", "no_schedule"}),
    ),
    CarModel(
        brand="opel",
        name="Corsa-e",
        vin_prefix="VXKUHZKXZ",
        motorization="Electric",
        home=Home(longitude=8.2473, latitude=50.0782, altitude=115, utc_offset=1),
        members=ELECTRIC,
        battery=Battery(capacity=46, consumption=160, ac=7.4, dc=77),
        quirks=frozenset({"ghost_fuel", "frozen_energies", "empty_schedule", "low_load"}),
    ),
    CarModel(
        brand="vauxhall",
        name="Mokka Electric",
        vin_prefix="VXKUKZKXZ",
        motorization="Electric",
        home=Home(longitude=-2.2426, latitude=53.4808, altitude=38, utc_offset=0),
        members=ELECTRIC | {"doors", "safety"},
        battery=Battery(capacity=50.8, consumption=165, ac=7.4, dc=90),
        quirks=frozenset({"flat_position", "no_consumptions"}),
    ),
    CarModel(
        brand="opel",
        name="Vivaro-e Hydrogen",
        vin_prefix="VXEVZKXZ4",
        motorization="Hydrogen",
        home=Home(longitude=9.9937, latitude=53.5511, altitude=6, utc_offset=1),
        members=ELECTRIC | {"doors", "powertrain"},
        battery=Battery(capacity=10.5, consumption=250, ac=11),
        tank=Tank(capacity=4.4, consumption=1.3, hydrogen=True),
        quirks=frozenset({"no_schedule"}),
    ),
    CarModel(
        brand="citroen",
        name="ë-C4",
        vin_prefix="VR7BCZKXC",
        motorization="Electric",
        home=Home(longitude=-0.5792, latitude=44.8378, altitude=12, utc_offset=1),
        members=ELECTRIC,
        battery=Battery(capacity=46.3, consumption=161, ac=7.4, dc=90),
        quirks=frozenset({"ghost_fuel", "low_load"}),
    ),
    CarModel(
        brand="peugeot",
        name="E-3008 Dual Motor",
        vin_prefix="VR3KCZKXZ",
        motorization="Electric",
        home=Home(longitude=7.7521, latitude=48.5734, altitude=142, utc_offset=1),
        members=EVERYTHING,
        battery=Battery(capacity=73, consumption=186, ac=11, dc=150),
        quirks=frozenset({"two_engines", "adas", "no_label"}),
    ),
)
