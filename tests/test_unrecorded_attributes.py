"""What the database keeps of each state is short: long attributes are for the present only."""

from typing import Final

from homeassistant.components.recorder.db_schema import StateAttributes
from homeassistant.core import EVENT_STATE_CHANGED, Event, EventStateChangedData, HomeAssistant, State
import pytest

from simulator import Simulator
from simulator.vehicle.alerts import ALERTS
from tests.conftest import Link
from tests.support.helpers import Control, advance_time, drive

MAX_LENGTH: Final = 512
POLL: Final = 3601


def recorded_length(state: State) -> int:
    """Return the length of the attributes as the recorder writes them."""
    data: EventStateChangedData = {"entity_id": state.entity_id, "old_state": None, "new_state": state}
    return len(StateAttributes.shared_attrs_bytes_from_event(Event(EVENT_STATE_CHANGED, data), None))


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_recorded_attributes_are_short(
    hass: HomeAssistant, link: Link, control: Control, simulator: Simulator
) -> None:
    """With all alerts of a car on, after a trip, a charge and an alarm."""
    await link()
    vin = await control.vin("e-208")
    await drive(control, simulator, vin, 20)
    await control.patch(vin, plug=True, charge=True, level=30)
    simulator.world.clock.advance(3600)
    await control.patch(vin, charge="Finished", level=60, alarm="VolumetricBreakIn", alerts=[*ALERTS])
    await advance_time(hass, POLL)
    lengths = {state.entity_id: recorded_length(state) for state in hass.states.async_all()}
    assert len(lengths) > 200
    assert {entity_id: length for entity_id, length in lengths.items() if length > MAX_LENGTH} == {}
    warning = hass.states.get("sensor.peugeot_e_208_warning")
    assert warning
    assert len(warning.attributes["alerts"]) > 50
