"""The world: five drivers, their cars, one clock."""

from datetime import UTC, datetime
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING

from .clock import Clock
from .vehicle.brands import BRANDS, Brand
from .vehicle.car import Car
from .vehicle.fleet import CHARACTERS, Character

if TYPE_CHECKING:
    from .config import SimulatorConfig

# When all cars with a routine began their lives: whenever a simulator is started, it goes on with the same lives.
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
_VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"


class Account:
    """A driver's account with one brand, and the cars linked to it."""

    def __init__(self, brand: Brand, seed: int) -> None:
        self.brand = brand
        self.id = "AC" + sha256(f"{seed}:{brand.key}".encode()).hexdigest()[:28].upper()
        self.cars: dict[str, Car] = {}


class World:
    """Everything that is simulated; cars are brought up to the clock's time when they are asked for."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.clock = Clock(config.start, config.speed)
        self.accounts = {brand.key: Account(brand, config.seed) for brand in BRANDS.values()}
        self._made = 0
        for character in _fleet(config):
            self.add(character, self.clock.start)

    @property
    def vehicles(self) -> list[Car]:
        """All cars, in the order of their making within an account."""
        return [car for account in self.accounts.values() for car in account.cars.values()]

    def account_of(self, realm: str) -> Account | None:
        """Return the account that a realm stands for."""
        return next((account for account in self.accounts.values() if account.brand.realm == realm), None)

    def by_id(self, vehicle_id: str) -> Car | None:
        """Return a car, whoever drives it."""
        found = (account.cars.get(vehicle_id) for account in self.accounts.values())
        return next((car for car in found if car), None)

    def by_vin(self, vin: str) -> Car | None:
        """Return a car by its VIN."""
        return next((car for car in self.vehicles if car.vin == vin), None)

    def add(self, character: Character, at: float | None = None) -> Car:
        """Build a car and link it to its brand's account."""
        seed = f"{self.config.seed}:{self._made}"
        now = float(int(self.clock.now() if at is None else at))
        routine = self.config.routine
        car = Car(
            character=character,
            vin=_vin(character, self.config.seed, self._made),
            vehicle_id=sha256(seed.encode()).hexdigest()[:40],
            seed=seed,
            born=min(FIRST_DAY, now) if routine else now,
            routine=routine,
        )
        self._made += 1
        self.accounts[character.brand].cars[car.id] = car
        return car

    def remove(self, car: Car) -> None:
        """Unlink a car from its account."""
        del self.accounts[car.character.brand].cars[car.id]


def _fleet(config: SimulatorConfig) -> list[Character]:
    characters = [car for car in CHARACTERS if config.brand in {None, car.brand}]
    if not characters:
        raise ValueError(f"no such brand: {config.brand}; known: {', '.join(BRANDS)}")
    count = len(characters) if config.fleet is None else config.fleet
    return [characters[number % len(characters)] for number in range(count)]


def _vin(character: Character, seed: int, number: int) -> str:
    rng = Random(f"{seed}:{number}:vin")
    year_and_plant = rng.choice("PRST") + rng.choice(_VIN_LETTERS[:23])
    return f"{character.vin_head}{year_and_plant}{rng.randrange(100):02}{number % 10_000:04}"
