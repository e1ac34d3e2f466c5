"""Engines, and the powertrain that they make."""

from dataclasses import dataclass
from enum import StrEnum
from typing import override

from .base import Celsius, JsonObject, Model, Percent, TimedModel, get_nested


class EngineType(StrEnum):
    """What an engine runs on. Electric cars list a ghost of a thermic one."""

    THERMIC = "Thermic"
    ELECTRIC = "Electric"


class PowertrainStatus(StrEnum):
    """Whether the car is ready to drive."""

    NOT_RUNNING = "NotRunning"
    STARTING = "Starting"
    RUNNING = "Running"
    STOPPING = "Stopping"
    STOPPED = "Stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fluid(Model):
    """Coolant, oil or air of an engine.

    Attributes:
        level: %, for liquids.
        temp: °C.
    """

    level: Percent | None = None
    temp: Celsius | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine(TimedModel):
    """An engine.

    Attributes:
        type: what it runs on.
        speed: turns per minute, negative when it turns backwards.
        gmp_status: of the powertrain; deprecated.
        coolant: of a thermic engine.
        oil: of a thermic engine.
        air: of a thermic engine.
    """

    type: EngineType | str | None = None
    speed: float | None = None
    gmp_status: PowertrainStatus | str | None = None
    coolant: Fluid | None = None
    oil: Fluid | None = None
    air: Fluid | None = None

    @property
    @override
    def merge_key(self) -> str:
        return self.type or ""

    @override
    @classmethod
    def normalize(cls, members: JsonObject) -> JsonObject:
        thermic = get_nested(members, "extension", "thermic")
        if type(thermic) is not dict:
            return members
        fluids = {name: thermic[name] for name in ("coolant", "oil", "air") if name in thermic}
        return {**members, **fluids}


@dataclass(frozen=True, slots=True, kw_only=True)
class Powertrain(TimedModel):
    """The powertrain as a whole."""

    status: PowertrainStatus | str | None = None
