"""Thief mode: tracks a stolen car, started by a person, by the alarm, or when it is towed away."""

from datetime import timedelta
from typing import Any, Final

from homeassistant.const import Platform
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers.selector import SelectSelector, SelectSelectorConfig
import probatio as vol

from ...action_description import ActionData, ActionDescription
from ...api import Position
from ...auth.scopes import grants_scope
from ...data import Car, StellantisConfigEntry
from ...history.responses import build_path
from ..feature import Feature, FeatureEntities, OptionForm
from .data import TRACKERS, get_tracker
from .switch import SWITCHES, async_setup_switches
from .tracker import TheftTracker
from .tracking import DEFAULT_DURATION, MAX_DURATION, MIN_DURATION, Reason

SCOPE: Final = "data:position"
# What starts the tracking by itself
CONF_TRACK_AFTER: Final = "track_after"
AUTOMATIC: Final = (Reason.ALARM, Reason.TOWED)
MINUTE: Final = timedelta(minutes=1)
OPTIONS_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(CONF_TRACK_AFTER, default=list): SelectSelector(
            SelectSelectorConfig(
                options=[reason.value for reason in AUTOMATIC], multiple=True, translation_key="theft_reason"
            )
        )
    }
)


async def _async_setup(_hass: HomeAssistant, entry: StellantisConfigEntry) -> None:
    """Create the tracker of each car."""
    automatic = frozenset(Reason(reason) for reason in entry.options.get(CONF_TRACK_AFTER, ()))
    trackers = entry.runtime_data.feature_data[TRACKERS] = dict[str, TheftTracker]()

    @callback
    def add(car: Car) -> None:
        tracker = trackers[car.vin] = TheftTracker(car, automatic)
        tracker.async_setup()

    entry.runtime_data.async_for_each_car(add)


async def _async_start(car: Car, data: ActionData, _context: Context) -> dict[str, Any]:
    """Start to track a car, or go on for longer."""
    tracker = get_tracker(car)
    tracker.async_start(Reason.PERSON, data["duration"] * MINUTE)
    return {"until": tracker.tracking.until.isoformat()} if tracker.tracking else {}


async def _async_get_track(car: Car, _data: ActionData, _context: Context) -> dict[str, Any]:
    """Return where a car was while it was tracked last."""
    tracking = get_tracker(car).tracking
    if tracking is None:
        return {"active": False, "path": None}
    positions = [
        Position(longitude=point.longitude, latitude=point.latitude, created_at=point.time) for point in tracking.points
    ]
    return {
        "active": tracking.is_active,
        "reason": tracking.reason.value,
        "started": tracking.started.isoformat(),
        "until": tracking.until.isoformat(),
        "wake_ups": tracking.wake_ups,
        "path": build_path(positions),
    }


THIEF_MODE: Final = Feature(
    key="thief_mode",
    actions=(
        ActionDescription(
            name="start_theft_tracking",
            handler=_async_start,
            schema={
                vol.Optional("duration", default=DEFAULT_DURATION // MINUTE): vol.All(
                    vol.Coerce(int), vol.Range(min=MIN_DURATION // MINUTE, max=MAX_DURATION // MINUTE)
                )
            },
            scope=SCOPE,
            is_control=True,
            prefers_fn=lambda car: get_tracker(car).is_active,
        ),
        ActionDescription(
            name="get_theft_track",
            handler=_async_get_track,
            scope=SCOPE,
            prefers_fn=lambda car: get_tracker(car).tracking is not None,
        ),
    ),
    entities={Platform.SWITCH: FeatureEntities(descriptions=SWITCHES, async_setup=async_setup_switches)},
    option_forms=(
        OptionForm(
            step_id="thief_mode",
            option_names=frozenset((CONF_TRACK_AFTER,)),
            schema_fn=lambda _hass, _entry: OPTIONS_SCHEMA,
            is_offered_fn=lambda entry: grants_scope(entry.data["token"], SCOPE),
        ),
    ),
    async_setup=_async_setup,
)
