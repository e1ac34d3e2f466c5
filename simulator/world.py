"""The simulated world: accounts, their cars, and one clock."""

from datetime import UTC, datetime
from hashlib import sha256, shake_256
from random import Random

from .clock import Clock
from .config import SimulatorConfig
from .vehicle.brands import BRANDS, Brand
from .vehicle.car import Car
from .vehicle.events import HANDLERS
from .vehicle.fleet import MODELS, CarModel

# Cars with a routine start on this day, whenever the simulator is started, so that they continue the same lives.
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
# As long as the ids of the platform.
VEHICLE_ID_LENGTH = 193
_VIN_CHARACTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"


class Account:
    """The account of a brand's driver, and the cars linked to it."""

    def __init__(self, brand: Brand, seed: int) -> None:
        self.brand = brand
        self.id = "AC" + sha256(f"{seed}:{brand.key}".encode()).hexdigest()[:28].upper()
        self.cars: dict[str, Car] = {}


class World:
    """All accounts and cars; a car is brought up to date when it is used."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.clock = Clock(config.start, config.speed)
        self.accounts = {brand.key: Account(brand, config.seed) for brand in BRANDS.values()}
        self._created_cars = 0
        for model in _fleet(config):
            self.add(model, self.clock.start)

    @property
    def vehicles(self) -> list[Car]:
        """All cars; those of an account in the order of their creation."""
        return [car for account in self.accounts.values() for car in account.cars.values()]

    def by_id(self, vehicle_id: str) -> Car | None:
        """Return the car with an id, in any account."""
        cars = (account.cars.get(vehicle_id) for account in self.accounts.values())
        return next((car for car in cars if car), None)

    def by_vin(self, vin: str) -> Car | None:
        """Return the car with a VIN, in any account."""
        return next((car for car in self.vehicles if car.vin == vin), None)

    def add(self, model: CarModel, at: float | None = None) -> Car:
        """Create a car and link it to the account of its brand.

        Args:
            model: The model of the car.
            at: When it is created; None for now.
        """
        seed = f"{self.config.seed}:{self._created_cars}"
        now = float(int(self.clock.now() if at is None else at))
        car = Car(
            model=model,
            vin=_vin(model, self.config.seed, self._created_cars),
            vehicle_id=shake_256(seed.encode()).hexdigest(VEHICLE_ID_LENGTH)[:VEHICLE_ID_LENGTH],
            seed=seed,
            created_at=min(FIRST_DAY, now) if self.config.routine else now,
            follows_routine=self.config.routine,
            handlers=HANDLERS,
        )
        car.oddities.restarts_charges = not self.config.strict
        self._created_cars += 1
        self.accounts[model.brand].cars[car.id] = car
        return car

    def remove(self, car: Car) -> None:
        """Remove a car from its account."""
        del self.accounts[car.model.brand].cars[car.id]


def _fleet(config: SimulatorConfig) -> list[CarModel]:
    models = [model for model in MODELS if config.brand in {None, model.brand}]
    if not models:
        raise ValueError(f"no such brand: {config.brand}; known: {', '.join(BRANDS)}")
    count = len(models) if config.fleet is None else config.fleet
    return [models[number % len(models)] for number in range(count)]


def _vin(model: CarModel, seed: int, number: int) -> str:
    rng = Random(f"{seed}:{number}:vin")
    year_and_plant = rng.choice("PRST") + rng.choice(_VIN_CHARACTERS[:23])
    return f"{model.vin_prefix}{year_and_plant}{rng.randrange(100):02}{number % 10_000:04}"
