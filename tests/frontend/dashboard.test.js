/** The dashboard's views, from the entities that a car has. Run by tests/test_dashboard.py. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const FOLDER = new URL("../../custom_components/stellantis/frontend/", import.meta.url);
const { generateDashboard, generateView } = await import(new URL("dashboard.js", FOLDER));
const SVG = readFileSync(new URL("car.svg", FOLDER), "utf-8");

const COMMON = ["sensor.warning", "sensor.service_due", "sensor.last_update", "sensor.odometer", "lock.central_locking"];
const DOORS = ["driver_door", "passenger_door", "rear_left_door", "rear_right_door", "trunk"].map(
  (key) => `binary_sensor.${key}`,
);
const ELECTRIC = ["sensor.electric_range", "sensor.charging_status", "binary_sensor.plugged", "switch.charging"];
const CARS = {
  electric: [...COMMON, ...DOORS, ...ELECTRIC, "climate.preconditioning"],
  hybrid: [...COMMON, ...DOORS, ...ELECTRIC, "sensor.fuel_level", "sensor.fuel_range"],
  petrol: [...COMMON, "image.picture", "sensor.fuel_level", "sensor.fuel_range"],
  hydrogen: [...COMMON, ...ELECTRIC, "sensor.hydrogen_level", "sensor.hydrogen_range"],
};

const STATISTICS = { distance: "s:d", electricity: "s:e", charged: "s:c", fuel: "s:f" };

/** Return Home Assistant's data with some cars; their entity ids tell nothing. */
function home(cars, { country = "FR", names = {} } = {}) {
  const hass = { entities: {}, devices: {}, states: {}, config: { country, currency: "EUR" } };
  hass.loadBackendTranslation = async (category, domain) => (key) => {
    assert.deepEqual([category, domain], ["common", "stellantis"]);
    return key.replace(/component.stellantis.common.(dashboard_)?/, "text:");
  };
  hass.callWS = async () => Object.fromEntries(Object.keys(cars).map((id) => [id, STATISTICS]));
  let number = 0;
  for (const [id, keys] of Object.entries(cars)) {
    hass.devices[id] = { id, name: id, name_by_user: names[id] ?? null, entry_type: null, manufacturer: "Peugeot" };
    for (const key of keys) {
      const [domain, translation_key] = key.split(".");
      const entity_id = `${domain}.n${number++}`;
      hass.entities[entity_id] = { entity_id, device_id: id, platform: "stellantis", translation_key };
    }
  }
  return hass;
}

const headings = (view) => view.sections.map(({ cards }) => cards[0].heading ?? cards[0].type);
const cards = (view) => view.sections.flatMap((section) => section.cards);

/** Return the ids of all entities that a view uses. */
const used = (value) =>
  typeof value === "string"
    ? (value.match(/^[a-z_]+\.n\d+$/) ?? [])
    : value && typeof value === "object"
      ? Object.values(value).flatMap(used)
      : [];

for (const [kind, keys] of Object.entries(CARS)) {
  test(`sections of a ${kind} car`, async () => {
    const hass = home({ [kind]: keys });
    const { views } = await generateDashboard(hass);
    assert.equal(views.length, 1);
    const charging = kind === "petrol" ? [] : ["text:charging"];
    const first = cards(views[0])[0].type;
    const driven = kind === "petrol" ? "text:driven" : "text:driven_and_charged";
    assert.deepEqual(headings(views[0]), [first, ...charging, driven, "text:care"]);
    // Whatever the car has is shown, and nothing else
    assert.deepEqual(new Set(used(views)), new Set(Object.keys(hass.entities)));
    const statistics = { electric: "ecd", hybrid: "ecdf", petrol: "df", hydrogen: "ecd" }[kind];
    const graphs = cards(views[0]).filter(({ type }) => type === "statistics-graph");
    assert.equal(graphs.flatMap(({ entities }) => entities.map(({ entity }) => entity.at(-1))).join(""), statistics);
    assert.ok(cards(views[0]).every((card) => !JSON.stringify(card).includes("undefined")));
  });
}

test("a car of several accounts has one view, of the account that shows the most", async () => {
  const hass = home({ partner: COMMON, driver: CARS.electric, other: COMMON });
  for (const id of ["driver", "partner"]) hass.devices[id].serial_number = "VIN";
  const { views } = await generateDashboard(hass);
  assert.deepEqual(views.map(({ path }) => path), ["driver", "other"]);
  assert.equal((await generateView(hass, "partner")).path, "partner");
});

test("a statistic that the recorder does not have yet has no card", async () => {
  const hass = home({ car: CARS.hybrid });
  hass.callWS = async () => ({ car: { fuel: "s:f" } });
  const graphs = cards((await generateDashboard(hass)).views[0]).filter(({ type }) => type === "statistics-graph");
  assert.deepEqual(graphs.map(({ entities }) => entities[0].entity), ["s:f"]);
});

