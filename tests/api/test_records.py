"""Decoding of everything but status, vehicle and user: every described member is read, bad members are ignored."""

from datetime import UTC, datetime, timedelta
import json
from typing import Any

import orjson
import pytest

from custom_components.stellantis.api import (
    Alarm,
    AlarmDetails,
    Alert,
    AlertMessage,
    Callback,
    Collision,
    InvalidResponse,
    Maintenance,
    Model,
    Monitor,
    MonitoredData,
    Notification,
    Position,
    RemoteAction,
    RemoteEventStatus,
    RemoteFailure,
    RemoteReference,
    RemoteStatus,
    Status,
    Telemetry,
    Trip,
    parse_notifications,
    parse_raw_notifications,
)
from custom_components.stellantis.api.models.notification import MonitorEvent
from tests.api import bodies_records as bodies
from tests.api.bodies import STATUS, T0, T1, T2
from tests.api.incomplete import missing_fields

AT0, AT1, AT2 = (datetime.fromisoformat(text) for text in (T0, T1, T2))

# Members that cannot occur together in one body, or that the API describes only for other objects
_MISSING_FROM_BODY: dict[type[Model], set[str]] = {
    Telemetry: {
        "/privacy/created_at",
        "/vehicle/alarm/status/created_at",
        "/vehicle/alarm/trigger/created_at",
        *(f"/vehicle/{part}/created_at" for part in ("powertrain", "adas", "lighting_system", "ignition")),
        *(f"/vehicle/{part}/created_at" for part in ("doors_state", "battery", "safety", "odometer", "kinetic")),
        "/vehicle/driving_behavior/created_at",
        *(f"/vehicle/engines/0/{part}" for part in ("created_at", "coolant", "oil/level", "air")),
        *(f"/vehicle/engines/1/{part}" for part in ("created_at", "speed", "gmp_status", "air/level")),
        "/vehicle/energies/0/fuel",
        *(f"/vehicle/energies/1/{part}" for part in ("charging", "battery", "residual", "consumption")),
        "/environment/luminosity/created_at",
        "/environment/air/created_at",
        "/maintenance/created_at",
        "/maintenance/updated_at",
    },
    RemoteAction: {
        "/remote/charging/schedule/programs/0/slot",
        "/remote/charging/schedule/programs/0/recurrence",
        "/remote/charging/schedule/programs/0/charge_until_full",
    },
}


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (Maintenance, bodies.MAINTENANCE),
        (Alert, bodies.ALERT),
        (AlarmDetails, bodies.ALARM),
        (Collision, bodies.COLLISION),
        (Trip, bodies.TRIP),
        (Position, bodies.WAY_POINT),
        (Telemetry, bodies.TELEMETRY),
        (Callback, bodies.CALLBACK),
        (RemoteAction, bodies.REMOTE),
        (RemoteReference, bodies.REMOTE_REFERENCE),
    ],
)
def test_every_member_is_read(model: type[Model], body: dict[str, Any]) -> None:
    assert set(missing_fields(model.from_dict(body))) == _MISSING_FROM_BODY.get(model, set())


def test_every_member_of_a_monitor_is_read() -> None:
    monitor = Monitor.from_dict(bodies.MONITOR)
    empty = {hole for hole in missing_fields(monitor) if "/triggers/" not in hole}
    assert empty == set()
    assert monitor.monitor
    zone, time, data = monitor.monitor.triggers
    assert (missing_fields(zone), missing_fields(time), missing_fields(data)) == (
        ["/time", "/data"],
        ["/zone", "/data"],
        ["/zone", "/time"],
    )
    assert monitor.monitor.expression == "home & night | charged"
    assert monitor.measured_at == AT1


def test_values_of_records() -> None:
    maintenance = Maintenance.from_dict(bodies.MAINTENANCE)
    assert (maintenance.days_before_maintenance, maintenance.mileage_before_maintenance) == (-12, 8123.5)
    alert = Alert.from_dict(bodies.ALERT)
    assert (alert.type, alert.trip_ids) == (AlertMessage.LEFT_FRONT_TIRE_PRESSURE_SENSOR_FAULT, ("trip-1", "trip 2"))
    assert AlarmDetails.from_dict(bodies.ALARM).measured_at == AT0
    assert AlarmDetails.from_dict({"trigger": bodies.ALARM["trigger"]}).measured_at == AT1
    assert AlarmDetails.from_dict({}).measured_at is None
    collision = Collision.from_dict(bodies.COLLISION)
    assert (collision.trip_id, len(collision.details)) == ("trip-1", 2)
    trip = Trip.from_dict(bodies.TRIP)
    assert (trip.duration, trip.distance, trip.done) == (1834, 18.5, True)
    assert trip.kinetic
    assert trip.kinetic.avg_speed == 10.25
    sample = Telemetry.from_dict(bodies.TELEMETRY)
    assert sample.location
    assert sample.location.measured_at == sample.measured_at == AT1
    assert sample.vehicle
    assert sample.vehicle.engines[0].oil
    assert sample.vehicle.engines[0].oil.temp == 88.5


