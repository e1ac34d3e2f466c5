"""Pages of HAL collections."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
import re
from urllib.parse import urlencode

from aiohttp import web

from ..resources.links import API_PATH, Json, link
from .errors import invalid_parameter

PAGE_SIZE = 60
_RANGE = re.compile(r"(\d{1,9})(?:-(\d{0,9}))?")


def origin(request: web.Request) -> str:
    """Return scheme, host and port as the caller sees them."""
    return f"{request.scheme}://{request.host}"


def api_root(request: web.Request) -> str:
    """Return the absolute URL of the API as the caller sees it."""
    return origin(request) + API_PATH


def check_query(query: Mapping[str, str], allowed: Iterable[str]) -> None:
    """Check that a query has only parameters that the operation takes.

    Raises:
        ApiError: 40000 for any other parameter.
    """
    for name in query:
        if name != "client_id" and name not in allowed:
            raise invalid_parameter(name)


@dataclass(frozen=True, slots=True)
class Page:
    """The requested page of a collection: items `first` to `last` (excluded), of which `size` from `offset` on."""

    first: int
    last: int | None
    size: int
    offset: int

    def token(self, offset: int) -> str:
        """Return the page token of the page that begins at an offset."""
        last = "" if self.last is None else self.last
        return urlsafe_b64encode(f"p1:{self.first}:{last}:{self.size}:{offset}".encode()).decode().rstrip("=")


def parse_page(query: Mapping[str, str], max_size: int = PAGE_SIZE) -> Page:
    """Return the page that the parameters pageToken, or indexRange and pageSize, ask for.

    Raises:
        ApiError: 40000 if they cannot be parsed.
    """
    if token := query.get("pageToken"):
        return _parse_token(token, max_size)
    size = _parse_size(query.get("pageSize", str(PAGE_SIZE)), max_size)
    match = _RANGE.fullmatch(query.get("indexRange", "0-"))
    if not match:
        raise invalid_parameter("indexRange")
    first = int(match[1])
    last = int(match[2]) + 1 if match[2] else None
    if last is not None and last <= first:
        raise invalid_parameter("indexRange")
    return Page(first, last, size, first)


def _parse_size(text: str, max_size: int) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= max_size:
        raise invalid_parameter("pageSize")
    return int(text)


def _parse_token(token: str, max_size: int) -> Page:
    try:
        marker, first, last, size, offset = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode().split(":")
        page = Page(int(first), int(last) if last else None, _parse_size(size, max_size), int(offset))
    except (Base64Error, ValueError) as error:
        raise invalid_parameter("pageToken") from error
    if marker != "p1" or page.offset < page.first:
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
    """Return a page of a collection with its links and counts.

    Args:
        request: The request, for the URLs of the links.
        name: The member of the body that holds the items.
        items: All items, in order.
        page: The requested page.
        render: Builds the body of an item.
        by_token: Whether links use pageToken; otherwise they use indexRange and pageSize.
    """
    selected = items[page.first : page.last]
    total = len(selected)
    start = page.offset - page.first
    pages = max(1, -(-total // page.size))
    links = {
        "self": page.offset,
        "first": page.first,
        "last": page.first + (pages - 1) * page.size,
    }
    if start + page.size < total:
        links["next"] = page.offset + page.size
    if start > 0:
        links["prev"] = max(page.first, page.offset - page.size)
    return {
        "_links": {
            relation: link(_page_url(request, page, offset, by_token=by_token)) for relation, offset in links.items()
        },
        "total": total,
        "totalPage": pages,
        "currentPage": start // page.size + 1,
        "_embedded": {name: [render(item) for item in selected[start : start + page.size]]},
    }


def _page_url(request: web.Request, page: Page, offset: int, *, by_token: bool) -> str:
    params = [(k, v) for k, v in request.query.items() if k not in {"client_id", "pageToken", "pageSize", "indexRange"}]
    if by_token:
        position = [("pageToken", page.token(offset))]
    else:
        last = "" if page.last is None else page.last - 1
        position = [("indexRange", f"{offset}-{last}"), ("pageSize", str(page.size))]
    return f"{origin(request)}{request.path}?{urlencode([*params, *position])}"
