// @ts-check
/** The sections of a car's view. An entity that the car does not have, or that is disabled or hidden, has no card. */

/** @typedef {import("./types").Car} Car */
/** @typedef {import("./types").Card} Card */
/** @typedef {import("./types").Localize} Localize */

import { picture } from "./picture.js";

const FULL = { columns: "full" };
const HALF = { columns: 6 };
/** How many letters of a name a phone shows in half a row, and beside a control. */
const LETTERS = { half: 16, inline: 19 };
/** States of the warning that ask for nothing. */
const NO_WARNING = ["none", "unknown", "unavailable"];
const ENTITY_NAME = { type: "entity" };

/**
 * Return a tile; none if the car does not have the entity. It has half a row, or a whole one if its name is long.
 *
 * @param {Car} car
 * @param {string} key
 * @param {Card} options
 * @returns {Card[]}
 */
function tile(car, key, options = {}) {
  const entity = car.entities[key];
  if (!entity) return [];
  const { length } = options.name ?? car.names[entity];
  const grid_options = length > LETTERS.half ? FULL : HALF;
  return [{ type: "tile", entity, name: ENTITY_NAME, grid_options, ...options }];
}

/**
 * Return cards that are shown together; one that would have half a row to itself has the whole row.
 *
 * @param {Card[]} cards
 */
function fill(cards) {
  const filled = [...cards];
  let open = -1;
  const close = () => {
    if (open >= 0) filled[open] = { ...filled[open], grid_options: FULL };
    open = -1;
  };
  cards.forEach(({ grid_options }, index) => {
    if (grid_options === HALF && open < 0) open = index;
    else if (grid_options === HALF) open = -1;
    else close();
  });
  close();
  return filled;
}

/**
 * Return tiles that leave room for long names.
 *
 * @param {Car} car
 * @param {string[]} keys
 * @returns {Card[]}
 */
function list(car, keys) {
  return keys.flatMap((key) => tile(car, key, { grid_options: FULL }));
}

/**
 * Return a tile with a control, beside its name or below a long one.
 *
 * @param {Car} car
 * @param {string} key
 * @param {Card} feature
 * @param {Card} options
 */
function control(car, key, feature, options = {}) {
  const { length } = car.names[car.entities[key]] ?? "";
  const features_position = length > LETTERS.inline ? "bottom" : "inline";
  return tile(car, key, { features: [feature], features_position, grid_options: FULL, ...options });
}

/**
 * Return the condition that an entity has a state; none if the car does not have the entity.
 *
 * @param {Car} car
 * @param {string} key
 * @param {string} state
 */
function whileIn(car, key, state) {
  const entity = car.entities[key];
  return entity ? { visibility: [{ condition: "state", entity, state }] } : {};
}

/**
 * @param {string} heading
 * @param {string} icon
 * @param {Card[]} badgeList
 * @returns {Card}
 */
const title = (heading, icon, badgeList = []) => ({
  type: "heading",
  heading_style: "title",
  heading,
  icon,
  badges: badgeList,
});

/**
 * @param {Car} car
 * @param {string} key
 * @param {Card} options
 * @returns {Card[]}
 */
function badge(car, key, options = {}) {
  const entity = car.entities[key];
  return entity ? [{ type: "entity", entity, show_state: true, show_icon: false, ...options }] : [];
}

/** @param {Card[]} cards */
const grid = (cards) => ({ type: "grid", cards });

/** @param {Car} car */
const electricity = (car) => car.entities["sensor.charging_status"] ?? car.entities["sensor.electric_range"];

/** @param {Car} car */
function batteryKey(car) {
  return car.entities["sensor.battery"] ? "sensor.battery" : "sensor.battery_level_estimated";
}

/** @param {Car} car */
export function badges(car) {
  const icon = { show_icon: true };
  return [
    ...badge(car, batteryKey(car), icon),
    ...badge(car, "sensor.fuel_level", icon),
    ...badge(car, "sensor.hydrogen_level", icon),
    ...badge(car, "device_tracker.location", icon),
    ...badge(car, "sensor.last_update", icon),
    ...badge(car, "sensor.outside_temperature", icon),
  ];
}

