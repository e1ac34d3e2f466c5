"""The flow of monitors: built in forms, checked where it was entered, made on the platform before it is kept."""

from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.stellantis.api import MonitoredData
from custom_components.stellantis.api.requests import OPERATORS, PREVIOUS_OPERATORS, Operator, kind_of
from custom_components.stellantis.const import CONF_PUSH_URL
from custom_components.stellantis.errors import REASONS
from custom_components.stellantis.monitor_flow import MonitorFlow
from custom_components.stellantis.monitors.request import MONITOR, WATCH
from custom_components.stellantis.monitors.summary import words
from tests.support.helpers import Control, state
from tests.support.monitor_flow import NO_MORE, TEXTS, Person, kept, only, there
from tests.support.push import LinkPushed
from tests.support.source import COMPONENT, literals

MONITORS = "/user/vehicles/{id}/callbacks/{cbid}/monitors"


async def test_add(person: Person) -> None:
    await person.name(" School run ")
    assert person.shown["menu_options"] == ["data", "zone", "time"]
    assert person.triggers == "No trigger yet."
    await person.data(MonitoredData.ELECTRIC_LEVEL, op="lower_than", value=20)
    assert person.triggers == "- **a**: Battery level below 20 %"
    shown = await person.finish(refresh={"hours": 0, "minutes": 5, "seconds": 0})
    assert shown["type"] is FlowResultType.CREATE_ENTRY
    assert shown["title"] == "School run"
    body = only(person)
    assert body["triggerParam"] == {
        "triggers": [
            {"name": "a", "data": {"data": "vehicle.energy.electric.level", "op": "lowerThan", "value": ["20"]}}
        ],
        "boolExp": "a",
    }
    assert body["subscribeParam"] == {"refreshEvent": 300}
    (subentry,) = kept(person)
    assert {one["key"]: one["value"] for one in body["attributes"]}[WATCH] == subentry.unique_id
    await person.here.hass.async_block_till_done(wait_background_tasks=True)
    assert len(there(person)) == 1
    assert state(person.here.hass, "sensor.school_run_status") == "running"


def some(data: MonitoredData, op: Operator, allowed: frozenset[Operator]) -> Any:
    """Return something that a data can be compared with."""
    kind = kind_of(data)
    if kind is bool:
        return "yes"
    if known := words(data):
        several = Operator.INCLUDED_IN in allowed
        options = [one.name.lower() for one in known][: 2 if op is Operator.INCLUDED_IN else 1]
        return options if several else options[0]
    return 7


CASES = [(data, op) for data in MonitoredData for op in Operator if op in OPERATORS[data]]


@pytest.mark.parametrize("part", range(6))
async def test_all_that_can_be_compared(person: Person, part: int) -> None:
    """Each data, by each operator, with and without what it was before, is taken by the platform, and shown again."""
    for number, (data, op) in enumerate(CASES[part::6]):
        await person.name(f"Monitor {number}")
        entered: dict[str, Any] = {"op": "equals_to" if op is Operator.INCLUDED_IN else op.name.lower()}
        if op is not Operator.ON_CHANGE:
            entered["value"] = some(data, op, OPERATORS[data])
        if data in PREVIOUS_OPERATORS:
            entered["previous"] = some(data, Operator.EQUALS_TO, PREVIOUS_OPERATORS[data])
        await person.data(data, **entered)
        assert person.shown["type"] is FlowResultType.MENU, (data, op, person.errors)
        assert "component." not in person.triggers
        assert (await person.finish())["type"] is FlowResultType.CREATE_ENTRY, (data, op, person.shown)
        trigger = there(person)[f"Monitor {number}"].parameter["triggerParam"]["triggers"][0]["data"]
        single = op is Operator.INCLUDED_IN and len(trigger["value"]) == 1
        assert (trigger["data"], trigger["op"]) == (
            data.value,
            "equalsTo" if single and data.name != "TRIP_STATE" else op.value,
        )
        assert ("previous" in trigger) is (data in PREVIOUS_OPERATORS)
        (subentry,) = kept(person)
        await person.begin(subentry)
        await person.enter(name="x")
        await person.choose("change")
        await person.enter(trigger="a")
        if person.shown["step_id"] == "comparison":
            assert {key: value for key, value in person.suggested.items() if value is not None} == entered
        person.flows.async_abort(person.shown["flow_id"])
        person.here.hass.config_entries.async_remove_subentry(person.here.entry, subentry.subentry_id)
        await person.here.hass.async_block_till_done(wait_background_tasks=True)
        assert not there(person)


async def test_zone(person: Person) -> None:
    await person.name()
    await person.choose("zone")
    assert person.suggested["where"]["latitude"] == person.here.hass.config.latitude
    await person.enter(where={"latitude": 48.5, "longitude": 2.25, "radius": 2400.0}, transition="out")
    assert person.triggers == "- **a**: Leaves the zone of 2 km around 48.5000, 2.2500"
    await person.choose("change")
    await person.enter(trigger="a")
    where = {"latitude": 48.5, "longitude": 2.25, "radius": 2000.0}
    assert person.suggested == {"where": where, "transition": "out"}
    await person.enter(where={**where, "radius": 10.0}, transition="in")
    await person.finish()
    (trigger,) = only(person)["triggerParam"]["triggers"]
    place = {"center": {"longitude": 2.25, "latitude": 48.5}, "radius": 1}
    assert trigger == {"name": "a", "zone": {"transition": "In", "place": place}}


