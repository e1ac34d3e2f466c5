"""What a link tells that no other member does: the id of what it leads to."""

from itertools import pairwise
from typing import Any
from urllib.parse import unquote, urlsplit

from .base import Members, member


def linked(members: Members, relation: str, collection: str) -> str | None:
    """The id that follows the collection's name in the path of a link, such as that of the trip of an alert."""
    return _id(member(members, "_links", relation, "href"), collection)


def all_linked(members: Members, relation: str, collection: str) -> list[str]:
    """The ids for a relation of several links."""
    links = member(members, "_links", relation)
    found = (_id(member(link, "href"), collection) for link in (links if type(links) is list else [links]))
    return [identity for identity in found if identity]


def _id(href: Any, collection: str) -> str | None:
    if type(href) is not str:
        return None
    try:
        parts = urlsplit(href).path.split("/")
    except ValueError:
        return None
    for name, identity in pairwise(parts):
        if name == collection:
            return unquote(identity) or None
    return None
