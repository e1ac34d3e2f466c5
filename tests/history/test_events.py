"""What of a car's records is news: each thing once, however the looks at them fall."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
import pytest

from custom_components.stellantis.api import AlarmDetails, Alert, AlertMessage, AlertSeverity
from custom_components.stellantis.history.events import (
    Alarms,
    Alerts,
    alarm_key,
    alert_key,
    build_alarms,
    build_alerts,
    build_charging_sessions,
    build_trips,
)
from custom_components.stellantis.history.store import CarStore, EventCursor
from custom_components.stellantis.vehicle.charging_session import ChargingSession
from custom_components.stellantis.vehicle.trip import TripRecord

NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)


def at(hours: float) -> str:
    """Return the time so many hours after noon."""
    return (NOON + timedelta(hours=hours)).isoformat()


def alert(name: str, begin: float = 0, end: float | None = None, **more: Any) -> Alert:
    """Return an alert that began, and perhaps ended, so many hours after noon."""
    times = {"startedAt": at(begin), "updatedAt": at(begin)} | ({} if end is None else {"endAt": at(end)})
    body = {"id": name, "active": end is None, "type": "EngineFault", "severity": "Warning", **times, **more}
    return Alert.from_dict(body)


def alarm(name: str | None, hour: float, *, active: bool | None = None, trigger: str | None = None) -> AlarmDetails:
    """Return something that happened to the alarm."""
    body: dict[str, Any] = {"id": name}
    if active is not None:
        body["status"] = {"createdAt": at(hour), "activation": "Active" if active else "Inactive"}
    if trigger:
        body["trigger"] = {"createdAt": at(hour), "startAt": at(hour), "type": trigger}
    return AlarmDetails.from_dict(body)


def restarted(told: EventCursor) -> EventCursor:
    """Return what Home Assistant knows after a restart."""
    return EventCursor.from_dict(told.to_dict())


def news(told: Alerts | Alarms) -> list[str]:
    """Return the kinds of the news."""
    return [one.type for one in told.new_events]


# --- alerts


def test_first_look_tells_nothing() -> None:
    told = EventCursor()
    first = build_alerts(told, [alert("over", -30, -29), alert("on", -2)])
    assert ([one.id for one in first.active], news(first)) == (["on"], [])
    assert news(build_alerts(restarted(told), [alert("over", -30, -29), alert("on", -2)])) == []


@pytest.mark.parametrize(
    ("looks", "kinds"),
    [
        ([[alert("a")]], ["raised"]),
        ([[alert("a")], [alert("a")]], ["raised"]),
        ([[alert("a")], [alert("a", 0, 1)], [alert("a", 0, 1)]], ["raised", "cleared"]),
        # Raised and cleared between two looks
        ([[alert("a", 0, 1)], [alert("a", 0, 1)]], ["raised", "cleared"]),
        # It vanished from the list
        ([[alert("a")], [], []], ["raised", "cleared"]),
        ([[alert("a", 0, 1)], [], []], ["raised", "cleared"]),
        # The same one again
        ([[alert("a")], [alert("a", 0, 1)], [alert("a")]], ["raised", "cleared", "raised"]),
        ([[alert("a", 0, 1)], [alert("a")], [alert("a", 0, 3)]], ["raised", "cleared", "raised", "cleared"]),
        # What has no name cannot be told from others, what has no time cannot be asked for
        ([[alert("a", id=None), alert("b", startedAt=None, updatedAt=None)], []], []),
        ([[alert("a", startedAt=None)], [alert("a", startedAt=None)]], ["raised"]),
    ],
)
def test_alerts_are_told_once(looks: list[list[Alert]], kinds: list[str]) -> None:
    told = EventCursor()
    build_alerts(told, [])
    heard = []
    for look in looks:
        heard += news(build_alerts(told, look))
        told = restarted(told)
    assert heard == kinds


def test_what_is_told_of_an_alert() -> None:
    told = EventCursor(initialized=True)
    here, there = ({"geometry": {"coordinates": [longitude, 48.5]}} for longitude in (7.5, 8.5))
    told_of = build_alerts(told, [alert("a", 0, 2, startPosition=here, endPosition=there)])
    assert [one.attributes for one in told_of.new_events] == [
        {"alert": "engine_fault", "severity": "warning", "time": at(0), "latitude": 48.5, "longitude": 7.5},
        {"alert": "engine_fault", "severity": "warning", "time": at(2), "latitude": 48.5, "longitude": 8.5},
    ]
    told_of = build_alerts(told, [alert("b", type="NewWord", severity="Odd")])
    assert [one.attributes for one in told_of.new_events] == [{"alert": "unknown", "time": at(0)}]
    # Of what is no longer listed, no more than the kind is known
    assert [one.attributes for one in build_alerts(told, []).new_events] == [{"alert": "unknown"}]


def test_from_when_on_to_ask() -> None:
    """What is over need not be asked for again; what is on must be. It never goes back."""
    told = EventCursor()
    build_alerts(told, [alert("a", -50, -49), alert("b", -20), alert("c", -10), alert("d", -5, -4)])
    assert told.since == NOON - timedelta(hours=20)
    build_alerts(told, [alert("b", -20, 0), alert("c", -10, 0), alert("d", -5, -4)])
    assert told.since == NOON - timedelta(hours=5)
    build_alerts(told, [])
    build_alerts(told, [alert("late", -19)])
    assert told.since == NOON - timedelta(hours=5)


@pytest.mark.parametrize(
    ("severities", "highest"),
    [
        ([], None),
        (["Information"], "Information"),
        (["Warning", "Critical", "Information"], "Critical"),
        (["Information", None, "Odd"], "Information"),
        ([None, "Odd"], None),
    ],
)
def test_severity(severities: list[str | None], highest: str | None) -> None:
    told = build_alerts(EventCursor(), [alert(f"{number}", severity=word) for number, word in enumerate(severities)])
    assert told.severity == (AlertSeverity(highest) if highest else None)


KINDS: Final = tuple(AlertMessage)
NAMES: Final = {kind.name.lower(): str(number) for number, kind in enumerate(KINDS)}
LATE: Final = 24


class Looks(RuleBasedStateMachine):
    """A car that warns, a server that hears of it late and forgets, and Home Assistant, which looks now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.hour = 0.0
        self.made = 0
        self.told = EventCursor()
        self.looked = False
        self.server: dict[str, tuple[float, float | None]] = {}
        self.coming: list[tuple[float, str, float]] = []
        self.due: list[tuple[str, str]] = []
        self.heard: list[tuple[str, str]] = []
        self.seen: set[str] = set()

    @rule(hours=st.floats(0.1, 60))
    def time_passes(self, hours: float) -> None:
        self.hour += hours
        for one in [one for one in self.coming if one[0] <= self.hour]:
            self.coming.remove(one)
            self.server[one[1]] = (one[2], None)

    @precondition(lambda self: self.made < len(KINDS))
    @rule(late=st.floats(0, LATE - 1))
    def something_is_wrong(self, late: float) -> None:
        name, self.made = str(self.made), self.made + 1
        self.coming.append((self.hour + late, name, self.hour))
        self.time_passes(0)

    @precondition(lambda self: any(end is None for _, end in self.server.values()))
    @rule(data=st.data())
    def it_is_over(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from([name for name, (_, end) in self.server.items() if end is None]))
        self.server[name] = (self.server[name][0], self.hour)

    @precondition(lambda self: self.server)
    @rule(data=st.data())
    def the_server_forgets(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.server)))
        del self.server[name]
        if name in self.seen and ("raised", name) in self.due and ("cleared", name) not in self.due:
            self.due.append(("cleared", name))

    @rule()
    def home_assistant_restarts(self) -> None:
        self.told = restarted(self.told)

    @rule()
    def home_assistant_looks(self) -> None:
        since = self.told.since
        listed = [
            alert(name, begin, end, type=KINDS[int(name)].value)
            for name, (begin, end) in self.server.items()
            if since is None or NOON + timedelta(hours=begin) >= since - timedelta(hours=LATE)
        ]
        told = build_alerts(self.told, listed)
        assert {one.id for one in told.active} == {name for name, (_, end) in self.server.items() if end is None}
        self.heard += [(one.type, NAMES[one.attributes["alert"]]) for one in told.new_events]
        for name, (_, end) in self.server.items():
            self.expect("raised", name)
            if end is not None:
                self.expect("cleared", name)
        self.seen |= self.server.keys()
        if not self.looked:
            self.looked, self.heard = True, list(self.due)
        assert sorted(self.heard) == sorted(self.due)

    def expect(self, kind: str, name: str) -> None:
        if (kind, name) not in self.due:
            self.due.append((kind, name))

    @invariant()
    def nothing_is_told_twice(self) -> None:
        assert len(set(self.heard)) == len(self.heard)