async def test_values_that_are_missing_or_impossible(person: Person) -> None:
    await person.name()
    await person.data(MonitoredData.ODOMETER, op="greater_than")
    assert person.errors == {"value": "value_missing"}
    await person.enter(op="greater_than", value=0.5)
    assert person.errors == {"value": "invalid_value"}


async def test_combined(person: Person) -> None:
    """By letters, with what is removed, up to five, and with what comes along."""
    await person.name()
    for _ in range(5):
        await person.data(MonitoredData.PLUGGED, op="on_change")
    assert person.shown["menu_options"] == ["change", "remove", "notification", "combine"]
    await person.choose("remove")
    await person.enter(trigger="b")
    assert "**b**" not in person.triggers
    await person.data(MonitoredData.LOCKED_STATE)
    assert "- **b**: Locks changes" in person.triggers
    await person.choose("notification")
    attributes = [
        {"place": "body", "key": "one", "value": "1"},
        {"place": "callback_query", "key": "two", "value": "$vin"},
    ]
    await person.enter(extensions=["status", "trip"], attributes=attributes)
    await person.choose("notification")
    assert person.suggested == {"extensions": ["status", "trip"], "attributes": attributes}
    await person.enter(extensions=["status"], attributes=attributes)
    await person.finish(match="expression", expression="a & !(b | c) | d & e")
    body = only(person)
    assert body["triggerParam"]["boolExp"] == "a & !(b | c) | d & e"
    assert body["extendedEventParam"] == ["vehicle.status"]
    assert {"type": "Body", "key": "one", "value": "1"} in body["attributes"]
    assert body["subscribeParam"]["callbackAttributes"] == {
        "webhook": [{"type": "Query", "key": "two", "value": "$vin"}]
    }


@pytest.mark.parametrize(
    ("attribute", "errors"),
    [
        ({"place": "header", "key": "a b", "value": ""}, {"attributes": "invalid_attribute"}),
        ({"place": "body", "key": WATCH, "value": "x"}, {"attributes": "reserved_key"}),
    ],
    ids=["invalid", "ours"],
)
async def test_attributes_that_cannot_be(person: Person, attribute: dict[str, str], errors: dict[str, str]) -> None:
    await person.name()
    await person.data(MonitoredData.PLUGGED, op="on_change")
    await person.choose("notification")
    await person.enter(attributes=[attribute])
    assert person.errors == errors
    assert person.suggested["attributes"] == [attribute]


async def test_reminders_that_come_too_often(person: Person) -> None:
    await person.name()
    await person.data(MonitoredData.PLUGGED, op="on_change")
    await person.finish(refresh={"hours": 0, "minutes": 0, "seconds": 59})
    assert person.errors == {"refresh": "refresh_too_short"}
    assert (await person.enter(match="all", refresh=NO_MORE))["type"] is FlowResultType.CREATE_ENTRY
    assert "subscribeParam" not in only(person)


async def test_change(person: Person) -> None:
    """By PUT; what was chosen is shown again. The name is the device's, too."""
    await person.name("Before")
    await person.data(MonitoredData.PLUGGED, op="on_change")
    await person.data(MonitoredData.OPENING)
    await person.finish(match="any", refresh={"hours": 1, "minutes": 0, "seconds": 0})
    (old,) = there(person).values()
    (subentry,) = kept(person)
    await person.begin(subentry)
    assert person.suggested == {"name": "Before"}
    await person.enter(name=" ")
    assert person.errors == {"name": "name_missing"}
    await person.enter(name="After")
    await person.choose("change")
    await person.enter(trigger="b")
    assert person.shown["step_id"] == "data"
    await person.enter(data="odometer")
    await person.enter(op="equals_to", value=9)
    await person.choose("combine")
    assert person.suggested["match"] == "any"
    assert person.suggested["refresh"] == {"days": 0, "hours": 1, "minutes": 0, "seconds": 0}
    shown = await person.enter(match="all")
    assert (shown["type"], shown["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    await person.here.hass.async_block_till_done(wait_background_tasks=True)
    assert set(there(person)) == {"After"}
    assert there(person)["After"].id == old.id
    assert only(person)["triggerParam"]["boolExp"] == "a & b"
    assert kept(person)[0].title == "After"


async def test_remove_follows_a_condition_of_all_or_any(person: Person) -> None:
    await person.name("Before")
    for _ in range(3):
        await person.data(MonitoredData.PLUGGED, op="on_change")
    await person.finish(match="any")
    (subentry,) = kept(person)
    await person.begin(subentry)
    await person.enter(name="Before")
    await person.choose("remove")
    await person.enter(trigger="b")
    await person.choose("combine")
    assert (person.suggested["match"], person.suggested["expression"]) == ("any", "a | c")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 400, "body": {"code": 40000, "message": "no more than five"}}, "refused"),
        ({"status": 403}, "forbidden"),
        ({"status": 500}, "server_error"),
    ],
    ids=["refused", "forbidden", "down"],
)
async def test_platform_that_does_not_want_it(
    person: Person, control: Control, fault: dict[str, Any], error: str
) -> None:
    """Said where the person is; the next try has all that was entered."""
    await person.name()
    await person.data(MonitoredData.PLUGGED, op="on_change")
    await control.fault(MONITORS, method="POST", **fault)
    await person.finish()
    assert person.errors == {"base": error}
    if error == "refused":
        assert "no more than five" in person.shown["description_placeholders"]["reason"]
    assert not there(person)
    assert not kept(person)
    await control.delete("faults")
    assert (await person.enter(match="all"))["type"] is FlowResultType.CREATE_ENTRY
    assert there(person)


