"""What a link tells that no other member does: the id of what it leads to."""

from itertools import pairwise
from typing import Any
from urllib.parse import unquote, urlsplit

from .base import JsonObject, get_nested


def get_linked_id(members: JsonObject, relation: str, collection: str) -> str | None:
    """The id that follows the collection's name in the path of a link, such as that of the trip of an alert."""
    return _id_from_href(get_nested(members, "_links", relation, "href"), collection)


def get_linked_ids(members: JsonObject, relation: str, collection: str) -> list[str]:
    """The ids for a relation of several links."""
    links = get_nested(members, "_links", relation)
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
