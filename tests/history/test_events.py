"""Events of alerts, alarms, trips and charging sessions: each one once."""

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


def time(hours: float) -> str:
    """Return the time a number of hours after noon."""
    return (NOON + timedelta(hours=hours)).isoformat()


def alert(alert_id: str, start: float = 0, end: float | None = None, **members: Any) -> Alert:
    """Build an alert that started, and perhaps ended, a number of hours after noon."""
    times = {"startedAt": time(start), "updatedAt": time(start)} | ({} if end is None else {"endAt": time(end)})
    body = {"id": alert_id, "active": end is None, "type": "EngineFault", "severity": "Warning", **times, **members}
    return Alert.from_dict(body)


def alarm(alarm_id: str | None, hour: float, *, active: bool | None = None, trigger: str | None = None) -> AlarmDetails:
    """Build a change of the alarm system."""
    body: dict[str, Any] = {"id": alarm_id}
    if active is not None:
        body["status"] = {"createdAt": time(hour), "activation": "Active" if active else "Inactive"}
    if trigger:
        body["trigger"] = {"createdAt": time(hour), "startAt": time(hour), "type": trigger}
    return AlarmDetails.from_dict(body)


def restarted(cursor: EventCursor) -> EventCursor:
    """Return the cursor after a restart."""
    return EventCursor.from_dict(cursor.to_dict())


def new_event_types(data: Alerts | Alarms) -> list[str]:
    """Return the types of the new events."""
    return [event.type for event in data.new_events]


# --- alerts


def test_first_poll_has_no_events() -> None:
    cursor = EventCursor()
    first = build_alerts(cursor, [alert("ended", -30, -29), alert("active", -2)])
    assert ([active.id for active in first.active], new_event_types(first)) == (["active"], [])
    assert new_event_types(build_alerts(restarted(cursor), [alert("ended", -30, -29), alert("active", -2)])) == []


@pytest.mark.parametrize(
    ("polls", "event_types"),
    [
        ([[alert("a")]], ["raised"]),
        ([[alert("a")], [alert("a")]], ["raised"]),
        ([[alert("a")], [alert("a", 0, 1)], [alert("a", 0, 1)]], ["raised", "cleared"]),
        # Raised and cleared between two polls
        ([[alert("a", 0, 1)], [alert("a", 0, 1)]], ["raised", "cleared"]),
        # The server no longer lists it
        ([[alert("a")], [], []], ["raised", "cleared"]),
        ([[alert("a", 0, 1)], [], []], ["raised", "cleared"]),
        # The same alert again
        ([[alert("a")], [alert("a", 0, 1)], [alert("a")]], ["raised", "cleared", "raised"]),
        ([[alert("a", 0, 1)], [alert("a")], [alert("a", 0, 3)]], ["raised", "cleared", "raised", "cleared"]),
        # Alerts without an ID or a time are ignored
        ([[alert("a", id=None), alert("b", startedAt=None, updatedAt=None)], []], []),
        ([[alert("a", startedAt=None)], [alert("a", startedAt=None)]], ["raised"]),
    ],
)
def test_each_alert_event_is_new_once(polls: list[list[Alert]], event_types: list[str]) -> None:
    cursor = EventCursor()
    build_alerts(cursor, [])
    received = []
    for poll in polls:
        received += new_event_types(build_alerts(cursor, poll))
        cursor = restarted(cursor)
    assert received == event_types


def test_attributes_of_alert_events() -> None:
    cursor = EventCursor(initialized=True)
    start_position, end_position = ({"geometry": {"coordinates": [longitude, 48.5]}} for longitude in (7.5, 8.5))
    alerts = build_alerts(cursor, [alert("a", 0, 2, startPosition=start_position, endPosition=end_position)])
    assert [event.attributes for event in alerts.new_events] == [
        {"alert": "engine_fault", "severity": "warning", "time": time(0), "latitude": 48.5, "longitude": 7.5},
        {"alert": "engine_fault", "severity": "warning", "time": time(2), "latitude": 48.5, "longitude": 8.5},
    ]
    alerts = build_alerts(cursor, [alert("b", type="NewWord", severity="Odd")])
    assert [event.attributes for event in alerts.new_events] == [{"alert": "unknown", "time": time(0)}]
    # Only the type is known of alerts that are no longer listed
    assert [event.attributes for event in build_alerts(cursor, []).new_events] == [{"alert": "unknown"}]


