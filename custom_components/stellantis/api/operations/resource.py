"""The base class of all operations."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from functools import cache, lru_cache
from typing import Any
from urllib.parse import quote

from ..exceptions import InvalidResponse, InvalidValue, NoData, OutcomeUnknown
from ..models.base import Model
from ..models.successive import SuccessiveDecoder
from ..models.values import parse_json
from ..transport import Params, Transport

_INVALID_IDS = frozenset(("", ".", ".."))


class Resource:
    """Base class: requests that decode their responses into models."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._cache: dict[str, tuple[bytes, Model]] = {}
        self._decoders: dict[str, SuccessiveDecoder[Any]] = {}

    async def _get[M: Model](
        self, model_class: type[M], path: str, params: Params | None = None, *, use_reserve: bool = False
    ) -> M:
        return _decode(model_class, await self._transport.get_raw(path, params, use_reserve=use_reserve))

    async def _get_cached[M: Model](self, model_class: type[M], path: str) -> M:
        """Like `_get`, but return the previous model if the body has not changed since, or decode what has changed."""
        body = await self._transport.get_raw(path)
        cached_body, model = self._cache.get(path, (b"", None))
        if cached_body != body or not isinstance(model, model_class):
            if (decoder := self._decoders.get(path)) is None:
                decoder = self._decoders[path] = SuccessiveDecoder(model_class)
            model = _decode(model_class, body, decoder.decode)
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
        """Iterate over the items of a collection, up to a limit."""
        count = 0
        async with aclosing(
            self._transport.iterate_items(path, params, embedded_name, use_reserve=use_reserve)
        ) as items:
            async for item in items:
                yield model_class.from_dict(item)
                count += 1
                if count == limit:
                    return

    async def _iterate_data[M: Model](
        self, model_class: type[M], path: str, embedded_name: str, params: Params, limit: int | None
    ) -> AsyncIterator[M]:
        """Iterate over a collection of what a vehicle has reported.

        The platform answers an empty collection with 404 and one of its codes, which is no failure.
        """
        count = 0
        try:
            async for item in self._iterate(model_class, path, embedded_name, params, limit):
                yield item
                count += 1
        except NoData:
            if count:
                raise

    async def _send[M: Model](
        self, model_class: type[M], method: str, path: str, body: dict[str, Any], *, use_reserve: bool = False
    ) -> M:
        return model_class.from_dict(
            await self._transport.request(method, path, body=body, use_reserve=use_reserve) or {}
        )

    async def _create[M: Model](self, model_class: type[M], path: str, body: dict[str, Any], id_field: str) -> M:
        """Post an object and return its reference.

        Raises:
            OutcomeUnknown: The response lacks `id_field`, or it is unknown whether the object was created.
        """
        created = await self._send(model_class, "POST", path, body, use_reserve=True)
        if getattr(created, id_field) is None:
            raise OutcomeUnknown(f"the response contains no {id_field}")
        return created


def _decode[M: Model](model_class: type[M], body: bytes, decode_fn: Callable[[object], M] | None = None) -> M:
    """Decode the body of a requested object, which is empty while the platform knows nothing of a vehicle yet.

    Args:
        model_class: The model.
        body: The body.
        decode_fn: Decodes the JSON object; None for the model's own decoder.

    Raises:
        InvalidResponse: The body is not a JSON object, or has only members that are not readable: it is something else.
    """
    data = parse_json(body)
    model = decode_fn(data) if decode_fn else model_class.from_dict(data)
    if model == _empty(model_class) and data.keys() - {"_links"}:  # type: ignore[arg-type] # python/mypy#11470: classes do hash
        raise InvalidResponse("the body has no readable member")
    return model


@cache
def _empty(model_class: type[Model]) -> Model:
    return model_class()


def build_path(*parts: str) -> str:
    """Build a path relative to the API's base URL. Ids are quoted, so that they cannot change the path.

    Raises:
        InvalidValue: An id is empty or a relative path segment.
    """
    if not _INVALID_IDS.isdisjoint(parts):
        raise InvalidValue("id", "it is empty or a relative path segment")
    return "/".join(quote(part, safe="") for part in parts)


@lru_cache
def build_vehicle_path(vehicle_id: str, *parts: str) -> str:
    """Build the path of a vehicle or of one of its resources."""
    return build_path("user", "vehicles", vehicle_id, *parts)
