"""Complete JSON bodies of all other resources, with invented values."""

from typing import Any

from tests.api.bodies import STATUS, T0, T1, T2, VEHICLE

_BASE = "https://example.invalid/connectedcar/v4/user"


def _link(path: str) -> dict[str, str]:
    return {"href": f"{_BASE}/{path}"}


def position_body(at: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [9.5, 51.25, 180.0]},
        "properties": {"createdAt": at, "heading": 45, "type": "Acquire", "signalQuality": 7, "fixStatus": "3D"},
    }


MAINTENANCE: dict[str, Any] = {
    "createdAt": T0,
    "updatedAt": T1,
    "daysBeforeMaintenance": -12,
    "mileageBeforeMaintenance": 8123.5,
    "_links": {"self": _link("vehicles/vehicle-1/maintenance")},
}

ALERT: dict[str, Any] = {
    "id": "alert-1",
    "createdAt": T0,
    "updatedAt": T1,
    "active": False,
    "type": "LeftFrontTirePressurSensorFault",
    "severity": "Warning",
    "startedAt": T0,
    "endAt": T1,
    "startPosition": position_body(T0),
    "endPosition": position_body(T1),
    "_links": {
        "self": _link("vehicles/vehicle-1/alerts/alert-1"),
        "vehicle": _link("vehicles/vehicle-1"),
        "trips": [_link("vehicles/vehicle-1/trips/trip-1"), _link("vehicles/vehicle-1/trips/trip%202?client_id=x")],
    },
}

ALARM: dict[str, Any] = {
    "id": "alarm-1",
    "status": {"createdAt": T0, "activation": "Active"},
    "trigger": {"createdAt": T1, "type": "VehicleLifting", "startAt": T0, "position": position_body(T0)},
}

COLLISION: dict[str, Any] = {
    "id": "collision-1",
    "createdAt": T0,
    "updatedAt": T1,
    "details": [{"side": "Front", "severity": "Minor"}, {"side": "Lateral", "severity": "Minimal"}],
    "tippedOver": False,
    "pedestrian": True,
    "_links": {
        "self": _link("vehicles/vehicle-1/collisions/collision-1"),
        "vehicle": _link("vehicles/vehicle-1"),
        "trip": _link("vehicles/vehicle-1/trips/trip-1"),
    },
}

TRIP: dict[str, Any] = {
    "id": "trip-1",
    "createdAt": T0,
    "updatedAt": T2,
    "startedAt": T0,
    "stoppedAt": T1,
    "startPosition": position_body(T0),
    "stopPosition": position_body(T1),
    "duration": 1834,
    "distance": 18.5,
    "startMileage": 12345.6,
    "startEnergies": [
        {"type": "Electric", "subType": "ElectricEnergy", "level": 63.5, "autonomy": 210},
        {"type": "Fuel", "subType": "FossilEnergy", "level": 33, "autonomy": 302},
    ],
    "endEnergies": [{"type": "Electric", "subType": "ElectricEnergy", "level": 51, "autonomy": 170}],
    "energyConsumptions": [
        {"type": "Electric", "subType": "ElectricEnergy", "consumption": 3.25, "avgConsumption": 17500.0}
    ],
    "kinetic": {"avgSpeed": 10.25, "maxSpeed": 25.5},
    "segments": [{"propulsion": "Electric", "percent": 80, "distance": 14.8}],
    "done": True,
    "faults": [{"fault": "DataLacking", "cause": "Connection"}],
    "_links": {"self": _link("vehicles/vehicle-1/trips/trip-1"), "wayPoints": _link("x")},
}

WAY_POINT: dict[str, Any] = position_body(T1)

