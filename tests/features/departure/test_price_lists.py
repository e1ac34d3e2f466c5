"""Price forecasts of the usual integrations, one body that is made by hand for each."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.features.departure.price_lists import read_events, read_prices, select_part

ZONE: Final = ZoneInfo("Europe/Paris")
# Local midnight, and the hour after it
FIRST: Final = datetime(2026, 3, 2, tzinfo=ZONE)
SECOND: Final = FIRST + timedelta(hours=1)
THIRD: Final = FIRST + timedelta(hours=2)
NOW: Final = FIRST + timedelta(hours=10)
QUARTER: Final = timedelta(minutes=15)


@pytest.fixture(autouse=True)
def local_zone() -> Any:
    default = dt_util.get_default_time_zone()
    dt_util.set_default_time_zone(ZONE)
    yield
    dt_util.set_default_time_zone(default)


def text(at: datetime) -> str:
    """Return a time as JSON has it."""
    return at.isoformat()


def milliseconds(at: datetime) -> int:
    """Return a time as aWATTar has it."""
    return int(at.timestamp() * 1000)


@pytest.mark.parametrize(
    ("body", "factor"),
    [
        pytest.param(
            {
                "raw_today": [{"start": FIRST, "end": SECOND, "value": 20.0}],
                "raw_tomorrow": [{"start": SECOND, "end": THIRD, "value": 30.0}],
                "today": [20.0, 30.0],
                "unit": "kWh",
                "min": 20.0,
            },
            0.01,
            id="Nord Pool of HACS, in cents",
        ),
        pytest.param(
            {
                "FR": [
                    {"start": text(FIRST), "end": text(SECOND), "price": 200.0},
                    {"start": text(SECOND), "end": text(THIRD), "price": 300.0},
                ]
            },
            0.001,
            id="Nord Pool, OMIE, and Green Planet Energy, actions",
        ),
        pytest.param(
            {
                "prices": {
                    "Home": [{"start_time": text(FIRST), "price": 0.2}, {"start_time": text(SECOND), "price": 0.3}]
                }
            },
            1.0,
            id="Tibber, action",
        ),
        pytest.param(
            {
                "today": [{"total": 0.2, "energy": 0.1, "tax": 0.1, "startsAt": text(FIRST)}],
                "tomorrow": [{"total": 0.3, "energy": 0.2, "tax": 0.1, "startsAt": text(SECOND)}],
            },
            1.0,
            id="Tibber of HACS",
        ),
        pytest.param(
            {
                "prices": [{"timestamp": str(FIRST), "price": 0.2}, {"timestamp": str(SECOND), "price": 0.3}],
            },
            1.0,
            id="EnergyZero and easyEnergy, actions",
        ),
        pytest.param(
            {
                "prices_today": [{"time": str(FIRST), "price": 0.2}],
                "prices_tomorrow": [{"time": str(SECOND), "price": 0.3}],
                "prices": [{"time": str(FIRST), "price": 0.2}, {"time": str(SECOND), "price": 0.3}],
            },
            1.0,
            id="ENTSO-e",
        ),
        pytest.param(
            {
                "data": [
                    {"start_time": text(FIRST), "end_time": text(SECOND), "price_per_kwh": 0.2},
                    {"start_time": text(SECOND), "end_time": text(THIRD), "price_per_kwh": 0.3},
                ]
            },
            0.01,
            id="EPEX Spot",
        ),
        pytest.param(
            {
                "data": [
                    {
                        "start_time": text(FIRST),
                        "end_time": text(SECOND),
                        "price_eur_per_mwh": 200,
                        "price_ct_per_kwh": 20,
                    },
                    {
                        "start_time": text(SECOND),
                        "end_time": text(THIRD),
                        "price_eur_per_mwh": 300,
                        "price_ct_per_kwh": 30,
                    },
                ]
            },
            1.0,
            id="EPEX Spot, older",
        ),
        pytest.param(
            {
                "event_type": "electricity_current_day_rates",
                "rates": [
                    {"start": FIRST, "end": SECOND, "value_inc_vat": 0.2, "is_capped": False},
                    {"start": SECOND, "end": THIRD, "value_inc_vat": 0.3, "is_capped": False},
                ],
            },
            1.0,
            id="Octopus",
        ),
        pytest.param(
            {
                "data": [
                    {
                        "start_timestamp": milliseconds(FIRST),
                        "end_timestamp": milliseconds(SECOND),
                        "marketprice": 200.0,
                    },
                    {
                        "start_timestamp": milliseconds(SECOND),
                        "end_timestamp": milliseconds(THIRD),
                        "marketprice": 300.0,
                    },
                ]
            },
            1.0,
            id="aWATTar",
        ),
        pytest.param(
            {"unix_seconds": [int(FIRST.timestamp()), int(SECOND.timestamp())], "price": [200.0, 300.0]},
            1.0,
            id="Energy-Charts",
        ),
        pytest.param(
            {"raw_today": [{"hour": FIRST, "price": 0.2}, {"hour": SECOND, "price": 0.3}], "raw_tomorrow": None},
            1.0,
            id="Energi Data Service",
        ),
        pytest.param(
            {
                "forecasts": [
                    {"start_time": text(FIRST), "end_time": text(SECOND), "per_kwh": 0.2, "spot_per_kwh": 0.1},
                    {"start_time": text(SECOND), "end_time": text(THIRD), "per_kwh": 0.3, "spot_per_kwh": 0.1},
                ]
            },
            1.0,
            id="Amber",
        ),
        pytest.param(
            {"prices": [{"from": FIRST, "till": SECOND, "price": 0.2}, {"from": SECOND, "till": THIRD, "price": 0.3}]},
            1.0,
            id="Frank Energie",
        ),
        pytest.param(
            {
                "data": [
                    {"start_time": text(FIRST), "end_time": text(SECOND), "price_pence_per_kwh": 20},
                    {"start_time": text(SECOND), "end_time": text(THIRD), "price_pence_per_kwh": 30},
                ]
            },
            1.0,
            id="EPEX Spot, older, in Great Britain",
        ),
        pytest.param(
            {text(FIRST): 20.0, text(SECOND): 30.0, "friendly_name": "Price", "hour": 3},
            0.01,
            id="Czech Energy Spot Prices",
        ),
        pytest.param(
            {
                "forecast": [
                    {"datetime": "2026-03-01T23:00:00.000000Z", "electricity_price": 2000000, "tariff_group": "low"},
                    {"datetime": "2026-03-02T00:00:00.000000Z", "electricity_price": 3000000, "tariff_group": "high"},
                ]
            },
            1.0,
            id="Zonneplan",
        ),
        pytest.param(
            {
                "start_time": text(FIRST),
                "price": 0.2,
                "data": [{"start_time": text(FIRST), "price": 0.2}, {"start_time": text(SECOND), "price": 0.3}],
            },
            1.0,
            id="the present price beside the list",
        ),
        pytest.param(
            {"price_00h": 0.2, "price_01h": 0.3, "price_position": 4, "min_price": 0.2}, 1.0, id="PVPC, hour by hour"
        ),
        pytest.param(
            [{"start": "2026-03-02T00:00:00", "value": 0.2}, {"start": "2026-03-02T01:00:00", "value": 0.3}],
            1.0,
            id="local times",
        ),
        pytest.param(
            {"forecast": [{"datetime": text(SECOND), "value": 0.3}, {"datetime": text(FIRST), "value": 0.2}, {}, 5]},
            1.0,
            id="any order, and what is no price",
        ),
    ],
)
def test_prices_of_an_integration(body: Any, factor: float) -> None:
    slots = read_prices(body, factor, NOW)
    assert [(slot.start, slot.end) for slot in slots] == [(FIRST, SECOND), (SECOND, THIRD)]
    assert [slot.price for slot in slots] == pytest.approx([0.2, 0.3])
    assert all(slot.start.tzinfo is UTC for slot in slots)


# Summer time begins and ends
SPRING: Final = datetime(2026, 3, 29, tzinfo=ZONE)
AUTUMN: Final = datetime(2026, 10, 25, tzinfo=ZONE)


def day_of(midnight: datetime, length: timedelta) -> list[datetime]:
    """Return the starts of the prices of a local day, in UTC."""
    first = midnight.astimezone(UTC)
    last = (midnight + timedelta(days=1)).astimezone(UTC)
    return [first + length * index for index in range((last - first) // length)]


def utc(at: datetime) -> str:
    """Return a time in UTC, as many interfaces have it."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def local(at: datetime) -> str:
    """Return a time with the offset of the local one."""
    return at.astimezone(ZONE).isoformat()


