"""What an action of the integration is, and the period that several actions have as fields."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from homeassistant.core import Context, SupportsResponse
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import VolDictType
from homeassistant.util import dt as dt_util
import probatio as vol

from .const import DOMAIN
from .data import Car
from .vehicle.capabilities import CommandFeature
from .vehicle.charging_session import ChargingSession
from .vehicle.trip import TripRecord

type ActionData = Mapping[str, Any]

# The API ignores fractions of a second
SECOND: Final = timedelta(seconds=1)
MIN_TIME: Final = dt_util.utc_from_timestamp(0)
MAX_TIME: Final = datetime.max.replace(tzinfo=UTC)
TIME: Final = vol.All(cv.datetime, vol.Coerce(dt_util.as_utc), vol.Range(min=MIN_TIME))
PERIOD_SCHEMA: Final[VolDictType] = {vol.Optional("start"): TIME, vol.Optional("end"): TIME}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDescription:
    """An action of the integration.

    Attributes:
        name: the name of the action, without the domain.
        handler: runs the action for one car, in the context of the call, and returns its response; raises
            StellantisError or HomeAssistantError.
        schema: the fields of the action, besides its target.
        scope: the OAuth scope that the action requires; None if it requires none, or checks that itself.
        is_control: whether the action changes something, and does not only read.
        required_fn: returns the features that the car must support for the action's data; None if it needs none.
        prefers_fn: returns whether an account of a car that several have is the one to ask; None if any is.
        combine_fn: combines the responses of all accounts of a car; None if only one of them is asked.
    """

    name: str
    handler: Callable[[Car, ActionData, Context], Awaitable[dict[str, Any]]]
    schema: VolDictType = field(default_factory=dict)
    scope: str | None = None
    is_control: bool = False
    required_fn: Callable[[ActionData], AbstractSet[CommandFeature]] | None = None
    prefers_fn: Callable[[Car], bool] | None = None
    combine_fn: Callable[[Sequence[Mapping[str, Any]]], dict[str, Any]] | None = None

    @property
    def supports_response(self) -> SupportsResponse:
        """Whether the action responds: always, or on demand if it changes something."""
        return SupportsResponse.OPTIONAL if self.is_control else SupportsResponse.ONLY


def add_counts(responses: Sequence[Mapping[str, int]]) -> dict[str, Any]:
    """Return the sums of the numbers in responses."""
    return {name: sum(response[name] for response in responses) for name in responses[0]}


def parse_period(data: ActionData, default: timedelta | None = None) -> tuple[datetime | None, datetime | None]:
    """Return the start and end of the requested period.

    Args:
        data: the action's data.
        default: the length of the period if no start is given; None for an open start.

    Raises:
        ServiceValidationError: the end is not after the start.
    """
    start, end = data.get("start"), data.get("end")
    if start and end and end - start < SECOND:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="ends_before_it_begins")
    if default and not start:
        start = (end or dt_util.utcnow()) - default
    return start, end


def filter_by_end[R: (TripRecord, ChargingSession)](
    records: Iterable[R], start: datetime | None, end: datetime | None
) -> list[R]:
    """Return the records that ended in the period."""
    return [record for record in records if (start or MIN_TIME) <= record.end <= (end or MAX_TIME)]