test("a graph of a single statistic has a heading instead of a legend", async () => {
  const driven = (await generateDashboard(home({ car: CARS.hybrid }))).views[0].sections[2].cards;
  assert.deepEqual(
    driven.map(({ heading, hide_legend }) => heading ?? hide_legend),
    ["text:driven_and_charged", false, "text:distance", true, "text:fuel", true],
  );
});

test("a long name has a whole row, and its control is below it", async () => {
  const names = ["binary_sensor.locked", "sensor.charging_status", "sensor.last_update", "switch.charging"];
  const hass = home({ car: names });
  const layout = async () =>
    cards((await generateDashboard(hass)).views[0])
      .filter(({ type }) => type === "tile")
      .map(({ grid_options, features_position }) => [grid_options.columns, features_position]);
  assert.deepEqual(await layout(), [[6, undefined], [6, undefined], ["full", undefined], ["full", "inline"]]);
  for (const entity of Object.values(hass.entities)) entity.name = "Verrouillage centralisé";
  assert.deepEqual(await layout(), [...Array(3).fill(["full", undefined]), ["full", "bottom"]]);
});

test("the picture shows doors by their state", async () => {
  const [view] = (await generateDashboard(home({ car: CARS.electric }))).views;
  const [picture] = cards(view);
  assert.equal(picture.type, "picture-elements");
  assert.equal(picture.elements.length, 2 * (DOORS.length + 1));
  const images = picture.elements.flatMap(({ elements }) => elements);
  for (const { image } of [picture, ...images]) assert.ok(SVG.includes(`id="${image.split("#")[1]}"`), image);
  // The name of an image is its entity's id, which screen readers read
  assert.ok([picture, ...images].every(({ entity }) => !entity));
  const [{ conditions: whileOpen }, { conditions: whileUnknown }] = picture.elements;
  assert.equal(whileOpen[0].state, "on");
  assert.deepEqual(whileUnknown[0], { condition: "state", entity: whileOpen[0].entity, state_not: ["on", "off"] });
});

test("the driver sits on the right where one drives on the left", async () => {
  for (const [country, side] of [["FR", "left"], ["GB", "right"], [null, "left"]]) {
    const hass = home({ car: CARS.electric }, { country });
    const [picture] = cards((await generateDashboard(hass)).views[0]);
    const driver = Object.values(hass.entities).find(({ translation_key }) => translation_key === "driver_door");
    const { elements } = picture.elements.find(({ conditions }) => conditions[0].entity === driver.entity_id);
    assert.ok(elements[0].image.endsWith(`#front-${side}-on`));
  }
});

test("a car that tells no doors has the brand's picture", async () => {
  const [view] = (await generateDashboard(home({ car: CARS.petrol }))).views;
  assert.equal(cards(view)[0].type, "picture-entity");
});

test("hidden entities, other integrations, accounts and monitors are left out", async () => {
  const hass = home({ car: ["sensor.odometer", "sensor.warning"], account: ["sensor.requests_left"] });
  hass.devices.account.entry_type = "service";
  hass.entities["sensor.n1"].hidden = true;
  hass.entities["sensor.other"] = { entity_id: "sensor.other", device_id: "car", platform: "other" };
  hass.entities["sensor.gone"] = { entity_id: "sensor.gone", device_id: "gone", platform: "stellantis" };
  const { views } = await generateDashboard(hass);
  assert.deepEqual(views.map(({ title }) => title), ["car"]);
  assert.deepEqual([...new Set(used(views))], ["sensor.n0"]);
});

test("one map shows the streets of the last day, the other the surroundings of the last month", async () => {
  const [view] = (await generateDashboard(home({ car: ["device_tracker.location"] }))).views;
  const maps = cards(view).filter(({ type }) => type === "map");
  assert.deepEqual(maps.map(({ hours_to_show, default_zoom }) => [hours_to_show, default_zoom]), [[24, 14], [720, 10]]);
  for (const { entities } of maps) assert.deepEqual(entities.map(({ entity }) => entity), [used(view)[0], "zone.home"]);
  const before = cards(view)[cards(view).indexOf(maps[1]) - 1];
  assert.deepEqual([before.heading_style, before.heading], ["subtitle", "text:month"]);
});

test("two cars with one name have two views", async () => {
  const cars = { b: CARS.electric, a: CARS.petrol };
  const { views } = await generateDashboard(home(cars, { names: { a: "Car", b: "Car" } }));
  assert.deepEqual(views.map(({ title, path }) => [title, path]), [["Car", "a"], ["Car", "b"]]);
});

test("without a car there is a view that says so", async () => {
  const { views } = await generateDashboard(home({}));
  assert.deepEqual(views[0].cards, [{ type: "markdown", content: "text:no_car" }]);
});

test("the battery has the name of its device class", async () => {
  const hass = home({ car: ["sensor.electric_range", "sensor.x"] });
  delete hass.entities["sensor.n1"].translation_key;
  hass.states["sensor.n1"] = { attributes: { device_class: "battery" } };
  const { views } = await generateDashboard(hass);
  assert.ok(cards(views[0]).some(({ entity, features }) => entity === "sensor.n1" && features));
});

