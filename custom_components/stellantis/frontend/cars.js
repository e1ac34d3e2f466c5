// @ts-check
/** Find the cars and their entities. Entity ids and names are in any language, so they are found by translation key. */

/** @typedef {import("./types").Hass} Hass */
/** @typedef {import("./types").Car} Car */

/** Countries with cars of these brands where one drives on the left. */
const LEFT_HAND_TRAFFIC = new Set(["AU", "CY", "GB", "HK", "IE", "IN", "JP", "MT", "MU", "MY", "NZ", "SG", "TH", "ZA"]);

/**
 * Return the cars that have enabled and visible entities, by name.
 *
 * @param {Hass} hass
 * @param {import("./types").StatisticIds} statistics
 * @returns {Car[]}
 */
export function listCars(hass, statistics) {
  /** @type {Map<string, Car>} */
  const cars = new Map();
  for (const entity of Object.values(hass.entities)) {
    const device = hass.devices[entity.device_id ?? ""];
    // An entity without a name of its own has that of its device class
    const key = entity.translation_key ?? hass.states[entity.entity_id]?.attributes.device_class;
    if (entity.platform !== "stellantis" || entity.hidden || !key) continue;
    // The account and the monitors are services
    if (!device || device.entry_type) continue;
    const car = cars.get(device.id) ?? {
      id: device.id,
      vin: device.serial_number,
      name: device.name_by_user || device.name || device.id,
      isRightHandDrive: device.manufacturer === "Vauxhall" || LEFT_HAND_TRAFFIC.has(hass.config.country ?? ""),
      entities: {},
      names: {},
      attributes: {},
      statistics: statistics[device.id] ?? {},
    };
    const domain = entity.entity_id.split(".")[0];
    car.entities[`${domain}.${key}`] ??= entity.entity_id;
    car.names[entity.entity_id] = entity.name ?? "";
    car.attributes[entity.entity_id] = hass.states[entity.entity_id]?.attributes ?? {};
    cars.set(device.id, car);
  }
  return [...cars.values()].sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
}
