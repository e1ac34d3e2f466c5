"""Base class of the dataclasses that Home Assistant stores as JSON."""

from typing import Any

from mashumaro import DataClassDictMixin, field_options
from mashumaro.config import BaseConfig


class StoredModel(DataClassDictMixin):
    """A dataclass that is written to and read from a store."""

    __slots__ = ()

    class Config(BaseConfig):
        """Options of mashumaro."""

        serialize_by_alias = True


def stored_as(key: str) -> dict[str, Any]:
    """Return the metadata of a field that is stored under another key than its name.

    The keys are those of older versions, so that an upgrade and a downgrade both read the store.
    """
    return field_options(alias=key)