async def test_sixth_monitor(person: Person) -> None:
    for number in range(6):
        await person.name(f"Monitor {number}")
        await person.data(MonitoredData.PLUGGED, op="on_change")
        await person.finish()
    assert person.errors == {"base": "refused"}
    assert "5" in person.shown["description_placeholders"]["reason"]
    assert len(there(person)) == 5


async def test_entry_that_is_unloaded_meanwhile(person: Person) -> None:
    await person.name()
    entries = person.here.hass.config_entries
    await entries.async_unload(person.here.entry.entry_id)
    await person.data(MonitoredData.PLUGGED, op="on_change")
    await person.finish()
    assert person.errors == {"base": "not_loaded"}
    assert (await person.begin())["reason"] == "not_loaded"
    await entries.async_setup(person.here.entry.entry_id)


async def test_change_while_the_entry_is_not_loaded(person: Person) -> None:
    await person.name()
    await person.data(MonitoredData.PLUGGED, op="on_change")
    await person.finish()
    (subentry,) = kept(person)
    await person.here.hass.config_entries.async_unload(person.here.entry.entry_id)
    assert (await person.begin(subentry))["reason"] == "not_loaded"
    await person.here.hass.config_entries.async_setup(person.here.entry.entry_id)


async def test_without_an_address(pushed: LinkPushed) -> None:
    here = await pushed(None)
    assert CONF_PUSH_URL not in here.entry.options
    assert (await Person(here).begin())["reason"] == "no_public_address"


async def test_without_a_car(person: Person) -> None:
    person.here.data.cars.clear()
    assert (await person.begin())["reason"] == "no_car"


async def test_what_cannot_be_read(person: Person) -> None:
    subentry = ConfigSubentry(data={"vin": "x"}, subentry_type=MONITOR, title="Odd", unique_id="odd")  # type: ignore[arg-type] # as it is stored
    person.here.hass.config_entries.async_add_subentry(person.here.entry, subentry)
    assert (await person.begin(subentry))["reason"] == "unreadable"


@pytest.mark.parametrize(
    ("scopes", "zone", "alert", "trip"),
    [(["data:telemetry"], False, False, False), (["data:position", "data:trip", "data:alert"], True, True, True)],
    ids=["telemetry", "all but telemetry"],
)
async def test_only_what_may_be_watched_is_offered(
    pushed: LinkPushed, scopes: list[str], zone: bool, alert: bool, trip: bool
) -> None:
    person = Person(await pushed(scopes=scopes))
    await person.name()
    assert ("zone" in person.shown["menu_options"]) is zone
    await person.choose("data")
    (selector,) = person.shown["data_schema"].schema.values()
    offered = selector.config["options"]
    assert ("alert" in offered, "trip_stop" in offered) == (alert, trip)
    assert ("plugged" in offered) is ("data:telemetry" in scopes)


async def test_several_cars(pushed: LinkPushed) -> None:
    person = Person(await pushed(brand="peugeot"))
    await person.begin()
    assert list(person.suggested) == ["car", "name"]
    cars = person.here.data.cars
    chosen = list(cars)[-1]
    await person.enter(car=chosen, name=" ")
    assert person.errors == {"name": "name_missing"}
    await person.enter(car=chosen, name="Mine")
    await person.data(MonitoredData.LOCKED_STATE)
    await person.finish()
    assert there(person)["Mine"].vehicle_id == cars[chosen].status.vehicle_id


def test_no_text_is_left_over() -> None:
    """What is shown has a text: that is looked at wherever the flow is gone through."""
    steps = {name.removeprefix("async_step_") for name in vars(MonitorFlow) if name.startswith("async_step_")}
    assert set(TEXTS["step"]) == steps
    files = [COMPONENT / f"monitor_{name}.py" for name in ("flow", "forms")]
    files.append(COMPONENT / "api/requests/expression.py")
    named = set[str]().union(*(literals(path) for path in files), {key for _, key in REASONS})
    assert {key for key in TEXTS["error"] if not key.startswith("always_")} <= named
    assert set(TEXTS["abort"]) <= named
