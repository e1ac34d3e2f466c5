"""JSON bodies of a status, a vehicle and a user, with invented values and the oddities of real vehicles."""

import copy
from typing import Any

T0 = "2026-03-01T08:00:00Z"
T1 = "2026-03-01T09:00:00Z"
T2 = "2026-03-01T10:00:00Z"


def _position(at: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [7.75, 48.58, 140.5]},
        "properties": {"createdAt": at, "heading": 90, "type": "Acquire", "signalQuality": 8, "fixStatus": "3D"},
    }


_PROGRAM = {"slot": 1, "enabled": True, "recurrence": "Daily", "start": "PT6H45M", "occurence": {"day": ["Mon", "Sun"]}}

# Every documented member, and `adas`, which is not documented.
STATUS: dict[str, Any] = {
    "createdAt": T1,
    "updatedAt": T2,
    "_links": {"self": {"href": "https://example.invalid/status"}},
    "ignition": {"createdAt": T1, "type": "StartUp"},
    "lastPosition": _position(T1),
    "preconditioning": {
        "airConditioning": {
            "createdAt": T0,
            "updatedAt": T1,
            "status": "Failure",
            "startingCause": "Scheduled",
            "failureCause": "LowBattery",
            "programs": [_PROGRAM, {**_PROGRAM, "slot": 2, "start": "PT0S"}],
        }
    },
    "energies": [
        {
            "createdAt": T0,
            "updatedAt": T1,
            "type": "Electric",
            "subType": "ElectricEnergy",
            "level": 61.5,
            "autonomy": 201,
            "extension": {
                "electric": {
                    "residual": {"consumption": 28.25},
                    "consumption": {"consumption": 12.5},
                    "battery": {
                        "capacity": 50000.0,
                        "load": {"createdAt": T1, "capacity": 46000, "residual": 28000},
                        "health": {"createdAt": T0, "capacity": 96, "resistance": 91},
                    },
                    "charging": {
                        "plugged": True,
                        "status": "InProgress",
                        "remainingTime": "PT1H20M",
                        "chargingRate": 31,
                        "chargingPowerLevel": "Level3",
                        "chargingMode": "Slow",
                        "nextDelayedTime": "PT22H5M",
                        "type": "Partial",
                        "schedule": {
                            "programs": [{**_PROGRAM, "end": "PT7H30M", "chargeUntilFull": False}],
                        },
                    },
                }
            },
        },
        {
            "createdAt": T1,
            "updatedAt": T1,
            "type": "Fuel",
            "subType": "FossilEnergy",
            "level": 33,
            "autonomy": 302,
            "extension": {
                "fuel": {"consumption": {"consumption": 5.5}, "consumptions": {"total": 1234.5, "instant": 6.5}}
            },
        },
    ],
    "engines": [
        {
            "createdAt": T1,
            "type": "Thermic",
            "speed": 1500,
            "gmpStatus": "Running",
            "extension": {
                "thermic": {
                    "coolant": {"level": 80, "temp": 88.5},
                    "oil": {"level": 70, "temp": 91.0},
                    "air": {"temp": 17},
                }
            },
        }
    ],
    "powertrain": {"createdAt": T1, "status": "Running"},
    "doorsState": {
        "createdAt": T1,
        "lockedStates": ["RearDoorsLocked", "Locked"],
        "opening": [{"identifier": "Driver", "state": "Open"}, {"identifier": "Trunk", "state": "Closed"}],
    },
    "privacy": {"createdAt": T1, "state": "None"},
    "battery": {"createdAt": T1, "voltage": 84},
    "service": {"createdAt": T0, "type": "Hybrid"},
    "safety": {
        "createdAt": T1,
        "beltStatus": [{"id": "Driver", "belt": "Normal"}, {"id": "Passenger", "belt": "Omission"}],
        "autoECallTriggering": "NotDetected",
    },
    "odometer": {"createdAt": T1, "mileage": 12345.6},
    "kinetic": {"createdAt": T1, "moving": True, "speed": 48.5, "acceleration": -0.5},
    "environment": {"luminosity": {"createdAt": T1, "day": True}, "air": {"createdAt": T1, "temp": -3.5}},
    "drivingBehavior": {"createdAt": T1, "mode": "Eco"},
    "lightingSystem": {
        "createdAt": T1,
        "turn": [{"direction": "Left", "position": "Front", "status": "On"}],
        "fog": [{"direction": "Right", "position": "Rear", "status": "Off"}],
    },
    "alarm": {
        "status": {"createdAt": T1, "activation": "Inactive"},
        "trigger": {"createdAt": T0, "type": "RoofBreakIn", "startAt": T0, "position": _position(T0)},
    },
    "adas": {
        "createdAt": T1,
        "parkAssist": {"front": ["Wait"], "rear": ["Active", "Fault"]},
        "accr": "StandBy",
        "lvv": True,
        "rvv": "Off",
        "aebs": "Fixed",
        "afil": "Off",
        "artiv": "Selected",
        "bsm": "Active",
        "esp": False,
        "abs": True,
        "fse": False,
        "sli": 50,
        "rlka": "Authorized",
        "llka": "NotSelected",
        "rgi": "Up",
    },
}