TELEMETRY: dict[str, Any] = {
    "createdAt": T1,
    "privacy": {"state": "None"},
    "vehicle": {
        "engines": [
            {
                "type": "Thermic",
                "oil": {"temp": 88.5},
                "speed": 1500.0,
                "gmpStatus": "Running",
            },
            {
                "type": "Electric",
                "extension": {
                    "thermic": {
                        "coolant": {"level": 80, "temp": 90},
                        "oil": {"level": 70, "temp": 91},
                        "air": {"temp": 17},
                    }
                },
            },
        ],
        "energies": [
            {key: value for key, value in energy.items() if key != "createdAt"} for energy in STATUS["energies"]
        ],
        "transmission": {
            "gearbox": {
                "mode": {"automatic": True, "sport": False, "snow": False, "sequential": True, "semiManual": False},
                "ratio": "Ratio3",
            }
        },
        "powertrain": {"status": "Running"},
        "adas": {key: value for key, value in STATUS["adas"].items() if key != "createdAt"},
        "lightingSystem": {
            "turn": [{"direction": "Left", "position": "Front", "status": "On"}],
            "fog": [{"direction": "Right", "position": "Rear", "status": "Off"}],
        },
        "ignition": {"type": "Start"},
        "doorsState": {"lockedStates": ["Locked"], "opening": [{"identifier": "Trunk", "state": "Closed"}]},
        "battery": {"voltage": 91.5},
        "safety": {"beltStatus": [{"id": "Driver", "belt": "Normal"}], "autoECallTriggering": "NotDetected"},
        "wipingBlades": {"active": True, "speed": "Low"},
        "odometer": {"mileage": 12350.5},
        "kinetic": {"acceleration": 0.25, "speed": 71.5, "moving": True},
        "drivingBehavior": {"mode": "Sport"},
        "alarm": {
            "status": {"activation": "Inactive"},
            "trigger": {"type": "RoofBreakIn", "startAt": T0, "position": position_body(T0)},
        },
    },
    "environment": {"luminosity": {"day": True}, "air": {"temp": 12.5}},
    "_embedded": {
        "extension": {
            "location": position_body(T1),
            "maintenance": {"daysBeforeMaintenance": 30, "mileageBeforeMaintenance": 2000},
        }
    },
    "_links": {"self": _link("x"), "trip": _link("vehicles/vehicle-1/trips/trip-1")},
}

_ATTRIBUTES = [{"type": "Header", "key": "X-Car", "value": "$vin"}]

CALLBACK: dict[str, Any] = {
    "id": "callback-1",
    "label": "home",
    "status": "Running",
    "subscribe": {
        "label": "home",
        "type": ["Monitor", "Remote"],
        "callback": {
            "webhook": {"name": "hook", "target": "https://example.invalid/hook", "attributes": _ATTRIBUTES},
            "pushnotif": {"devices": ["device-1"], "attributes": _ATTRIBUTES},
            "websocket": {
                "target": "wss://example.invalid/socket",
                "attributes": [{"type": "Body", "key": "a", "value": "b"}],
            },
        },
    },
    "_links": {"self": _link("callbacks/callback-1")},
}

_ADDITIONAL = {
    "webhook": _ATTRIBUTES,
    "pushnotif": _ATTRIBUTES,
    "websocket": [{"type": "Body", "key": "a", "value": "b"}],
}

MONITOR: dict[str, Any] = {
    "monitorId": "monitor-1",
    "createdAt": T0,
    "updatedAt": T1,
    "status": "Paused",
    "monitor": {
        "label": "home or charged",
        "subscribeParam": {"refreshEvent": 3600, "callbackAttributes": _ADDITIONAL},
        "attributes": _ATTRIBUTES,
        "extendedEventParam": ["vehicle.status", "vehicle.alerts"],
        "triggerParam": {
            "triggers": [
                {
                    "name": "home",
                    "zone": {
                        "transition": "In",
                        "place": {"center": {"longitude": 9.5, "latitude": 51.25}, "radius": 2},
                    },
                },
                {
                    "name": "night",
                    "time": {
                        "times": [
                            {
                                "start": "PT22H",
                                "duration": "PT8H",
                                "recurrence": "Daily",
                                "occurence": {"day": ["Mon"], "week": ["w1-w26"]},
                            }
                        ],
                        "timeZone": "Europe/Berlin",
                    },
                },
                {
                    "name": "charged",
                    "data": {
                        "data": "vehicle.energy.charging.status",
                        "op": "equalsTo",
                        "value": ["Finished"],
                        "previous": {"op": "includedIn", "value": ["InProgress", "Stopped"]},
                    },
                },
            ],
            "boolExp": "home & night | charged",
        },
    },
    "_links": {"self": _link("x")},
}