def test_start_time_of_the_next_query() -> None:
    """It includes active alerts, but not ended ones, and never moves back."""
    cursor = EventCursor()
    build_alerts(cursor, [alert("a", -50, -49), alert("b", -20), alert("c", -10), alert("d", -5, -4)])
    assert cursor.since == NOON - timedelta(hours=20)
    build_alerts(cursor, [alert("b", -20, 0), alert("c", -10, 0), alert("d", -5, -4)])
    assert cursor.since == NOON - timedelta(hours=5)
    build_alerts(cursor, [])
    build_alerts(cursor, [alert("late", -19)])
    assert cursor.since == NOON - timedelta(hours=5)


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
    alerts = build_alerts(
        EventCursor(), [alert(f"{number}", severity=severity) for number, severity in enumerate(severities)]
    )
    assert alerts.severity == (AlertSeverity(highest) if highest else None)


MESSAGES: Final = tuple(AlertMessage)
IDS: Final = {message.name.lower(): str(number) for number, message in enumerate(MESSAGES)}
MAX_DELAY: Final = 24  # hours


class AlertPolling(RuleBasedStateMachine):
    """A car with alerts, a server that lists them late and forgets them, and Home Assistant, which polls sometimes."""

    def __init__(self) -> None:
        super().__init__()
        self.hour = 0.0
        self.count = 0
        self.cursor = EventCursor()
        self.has_polled = False
        self.server: dict[str, tuple[float, float | None]] = {}  # start and end
        self.delayed: list[tuple[float, str, float]] = []  # hour of listing, ID and start
        self.expected: list[tuple[str, str]] = []
        self.received: list[tuple[str, str]] = []
        self.seen: set[str] = set()

    @rule(hours=st.floats(0.1, 60))
    def time_passes(self, hours: float) -> None:
        self.hour += hours
        for alert_on_its_way in [item for item in self.delayed if item[0] <= self.hour]:
            self.delayed.remove(alert_on_its_way)
            _, alert_id, start = alert_on_its_way
            self.server[alert_id] = (start, None)

    @precondition(lambda self: self.count < len(MESSAGES))
    @rule(delay=st.floats(0, MAX_DELAY - 1))
    def alert_starts(self, delay: float) -> None:
        alert_id, self.count = str(self.count), self.count + 1
        self.delayed.append((self.hour + delay, alert_id, self.hour))
        self.time_passes(0)

    @precondition(lambda self: any(end is None for _, end in self.server.values()))
    @rule(data=st.data())
    def alert_ends(self, data: st.DataObject) -> None:
        alert_id = data.draw(st.sampled_from([alert_id for alert_id, (_, end) in self.server.items() if end is None]))
        self.server[alert_id] = (self.server[alert_id][0], self.hour)

    @precondition(lambda self: self.server)
    @rule(data=st.data())
    def server_forgets(self, data: st.DataObject) -> None:
        alert_id = data.draw(st.sampled_from(sorted(self.server)))
        del self.server[alert_id]
        is_raised = ("raised", alert_id) in self.expected
        if alert_id in self.seen and is_raised and ("cleared", alert_id) not in self.expected:
            self.expected.append(("cleared", alert_id))

    @rule()
    def home_assistant_restarts(self) -> None:
        self.cursor = restarted(self.cursor)

    @rule()
    def home_assistant_polls(self) -> None:
        since = self.cursor.since
        listed = [
            alert(alert_id, start, end, type=MESSAGES[int(alert_id)].value)
            for alert_id, (start, end) in self.server.items()
            if since is None or NOON + timedelta(hours=start) >= since - timedelta(hours=MAX_DELAY)
        ]
        alerts = build_alerts(self.cursor, listed)
        active = {alert_id for alert_id, (_, end) in self.server.items() if end is None}
        assert {alert.id for alert in alerts.active} == active
        self.received += [(event.type, IDS[event.attributes["alert"]]) for event in alerts.new_events]
        for alert_id, (_, end) in self.server.items():
            self.expect("raised", alert_id)
            if end is not None:
                self.expect("cleared", alert_id)
        self.seen |= self.server.keys()
        if not self.has_polled:
            self.has_polled, self.received = True, list(self.expected)
        assert sorted(self.received) == sorted(self.expected)

    def expect(self, event_type: str, alert_id: str) -> None:
        if (event_type, alert_id) not in self.expected:
            self.expected.append((event_type, alert_id))

    @invariant()
    def no_event_is_repeated(self) -> None:
        assert len(set(self.received)) == len(self.received)