def test_values_of_a_remote() -> None:
    action = RemoteAction.from_dict(bodies.REMOTE)
    assert (action.callback_id, action.failure_cause) == ("callback-1", RemoteFailure.DOORS_OPEN)
    assert action.remote
    assert action.remote.navigation
    assert action.remote.navigation.positions[0].longitude == 9.5
    assert action.remote.charging
    assert action.remote.charging.schedule
    assert action.remote.charging.schedule.next_delayed_time == AT1
    assert action.remote.preconditioning
    assert action.remote.preconditioning.programs[0].start == timedelta(hours=6, minutes=45)


@pytest.mark.parametrize(
    "links",
    [None, [], {"trips": 7}, {"trips": [7, {}, {"href": 7}]}, {"trips": {"href": "http://[::1/trips/a"}}],
)
def test_invalid_trip_links(links: object) -> None:
    assert Alert.from_dict({**bodies.ALERT, "_links": links}).trip_ids == ()


def test_single_link_instead_of_list() -> None:
    assert Alert.from_dict({"_links": {"trips": {"href": "/user/vehicles/v/trips/t"}}}).trip_ids == ("t",)
    assert Alert.from_dict({"_links": {"trips": {"href": "/user/vehicles/v/trips/"}}}).trip_ids == ()
    assert Alert.from_dict({"_links": {"trips": {"href": "/user/vehicles/v/trips"}}}).trip_ids == ()


@pytest.mark.parametrize(
    ("status", "has_ended", "has_succeeded"),
    [
        ("Accepted", False, False),
        ("WakingUpVehicle", False, False),
        ("CheckingVehicle", False, False),
        ("SentToVehicle", False, False),
        ("VehicleBatteryChargeTooLow", True, False),
        ("TooManyWakeUpsOverMonth", True, False),
        ("Failed", True, False),
        ("Success", True, True),
        ("AlreadyDone", True, True),
        ("SomethingNew", False, False),
        (None, False, False),
    ],
)
def test_end_of_a_remote(status: str | None, has_ended: bool, has_succeeded: bool) -> None:
    action = RemoteAction.from_dict({"status": status})
    event = RemoteEventStatus.from_dict({"type": "Pending", "status": status})
    assert (action.has_ended, action.has_succeeded) == (has_ended, has_succeeded)
    assert (event.has_ended, event.has_succeeded) == (has_ended, has_succeeded)
    assert RemoteEventStatus.from_dict({"type": "Done", "status": status}).has_ended


def test_notification_of_a_monitor() -> None:
    (notification,) = parse_notifications(orjson.dumps(bodies.MONITOR_NOTIFICATION))
    assert (notification.callback_id, notification.date, notification.remote_event) == ("callback-1", AT2, None)
    assert (notification.get_attribute("secret"), notification.get_attribute("nothing")) == ("s3", None)
    event = notification.monitor_event
    assert event
    assert (event.monitor_id, event.refresh) == ("monitor-1", False)
    level, alerts = event.values
    assert (level.data, level.literal_value, level.previous) == (MonitoredData.ELECTRIC_LEVEL, "61.5", "60")
    assert alerts.alerts == (Alert.from_dict(bodies.ALERT),)
    extensions = event.extensions
    assert extensions
    assert missing_fields(extensions.doors_state) == []
    assert extensions.status == Status.from_dict(STATUS)
    assert extensions.maintenance == Maintenance.from_dict(bodies.MAINTENANCE)
    assert extensions.position == Position.from_dict(bodies.position_body(T1))
    assert extensions.telemetry == (Telemetry.from_dict(bodies.TELEMETRY),)
    assert extensions.alerts == (Alert.from_dict(bodies.ALERT),)
    assert extensions.alarm == Alarm.from_dict(bodies.ALARM)
    assert extensions.trip == Trip.from_dict(bodies.TRIP)


def test_notification_of_a_remote() -> None:
    (notification,) = parse_notifications(orjson.dumps(bodies.REMOTE_NOTIFICATION))
    assert missing_fields(notification) == ["/monitor_event"]
    event = notification.remote_event
    assert event
    assert event.event_status
    assert (event.event_status.status, event.event_status.failure_cause) == (RemoteStatus.FAILED, "DoorsOpen")


def test_notification_batch() -> None:
    batch = [bodies.MONITOR_NOTIFICATION, "garbage", bodies.REMOTE_NOTIFICATION, None]
    assert [notification.type for notification in parse_notifications(orjson.dumps(batch))] == ["Monitor", "Remote"]
    assert parse_notifications(b"[]") == ()