test("one car's view, and that of a removed car", async () => {
  const hass = home({ car: CARS.petrol });
  assert.equal((await generateView(hass, "car")).title, "car");
  assert.equal((await generateView(hass, "gone")).cards[0].type, "markdown");
});

test("entities of a car that come when it first reports them are not missed", async () => {
  const hass = home({ car: ["sensor.total_range", "sensor.battery_level_estimated", "binary_sensor.locked"] });
  assert.equal(new Set(used(await generateDashboard(hass))).size, 3);
});

test("the planned charge: when, how much, at what cost, and why", async () => {
  const hass = home({ car: [...CARS.electric, "sensor.battery", "sensor.planned_charge"] });
  const find = (key) => Object.values(hass.entities).find((entity) => entity.translation_key === key);
  find("battery").name = "Level";
  const { views } = await generateDashboard(hass);
  const [tile, details] = cards(views[0]).filter((card) => JSON.stringify(card).includes("cost") || card.state_content);
  assert.deepEqual(tile.state_content, ["state", "reason"]);
  const shown = details.entities.map(({ name, entity, attribute, suffix = "" }) => {
    assert.equal(entity, tile.entity);
    return `${name} ${attribute} ${suffix}`.trim();
  });
  assert.deepEqual(shown, [
    "text:planned_departure departure",
    "Level target %",
    "text:planned_energy energy kWh",
    "text:planned_cost cost EUR",
    "text:planned_cost_at_once cost_at_once EUR",
  ]);
  assert.deepEqual(details.visibility[0].state_not, ["unknown", "unavailable"]);

  // Without a price there are no costs
  hass.states[find("planned_charge").entity_id] = { attributes: { energy: 10.4 } };
  const [withoutPrice] = cards((await generateDashboard(hass)).views[0]).filter(({ type }) => type === "entities");
  assert.deepEqual(withoutPrice.entities.map(({ attribute }) => attribute), ["departure", "target", "energy"]);
});

test("a warning and the service share a row, unless one of them is wrong", async () => {
  const keys = ["sensor.warning", "sensor.service_due", "binary_sensor.maintenance_overdue"];
  const hass = home({ car: keys });
  for (const entity of Object.values(hass.entities)) entity.name = entity.translation_key;
  const isMet = ({ condition, conditions, entity, state, state_not }, states) => {
    if (condition === "not") return !conditions.every((each) => isMet(each, states));
    if (condition === "or") return conditions.some((each) => isMet(each, states));
    return state ? state === states[entity] : !state_not.includes(states[entity]);
  };
  const shown = async (warning, overdue) => {
    const [view] = (await generateDashboard(hass)).views;
    return cards(view)
      .filter(({ visibility = [] }) => visibility.every((each) => isMet(each, { "sensor.n0": warning, "binary_sensor.n2": overdue })))
      .filter(({ type }) => type === "tile")
      .map(({ entity, name, color = "", grid_options }) => [entity, name.type ? "" : name, color, grid_options.columns]);
  };
  const fine = { warning: ["sensor.n0", "", "", "full"], due: ["sensor.n1", "", "", "full"] };
  const wrong = { warning: ["sensor.n0", "", "red", "full"], due: ["sensor.n1", "maintenance_overdue", "red", "full"] };
  assert.deepEqual(await shown("none", "off"), [["sensor.n0", "", "", 6], ["sensor.n1", "", "", 6]]);
  assert.deepEqual(await shown("oil", "off"), [wrong.warning, fine.due]);
  assert.deepEqual(await shown("unknown", "on"), [fine.warning, wrong.due]);
  assert.deepEqual(await shown("oil", "on"), [wrong.warning, wrong.due]);
  delete hass.entities["sensor.n0"];
  assert.deepEqual(await shown("", "off"), [fine.due]);
  assert.deepEqual(await shown("", "on"), [wrong.due]);
});

test("a tile has no empty half beside it", async () => {
  const columns = async (...keys) =>
    cards((await generateDashboard(home({ car: keys }))).views[0])
      .filter(({ type }) => type === "tile")
      .map(({ grid_options }) => grid_options.columns);
  assert.deepEqual(await columns("binary_sensor.locked", "sensor.last_update"), ["full", "full"]);
  const locked = ["binary_sensor.locked", "binary_sensor.preconditioning"];
  assert.deepEqual(await columns(...locked, "device_tracker.location"), [6, 6, "full"]);
});

test("the horn and a wake-up have to be confirmed", async () => {
  const hass = home({ car: ["button.lights", "button.horn", "button.wake_up"] });
  for (const entity of Object.values(hass.entities)) entity.name = entity.translation_key;
  const { views } = await generateDashboard(hass);
  const questions = cards(views[0]).flatMap((card) => (card.tap_action ? [card.tap_action.confirmation] : []));
  assert.deepEqual(questions, [false, { text: "horn?" }, { text: "wake_up? text:wake_up" }]);
});
