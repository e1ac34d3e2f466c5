"""Identifiers of related objects, extracted from links."""

from itertools import pairwise
from typing import Any
from urllib.parse import unquote, urlsplit

from .base import JsonObject, get_nested


def get_linked_id(data: JsonObject, relation: str, collection: str) -> str | None:
    """Return the identifier that follows the name of a collection in the path of a link, such as `trips/{id}`."""
    return _id_from_href(get_nested(data, "_links", relation, "href"), collection)


def get_linked_ids(data: JsonObject, relation: str, collection: str) -> list[str]:
    """Return the identifiers of a relation with several links."""
    links = get_nested(data, "_links", relation)
    ids = (_id_from_href(get_nested(link, "href"), collection) for link in (links if type(links) is list else [links]))
    return [linked_id for linked_id in ids if linked_id]


def _id_from_href(href: Any, collection: str) -> str | None:
    if type(href) is not str:
        return None
    try:
        parts = urlsplit(href).path.split("/")
    except ValueError:
        return None
    for name, linked_id in pairwise(parts):
        if name == collection:
            return unquote(linked_id) or None
    return None