Looks.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestLooks = Looks.TestCase


# --- the alarm


@pytest.mark.parametrize(
    ("happened", "key"),
    [
        (alarm("a", 0, active=True), "armed"),
        (alarm("a", 0, active=False), "disarmed"),
        (alarm("a", 0, trigger="RoofBreakIn"), "triggered"),
        (alarm("a", 0, trigger="NewWord"), "triggered"),
        (alarm("a", 0, trigger="NoBreakIn"), None),
        (alarm("a", 0), None),
        (AlarmDetails.from_dict({"id": "a", "status": {"activation": "Half"}}), None),
    ],
)
def test_what_happens_to_an_alarm(happened: AlarmDetails, key: str | None) -> None:
    assert alarm_key(happened) == key


def test_alarms_are_told_once() -> None:
    told = EventCursor()
    assert news(build_alarms(told, [alarm("a", 0, active=True)])) == []
    # In whatever order they are listed, with a name or without
    later = [alarm(None, 3, active=False), alarm("b", 2, trigger="RoofBreakIn"), alarm("a", 0, active=True)]
    told = restarted(told)
    second = build_alarms(told, later)
    assert news(second) == ["triggered", "disarmed"]
    assert second.new_events[0].attributes == {"cause": "roof", "time": at(2)}
    assert told.since == NOON + timedelta(hours=3)
    told = restarted(told)
    assert news(build_alarms(told, later)) == []
    # One that came late
    assert news(build_alarms(told, [*later, alarm("c", 1, active=True)])) == ["armed"]
    assert told.since == NOON + timedelta(hours=3)
    assert news(build_alarms(told, [*later, alarm(None, 5, active=True)])) == ["armed"]
    # When, or what, nobody knows
    assert build_alarms(told, [AlarmDetails.from_dict({"id": "d", "status": {"activation": "Active"}})]) == Alarms()


