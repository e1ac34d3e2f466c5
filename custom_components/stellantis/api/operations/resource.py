"""What all operations need."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any
from urllib.parse import quote

from ..exceptions import FateUnknown, InvalidValue
from ..models.base import Model
from ..transport import Params, Transport

_NO_IDS = frozenset(("", ".", ".."))


class Resource:
    """Operations on the API of one account."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._latest: dict[str, tuple[bytes, Model]] = {}

    async def _read[M: Model](
        self, kind: type[M], path: str, params: Params | None = None, *, command: bool = False
    ) -> M:
        return kind.from_json(await self._transport.get_raw(path, params, command=command))

    async def _read_again[M: Model](self, kind: type[M], path: str) -> M:
        """Read what is read again and again: of a body that has not changed, what it was decoded to the last time."""
        body = await self._transport.get_raw(path)
        known, model = self._latest.get(path, (b"", None))
        if known != body or not isinstance(model, kind):
            model = kind.from_json(body)
            self._latest[path] = (body, model)
        return model

    async def _read_all[M: Model](
        self, kind: type[M], path: str, name: str, params: Params, limit: int | None, *, command: bool = False
    ) -> AsyncIterator[M]:
        """A collection page by page, up to a limit."""
        count = 0
        async with aclosing(self._transport.pages(path, params, name, command=command)) as pages:
            async for members in pages:
                yield kind.from_dict(members)
                count += 1
                if count == limit:
                    return

    async def _write[M: Model](
        self, kind: type[M], method: str, path: str, body: dict[str, Any], *, command: bool = False
    ) -> M:
        return kind.from_dict(await self._transport.request(method, path, body=body, command=command) or {})

    async def _create[M: Model](self, kind: type[M], path: str, body: dict[str, Any], identifier: str) -> M:
        """Post what is named by the answer; without that name nobody can find it again."""
        made = await self._write(kind, "POST", path, body, command=True)
        if getattr(made, identifier) is None:
            raise FateUnknown(f"the answer holds no {identifier}")
        return made


def path_to(*parts: str) -> str:
    """A path below the API's base; an id in it is quoted, and can lead nowhere else.

    Raises:
        InvalidValue: an id is none.
    """
    if not _NO_IDS.isdisjoint(parts):
        raise InvalidValue("id", "it is empty, or leads elsewhere")
    return "/".join(quote(part, safe="") for part in parts)


def vehicle_path(vehicle_id: str, *parts: str) -> str:
    """The path to a vehicle and what belongs to it."""
    return path_to("user", "vehicles", vehicle_id, *parts)