def zoned(at: datetime) -> datetime:
    """Return a time as Python has it in attributes."""
    return at.astimezone(ZONE)


def naive(at: datetime) -> str:
    """Return a local time that does not tell its zone, which is there twice in one hour of a year."""
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize("has_end", [True, False], ids=["with ends", "without"])
@pytest.mark.parametrize("written", [utc, local, zoned, naive], ids=lambda function: function.__name__)
@pytest.mark.parametrize(
    ("midnight", "length", "count"),
    [
        (FIRST, timedelta(hours=1), 24),
        (FIRST, QUARTER, 96),
        (SPRING, timedelta(hours=1), 23),
        (SPRING, QUARTER, 92),
        (AUTUMN, timedelta(hours=1), 25),
        (AUTUMN, QUARTER, 100),
    ],
)
def test_days(midnight: datetime, length: timedelta, count: int, written: Any, has_end: bool) -> None:
    """All hours and quarters of a day are there, whatever their times are written as."""
    starts = day_of(midnight, length)
    rows = [
        {"start": written(start), "value": index, **({"end": written(start + length)} if has_end else {})}
        for index, start in enumerate(starts)
    ]
    slots = read_prices([{"raw_today": rows}, {"prices": rows}], 1.0, midnight)
    assert len(slots) == count
    assert [(slot.start, slot.end, slot.price) for slot in slots] == [
        (start, start + length, index) for index, start in enumerate(starts)
    ]


