"""Links and pages of HAL answers."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
import re
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from .errors import invalid_parameter

BASE = "/connectedcar/v4"
PAGE_SIZE = 60
_RANGE = re.compile(r"(\d{1,9})(?:-(\d{0,9}))?")

type Json = dict[str, Any]


def origin(request: web.Request) -> str:
    """Return scheme, host and port as the caller sees them."""
    return f"{request.scheme}://{request.host}"


def api_root(request: web.Request) -> str:
    """Return the absolute URL that every path of the API hangs under."""
    return origin(request) + BASE


def link(href: str, *, templated: bool = False) -> Json:
    """Return a HAL link."""
    return {"href": href, "templated": True} if templated else {"href": href}


def check_query(query: Mapping[str, str], allowed: Iterable[str]) -> None:
    """Refuse query parameters that the operation does not declare."""
    for name in query:
        if name != "client_id" and name not in allowed:
            raise invalid_parameter(name)


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a collection is asked for: items first..last (excluded), size at a time, from offset on."""

    first: int
    last: int | None
    size: int
    offset: int

    def token(self, offset: int) -> str:
        """Return an opaque marker for the page that begins at an offset."""
        last = "" if self.last is None else self.last
        return urlsafe_b64encode(f"p1:{self.first}:{last}:{self.size}:{offset}".encode()).decode().rstrip("=")


def parse_page(query: Mapping[str, str], largest: int = PAGE_SIZE) -> Page:
    """Read pageToken, or indexRange and pageSize.

    Raises ApiError 40000 for what does not parse.
    """
    if token := query.get("pageToken"):
        return _parse_token(token, largest)
    size = _parse_size(query.get("pageSize", str(PAGE_SIZE)), largest)
    found = _RANGE.fullmatch(query.get("indexRange", "0-"))
    if not found:
        raise invalid_parameter("indexRange")
    first = int(found[1])
    last = int(found[2]) + 1 if found[2] else None
    if last is not None and last <= first:
        raise invalid_parameter("indexRange")
    return Page(first, last, size, first)


def _parse_size(text: str, largest: int) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= largest:
        raise invalid_parameter("pageSize")
    return int(text)


def _parse_token(token: str, largest: int) -> Page:
    try:
        mark, first, last, size, offset = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode().split(":")
        page = Page(int(first), int(last) if last else None, _parse_size(size, largest), int(offset))
    except (Base64Error, ValueError) as error:
        raise invalid_parameter("pageToken") from error
    if mark != "p1" or page.offset < page.first:
        raise invalid_parameter("pageToken")
    return page


def collection[Item](
    request: web.Request,
    name: str,
    items: Sequence[Item],
    page: Page,
    render: Callable[[Item], Json],
    *,
    by_token: bool = True,
) -> Json:
    """Return one page of a collection with its links and counts.

    Links lead on by ``pageToken``, or, for an operation that does not declare it, by ``indexRange`` and ``pageSize``.
    """
    chosen = items[page.first : page.last]
    total = len(chosen)
    at = page.offset - page.first
    pages = max(1, -(-total // page.size))
    links = {
        "self": page.offset,
        "first": page.first,
        "last": page.first + (pages - 1) * page.size,
    }
    if at + page.size < total:
        links["next"] = page.offset + page.size
    if at > 0:
        links["prev"] = max(page.first, page.offset - page.size)
    return {
        "_links": {
            relation: link(_page_url(request, page, offset, by_token=by_token)) for relation, offset in links.items()
        },
        "total": total,
        "totalPage": pages,
        "currentPage": at // page.size + 1,
        "_embedded": {name: [render(item) for item in chosen[at : at + page.size]]},
    }


def _page_url(request: web.Request, page: Page, offset: int, *, by_token: bool) -> str:
    kept = [(k, v) for k, v in request.query.items() if k not in {"client_id", "pageToken", "pageSize", "indexRange"}]
    if by_token:
        where = [("pageToken", page.token(offset))]
    else:
        last = "" if page.last is None else page.last - 1
        where = [("indexRange", f"{offset}-{last}"), ("pageSize", str(page.size))]
    return f"{origin(request)}{request.path}?{urlencode([*kept, *where])}"
