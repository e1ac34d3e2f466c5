"""What a car may be told: what it is able to do, and what its driver granted."""

from collections.abc import Callable, Iterator, Mapping, Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum

from ..api import (
    ChargingParameters,
    Motorization,
    PreconditioningParameters,
    RemoteCapabilities,
    RemoteCapability,
    Vehicle,
)


class Ability(StrEnum):
    """Something that a car can be told."""

    ANYTHING = "anything"
    DOORS = "doors"
    HORN = "horn"
    LIGHTS = "lights"
    WAKE_UP = "wake_up"
    NAVIGATION = "navigation"
    PRECONDITIONING = "preconditioning"
    PRECONDITIONING_PROGRAMS = "preconditioning_programs"
    START_CHARGING = "start_charging"
    STOP_CHARGING = "stop_charging"
    DELAYED_CHARGING = "delayed_charging"
    CHARGING_PROGRAMS = "charging_programs"
    CHARGING_LEVEL = "charging_level"
    CHARGING_TYPE = "charging_type"


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a car may be told.

    Attributes:
        granted: what it is able to do and its driver allows.
        withheld: what else it is able to do, and the right without which it may not.
    """

    granted: frozenset[Ability] = frozenset()
    withheld: Mapping[Ability, str] = field(default_factory=dict)

    @property
    def missing(self) -> frozenset[str]:
        """The rights without which it may not do what else it is able to do."""
        return frozenset(self.withheld.values())


def abilities(vehicle: Vehicle, may: Callable[[str], bool]) -> Abilities:
    """Return what a car may be told; nothing where its account does not say what it is able to do.

    Args:
        vehicle: as the account lists it.
        may: whether the driver granted a right.
    """
    remote = vehicle.capabilities.remote if vehicle.capabilities else None
    granted, withheld = set[Ability](), dict[Ability, str]()
    for name, capability, able in _offered(remote) if remote else ():
        if capability is None or not capability.supported or not able:
            continue
        if name == "charging" and vehicle.motorization == Motorization.THERMIC:
            continue
        scope = capability.scope_name or f"remote:{name}:write"
        if may(scope):
            granted |= able
        else:
            withheld |= dict.fromkeys(able, scope)
    granted |= {Ability.ANYTHING} if granted else set()
    return Abilities(granted=frozenset(granted), withheld=withheld)


def _offered(remote: RemoteCapabilities) -> Iterator[tuple[str, RemoteCapability | None, AbstractSet[Ability]]]:
    """Yield each kind of command: its name in the rights, whether a car takes it, and what that makes it able to do."""
    air, charging = remote.preconditioning, remote.charging
    yield "door", remote.door, {Ability.DOORS}
    yield "horn", remote.horn, {Ability.HORN}
    yield "lights", remote.lights, {Ability.LIGHTS}
    yield "wakeup", remote.wakeup, {Ability.WAKE_UP}
    yield "navigation", remote.navigation, {Ability.NAVIGATION}
    yield "preconditioning", air, _there(_preconditioning(air.parameters if air else None))
    yield "charging", charging, _there(_charging(charging.parameters if charging else None))


def _there(said: Mapping[Ability, bool | None]) -> AbstractSet[Ability]:
    return {ability for ability, there in said.items() if there}


# To start and stop at once goes without saying; all else is there only where the car says so


def _preconditioning(said: PreconditioningParameters | None) -> Mapping[Ability, bool | None]:
    programs = said.programs if said else None
    return {
        Ability.PRECONDITIONING: said is None or said.immediate is not False,
        Ability.PRECONDITIONING_PROGRAMS: programs and (programs.supported or bool(programs.size)),
    }


def _charging(said: ChargingParameters | None) -> Mapping[Ability, bool | None]:
    now, later, how = (said.immediate, said.schedule, said.preferences) if said else (None, None, None)
    return {
        Ability.START_CHARGING: now is None or now.start is not False,
        Ability.STOP_CHARGING: now is None or now.stop is not False,
        Ability.DELAYED_CHARGING: later and later.next_delayed_time,
        Ability.CHARGING_PROGRAMS: later and later.programs and later.programs.supported,
        Ability.CHARGING_LEVEL: how and how.level,
        Ability.CHARGING_TYPE: how and how.type,
    }
