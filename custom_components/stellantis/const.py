"""Constants that several modules of the Stellantis integration share."""

from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "stellantis"

# Fired when a command fails, for the logbook
EVENT_COMMAND_FAILED: Final = f"{DOMAIN}_command_failed"

# In the order in which Home Assistant lists new entities: what a driver asks for most comes first
PLATFORMS: Final = (
    Platform.SENSOR,
    Platform.LOCK,
    Platform.CLIMATE,
    Platform.DEVICE_TRACKER,
    Platform.SWITCH,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.TIME,
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.CALENDAR,
    Platform.IMAGE,
)
# How many of them are set up one after the other to keep this order; the others are set up at the same time
FIRST_PLATFORM_COUNT: Final = 4

# Keys of an entry's data, besides those of Home Assistant's OAuth2 flow
CONF_BRAND: Final = "brand"
CONF_CA: Final = "ca"
CONF_CALLBACK_ID: Final = "callback_id"
CONF_CALLBACK_TARGET: Final = "callback_target"
CONF_CERTIFICATE: Final = "certificate"
CONF_CLOUDHOOK_URL: Final = "cloudhook_url"
CONF_ENVIRONMENT: Final = "environment"
CONF_KEY: Final = "key"
CONF_PUSH_KEY: Final = "push_key"
CONF_REDIRECT_URI: Final = "redirect_uri"
CONF_SCOPES: Final = "scopes"
CONF_WRITTEN_MONITORS: Final = "written_monitors"

# Keys of an entry's options: polling intervals in minutes, energy prices, usable battery capacities in kWh and tank
# sizes in liters by VIN, the URL for push if it is not Home Assistant's own, and the code of the lock
CONF_ACTIVE_INTERVAL: Final = "active_interval"
CONF_PARKED_INTERVAL: Final = "parked_interval"
CONF_ASLEEP_INTERVAL: Final = "asleep_interval"
CONF_BATTERY_CAPACITIES: Final = "battery_capacities"
CONF_ELECTRICITY_PRICE: Final = "electricity_price"
CONF_ELECTRICITY_PRICE_ENTITY: Final = "electricity_price_entity"
CONF_FUEL_PRICE: Final = "fuel_price"
CONF_FUEL_PRICE_ENTITY: Final = "fuel_price_entity"
CONF_PUSH_URL: Final = "push_url"
CONF_LOCK_CODE: Final = "lock_code"
CONF_TANK_SIZES: Final = "tank_sizes"