REMOTE: dict[str, Any] = {
    "remoteActionId": "remote-1",
    "type": "ThermalPreconditioning",
    "status": "Failed",
    "failureCause": "DoorsOpen",
    "feedbackDetail": "CIDBlacklisted",
    "remote": {
        "label": "warm",
        "attributes": _ATTRIBUTES,
        "callbackAttributes": _ADDITIONAL,
        "preconditioning": {
            "airConditioning": {
                "immediate": True,
                "programs": [
                    {
                        "slot": 1,
                        "enabled": True,
                        "recurrence": "Daily",
                        "start": "PT6H45M",
                        "occurence": {"day": ["Mon", "Sun"]},
                        "actionsType": "Set",
                    }
                ],
            }
        },
        "door": {"state": "Locked", "forced": True},
        "horn": {"state": "Activated"},
        "charging": {
            "immediate": False,
            "nextDelayedTime": T2,
            "schedule": {
                "nextDelayedTime": T1,
                "programs": [{"start": "PT22H", "end": "PT6H", "enabled": True, "occurence": {"day": ["Fri"]}}],
            },
            "preferences": {"level": "Level2", "type": "Partial"},
        },
        "lights": {"on": True},
        "wakeUp": {"action": "WakeUp"},
        "navigation": {"driverApproval": True, "positions": [{"type": "Point", "coordinates": [9.5, 51.25]}]},
    },
    "_links": {"self": _link("x"), "callback": _link("callbacks/callback-1")},
}

REMOTE_REFERENCE: dict[str, Any] = {
    "remoteActionId": "remote-1",
    "type": "Horn",
    "_links": {"callback": _link("callbacks/callback-1")},
}
CALLBACK_REFERENCE: dict[str, Any] = {"callbackId": "callback-1", "status": "Running", "_links": {}}
MONITOR_REFERENCE: dict[str, Any] = {
    "monitorId": "monitor-1",
    "status": "Running",
    "createdAt": T0,
    "updatedAt": T1,
    "_links": {},
}

MONITOR_NOTIFICATION: dict[str, Any] = {
    "callbackId": "callback-1",
    "type": "Monitor",
    "date": T2,
    "attributes": [{"key": "secret", "value": "s3"}, {"key": "vin", "value": VEHICLE["vin"]}],
    "monitorEvent": {
        "monitorId": "monitor-1",
        "refresh": False,
        "values": [
            {
                "data": "vehicle.energy.electric.level",
                "value": {"type": "string", "body": {"literalValue": "61.5"}},
                "previous": "60",
            },
            {"data": "vehicle.alert", "value": {"type": "obj.alert", "body": {"objectValues": [ALERT]}}},
        ],
        "extensions": [
            {"type": "vehicle.doorsState", "body": [{"doorState": STATUS["doorsState"]}]},
            {"type": "vehicle.status", "body": [{"status": STATUS}]},
            {"type": "vehicle.maintenance", "body": [{"maintenance": MAINTENANCE}]},
            {"type": "vehicle.position", "body": [{"position": position_body(T1)}]},
            {"type": "vehicle.telemetry", "body": [{"telemetry": TELEMETRY}]},
            {"type": "vehicle.alerts", "body": [{"alerts": [ALERT]}]},
            {"type": "vehicle.alarm", "body": [{"alarm": {"status": ALARM["status"], "trigger": ALARM["trigger"]}}]},
            {"type": "vehicle.trip", "body": [{"trip": TRIP}]},
        ],
    },
}

REMOTE_NOTIFICATION: dict[str, Any] = {
    "callbackId": "callback-1",
    "type": "Remote",
    "date": T2,
    "attributes": [{"key": "secret", "value": "s3"}],
    "remoteEvent": {
        "remoteActionId": "remote-1",
        "remoteType": "Doors",
        "eventStatus": {
            "type": "Done",
            "status": "Failed",
            "failureCause": "DoorsOpen",
            "feedbackDetail": "NoCIDBlacklisted",
        },
    },
}
