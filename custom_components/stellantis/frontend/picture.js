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
 * Return a part of the picture that is shown while an entity has a state.
 *
 * The image itself has no entity, because screen readers would hear its id. What is open has a tile with its name.
 *
 * @param {string} image
 * @param {object} state
 * @returns {Card}
 */
const shown = (image, state) => ({
  type: "conditional",
  conditions: [{ condition: "state", ...state }],
  elements: [
    {
      type: "image",
      image,
      tap_action: { action: "none" },
      hold_action: { action: "none" },
      style: { left: "50%", top: "50%", width: "100%", "pointer-events": "none" },
    },
  ],
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
    const elements = parts.flatMap(({ entity, layer }) => [
      shown(`${svg}#${layer}-on`, { entity, state: "on" }),
      shown(`${svg}#${layer}-unknown`, { entity, state_not: ["on", "off"] }),
    ]);
    return [{ type: "picture-elements", image: `${svg}#body`, elements, grid_options: { columns: 12, rows: "auto" } }];
  }
  const image = car.entities["image.picture"];
  const options = { show_name: false, show_state: false, fit_mode: "contain", grid_options: { columns: 12, rows: 3 } };
  return image ? [{ type: "picture-entity", entity: image, ...options }] : [];
}