/**
 * @param {Car} car
 * @param {Localize} text
 * @param {string} pictures
 */
export function glance(car, text, pictures) {
  const ranges = ["electric_range", "fuel_range", "hydrogen_range"].flatMap((key) =>
    tile(car, `sensor.${key}`, { grid_options: FULL }),
  );
  const gauge = { type: "bar-gauge" };
  const isOpen = { color: "red", grid_options: FULL };
  const openings = ["driver_door", "passenger_door", "rear_left_door", "rear_right_door", "trunk", "rear_window"];
  const buttons = [
    ...pressed(car, "button.lights"),
    ...pressed(car, "button.horn", ask(car, "button.horn")),
    ...pressed(car, "button.wake_up", ask(car, "button.wake_up", text("dashboard_wake_up"))),
  ];
  return grid([
    ...picture(car, pictures),
    ...attention(car),
    ...control(car, batteryKey(car), gauge, { color: "green" }),
    ...control(car, "sensor.fuel_level", gauge, { color: "amber" }),
    ...control(car, "sensor.hydrogen_level", gauge, { color: "cyan" }),
    ...(ranges.length ? ranges : tile(car, "sensor.total_range", { grid_options: FULL })),
    ...tile(car, "sensor.charging_end", { grid_options: FULL, ...whileIn(car, "binary_sensor.charging", "on") }),
    ...fill([
      ...(car.entities["lock.central_locking"]
        ? control(car, "lock.central_locking", { type: "lock-commands" })
        : tile(car, "binary_sensor.locked")),
      ...(car.entities["climate.preconditioning"]
        ? control(car, "climate.preconditioning", { type: "climate-hvac-modes", style: "icons" })
        : tile(car, "binary_sensor.preconditioning")),
      ...tile(car, "sensor.charging_status", { name: text("dashboard_charging") }),
      ...tile(car, "device_tracker.location", { name: text("dashboard_where") }),
      ...tile(car, "sensor.last_update", { grid_options: FULL }),
    ]),
    ...[...openings, "roof_window"].flatMap((key) =>
      tile(car, `binary_sensor.${key}`, { ...isOpen, ...whileIn(car, `binary_sensor.${key}`, "on") }),
    ),
    ...tile(car, "binary_sensor.alarm_triggered", { ...isOpen, ...whileIn(car, "binary_sensor.alarm_triggered", "on") }),
    ...(buttons.length
      ? [{ type: "heading", heading_style: "subtitle", heading: text("dashboard_locate"), icon: "mdi:magnify" }]
      : []),
    ...buttons,
  ]);
}

/**
 * Return the confirmation before a button is pressed: its name as a question, and a reason to think.
 *
 * @param {Car} car
 * @param {string} key
 * @param {string} reason
 */
const ask = (car, key, reason = "") => ({ text: `${car.names[car.entities[key]]}? ${reason}`.trim() });

/**
 * Return the warning, and when the service is due. They share a row while nothing is wrong. Otherwise, each has its own
 * row, and what is wrong is red.
 *
 * @param {Car} car
 */
function attention(car) {
  const warning = car.entities["sensor.warning"];
  const overdue = car.entities["binary_sensor.maintenance_overdue"];
  /** @type {{ key: string, wrong: Card[], name?: string }[]} */
  const rows = [
    { key: "sensor.warning", wrong: warning ? [{ condition: "state", entity: warning, state_not: NO_WARNING }] : [] },
    {
      key: "sensor.service_due",
      wrong: overdue ? [{ condition: "state", entity: overdue, state: "on" }] : [],
      name: car.names[overdue],
    },
  ];
  const whatever = rows.flatMap(({ wrong }) => wrong);
  /** @param {Card[]} conditions */
  const any = (conditions) => ({ condition: "or", conditions });
  /** @param {Card[]} conditions */
  const none = (conditions) => ({ condition: "not", conditions: [any(conditions)] });
  return [
    ...fill(rows.flatMap(({ key }) => tile(car, key))).map((card) => ({ ...card, visibility: [none(whatever)] })),
    ...rows.flatMap(({ key, wrong, name = ENTITY_NAME }) => [
      ...tile(car, key, { name, color: "red", grid_options: FULL, visibility: [any(wrong)] }),
      ...tile(car, key, { grid_options: FULL, visibility: [any(whatever), none(wrong)] }),
    ]),
  ];
}

