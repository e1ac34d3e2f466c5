"""Decode successive bodies of a resource: what has not changed since the last one is not decoded again."""

from dataclasses import fields, replace
from typing import Any

import orjson

from .base import Model
from .decoder import member_names


class SuccessiveDecoder[M: Model]:
    """Decodes the bodies of a resource. A field whose members have not changed keeps its value, the same object."""

    def __init__(self, model: type[M]) -> None:
        self._class = model
        self._fields = {field.name: member_names(field) for field in fields(model)}  # type: ignore[arg-type] # its subclasses are dataclasses
        self._texts: dict[str, bytes] = {}
        self._model = model()

    def decode(self, data: object) -> M:
        """Return the model of a parsed body.

        Raises:
            InvalidResponse: The body is not an object.
        """
        members = self._class.normalize(data) if type(data) is dict else {}
        if not members:
            return self._class.from_dict(data)
        try:
            # As text, because 1, 1.0 and true are equal
            texts = {name: orjson.dumps(member) for name, member in members.items()}
        except orjson.JSONEncodeError:  # nested too deeply
            return self._class.from_dict(data)
        changed = {name for name in texts.keys() | self._texts.keys() if texts.get(name) != self._texts.get(name)}
        names = {name: known for name, known in self._fields.items() if not changed.isdisjoint(known)}
        if names:
            part = {member: members[member] for known in names.values() for member in known if member in members}
            decoded: Any = self._class.from_dict(part)
            self._model = replace(self._model, **{name: getattr(decoded, name) for name in names})  # type: ignore[type-var] # the same
        self._texts = texts
        return self._model
