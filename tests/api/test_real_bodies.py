"""Bodies of real vehicles are decoded as expected, if the folder that contains them is available."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import orjson
import pytest

from custom_components.stellantis.api import (
    ChargingStatus,
    GrantExpired,
    InvalidRequest,
    LockedState,
    NoData,
    NotRegistered,
    NoVehicle,
    PositionType,
    SecurityCheckFailed,
    ServerError,
    Status,
    StellantisError,
    Transient,
    User,
    Vehicle,
    error_from_oauth_response,
    error_from_response,
    merge_newest,
)

_FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "payloads"
pytestmark = pytest.mark.skipif(not _FOLDER.is_dir(), reason="the real bodies are not part of the project")

_STATUSES = sorted(path.stem for path in _FOLDER.glob("status_*.json"))


def _body(name: str) -> bytes:
    return (_FOLDER / f"{name}.json").read_bytes()


def _status(prefix: str) -> Status:
    (name,) = (name for name in _STATUSES if name.startswith(f"status_{prefix}"))
    return Status.from_json(_body(name))


@pytest.mark.parametrize("name", _STATUSES)
def test_statuses_are_not_empty(name: str) -> None:
    status = Status.from_json(_body(name))
    assert status != Status()
    assert merge_newest(status, Status.from_json(_body(name))) is status
    temperatures = [
        fluid.temp for engine in status.engines for fluid in (engine.coolant, engine.oil, engine.air) if fluid
    ]
    assert 215 not in temperatures


_GETTERS: dict[str, Callable[[Status], object]] = {
    "bev_citroen_2023-04": lambda s: (
        s.fuel and (s.fuel.level, s.fuel.measured_at),
        s.last_position and s.last_position.measured_at,
        s.electric and s.electric.charging and s.electric.charging.remaining_time,
        s.preconditioning and s.preconditioning.air_conditioning and len(s.preconditioning.air_conditioning.programs),
        s.doors_state,
        s.alarm,
    ),
    "bev_citroen_2023-03_old": lambda s: (
        s.odometer and (s.odometer.mileage, s.odometer.measured_at),
        s.last_position and s.last_position.type,
        s.electric and s.electric.level,
        s.service and s.service.measured_at,
    ),
    "bev_2020-12": lambda s: (
        s.last_position and (s.last_position.altitude, s.last_position.type),
        s.electric and s.electric.charging and s.electric.charging.next_delayed_time,
        s.electric and s.electric.charging and s.electric.charging.plugged,
    ),
    "bev_2021-04": lambda s: (
        s.electric and s.electric.charging and (s.electric.charging.status, s.electric.charging.remaining_time),
        s.kinetic and s.measured_at and s.kinetic.measured_at and s.kinetic.measured_at < s.measured_at,
    ),
    "bev_peugeot_e208_2022-03": lambda s: (
        s.kinetic
        and (s.kinetic.moving, s.measured_at and s.kinetic.measured_at)
        and s.measured_at is not None
        and s.kinetic.measured_at is not None
        and s.measured_at - s.kinetic.measured_at > timedelta(days=300),
        s.kinetic and s.kinetic.moving,
    ),
    "bev_citroen_2025-11": lambda s: (
        s.electric and s.electric.created_at and (s.electric.created_at.year, s.electric.created_at.month),
        s.electric and s.electric.measured_at and s.electric.measured_at.month,
        s.electric and s.electric.charging and s.electric.charging.schedule,
        s.doors_state,
    ),
    "bev_opel_corsa-e": lambda s: (
        s.electric and s.electric.charging and s.electric.charging.next_delayed_time,
        s.electric and s.electric.battery and s.electric.battery.load and s.electric.battery.load.capacity,
    ),
    "bev_2025-03_ghost": lambda s: (
        s.fuel and (s.fuel.level, s.fuel.autonomy, s.fuel.fuel and s.fuel.fuel.total),
        s.service and s.service.type,
        s.engines[0].type,
    ),
    "2023-11_no_position": lambda s: (s.last_position, s.kinetic, s.alarm, s.odometer and s.odometer.mileage),
    "bev_peugeot_e208_2026-09": lambda s: (
        s.electric and s.electric.battery and s.electric.battery.health and s.electric.battery.health.resistance,
        s.electric and s.electric.charging and s.electric.charging.next_delayed_time,
        s.electric and s.electric.charging and s.electric.charging.remaining_time,
        s.electric and s.electric.charging and s.electric.charging.charging_rate,
    ),
    "bev_peugeot_e208_2025-08": lambda s: (
        s.electric and s.electric.created_at and s.electric.created_at.day,
        s.electric and s.electric.measured_at and s.electric.measured_at.day,
        s.electric and s.electric.charging and s.electric.charging.next_delayed_time,
    ),
    "bev_peugeot_2024-01": lambda s: (
        s.electric and s.electric.charging and (s.electric.charging.plugged, s.electric.charging.status),
        s.preconditioning
        and s.preconditioning.air_conditioning
        and [program.days for program in s.preconditioning.air_conditioning.programs],
    ),
    "bev_peugeot_e3008": lambda s: (
        s.powertrain and s.powertrain.status,
        s.engines[0].gmp_status,
        s.engines[0].speed,
        s.ignition and s.ignition.type,
    ),
    "bev_peugeot_stla": lambda s: (
        s.adas and s.adas.speed_limit,
        s.last_position and s.last_position.heading,
        s.engines[0].speed,
    ),
    "bev_2025-03_negative": lambda s: s.engines[0].speed,
    "bev_2026-06": lambda s: [engine.speed for engine in s.engines],
    "phev_peugeot_308_2025-04": lambda s: (
        s.electric and s.electric.level,
        s.electric and s.electric.charging and (s.electric.charging.status, s.electric.charging.remaining_time),
        s.electric and s.electric.battery and s.electric.battery.health and s.electric.battery.health.capacity,
        s.fuel and s.fuel.fuel and s.fuel.fuel.consumption,
    ),
    "phev_peugeot_308_2025-06_doors": lambda s: (
        s.doors_state and (s.doors_state.locked_states, len(s.doors_state.opening))
    ),
    "phev_peugeot_308_2025-06_lighting": lambda s: (
        s.lighting_system and (len(s.lighting_system.turn), len(s.lighting_system.fog))
    ),
    "phev_peugeot_308_2025-08": lambda s: (
        s.electric and s.electric.charging and (s.electric.charging.status, s.electric.charging.remaining_time),
        s.fuel and s.fuel.fuel and (s.fuel.fuel.total, s.fuel.fuel.instant),
    ),
    "phev_citroen": lambda s: (
        s.electric and s.electric.charging and s.electric.charging.status,
        s.fuel and s.fuel.fuel and s.fuel.fuel.total,
    ),
    "phev_opel_2025-02_doors": lambda s: s.doors_state and s.doors_state.locked_states,
    "phev_opel_2025-02_safety": lambda s: s.safety and s.safety.auto_ecall_triggering,
    "thermic_peugeot_2008": lambda s: (
        [fluid and fluid.temp for fluid in (s.engines[0].coolant, s.engines[0].oil, s.engines[0].air)],
        s.last_position,
    ),
    "bev_peugeot_e208_2025-11": lambda s: (s.last_position, s.kinetic),
    "bev_peugeot_e208_2025-02": lambda s: (
        s.doors_state and [opening.state for opening in s.doors_state.opening if opening.identifier == "RoofWindow"]
    ),
}

_EXPECTED: dict[str, object] = {
    "bev_citroen_2023-04": (
        (0, datetime(2021, 9, 12, 16, 23, 56, tzinfo=UTC)),
        datetime(2023, 3, 10, 7, 45, 53, tzinfo=UTC),
        None,
        4,
        None,
        None,
    ),
    "bev_citroen_2023-03_old": (
        (13890.3, None),
        PositionType.ACQUIRE,
        19,
        datetime(2022, 10, 20, 16, 55, 16, tzinfo=UTC),
    ),
    "bev_2020-12": ((None, PositionType.ESTIMATED), time(5), False),
    "bev_2021-04": ((ChargingStatus.IN_PROGRESS, timedelta(0)), True),
    "bev_peugeot_e208_2022-03": (True, True),
    "bev_citroen_2025-11": ((2025, 6), 11, None, None),
    "bev_opel_corsa-e": (time(0), 31104),
    "bev_2025-03_ghost": ((None, 0, 0), "Electric", "Thermic"),
    "2023-11_no_position": (None, None, None, 1282),
    "bev_peugeot_e208_2026-09": (91, time(0, 1), timedelta(hours=2, minutes=55), 20),
    "bev_peugeot_e208_2025-08": (10, 19, time(22, 5)),
    "bev_peugeot_2024-01": ((True, ChargingStatus.DISCONNECTED), [("Wed",), ("Tue",)]),
    "bev_peugeot_e3008": ("Stopping", "Stopping", 11, "Stop"),
    "bev_peugeot_stla": (50, None, 1),
    "bev_2025-03_negative": -2,
    "bev_2026-06": [0, None],
    "phev_peugeot_308_2025-04": (100, (ChargingStatus.IN_PROGRESS, timedelta(minutes=5)), 95, 0),
    "phev_peugeot_308_2025-06_doors": ((LockedState.LOCKED, LockedState.REAR_DOORS_LOCKED), 7),
    "phev_peugeot_308_2025-06_lighting": (4, 4),
    "phev_peugeot_308_2025-08": ((ChargingStatus.STOPPED, timedelta(hours=3, minutes=40)), (20365.31, 0)),
    "phev_citroen": (ChargingStatus.FINISHED, 381524),
    "phev_opel_2025-02_doors": (LockedState.REAR_DOORS_UNLOCKED, LockedState.UNLOCKED),
    "phev_opel_2025-02_safety": "ShockDetectionUnabled",
    "thermic_peugeot_2008": ([None, 67, None], None),
    "bev_peugeot_e208_2025-11": (None, None),
    "bev_peugeot_e208_2025-02": ["Open"],
}


@pytest.mark.parametrize("prefix", sorted(_GETTERS))
def test_decoded_values(prefix: str) -> None:
    assert _GETTERS[prefix](_status(prefix)) == _EXPECTED[prefix]


def test_every_status_is_checked() -> None:
    assert len(_GETTERS) == len(_STATUSES)


@pytest.mark.parametrize(
    ("name", "brand", "label", "motorization"),
    [
        ("user_citroen_2023-03_flat_brand", "C", None, None),
        ("user_citroen_2023_vehicleExtension_doubtful", "C", "myLabel", None),
        ("vehicles_citroen_2023_vehicleExtension_doubtful", "C", "myLabel", None),
        ("vehicles_peugeot_bev_2025-03_motorization_partial", "Peugeot", None, "Electric"),
        ("vehicles_thermic_peugeot_5008_2021_partial", "Peugeot", "NOUVEAU 5008", None),
    ],
)
def test_vehicles(name: str, brand: str, label: str | None, motorization: str | None) -> None:
    (vehicle,) = User.from_json(_body(name)).vehicles
    assert vehicle.id
    assert (vehicle.brand, vehicle.label, vehicle.motorization) == (brand, label, motorization)


def test_vehicle_without_members() -> None:
    assert User.from_json(_body("vehicles_peugeot_2025-08_pagetoken_head_partial")).vehicles == (Vehicle(),)


@pytest.mark.parametrize(
    ("name", "error_type"),
    [
        ("error_400_40000_invalid_parameter", InvalidRequest),
        ("error_401_not_registered_to_plan", NotRegistered),
        ("error_401_security_checks_partial", SecurityCheckFailed),
        ("error_404_40400_no_maintenance_partial", NoData),
        ("error_404_40400_no_status_partial", NoData),
        ("error_404_40400_no_vehicle_partial", NoVehicle),
        ("error_500_50038_cvs_user_vins", Transient),
        ("error_500_gateway_partial", ServerError),
    ],
)
def test_errors(name: str, error_type: type[StellantisError]) -> None:
    error = error_from_response(int(name.split("_")[1]), {}, _body(name))
    assert type(error) is error_type
    assert error.message


@pytest.mark.parametrize(
    ("name", "status", "error_type"),
    [
        ("oauth_error_400_invalid_grant_access_grant", 400, GrantExpired),
        ("oauth_error_400_invalid_grant_refresh", 400, GrantExpired),
        ("oauth_error_server_error", 500, ServerError),
    ],
)
def test_oauth_errors(name: str, status: int, error_type: type[StellantisError]) -> None:
    assert type(error_from_oauth_response(status, _body(name))) is error_type


@pytest.mark.parametrize("path", sorted(_FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_decoding_as_a_wrong_model_does_not_raise(path: Path) -> None:
    body = path.read_bytes()
    assert isinstance(orjson.loads(body), dict)
    for model in (Status, Vehicle, User):
        assert isinstance(model.from_json(body), model)
