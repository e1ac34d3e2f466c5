// @ts-check
/** Register the strategies. The rest is only loaded when a dashboard of the integration is opened. */

/** @typedef {import("./types").Hass} Hass */

const load = () => import("./dashboard.js");

class StellantisDashboardStrategy extends HTMLElement {
  static registryDependencies = ["entities", "devices"];

  /**
   * @param {object} _config
   * @param {Hass} hass
   */
  static async generate(_config, hass) {
    const { generateDashboard } = await load();
    return generateDashboard(hass);
  }
}

class StellantisViewStrategy extends HTMLElement {
  static registryDependencies = ["entities", "devices"];

  /**
   * @param {{device_id: string}} config
   * @param {Hass} hass
   */
  static async generate(config, hass) {
    const { generateView } = await load();
    return generateView(hass, config.device_id);
  }
}

/** @type {[string, CustomElementConstructor][]} */
const strategies = [
  ["ll-strategy-dashboard-stellantis", StellantisDashboardStrategy],
  ["ll-strategy-view-stellantis", StellantisViewStrategy],
];
for (const [tag, strategy] of strategies) {
  if (!customElements.get(tag)) customElements.define(tag, strategy);
}

// The dialog "Add dashboard" lists these
const listed = /** @type {any} */ (window);
listed.customStrategies = [
  ...(listed.customStrategies ?? []),
  { type: "stellantis", strategyType: "dashboard", name: "Stellantis" },
];
