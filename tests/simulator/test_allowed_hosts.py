"""Use across a port mapping: control from another machine, and webhooks elsewhere, both off by default."""

import socket
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
import pytest

from simulator import SimulatorConfig
from simulator.http.hosts import is_reachable, parse_hosts

from .conftest import DOOR_MONITOR, MONDAY, Caller, Hook

OTHER_MACHINE = "198.51.100.7"
NAME = "hooks.example"
RESOLVE = socket.getaddrinfo


@pytest.fixture
def config(request: pytest.FixtureRequest) -> SimulatorConfig:
    changes = getattr(request, "param", {})
    return SimulatorConfig(start=MONDAY, speed=0, routine=False, **changes)


@pytest.fixture
def another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests seem to come from another machine."""
    monkeypatch.setattr(web.BaseRequest, "remote", OTHER_MACHINE)


@pytest.fixture
def name_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name leads to this machine, as those that container engines give to it."""

    def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        return RESOLVE("127.0.0.1" if host == NAME else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(aiohttp.connector, "DefaultResolver", aiohttp.ThreadedResolver)


@pytest.mark.usefixtures("another_machine")
async def test_control_is_for_this_machine(caller: Caller) -> None:
    response = await caller.control("GET", "/clock")
    assert (response.status, response.body) == (403, {"error": "control is for this machine only"})


@pytest.mark.usefixtures("another_machine")
@pytest.mark.parametrize("config", [{"allow_remote_control": True}], indirect=True)
async def test_control_can_be_allowed_to_other_machines(caller: Caller) -> None:
    assert (await caller.control("GET", "/clock")).status == 200
    assert (await caller.control("POST", "/clock", {"advance": 60})).status == 200


def hook_elsewhere(hook: Hook) -> str:
    return hook.url.replace(urlsplit(hook.url).hostname or "", NAME)


async def test_http_webhook_elsewhere_is_refused(caller: Caller, hook: Hook) -> None:
    await caller.sign_in("peugeot")
    subscription = {"callback": {"webhook": {"target": hook_elsewhere(hook), "name": "n"}}}
    response = await caller.send("POST", "/user/callbacks", subscription)
    assert (response.status, response.body["code"]) == (400, 40000)
    assert response.body["message"].endswith("https is wanted")


@pytest.mark.usefixtures("name_of_this_machine")
@pytest.mark.parametrize("config", [{"webhook_hosts": (NAME,)}], indirect=True)
async def test_webhooks_of_allowed_hosts_are_called(caller: Caller, hook: Hook) -> None:
    await caller.sign_in("peugeot")
    callback = await caller.subscribe(hook_elsewhere(hook))
    path = f"/user/vehicles/{caller.car('e-208').id}/callbacks/{callback}/monitors"
    assert (await caller.send("POST", path, DOOR_MONITOR)).status == 202
    await caller.change("e-208", doors=["Trunk"])
    assert len(hook.received) == 1


@pytest.mark.parametrize(
    ("host", "allowed", "reachable"),
    [
        ("127.0.0.1", (), True),
        ("[::1]", (), True),
        ("localhost", (), True),
        ("host.containers.internal", (), False),
        ("host.containers.internal", ("host.containers.internal",), True),
        ("HOST.containers.internal", ("host.Containers.internal",), True),
        ("evil-host.containers.internal", ("host.containers.internal",), False),
        ("192.168.7.9", ("192.168.0.0/16",), True),
        ("192.168.7.9", ("192.168.7.9",), True),
        ("192.169.7.9", ("192.168.0.0/16", "10.0.0.1"), False),
        ("name.example", ("192.168.0.0/16",), False),
        ("fd00::1", ("fd00::/8",), True),
        ("anything.example", ("*",), True),
    ],
)
def test_hosts_that_can_be_called(host: str, allowed: tuple[str, ...], reachable: bool) -> None:
    assert is_reachable(host, allowed) is reachable


def test_hosts_of_the_command_line() -> None:
    assert parse_hosts("a.example, 10.0.0.0/8,*") == ("a.example", "10.0.0.0/8", "*")
    for text in ("", "a,,b", "http://a", "a/b", "*.example", "a:8123"):
        with pytest.raises(ValueError, match="neither a host name"):
            parse_hosts(text)