AlertPolling.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestAlertPolling = AlertPolling.TestCase


# --- alarms


@pytest.mark.parametrize(
    ("change", "key"),
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
def test_alarm_key(change: AlarmDetails, key: str | None) -> None:
    assert alarm_key(change) == key


def test_each_alarm_event_is_new_once() -> None:
    cursor = EventCursor()
    assert new_event_types(build_alarms(cursor, [alarm("a", 0, active=True)])) == []
    # In any order, with or without an ID
    later = [alarm(None, 3, active=False), alarm("b", 2, trigger="RoofBreakIn"), alarm("a", 0, active=True)]
    cursor = restarted(cursor)
    second = build_alarms(cursor, later)
    assert new_event_types(second) == ["triggered", "disarmed"]
    assert second.new_events[0].attributes == {"cause": "roof", "time": time(2)}
    assert cursor.since == NOON + timedelta(hours=3)
    cursor = restarted(cursor)
    assert new_event_types(build_alarms(cursor, later)) == []
    # An event that is listed late
    assert new_event_types(build_alarms(cursor, [*later, alarm("c", 1, active=True)])) == ["armed"]
    assert cursor.since == NOON + timedelta(hours=3)
    assert new_event_types(build_alarms(cursor, [*later, alarm(None, 5, active=True)])) == ["armed"]
    # Alarms of an unknown time or type are ignored
    assert (
        build_alarms(cursor, [AlarmDetails.from_dict({"id": "d", "status": {"activation": "Active"}})]).new_events == ()
    )


def test_position_of_an_alarm() -> None:
    body = {"createdAt": time(0), "type": "NewWord", "position": {"geometry": {"coordinates": [7.5, 48.5]}}}
    alarms = build_alarms(EventCursor(initialized=True), [AlarmDetails.from_dict({"id": "a", "trigger": body})])
    assert [event.attributes for event in alarms.new_events] == [{"time": time(0), "latitude": 48.5, "longitude": 7.5}]


def test_alert_key() -> None:
    assert alert_key(Alert(type=AlertMessage.ENGINE_FAULT)) == "engine_fault"
    assert {alert_key(Alert(type="NewWord")), alert_key(Alert())} == {"unknown"}


# --- trips and charging sessions


def test_trips() -> None:
    store = CarStore(currency="EUR")
    assert build_trips(store, [], currency="EUR").total_cost == 0
    trip = TripRecord(
        id="a",
        start=NOON,
        end=NOON + timedelta(minutes=30),
        distance=25.04,
        electricity=4.505,
        cost=1.504,
        origin=(7.5, 48.5),
    )
    added = store.add_trips([trip])
    trips = build_trips(store, added, currency="EUR")
    assert (trips.last, trips.total_cost) == (trip, 1.504)
    (event,) = trips.new_events
    assert event.type == "finished"
    assert event.attributes == {
        "start": NOON.isoformat(),
        "end": time(0.5),
        "distance": 25.04,
        "duration": 30,
        "average_speed": 50.1,
        "electricity": 4.5,
        "electricity_per_100_km": 18,
        "cost": 1.5,
        "origin": [7.5, 48.5],
    }
    assert build_trips(store, [], currency=None).total_cost is None


def test_charging_sessions() -> None:
    store = CarStore(currency="EUR")
    assert build_charging_sessions(store, [], currency="EUR").total_cost == 0
    session = ChargingSession(
        start=NOON, end=NOON + timedelta(hours=1), start_level=20, end_level=60, energy=20.006, cost=6, zone="Home"
    )
    store.add_charging_session(session)
    sessions = build_charging_sessions(store, [session], currency="EUR")
    assert (sessions.last, sessions.total_energy, sessions.total_cost) == (session, 20.006, 6)
    (event,) = sessions.new_events
    assert (event.type, event.attributes) == (
        "ended",
        {
            "start": NOON.isoformat(),
            "end": time(1),
            "start_level": 20,
            "end_level": 60,
            "duration": 60,
            "energy_estimate": 20.01,
            "cost": 6,
            "place": "Home",
        },
    )
    assert build_charging_sessions(store, [], currency=None).new_events == ()
