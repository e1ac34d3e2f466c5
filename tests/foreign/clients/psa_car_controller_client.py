"""Run psa-car-controller against a simulator: sign in, read all cars, and refresh expired tokens.

usage: psa_car_controller_client.py URL CLIENT_ID CLIENT_SECRET REALM...   in an empty working folder
Prints what it read as JSON. Unchanged but for the base URL: the constants that hold hosts are set.
"""

from collections.abc import Iterator
import json
import os
import re
import sys
import tempfile
from urllib.parse import parse_qs, urlsplit

from psa_car_controller.psa import constants
from psa_car_controller.psa.connected_car_api import configuration
from psa_car_controller.psacc.application.psa_client import PSAClient
import requests

COUNTRY = "FR"


def set_base_url(url: str) -> None:
    """Replace the hosts that the client has as constants."""
    for realm, info in constants.realm_info.items():
        info["oauth_url"] = f"{url}/am/oauth2/access_token"
        constants.AUTHORIZE_SERVICE[realm] = f"{url}/am/oauth2/authorize"
    original = configuration.Configuration.__init__

    def init(self: configuration.Configuration) -> None:
        original(self)
        self.host = f"{url}/connectedcar/v4"

    configuration.Configuration.__init__ = init


def allow(page: str, realm: str) -> str:
    """Fill in the consent page as its driver does, and return the code in the redirect to the app."""
    html = requests.get(page, params={"realm": realm}, timeout=10).text
    (account,) = re.findall(r'<option value="([^"]+)"', html)
    scopes = re.findall(r'name="scope" value="([^"]+)"', html)
    form = {"account": account, "scope": scopes, "decision": "allow"}
    response = requests.post(page, params={"realm": realm}, data=form, timeout=10, allow_redirects=False)
    (code,) = parse_qs(urlsplit(response.headers["Location"]).query)["code"]
    return code


def read_statuses(client: PSAClient) -> Iterator[dict[str, object]]:
    """Read the status of each known car."""
    for car in client.vehicles_list:
        status = client.get_vehicle_info(car.vin)
        electric, fuel = status.get_energy("Electric"), status.get_energy("Fuel")
        yield {
            "vin": car.vin,
            "mileage": status.timed_odometer.mileage,
            "electric_level": electric.level,
            "fuel_level": fuel.level,
            "charging": electric.charging.status if electric.charging else None,
            "position": status.last_position.geometry.coordinates[:2],
        }


def sign_in(realm: str, client_id: str, secret: str) -> PSAClient:
    """Return a client that is signed in to an account and has read its list of cars."""
    os.chdir(tempfile.mkdtemp(dir="."))  # it keeps the cars of an account in its working folder
    client = PSAClient(None, client_id, secret, None, "AP-ACNT0000", realm, COUNTRY)
    client.connect(allow(client.manager.generate_redirect_url(), realm))
    client.get_vehicles()
    return client


def main() -> None:
    """Sign in to each account and read its cars; let all access tokens expire, and read again.

    The first client is left to notice by itself, which costs it two refreshes. The others are told, because all share
    a limit of six refreshes in half an hour.
    """
    url, client_id, secret, *realms = sys.argv[1:]
    set_base_url(url)
    clients = [sign_in(realm, client_id, secret) for realm in realms]
    first = [list(read_statuses(client)) for client in clients]
    tokens = [client.manager.access_token for client in clients]
    requests.put(f"{url}/_control/oauth", json={"expire": True}, timeout=10).raise_for_status()
    for client in clients[1:]:
        client.manager.refresh_token_now()
    again = [list(read_statuses(client)) for client in clients]
    renewed = [client.manager.access_token for client in clients]
    is_refreshed = not set(tokens) & set(renewed)
    print(json.dumps({"cars": first, "cars_after_refresh": again, "is_refreshed": is_refreshed}))


if __name__ == "__main__":
    main()
