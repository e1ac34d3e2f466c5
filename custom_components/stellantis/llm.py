"""Tools for language models: they read what the response actions return, of cars whose entities are exposed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, override

from homeassistant.components.homeassistant import async_should_expose
from homeassistant.components.llm import LLMTools
from homeassistant.const import ATTR_ENTITY_ID, STATE_UNAVAILABLE, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.llm import LLM_API_ASSIST, LLMContext, Tool, ToolAnnotations, ToolInput, ToolResult
from homeassistant.helpers.typing import VolDictType
from homeassistant.util import dt as dt_util
import probatio as vol

from .const import DOMAIN
from .targets import async_get_one_per_car

MAX_DAYS: Final = 366
MAX_TRIPS: Final = 500

type Response = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolDescription:
    """A tool that reads data of a car.

    Attributes:
        name: The name of the tool, without the domain.
        title: The name that people see.
        description: What the tool returns, for the model.
        platform: The platform of the entity that must be exposed, because it shows the same data.
        key: The key of that entity.
        actions: The response actions to call, with their fixed data.
        fields: The parameters of the tool, besides the car.
        combine_fn: Combines the responses of the actions.
    """

    name: str
    title: str
    description: str
    platform: Platform
    key: str
    actions: Sequence[tuple[str, Mapping[str, Any]]]
    fields: VolDictType
    combine_fn: Callable[[Sequence[Response]], Response] = lambda responses: responses[0]


def _days(default: int) -> VolDictType:
    field = vol.Optional("days", default=default, description="How many days to look back")
    return {field: vol.All(vol.Coerce(int), vol.Range(min=1, max=MAX_DAYS))}


def _sum_costs(responses: Sequence[Response]) -> Response:
    """Return the costs of the trips and of the charging sessions; of several currencies, the latest counts."""
    trips, sessions = responses[0]["trips"], responses[1]["totals"]
    paid = [trip for trip in trips if "cost" in trip]
    currency = paid[0].get("currency") if paid else None
    costs = [trip["cost"] for trip in paid if trip.get("currency") == currency]
    driving: dict[str, Any] = {
        "trips": len(trips),
        "cost": round(sum(costs), 2) if costs else None,
        "currency": currency,
    }
    if len(trips) == MAX_TRIPS:
        driving["since"] = trips[-1].get("start")
    return {
        "driving": driving,
        "charging": {
            "sessions": sessions["sessions"],
            "cost": sessions.get("cost"),
            "currency": sessions.get("currency"),
            **{key: sessions[key] for key in ("cost_at_home", "cost_elsewhere", "months") if key in sessions},
        },
    }


TOOLS: Final = (
    ToolDescription(
        name="get_trips",
        title="Get trips",
        description=(
            "Get the trips of a car, the latest first, 50 at most: start, end, distance (km), duration (min),"
            " electricity (kWh), fuel (L), cost, places, and battery level (%)."
        ),
        platform=Platform.CALENDAR,
        key="calendar",
        actions=(("get_trips", {"limit": 50}),),
        fields=_days(7),
    ),
    ToolDescription(
        name="get_charging_sessions",
        title="Get charging sessions",
        description=(
            "Get the charging sessions of a car, the latest first: start, end, battery level (%), duration (min),"
            " estimated energy (kWh), cost and place; and their totals."
        ),
        platform=Platform.CALENDAR,
        key="calendar",
        actions=(("get_charging_sessions", {}),),
        fields=_days(30),
    ),
    ToolDescription(
        name="get_consumption",
        title="Get consumption",
        description="Get what a car consumes per 100 km (kWh, L): on average, and by outside temperature (°C).",
        platform=Platform.CALENDAR,
        key="calendar",
        actions=(("get_consumption", {}),),
        fields=_days(90),
    ),
    ToolDescription(
        name="get_costs",
        title="Get costs",
        description=(
            "Get what the energy of a car's trips cost, and what its charging sessions cost, at home and elsewhere, in"
            " total and by month. If there are too many trips, `since` tells from when on they are counted."
        ),
        platform=Platform.CALENDAR,
        key="calendar",
        actions=(("get_trips", {"limit": MAX_TRIPS}), ("get_charging_sessions", {})),
        fields=_days(30),
        combine_fn=_sum_costs,
    ),
    ToolDescription(
        name="get_alerts",
        title="Get alerts",
        description="Get what a car warned of, the latest first: kind, severity, start, end, and whether it is active.",
        platform=Platform.SENSOR,
        key="warning",
        actions=(("get_alerts", {}),),
        fields=_days(30),
    ),
    ToolDescription(
        name="get_commands",
        title="Get commands",
        description="Get the latest commands that were sent to a car, with their results and why they failed.",
        platform=Platform.EVENT,
        key="command",
        actions=(("get_commands", {}),),
        fields={},
    ),
)


@callback
def async_get_tools(hass: HomeAssistant, llm_context: LLMContext, api_id: str) -> LLMTools | None:
    """Return the tools for the cars of which the entity that shows the same data is exposed."""
    if api_id != LLM_API_ASSIST:
        return None
    tools: list[Tool] = []
    for description in TOOLS:
        entries = [
            entry
            for entry in er.async_get(hass).entities.values()
            if entry.platform == DOMAIN
            and entry.domain == description.platform
            and entry.unique_id.endswith(f"_{description.key}")
            and hass.states.get(entry.entity_id)
            and async_should_expose(hass, llm_context.assistant, entry.entity_id)
        ]
        if cars := _name_cars(hass, entries):
            tools.append(CarTool(description, cars))
    return LLMTools(tools=tools) if tools else None


def _name_cars(hass: HomeAssistant, entries: Sequence[er.RegistryEntry]) -> Mapping[str, str]:
    """Return the entity ids by the name of their car; cars of one name are told apart by the entity id."""
    devices = dr.async_get(hass)
    cars: dict[str, str] = {}
    one_per_car = async_get_one_per_car(hass, (entry.entity_id for entry in entries), (STATE_UNAVAILABLE,))
    for entry in sorted(entries, key=lambda entry: entry.entity_id):
        if entry.entity_id not in one_per_car:
            continue
        device = devices.async_get(entry.device_id) if entry.device_id else None
        name = (device and (device.name_by_user or device.name)) or entry.entity_id
        cars[entry.entity_id if name in cars else name] = entry.entity_id
    return cars


class CarTool(Tool):
    """Tool that reads data of a car."""

    integration = DOMAIN
    annotations = ToolAnnotations(read_only=True, destructive=False, idempotent=True, open_world=True)

    def __init__(self, description: ToolDescription, cars: Mapping[str, str]) -> None:
        self._description = description
        self._cars = cars
        self.name = f"{DOMAIN}__{description.name}"
        self.title = description.title
        self.description = description.description
        self.parameters = vol.Schema({vol.Required("car"): vol.In(list(cars)), **description.fields})

    @override
    async def async_call(self, hass: HomeAssistant, tool_input: ToolInput, llm_context: LLMContext) -> ToolResult:
        """Call the response actions, with the permissions of the user."""
        arguments = self.parameters(tool_input.tool_args)
        entity_id = self._cars[arguments["car"]]
        if not async_should_expose(hass, llm_context.assistant, entity_id):
            return ToolResult(data={"error": "Car not found"}, error=True)
        period = {}
        if "days" in arguments:
            period["start"] = (dt_util.utcnow() - timedelta(days=arguments["days"])).isoformat()
        responses: list[Response] = []
        for action, data in self._description.actions:
            response = await hass.services.async_call(
                DOMAIN,
                action,
                {ATTR_ENTITY_ID: entity_id, **period, **data},
                blocking=True,
                context=llm_context.context,
                return_response=True,
            )
            (content,) = (response or {}).values()
            responses.append(content)  # type: ignore[arg-type] # a response is a mapping by device
        return ToolResult(data=dict(self._description.combine_fn(responses)))
