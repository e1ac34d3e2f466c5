"""Whatever a car reported before, its state is that of somebody who shares no objects with earlier states."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from random import Random
from typing import Any, Final

import pytest

from custom_components.stellantis.api import Status, Vehicle, merge_newest
from custom_components.stellantis.api.models.merge import CLOCK_TOLERANCE
from custom_components.stellantis.api.models.successive import SuccessiveDecoder
from custom_components.stellantis.vehicle.parts import LastParts, PartFn
from custom_components.stellantis.vehicle.state import DERIVED, VehicleState
from tests.support.status_bodies import NOW, TIMES, change_body
from tests.support.status_entities import status_descriptions

STEPS: Final = 12
# Minutes that pass, or by which the clock is set back, and how often
CLOCK_STEPS: Final = {0: 3, 1: 6, 5: 6, 31: 3, 1500: 2, 12000: 0.5, -40: 0.5, -1500: 0.5}
DERIVED_NAMES: Final = tuple(name for _, names in DERIVED for name in names)
MOTORIZATIONS: Final = ("Electric", "Hybrid", "Thermic", None)


@dataclass(slots=True)
class Car:
    """A car that is read by polls and pushes, and what it would be if nothing were kept but its last status."""

    random: Random
    now: datetime = NOW
    vehicle: Vehicle = field(default_factory=Vehicle)
    decoder: SuccessiveDecoder[Status] = field(default_factory=lambda: SuccessiveDecoder(Status))
    bodies: list[dict[str, Any]] = field(default_factory=list)
    state: VehicleState | None = None
    fresh: VehicleState | None = None

    def step(self) -> None:
        """Let something happen: time passes, the account lists another car, and a body or nothing is received."""
        minutes, weights = zip(*CLOCK_STEPS.items(), strict=True)
        self.now += timedelta(minutes=self.random.choices(minutes, weights)[0])
        if self.random.random() < 0.2:
            self.vehicle = replace(
                self.vehicle, motorization=self.random.choice(MOTORIZATIONS), label=self.random.choice("ab")
            )
        if self.random.random() < 0.2 and self.state:
            self._set(self.state.status, deepcopy(self.state.status))  # the same response as the last one
            return
        if self.random.random() < 0.8 or not self.bodies:
            self.bodies.append(change_body(self.random, self.bodies[-1] if self.bodies else {}, self.now))
        body = self.random.choice(self.bodies[-3:])
        is_pushed = self.random.random() < 0.3
        if is_pushed:
            body = {name: part for name, part in body.items() if name in TIMES or self.random.random() < 0.5}
        received = Status.from_dict(body) if is_pushed else self.decoder.decode(body)
        known, fresh_known = (state.status if state else None for state in (self.state, self.fresh))
        self._set(
            merge_newest(known, received, self.now),
            merge_newest(deepcopy(fresh_known), Status.from_dict(deepcopy(body)), self.now),
        )

    def _set(self, status: Status, fresh_status: Status) -> None:
        self.state = VehicleState.from_status(self.now, self.vehicle, status, self.state)
        self.fresh = VehicleState.from_status(self.now, self.vehicle, fresh_status)


def _times(model: object) -> Iterator[datetime]:
    """Yield all times in a status."""
    if isinstance(model, datetime):
        yield model
    elif isinstance(model, tuple):
        yield from chain.from_iterable(map(_times, model))
    elif is_dataclass(model):
        yield from chain.from_iterable(_times(getattr(model, member.name)) for member in fields(model))


def _find_problems(seed: int) -> Iterator[str]:
    """Play a history, and yield what is not as it would be without it."""
    car, parts, shown = Car(Random(seed)), LastParts(), dict[str, Any]()  # noqa: S311
    descriptions = status_descriptions()
    part_fns: set[PartFn] = {part_fn for description in descriptions.values() if (part_fn := description.part_fn)}
    for step in range(STEPS):
        car.step()
        assert car.state
        assert car.fresh
        if max(_times(car.state.status), default=NOW) > car.now + CLOCK_TOLERANCE:
            return  # the clock was set back: a part that is received again keeps its time, which is ahead now
        if repr(car.state.status) != repr(car.fresh.status):
            yield f"{seed}, {step}: the status"
        yield from (
            f"{seed}, {step}: {name}"
            for name in (*DERIVED_NAMES, "kinetic", "is_driving", "is_parked")
            if getattr(car.state, name) != getattr(car.fresh, name)
        )
        changed = parts.update(car.state, part_fns)
        for name, description in descriptions.items():
            if description.part_fn is None or description.part_fn in changed:
                shown[name] = description.value_fn(car.state)
            expected, is_equal = description.value_fn(car.fresh), description.is_equal_fn
            if shown[name] != expected and not (expected and is_equal and is_equal(shown[name], expected)):
                yield f"{seed}, {step}: {name}"


@pytest.mark.parametrize("seeds", [range(25), pytest.param(range(25, 2000), marks=pytest.mark.slow)])
def test_state_does_not_depend_on_what_is_shared_with_earlier_states(seeds: range) -> None:
    assert [problem for seed in seeds for problem in _find_problems(seed)] == []
