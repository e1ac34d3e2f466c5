"""The charging programs of an action: their form, and the errors of those that are entered as YAML."""

from typing import Any

from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.selector import ObjectSelector
from homeassistant.util.yaml import load_yaml_dict
import pytest

from tests.support.commands import ONE_CAR, CommandTester
from tests.support.helpers import call_action_on_only_car
from tests.support.source import COMPONENT

pytestmark = pytest.mark.simulator(**ONE_CAR)


@pytest.mark.parametrize(
    "program",
    [
        {"end": "06:00"},
        {"start": "06:00", "level": 80},
        {"start": "6 o'clock"},
        {"start": "06:00", "days": []},
        {"start": "06:00", "days": ["someday"]},
        {"start": "06:00", "end": "06:00:30"},
        "06:00",
    ],
    ids=str,
)
async def test_invalid_charging_program(tester: CommandTester, program: Any) -> None:
    """The error is translated and says which program is meant."""
    programs = [{"start": "22:00"}, program]
    with pytest.raises(ServiceValidationError, match="Program 2 is not valid") as raised:
        await call_action_on_only_car(tester.hass, "set_charging_schedule", tester.entry.entry_id, programs=programs)
    assert raised.value.translation_key == "invalid_program"
    assert await tester.post_count() == 0


def test_charging_programs_have_a_form() -> None:
    """The form offers what the action takes; what it sends is taken."""
    form = load_yaml_dict(str(COMPONENT / "services.yaml"))["set_charging_schedule"]["fields"]["programs"]["selector"]
    program = {"start": "22:30:00", "end": "06:00:00", "days": ["mon"], "enabled": True}
    assert set(form["object"]["fields"]) == set(program)
    assert ObjectSelector(form["object"])([program]) == [program]