def test_where_an_alarm_went_off() -> None:
    body = {"createdAt": at(0), "type": "NewWord", "position": {"geometry": {"coordinates": [7.5, 48.5]}}}
    told = build_alarms(EventCursor(initialized=True), [AlarmDetails.from_dict({"id": "a", "trigger": body})])
    assert [one.attributes for one in told.new_events] == [{"time": at(0), "latitude": 48.5, "longitude": 7.5}]


def test_words_of_alerts() -> None:
    assert alert_key(Alert(type=AlertMessage.ENGINE_FAULT)) == "engine_fault"
    assert {alert_key(Alert(type="NewWord")), alert_key(Alert())} == {"unknown"}


# --- trips and charges


def test_what_is_told_of_trips() -> None:
    ledger = CarStore()
    assert build_trips(ledger, [], has_price=True).total_cost == 0
    trip = TripRecord(
        id="a",
        start=NOON,
        end=NOON + timedelta(minutes=30),
        distance=25.04,
        electricity=4.505,
        cost=1.504,
        origin=(7.5, 48.5),
    )
    new = ledger.add_trips([trip])
    told = build_trips(ledger, new, has_price=True)
    assert (told.last, told.total_cost) == (trip, 1.504)
    (one,) = told.new_events
    assert one.type == "finished"
    assert one.attributes == {
        "start": NOON.isoformat(),
        "end": at(0.5),
        "distance": 25.04,
        "duration": 30,
        "average_speed": 50.1,
        "electricity": 4.5,
        "electricity_per_100_km": 18,
        "cost": 1.5,
        "origin": [7.5, 48.5],
    }
    assert build_trips(ledger, [], has_price=False).total_cost is None


def test_what_is_told_of_charges() -> None:
    ledger = CarStore()
    assert build_charging_sessions(ledger, None, has_price=True).total_cost == 0
    charge = ChargingSession(
        start=NOON, end=NOON + timedelta(hours=1), start_level=20, end_level=60, energy=20.006, cost=6, zone="Home"
    )
    ledger.add_charging_session(charge)
    told = build_charging_sessions(ledger, charge, has_price=True)
    assert (told.last, told.total_energy, told.total_cost) == (charge, 20.006, 6)
    (one,) = told.new_events
    assert (one.type, one.attributes) == (
        "ended",
        {
            "start": NOON.isoformat(),
            "end": at(1),
            "start_level": 20,
            "end_level": 60,
            "duration": 60,
            "energy_estimate": 20.01,
            "cost": 6,
            "place": "Home",
        },
    )
    assert build_charging_sessions(ledger, None, has_price=False).new_events == ()
