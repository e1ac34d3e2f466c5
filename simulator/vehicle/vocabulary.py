"""The API's words for states of a car."""

OPENINGS = ("Driver", "Passenger", "RearLeft", "RearRight", "Trunk", "RearWindow", "RoofWindow")
PRIVACY_STATES = ("None", "Geolocation", "Full")
CHARGING_STATUSES = ("Disconnected", "InProgress", "Failure", "Stopped", "Finished")
POWERTRAIN_STATUSES = ("NotRunning", "Starting", "Running", "Stopping", "Stopped")
TRIP_STATES = ("Nominal", "Unstarted", "DataLacking", "Unfinished")
ECALL_STATES = ("NotDetected", "Detected", "ShockDetectionUnabled")
COLLISION_SIDES = ("Front", "Rear", "Lateral")
COLLISION_SEVERITIES = ("Minimal", "Minor", "Major")
ALARM_TRIGGERS = (
    "FrontRightDoorBreakIn",
    "FrontLeftDoorBreakIn",
    "RearRightFrontDoorBreakIn",
    "RearLeftFrontDoorBreakIn",
    "HoodDoorBreakIn",
    "TrunkDoorBreakIn",
    "BackliteDoorBreakIn",
    "RoofBreakIn",
    "VolumetricBreakIn",
    "VehicleLifting",
    "ElectricalsystemBreakIn",
    "KeyLearning",
    "UnauthenticatedStartup",
)
DRIVING_MODES = (
    "Normal",
    "Sport",
    "Comfort",
    "Eco",
    "Sand",
    "Mud",
    "Snow",
    "ZEV",
    "Hybrid",
    "ZEVEco",
    "HybridEco",
    "EcoPlus",
    "eAWD",
    "4AWD",
    "ReinforcedLoad",
)
