"""Run psa-connected-car-client against a simulator: read all cars, and refresh expired tokens.

usage: psa_connected_car_client.py URL CLIENT_ID CLIENT_SECRET TOKENS   with a JSON object of token sets by realm
It is handed tokens, because it can only sign in with the driver's password. Prints what it read as JSON. It is
unchanged but for the base URL, which is set on the HTTP client that it makes.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
import json
import sys
import time
from typing import Any

import httpx
import msgspec
from psa_ccc import MemoryTokenStorage, PSAClient
from psa_ccc.auth import create_client
from psa_ccc.client import ApiError


async def read(name: str, call: Awaitable[Any], failures: dict[str, str]) -> Any:
    """Return the result of a call; None if the client cannot read the response, or the response is an error."""
    try:
        return await call
    except (msgspec.ValidationError, ApiError) as error:
        failures[name] = str(error)
        return None


async def read_cars(client: PSAClient) -> AsyncIterator[dict[str, object]]:
    """Read each car with its status, position, maintenance and alerts."""
    for car in await client.get_vehicles():
        failures: dict[str, str] = {}
        details = await client.get_vehicle(car.id)
        status = await read("status", client.get_vehicle_status(car.id), failures)
        position = await read("position", client.get_vehicle_last_position(car.id), failures)
        maintenance = await client.get_vehicle_maintenance(car.id)
        await client.get_vehicle_alerts(car.id)
        yield {
            "vin": details.vin,
            "label": details.vehicle_extension.vehicle_branding.label,
            "mileage": status and status.odometer.mileage,
            "levels": status and {energy.type: energy.level for energy in status.energies},
            "position": position and position.geometry.coordinates[:2],
            "days_before_maintenance": maintenance.days_before_maintenance,
            "failures": failures,
        }


async def read_account(url: str, client_id: str, secret: str, realm: str, token: dict[str, Any]) -> dict[str, Any]:
    """Read an account, let the access token expire, and read again."""
    storage = MemoryTokenStorage()
    session = await create_client(client_id, secret, f"{url}/am/oauth2/access_token", realm, storage)
    session.base_url = httpx.URL(f"{url}/connectedcar/v4")
    session.token = token
    await storage.save(session.token)
    client = PSAClient(client=session)
    user = await client.get_user()
    first = [car async for car in read_cars(client)]
    before = session.token["access_token"]
    session.token["expires_at"] = int(time.time()) - 1  # it looks at the clock, not at the response
    again = [car async for car in read_cars(client)]
    is_refreshed = before != session.token["access_token"]
    return {"user": user.email, "cars": first, "cars_after_refresh": again, "is_refreshed": is_refreshed}


async def main() -> None:
    """Read each account."""
    url, client_id, secret, tokens = sys.argv[1:]
    accounts = [await read_account(url, client_id, secret, *item) for item in json.loads(tokens).items()]
    print(json.dumps(accounts))


if __name__ == "__main__":
    asyncio.run(main())
