"""Names that several modules of the Stellantis integration share."""

from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "stellantis"

PLATFORMS: Final = (Platform.BINARY_SENSOR, Platform.DEVICE_TRACKER, Platform.SENSOR)

# What an entry's data holds beside the token and the name of its credentials
CONF_BRAND: Final = "brand"
CONF_CA: Final = "ca"
CONF_CERTIFICATE: Final = "certificate"
CONF_ENVIRONMENT: Final = "environment"
CONF_KEY: Final = "key"
CONF_REDIRECT_URI: Final = "redirect_uri"
