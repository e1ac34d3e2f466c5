"""Strategies that generate commands of every type."""

from datetime import UTC

from hypothesis import strategies as st

from custom_components.stellantis.api import ChargingPowerLevel, ChargingType
from custom_components.stellantis.api.requests import (
    ChargeCommand,
    Day,
    DeleteProgram,
    Lock,
    Navigate,
    NewChargingProgram,
    Place,
    PreconditionCommand,
    Recurrence,
    RemoteCommand,
    ScheduleCharging,
    SetChargingPreferences,
    SetProgram,
    SoundHorn,
    SwitchLights,
    Unlock,
    WakeUp,
)

DAYS = st.lists(st.sampled_from(Day), min_size=1, unique=True).map(tuple)
TIMES = st.times().map(lambda time: time.replace(microsecond=0))
PROGRAMS = st.builds(
    SetProgram,
    slot=st.integers(1, 4),
    enabled=st.booleans(),
    start=TIMES,
    days=DAYS,
    recurrence=st.sampled_from(Recurrence),
) | st.builds(DeleteProgram, slot=st.integers(1, 4))
CHARGING_PROGRAMS = st.builds(NewChargingProgram, start=TIMES, end=TIMES | st.none(), days=DAYS, enabled=st.booleans())
PLACES = st.builds(Place, longitude=st.floats(-180, 180), latitude=st.floats(-90, 90))
REMOTE_COMMANDS: st.SearchStrategy[RemoteCommand] = st.one_of(
    st.builds(Lock, forced=st.booleans() | st.none()),
    st.builds(Unlock),
    st.builds(SoundHorn),
    st.builds(SwitchLights, on=st.booleans()),
    st.builds(WakeUp),
    st.builds(Navigate, positions=st.lists(PLACES, min_size=1, max_size=10).map(tuple)),
    st.builds(
        PreconditionCommand,
        immediate=st.booleans(),
        programs=st.lists(PROGRAMS, max_size=4, unique_by=lambda program: program.slot).map(tuple),
    ),
    st.builds(ChargeCommand, immediate=st.booleans()),
    st.builds(
        ScheduleCharging,
        schedule=st.datetimes(timezones=st.just(UTC)) | st.lists(CHARGING_PROGRAMS, min_size=1, max_size=3).map(tuple),
        immediate=st.booleans() | st.none(),
    ),
    st.builds(
        SetChargingPreferences,
        level=st.sampled_from(ChargingPowerLevel),
        type=st.sampled_from(ChargingType) | st.none(),
    ),
)