/**
 * Return a tile that presses a button.
 *
 * @param {Car} car
 * @param {string} key
 * @param {Card | false} confirmation
 */
function pressed(car, key, confirmation = false) {
  const target = { entity_id: car.entities[key] };
  const action = { action: "perform-action", perform_action: "button.press", target, confirmation };
  const options = { hide_state: true, grid_options: FULL };
  return tile(car, key, { ...options, tap_action: action, icon_tap_action: action });
}

/**
 * Return a card with what the sensor of the planned charge tells in its attributes, while there is one.
 *
 * @param {Car} car
 * @param {Localize} text
 * @param {string} currency
 * @returns {Card[]}
 */
function plannedCharge(car, text, currency) {
  const entity = car.entities["sensor.planned_charge"];
  if (!entity) return [];
  /** @param {string} attribute @param {string} name @param {string} icon @param {Card} options */
  const row = (attribute, name, icon, options) => ({ type: "attribute", entity, attribute, name, icon, ...options });
  const battery = car.names[car.entities[batteryKey(car)]];
  const { energy, cost } = car.attributes[entity];
  const costs = [
    row("cost", text("dashboard_planned_cost"), "mdi:cash", { suffix: currency }),
    row("cost_at_once", text("dashboard_planned_cost_at_once"), "mdi:cash-clock", { suffix: currency }),
  ];
  return [
    {
      type: "entities",
      entities: [
        row("departure", text("dashboard_planned_departure"), "mdi:clock-end", { time_format: "datetime" }),
        row("target", battery, "mdi:battery-arrow-up", { suffix: "%" }),
        row("energy", text("dashboard_planned_energy"), "mdi:lightning-bolt", { suffix: "kWh" }),
        // A plan without a price has no costs
        ...(energy !== undefined && cost === undefined ? [] : costs),
      ],
      visibility: [{ condition: "state", entity, state_not: ["unknown", "unavailable"] }],
    },
  ];
}

/**
 * @param {Car} car
 * @param {Localize} text
 * @param {string} currency
 */
export function charging(car, text, currency) {
  const isCharging = whileIn(car, "binary_sensor.charging", "on");
  const battery = car.entities[batteryKey(car)];
  if (!electricity(car)) return grid([]);
  return grid([
    title(text("dashboard_charging"), "mdi:ev-station", [
      ...badge(car, "sensor.charging_status"),
      ...badge(car, "binary_sensor.plugged", { show_state: false, show_icon: true }),
    ]),
    ...control(car, "switch.charging", { type: "toggle" }),
    ...tile(car, "sensor.charging_rate", { grid_options: FULL, ...isCharging }),
    ...tile(car, "sensor.charging_power", { grid_options: FULL, ...isCharging }),
    ...control(car, "switch.stop_at_limit", { type: "toggle" }),
    ...tile(car, "number.charge_limit", {
      features: [{ type: "numeric-input", style: "slider" }],
      grid_options: FULL,
      ...whileIn(car, "switch.stop_at_limit", "on"),
    }),
    ...tile(car, "select.charging_type", { grid_options: FULL }),
    ...tile(car, "time.delayed_charge", { grid_options: FULL }),
    ...tile(car, "sensor.planned_charge", { grid_options: FULL, state_content: ["state", "reason"] }),
    ...plannedCharge(car, text, currency),
    ...(battery
      ? [{ type: "history-graph", hours_to_show: 48, entities: [{ entity: battery, name: ENTITY_NAME }] }]
      : []),
  ]);
}

