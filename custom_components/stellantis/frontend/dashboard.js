// @ts-check
/** Generate the dashboard: a view for each car, of standard cards. */

import { listCars } from "./cars.js";
import { badges, care, charging, driven, glance, lastTrip, where } from "./sections.js";

/** @typedef {import("./types").Hass} Hass */
/** @typedef {import("./types").Car} Car */
/** @typedef {import("./types").View} View */
/** @typedef {import("./types").Localize} Localize */

const PICTURES = new URL(".", import.meta.url).pathname;

/**
 * Return the function that returns the integration's texts, in the language of the user.
 *
 * @param {Hass} hass
 * @returns {Promise<Localize>}
 */
async function loadTexts(hass) {
  const localize = await hass.loadBackendTranslation("common", "stellantis");
  return (key) => localize(`component.stellantis.common.${key}`);
}

/**
 * Return the ids of the statistics of each device.
 *
 * @param {Hass} hass
 * @returns {Promise<import("./types").StatisticIds>}
 */
const loadStatistics = (hass) => hass.callWS({ type: "stellantis/statistic_ids" });

/**
 * @param {Car} car
 * @param {Localize} text
 * @param {string} currency
 * @returns {View}
 */
export function buildView(car, text, currency) {
  const sections = [
    glance(car, text, PICTURES),
    charging(car, text, currency),
    where(car, text),
    lastTrip(car, text),
    driven(car, text),
    care(car, text),
  ];
  return {
    title: car.name,
    path: car.id,
    type: "sections",
    max_columns: 3,
    dense_section_placement: true,
    header: { layout: "responsive", badges_position: "bottom", badges_wrap: "scroll" },
    badges: badges(car),
    // A section without cards but its heading has nothing to show
    sections: sections.filter(({ cards }) => cards.some(({ type }) => type !== "heading")),
  };
}

/**
 * @param {Localize} text
 * @returns {View}
 */
export function buildEmptyView(text) {
  return { title: "Stellantis", path: "none", cards: [{ type: "markdown", content: text("dashboard_no_car") }] };
}

/**
 * Return each car once, though several accounts have it: that of the account that shows the most of it.
 *
 * @param {Car[]} cars
 * @returns {Car[]}
 */
function mergeAccounts(cars) {
  /** @type {Map<string, Car>} */
  const merged = new Map();
  for (const car of cars) {
    const other = merged.get(car.vin ?? car.id);
    if (!other || Object.keys(car.entities).length > Object.keys(other.entities).length)
      merged.set(car.vin ?? car.id, car);
  }
  return [...merged.values()];
}

/** @param {Hass} hass */
export async function generateDashboard(hass) {
  const text = await loadTexts(hass);
  const cars = mergeAccounts(listCars(hass, await loadStatistics(hass)));
  const views = cars.map((car) => buildView(car, text, hass.config.currency));
  return { views: views.length ? views : [buildEmptyView(text)] };
}

/**
 * @param {Hass} hass
 * @param {string} deviceId
 */
export async function generateView(hass, deviceId) {
  const text = await loadTexts(hass);
  const car = listCars(hass, await loadStatistics(hass)).find(({ id }) => id === deviceId);
  return car ? buildView(car, text, hass.config.currency) : buildEmptyView(text);
}
