// @ts-check
/** The picture of a car from above, with what is open, or the brand's picture of a car that does not tell. */

/** @typedef {import("./types").Car} Car */
/** @typedef {import("./types").Card} Card */

/**
 * Where the parts are in car.svg, which has the driver on the left.
 *
 * @param {boolean} isRightHandDrive
 * @returns {Record<string, string>}
 */
const layers = (isRightHandDrive) => ({
  driver_door: isRightHandDrive ? "front-right" : "front-left",
  passenger_door: isRightHandDrive ? "front-left" : "front-right",
  rear_left_door: "rear-left",
  rear_right_door: "rear-right",
  trunk: "trunk",
  rear_window: "rear-window",
  roof_window: "roof",
  plugged: "plug",
});

/**
 * @param {Car} car
 * @param {string} pictures
 * @returns {Card[]}
 */
export function picture(car, pictures) {
  const svg = `${pictures}car.svg`;
  const parts = Object.entries(layers(car.isRightHandDrive)).flatMap(([key, layer]) => {
    const entity = car.entities[`binary_sensor.${key}`];
    return entity ? [{ entity, layer }] : [];
  });
  if (parts.some(({ layer }) => layer !== "plug")) {
    const elements = parts.map(({ entity, layer }) => ({
      type: "image",
      entity,
      // Any other state is unknown
      image: `${svg}#${layer}-unknown`,
      state_image: { on: `${svg}#${layer}-on`, off: `${svg}#none` },
      state_filter: { on: "none", off: "none", unknown: "none", unavailable: "none" },
      tap_action: { action: "none" },
      hold_action: { action: "none" },
      style: { left: "50%", top: "50%", width: "100%", "pointer-events": "none" },
    }));
    return [{ type: "picture-elements", image: `${svg}#body`, elements, grid_options: { columns: 12, rows: "auto" } }];
  }
  const image = car.entities["image.picture"];
  const options = { show_name: false, show_state: false, fit_mode: "contain", grid_options: { columns: 12, rows: 3 } };
  return image ? [{ type: "picture-entity", entity: image, ...options }] : [];
}