/**
 * @param {Car} car
 * @param {Localize} text
 */
export function where(car, text) {
  const location = car.entities["device_tracker.location"];
  return grid([
    title(text("dashboard_where"), "mdi:map-marker", badge(car, "device_tracker.location")),
    ...(location
      ? [
          {
            type: "map",
            entities: [{ entity: location, label_mode: "icon" }, { entity: "zone.home" }],
            hours_to_show: 24,
            default_zoom: 14,
            auto_fit: true,
            theme_mode: "auto",
            grid_options: { columns: 12, rows: 6 },
          },
        ]
      : []),
  ]);
}

/**
 * @param {Car} car
 * @param {Localize} text
 */
export function lastTrip(car, text) {
  const values = ["destination", "distance", "duration", "electricity_per_100_km", "fuel_per_100_km", "average_speed", "cost"];
  const calendar = car.entities["calendar.calendar"];
  const location = car.entities["device_tracker.location"];
  return grid([
    title(text("dashboard_last_trip"), "mdi:map-marker-path", badge(car, "sensor.last_trip_end")),
    ...list(car, values.map((value) => `sensor.last_trip_${value}`)),
    // As far back as the recorder keeps the location
    ...(location
      ? [
          { type: "heading", heading_style: "subtitle", heading: text("dashboard_month"), icon: "mdi:calendar-month" },
          {
            type: "map",
            entities: [{ entity: location, label_mode: "icon" }, { entity: "zone.home" }],
            hours_to_show: 720,
            // A map fits the car, not where it has been: show the surroundings
            default_zoom: 10,
            auto_fit: true,
            theme_mode: "auto",
            grid_options: { columns: 12, rows: 6 },
          },
        ]
      : []),
    ...(calendar
      ? [
          {
            type: "calendar",
            entities: [calendar],
            initial_view: "dayGridMonth",
            grid_options: { columns: 12, rows: 8 },
          },
        ]
      : []),
  ]);
}

/**
 * @param {Car} car
 * @param {Localize} text
 */
export function driven(car, text) {
  /**
   * @param {string} period
   * @param {number} days
   * @param {string[]} keys
   */
  const graph = (period, days, keys) => {
    const series = keys.flatMap((key) => {
      const entity = car.statistics[key];
      return entity ? [{ entity, name: text(key) }] : [];
    });
    const options = { chart_type: "bar", stat_types: ["change"], period, days_to_show: days };
    // The legend of a single series would add "(change)" to its name
    const name = series.length === 1 ? [{ type: "heading", heading_style: "subtitle", heading: series[0].name }] : [];
    const card = { type: "statistics-graph", ...options, entities: series, hide_legend: name.length > 0 };
    return series.length ? [...name, card] : [];
  };
  return grid([
    title(text(electricity(car) ? "dashboard_driven_and_charged" : "dashboard_driven"), "mdi:chart-bar"),
    ...(electricity(car) ? graph("week", 84, ["electricity", "charged"]) : []),
    ...graph("day", 14, ["distance"]),
    ...(car.entities["sensor.fuel_level"] ? graph("week", 84, ["fuel"]) : []),
  ]);
}

/**
 * @param {Car} car
 * @param {Localize} text
 */
export function care(car, text) {
  const events = ["trip", "charging_session", "alert", "alarm", "command"].flatMap(
    (key) => car.entities[`event.${key}`] ?? [],
  );
  return grid([
    title(text("dashboard_care"), "mdi:car-wrench"),
    ...list(car, [
      "sensor.odometer",
      "sensor.distance_to_maintenance",
      "sensor.days_to_maintenance",
      "sensor.auxiliary_battery",
      "sensor.oil_level",
      "sensor.coolant_level",
    ]),
    ...(events.length
      ? [
          {
            type: "logbook",
            target: { entity_id: events },
            hours_to_show: 48,
            grid_options: { columns: 12, rows: 6 },
          },
        ]
      : []),
  ]);
}