def test_long_day_of_pvpc() -> None:
    slots = read_prices({"price_01h": 1, "price_02h": 2, "price_02h_d": 2.5, "price_03h": 3}, 1.0, AUTUMN)
    starts = day_of(AUTUMN, timedelta(hours=1))[1:5]
    assert [(slot.start, slot.price) for slot in slots] == list(zip(starts, [1, 2, 2.5, 3], strict=True))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # a gap is not filled, and a price without an end is for an hour at most
        ([(0, None, 1.0), (3, None, 2.0)], [(0, 1, 1.0), (3, 4, 2.0)]),
        ([(0, 1, 1.0), (3, 4, 2.0)], [(0, 1, 1.0), (3, 4, 2.0)]),
        # of two prices of a time, the last counts
        ([(0, 1, 1.0), (0, 1, 1.5), (1, 2, 2.0)], [(0, 1, 1.5), (1, 2, 2.0)]),
        # one ends when the next begins
        ([(0, 3, 1.0), (1, 2, 2.0)], [(0, 1, 1.0), (1, 2, 2.0)]),
        ([(0, 1, -5.0), (1, 2, 0.0)], [(0, 1, -5.0), (1, 2, 0.0)]),
        ([(0, 8, 0.3)], [(0, 8, 0.3)]),
    ],
)
def test_gaps_and_duplicates(rows: list[Any], expected: list[Any]) -> None:
    hour = timedelta(hours=1)
    body = [
        {"start": text(FIRST + hour * start), "price": price, **({"end": text(FIRST + hour * end)} if end else {})}
        for start, end, price in rows
    ]
    slots = read_prices(body, 1.0, NOW)
    assert [((slot.start - FIRST) / hour, (slot.end - FIRST) / hour, slot.price) for slot in slots] == expected


@pytest.mark.parametrize(
    ("body", "names", "part"),
    [
        ({"SE3": 1, "SE4": 2}, {"SE4", "current", "price"}, 2),
        ({"prices": {"Home": 1, "Cabin": 2}}, {"96a14971", "Cabin"}, 2),
        ({"prices": [1]}, {"Home"}, {"prices": [1]}),
        ({}, {"Home"}, {}),
    ],
)
def test_part_of_a_response(body: dict[str, Any], names: set[str], part: Any) -> None:
    assert select_part(body, names) == part


def test_quarters_of_an_hour() -> None:
    prices = [{"start": text(FIRST + QUARTER * index), "value": index} for index in range(4)]
    slots = read_prices({"prices": prices}, 1.0, NOW)
    assert [slot.end - slot.start for slot in slots] == [QUARTER] * 4


@pytest.mark.parametrize(
    "body",
    [
        {},
        None,
        "0.2",
        {"raw_today": None, "prices": "none"},
        {"data": [{"start": "soon", "value": 1}, {"start": text(FIRST), "value": "0.2"}]},
        {"data": [{"start": text(SECOND), "end": text(FIRST), "value": 1}]},
        {"data": [{"start": text(FIRST), "value": float("nan")}, {"start": text(FIRST), "value": True}]},
        {"unix_seconds": [None], "price": ["x"]},
        {"2026-03-02": 4.2, "2026": 1, 1772406000: 2},
        {"9999-12-31T23:59:00": 1, "prices": [{"start": "9999-12-31", "price": 1}]},
    ],
)
def test_no_prices(body: Any) -> None:
    assert read_prices(body, 1.0, NOW) == ()


def test_next_day_of_pvpc() -> None:
    (slot,) = read_prices({"price_next_day_00h": 0.2}, 1.0, NOW)
    assert slot.start == FIRST + timedelta(days=1)


def test_events_of_a_tariff_calendar() -> None:
    events = [
        {"start": text(SECOND), "end": text(THIRD), "summary": "Peak: 0,30 €/kWh"},
        {"start": text(FIRST), "end": text(THIRD), "summary": "0.2"},
        {"start": text(FIRST), "end": text(THIRD), "summary": "Holiday"},
        {"start": "2026-03-02", "end": "2026-03-03"},
    ]
    slots = read_events(events)
    assert [(slot.start, slot.end, slot.price) for slot in slots] == [(FIRST, SECOND, 0.2), (SECOND, THIRD, 0.3)]


@pytest.mark.parametrize(
    "start",
    ["2026-02-30T00:00:00", "2026-02-30 00:00", "soon", "", 1e300, 1.7e18, True, None, [], datetime.min],  # noqa: DTZ901
    ids=repr,
)
def test_what_is_no_time(start: Any) -> None:
    assert read_prices({"prices": [{"start": start, "price": 0.2}]}, 1.0, NOW) == ()
