"""What all operations need."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any
from urllib.parse import quote

from ..exceptions import InvalidValue, OutcomeUnknown
from ..models.base import Model
from ..transport import Params, Transport

_INVALID_IDS = frozenset(("", ".", ".."))


class Resource:
    """Operations on the API of one account."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._cache: dict[str, tuple[bytes, Model]] = {}

    async def _get[M: Model](
        self, model_class: type[M], path: str, params: Params | None = None, *, use_reserve: bool = False
    ) -> M:
        return model_class.from_json(await self._transport.get_raw(path, params, use_reserve=use_reserve))

    async def _get_cached[M: Model](self, model_class: type[M], path: str) -> M:
        """Read what is read again and again: of a body that has not changed, what it was decoded to the last time."""
        body = await self._transport.get_raw(path)
        cached_body, model = self._cache.get(path, (b"", None))
        if cached_body != body or not isinstance(model, model_class):
            model = model_class.from_json(body)
            self._cache[path] = (body, model)
        return model

    async def _iterate[M: Model](
        self,
        model_class: type[M],
        path: str,
        embedded_name: str,
        params: Params,
        limit: int | None,
        *,
        use_reserve: bool = False,
    ) -> AsyncIterator[M]:
        """A collection page by page, up to a limit."""
        count = 0
        async with aclosing(
            self._transport.iterate_items(path, params, embedded_name, use_reserve=use_reserve)
        ) as items:
            async for item in items:
                yield model_class.from_dict(item)
                count += 1
                if count == limit:
                    return

    async def _send[M: Model](
        self, model_class: type[M], method: str, path: str, body: dict[str, Any], *, use_reserve: bool = False
    ) -> M:
        return model_class.from_dict(
            await self._transport.request(method, path, body=body, use_reserve=use_reserve) or {}
        )

    async def _create[M: Model](self, model_class: type[M], path: str, body: dict[str, Any], id_field: str) -> M:
        """Post what is named by the answer; without that name nobody can find it again."""
        created = await self._send(model_class, "POST", path, body, use_reserve=True)
        if getattr(created, id_field) is None:
            raise OutcomeUnknown(f"the answer holds no {id_field}")
        return created


def build_path(*parts: str) -> str:
    """A path below the API's base; an id in it is quoted, and can lead nowhere else.

    Raises:
        InvalidValue: an id is none.
    """
    if not _INVALID_IDS.isdisjoint(parts):
        raise InvalidValue("id", "it is empty, or leads elsewhere")
    return "/".join(quote(part, safe="") for part in parts)


def build_vehicle_path(vehicle_id: str, *parts: str) -> str:
    """The path to a vehicle and what belongs to it."""
    return build_path("user", "vehicles", vehicle_id, *parts)
