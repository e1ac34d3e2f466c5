"""What the costs keep of a car across restarts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Self

from ...vehicle.charging_session import ActiveSession, CostSource
from ...vehicle.stored import StoredModel
from .session_cost import EnergySample, add_sample
from .value_log import ValueChange

KEY: Final = "costs"


@dataclass(frozen=True, slots=True)
class ReplacedCost(StoredModel):
    """The cost of a charging session that the user has replaced."""

    cost: float | None = None
    currency: str | None = None
    cost_source: CostSource | None = None
    is_cost_partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRecord(StoredModel):
    """What is known of the active session of a car, and the costs that the user has replaced.

    Attributes:
        start: The start of the active session; None if there is none.
        samples: The levels of the battery in that session, in %.
        logs: The values of the entities with prices and of the meter in its time, by the id of the entity.
        saved_at: Until when these values are known.
        replaced_costs: The costs that the user has replaced, by the start of the session.
    """

    start: datetime | None = None
    samples: tuple[EnergySample, ...] = ()
    logs: Mapping[str, tuple[ValueChange, ...]] = field(default_factory=dict)
    saved_at: datetime | None = None
    replaced_costs: Mapping[str, ReplacedCost] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to keep."""
        return self.start is None and not self.replaced_costs

    def follow(self, active: ActiveSession | None) -> Self:
        """Return the record with the latest level of the active session; without one, only with replaced costs."""
        if active is None:
            return replace(self, start=None, samples=(), logs={})
        samples = self.samples if self.start == active.start else (EnergySample(active.start, active.start_level),)
        samples = tuple(add_sample(samples, active.last_seen, active.level))
        return replace(self, start=active.start, samples=samples)