# The same kind of vehicle before April 2023.
OLD_STATUS: dict[str, Any] = {
    "createdAt": T2,
    "updatedAt": T2,
    "lastPosition": {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [7.75, 48.58]},
        "properties": {"updatedAt": T0, "heading": 12, "type": "Aquire"},
    },
    "preconditionning": {"airConditioning": {"updatedAt": T0, "status": "Disabled", "programs": [_PROGRAM]}},
    "energy": [
        {"updatedAt": T0, "type": "Fuel", "level": 20, "consumption": 0.5},
        {
            "updatedAt": T1,
            "type": "Electric",
            "level": 55,
            "autonomy": 140,
            "charging": {"plugged": True, "status": "InProgress", "remainingTime": "PT0S", "nextDelayedTime": "PT0S"},
            "battery": {"health": {"capacity": 95, "resistance": 12}},
        },
    ],
    "battery": {"voltage": 83, "current": 0, "createdAt": T1},
    "service": {"type": "Electric", "updatedAt": T0},
    "timed.odometer": {"createdAt": None, "mileage": 1234},
    "environment": {"updatedAt": T0, "air": {"temp": 4}, "luminosity": {"day": False}},
    "doorsState": {"updatedAt": T0, "lockedState": "Locked"},
}

_REMOTE = {"supported": True, "scopeName": "remote:door:write"}

VEHICLE: dict[str, Any] = {
    "id": "vehicle-1",
    "vin": "VXKTESTTESTTEST01",
    "createdAt": T0,
    "updatedAt": T1,
    "motorization": "Hybrid",
    "brand": "X",
    "label": "old label",
    "pictures": ["https://example.invalid/old.png"],
    "callCenter": {"stolen": {"countryCode": "FR", "phoneNumber": "+33 1"}},
    "_embedded": {
        "extension": {
            "branding": {"brand": "Peugeot", "label": "308 SW"},
            "pictures": ["https://example.invalid/1.png", "https://example.invalid/2.png"],
            "onboardCapabilities": {
                "data": ["data:telemetry", "data:trip"],
                "remote": {
                    "preconditioning": {
                        "supported": True,
                        "scopeName": "remote:preconditioning:write",
                        "parameters": {"programs": {"supported": True, "size": 4}, "immediate": True},
                    },
                    "charging": {
                        "supported": True,
                        "scopeName": "remote:charging:write",
                        "parameters": {
                            "immediate": {"start": True, "stop": False},
                            "schedule": {"programs": {"supported": True, "size": 2}, "nextDelayedTime": True},
                            "preferences": {"level": False, "type": True},
                        },
                    },
                    "door": _REMOTE,
                    "horn": _REMOTE,
                    "lights": _REMOTE,
                    "wakeup": _REMOTE,
                    "navigation": {**_REMOTE, "supported": False},
                },
            },
        }
    },
}

USER: dict[str, Any] = {
    "email": "someone@example.invalid",
    "firstName": "Some",
    "lastName": "One",
    "createdAt": T0,
    "updatedAt": T1,
    "_embedded": {"Vehicles": [VEHICLE]},
}


def with_members(body: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Return a copy of a body with some top-level members replaced."""
    return copy.deepcopy(body) | members
