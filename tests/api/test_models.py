"""Decoding of documented members and of known deviations from the documentation."""

import copy
from datetime import datetime, time, timedelta

import orjson
import pytest

from custom_components.stellantis.api import (
    AlarmActivation,
    BreakIn,
    ChargingProgram,
    ChargingSchedule,
    Day,
    DoorsState,
    Energy,
    EnergyType,
    FixStatus,
    IgnitionType,
    LockedState,
    Motorization,
    Position,
    PositionType,
    Program,
    Status,
    User,
    Vehicle,
)
from tests.api import bodies
from tests.api.bodies import OLD_STATUS, STATUS, T0, T1, T2, USER, VEHICLE, with_members
from tests.api.incomplete import missing_fields

TIME0, TIME1, TIME2 = (datetime.fromisoformat(text) for text in (T0, T1, T2))


def test_status_is_decoded_completely() -> None:
    assert missing_fields(Status.from_dict(STATUS)) == [
        "/energies/0/fuel",
        "/energies/1/charging",
        "/energies/1/battery",
        "/energies/1/residual",
        "/energies/1/consumption",
        "/engines/0/air/level",
    ]


def test_vehicle_and_user_are_decoded_completely() -> None:
    assert missing_fields(Vehicle.from_dict(VEHICLE)) == []
    assert missing_fields(User.from_dict(USER)) == []


def test_status() -> None:
    status = Status.from_json(orjson.dumps(STATUS))
    assert (status.created_at, status.updated_at, status.measured_at) == (TIME1, TIME2, TIME2)
    assert status.ignition
    assert status.ignition.type is IgnitionType.START_UP
    assert status.last_position == Position(
        created_at=TIME1,
        longitude=7.75,
        latitude=48.58,
        altitude=140.5,
        heading=90,
        signal_quality=8,
        type=PositionType.ACQUIRE,
        fix_status=FixStatus.THREE_DIMENSIONAL,
    )
    assert status.doors_state
    assert status.doors_state.locked_states == (LockedState.REAR_DOORS_LOCKED, LockedState.LOCKED)
    assert status.alarm
    assert status.alarm.status
    assert status.alarm.status.activation is AlarmActivation.INACTIVE
    assert status.alarm.trigger
    assert (status.alarm.trigger.type, status.alarm.trigger.start_at) == (BreakIn.ROOF, TIME0)
    assert status.adas
    assert status.adas.speed_limit == 50
    assert status.hydrogen is None


def test_energies() -> None:
    status = Status.from_dict(STATUS)
    electric, fuel = status.electric, status.fuel
    assert electric
    assert (electric.level, electric.autonomy, electric.residual, electric.consumption) == (61.5, 201, 28.25, 12.5)
    assert electric.charging
    assert electric.charging.remaining_time == timedelta(hours=1, minutes=20)
    assert electric.charging.next_delayed_time == time(22, 5)
    assert electric.charging.schedule == ChargingSchedule(
        programs=(
            ChargingProgram.from_dict(
                {
                    **STATUS["preconditioning"]["airConditioning"]["programs"][0],
                    "end": "PT7H30M",
                    "chargeUntilFull": False,
                }
            ),
        )
    )
    assert electric.battery
    assert electric.battery.health
    assert (electric.battery.health.capacity, electric.battery.health.resistance) == (96, 91)
    assert fuel
    assert fuel.fuel
    assert (fuel.fuel.consumption, fuel.fuel.total, fuel.fuel.instant) == (5.5, 1234.5, 6.5)


def test_programs() -> None:
    program = Program.from_dict(STATUS["preconditioning"]["airConditioning"]["programs"][0])
    assert (program.slot, program.enabled, program.start) == (1, True, timedelta(hours=6, minutes=45))
    assert program.days == (Day.MONDAY, Day.SUNDAY)
    assert Program.from_dict({"occurence": None}).days == ()


def test_status_before_april_2023() -> None:
    status = Status.from_dict(OLD_STATUS)
    assert status.last_position
    assert (status.last_position.created_at, status.last_position.type) == (TIME0, PositionType.ACQUIRE)
    assert status.last_position.altitude is None
    assert status.preconditioning
    assert status.preconditioning.air_conditioning
    assert status.preconditioning.air_conditioning.measured_at == TIME0
    assert len(status.preconditioning.air_conditioning.programs) == 1
    assert status.electric
    assert status.electric.measured_at == TIME1
    assert status.electric.charging
    assert status.electric.charging.plugged is True
    assert status.electric.charging.remaining_time == timedelta(0)
    assert status.electric.battery
    assert status.electric.battery.health
    assert status.electric.battery.health.resistance == 12
    assert status.fuel
    assert status.fuel.fuel
    assert (status.fuel.fuel.consumption, status.fuel.consumption) == (0.5, None)
    assert status.odometer
    assert (status.odometer.mileage, status.odometer.measured_at) == (1234, None)
    assert status.service
    assert status.service.created_at == TIME0
    assert status.environment
    assert status.environment.air
    assert (status.environment.air.temp, status.environment.air.created_at) == (4, TIME0)
    assert status.environment.luminosity
    assert status.environment.luminosity.created_at == TIME0
    assert status.doors_state
    assert status.doors_state.locked_states == (LockedState.LOCKED,)


def test_old_locked_state_as_list() -> None:
    assert DoorsState.from_dict({"lockedState": ["Locked", 7]}).locked_states == ("Locked",)