def test_envelope_matches_its_notification() -> None:
    (envelope,) = parse_raw_notifications(orjson.dumps(bodies.REMOTE_NOTIFICATION))
    (same,) = parse_raw_notifications(json.dumps(dict(reversed(bodies.REMOTE_NOTIFICATION.items())), indent=1))
    (other,) = parse_raw_notifications(orjson.dumps({**bodies.REMOTE_NOTIFICATION, "date": "2026-03-02T12:00:01Z"}))
    notification = envelope.decode()
    assert envelope.callback_id == notification.callback_id
    assert envelope.digest == same.digest != other.digest
    assert envelope.date == notification.date is not None
    for attribute in notification.attributes:
        assert envelope.get_attribute(attribute.key or "") == attribute.value
    assert envelope.get_attribute("none") == ""


@pytest.mark.parametrize("attributes", [None, {}, "x", [None, 7], [{"value": "v"}], [{"key": "k", "value": 7}]])
def test_envelope_without_an_attribute(attributes: Any) -> None:
    (envelope,) = parse_raw_notifications(orjson.dumps({"callbackId": 7, "attributes": attributes}))
    assert (envelope.callback_id, envelope.get_attribute("k")) == ("", "")
    assert envelope.date is None


def test_envelope_that_is_nested_beyond_reason() -> None:
    (envelope,) = parse_raw_notifications(b'{"a":' * 500 + b"0" + b"}" * 500)
    with pytest.raises(InvalidResponse):
        _ = envelope.digest


def test_envelope_with_half_a_character() -> None:
    (envelope,) = parse_raw_notifications(rb'{"callbackId": "\ud800", "\ud800": NaN}')
    assert envelope.callback_id == "?"
    assert envelope.digest


@pytest.mark.parametrize("body", [b"", b"7", b"null", b'"x"', b"{", b"<html>"])
def test_invalid_notifications(body: bytes) -> None:
    with pytest.raises(InvalidResponse):
        parse_notifications(body)


def test_unwrapped_extensions() -> None:
    """The API describes each object as wrapped in its name; unwrapped objects are accepted too."""
    event = MonitorEvent.from_dict(
        {
            "extensions": [
                {"type": "vehicle.status", "body": [STATUS]},
                {"type": "vehicle.alerts", "body": [bodies.ALERT, {"alerts": [bodies.ALERT]}]},
                {"type": "vehicle.doorsState", "body": [{"doorsState": STATUS["doorsState"]}]},
            ]
        }
    )
    assert event.extensions
    assert event.extensions.status == Status.from_dict(STATUS)
    assert len(event.extensions.alerts) == 2
    assert event.extensions.doors_state == Status.from_dict(STATUS).doors_state


@pytest.mark.parametrize(
    "extensions",
    [
        7,
        [7],
        [{}],
        [{"type": "vehicle.status"}],
        [{"type": ["vehicle.status"], "body": []}],
        [{"type": "vehicle.new", "body": [{}]}],
        [{"type": "vehicle.status", "body": [7]}],
    ],
)
def test_invalid_extensions(extensions: object) -> None:
    event = MonitorEvent.from_dict({"extensions": extensions, "monitorId": "m"})
    assert event.monitor_id == "m"
    assert event.extensions is None or event.extensions.status is None


def test_wrapped_members_do_not_replace_outer_members() -> None:
    subscription = Callback.from_dict({"subscribe": {"label": "mine", "callback": {"label": "other"}}}).subscribe
    assert subscription
    assert subscription.label == "mine"
    parameter = Monitor.from_dict({"monitor": {"label": "mine", "triggerParam": {"label": "other"}}}).monitor
    assert parameter
    assert parameter.label == "mine"


def test_unknown_enum_values_are_kept() -> None:
    assert Alert.from_dict({"type": "FluxCapacitorLow"}).type == "FluxCapacitorLow"
    assert RemoteAction.from_dict({"failureCause": "Novel"}).failure_cause == "Novel"
    assert Notification.from_dict({"date": "2026-03-01T10:00:00.500+01:00"}).date == datetime(
        2026, 3, 1, 9, 0, 0, 500_000, UTC
    )


def test_notification_with_partial_telemetry() -> None:
    air = {"telemetry": {"_links": {}, "environment": {"air": {"temp": 7.5}}}}
    extension = {"type": "vehicle.telemetry.environment", "body": [air]}
    event = {"monitorId": "1", "extensions": [extension], "values": [], "refresh": False}
    (notification,) = parse_notifications(json.dumps({"type": "Monitor", "monitorEvent": event}))
    assert notification.monitor_event
    assert notification.monitor_event.extensions
    (sample,) = notification.monitor_event.extensions.telemetry
    assert sample.environment
    assert sample.environment.air
    assert sample.environment.air.temp == 7.5
