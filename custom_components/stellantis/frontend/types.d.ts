/** What the strategy uses of Home Assistant's frontend. */

export interface Entity {
  entity_id: string;
  device_id?: string;
  platform?: string;
  translation_key?: string;
  hidden?: boolean;
  name?: string | null;
}

export interface Device {
  id: string;
  name: string | null;
  name_by_user: string | null;
  entry_type: string | null;
  manufacturer: string | null;
  serial_number: string | null;
}

export type Localize = (key: string) => string;

/** Statistic ids by device id and key. */
export type StatisticIds = Record<string, Record<string, string>>;

export interface Hass {
  entities: Record<string, Entity>;
  devices: Record<string, Device>;
  states: Record<string, { attributes: Record<string, any> }>;
  config: { country?: string | null; currency: string };
  callWS<T>(message: { type: string }): Promise<T>;
  loadBackendTranslation(category: string, integration: string): Promise<Localize>;
}

export type Card = Record<string, any>;

/**
 * A car: its name, its entity ids by domain and translation key, their names and attributes by id, and its statistic ids
 * by key.
 */
export interface Car {
  id: string;
  vin: string | null;
  name: string;
  isRightHandDrive: boolean;
  entities: Record<string, string>;
  names: Record<string, string>;
  attributes: Record<string, Record<string, any>>;
  statistics: Record<string, string>;
}

export interface View {
  title: string;
  path: string;
  [key: string]: any;
}