def test_old_environment_with_invalid_part() -> None:
    status = Status.from_dict({"environment": {"createdAt": T0, "air": 7, "luminosity": {"day": True}}})
    assert status.environment
    assert status.environment.air is None
    assert status.environment.luminosity
    assert status.environment.luminosity.created_at == TIME0


def test_old_place_of_a_position_timestamp() -> None:
    position = {"createdAt": T0, "geometry": {"coordinates": [1, 2]}}
    assert Position.from_dict(position).created_at == TIME0
    assert Position.from_dict({**position, "properties": {"createdAt": T1}}).created_at == TIME1


def test_new_names_take_precedence() -> None:
    old = {"airConditioning": {"createdAt": T0, "status": "Enabled"}}
    status = Status.from_dict(with_members(STATUS, preconditionning=old, energy=[{"type": "Electric", "level": 1}]))
    assert status.preconditioning == Status.from_dict(STATUS).preconditioning
    assert status.energies == Status.from_dict(STATUS).energies


def test_old_names_replace_invalid_members() -> None:
    assert Status.from_dict({"energies": {}, "energy": [{"level": 7}]}).energies == (Energy(level=7),)
    assert Status.from_dict({"energy": {"type": "Fuel", "level": 7}}).fuel == Energy(type=EnergyType.FUEL, level=7)


def test_energy_with_a_member_of_the_name_of_its_deprecated_version() -> None:
    energy = {"type": "Electric", "extension": {}, "deprecated": {"level": 7}}
    assert Status.from_dict({"energies": [energy]}).energies == (Energy(type=EnergyType.ELECTRIC),)


def test_energy_with_newer_timestamp_in_deprecated_member() -> None:
    body = {
        "energies": [{"type": "Electric", "createdAt": T0, "level": 40}, {"type": "Fuel", "createdAt": T0}, 7],
        "energy": [{"type": "Electric", "createdAt": T0, "updatedAt": T2}, 7, {"type": ["Fuel"], "updatedAt": T1}],
    }
    original = copy.deepcopy(body)
    status = Status.from_dict(body)
    assert status.electric
    assert (status.electric.created_at, status.electric.measured_at, status.electric.level) == (TIME0, TIME2, 40)
    assert status.fuel
    assert status.fuel.measured_at == TIME0
    assert body == original, "the body was modified"


def test_order_of_energies_does_not_matter() -> None:
    reordered = with_members(STATUS, energies=STATUS["energies"][::-1])
    assert Status.from_dict(reordered) == Status.from_dict(STATUS)


def test_hydrogen() -> None:
    status = Status.from_dict({"energies": [{"type": "Electric", "subType": "Hydrogen", "level": 50}]})
    assert (status.electric, status.fuel) == (None, None)
    assert status.hydrogen
    assert status.hydrogen.level == 50


def test_vehicle() -> None:
    vehicle = Vehicle.from_dict(VEHICLE)
    assert (vehicle.brand, vehicle.label) == ("Peugeot", "308 SW")
    assert vehicle.pictures == ("https://example.invalid/1.png", "https://example.invalid/2.png")
    assert vehicle.motorization is Motorization.HYBRID
    assert vehicle.capabilities
    assert vehicle.capabilities.data == {"data:telemetry", "data:trip"}
    assert vehicle.capabilities.remote
    assert vehicle.capabilities.remote.navigation
    assert vehicle.capabilities.remote.navigation.supported is False
    assert vehicle.capabilities.remote.charging
    assert vehicle.capabilities.remote.charging.parameters
    assert vehicle.capabilities.remote.charging.parameters.immediate
    assert vehicle.capabilities.remote.charging.parameters.immediate.stop is False


def test_flat_vehicle() -> None:
    vehicle = Vehicle.from_dict({**VEHICLE, "_embedded": None})
    assert (vehicle.brand, vehicle.label) == ("X", "old label")
    assert vehicle.pictures == ("https://example.invalid/old.png",)
    assert vehicle.capabilities is None


def test_vehicle_with_undocumented_shape() -> None:
    extension = {
        "vehicleBranding": {"brand": "C", "label": "a label"},
        "vehiclePictures": {"pictures": ["https://example.invalid/p.png"]},
        "onboardCapabilities": {"data": ["data:trip"]},
    }
    vehicle = Vehicle.from_dict({"vehicleExtension": extension})
    assert (vehicle.brand, vehicle.label) == ("C", "a label")
    assert vehicle.pictures == ("https://example.invalid/p.png",)
    assert vehicle.capabilities
    assert vehicle.capabilities.data == {"data:trip"}


def test_measured_at() -> None:
    assert Status.from_dict({"createdAt": T2, "updatedAt": T1}).measured_at == TIME2
    assert Status.from_dict({"createdAt": T1}).measured_at == TIME1
    assert Status.from_dict({"createdAt": "?", "updatedAt": T1}).measured_at == TIME1
    assert Position.from_dict({"properties": {"createdAt": None, "updatedAt": T1}}).measured_at == TIME1


@pytest.mark.parametrize("name", ["Vehicles", "vehicles"])
def test_vehicles_of_a_user(name: str) -> None:
    user = User.from_dict({"_embedded": {name: [{"id": "1"}, None, {"id": "2"}]}})
    assert [vehicle.id for vehicle in user.vehicles] == ["1", "2"]
    assert bodies.USER["_embedded"]["Vehicles"], "the body was modified"


def test_members_of_the_documented_shape_are_not_copied() -> None:
    data = {"slot": 1}
    assert Program.normalize(data) is data
