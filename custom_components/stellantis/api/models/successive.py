"""Decode successive bodies of a resource: what has not changed since the last one is not decoded again."""

from dataclasses import fields

import orjson

from .base import Model, copy_with, get_field_decoders
from .decoder import member_names


class SuccessiveDecoder[M: Model]:
    """Decodes the bodies of a resource. A field whose members have not changed keeps its value, the same object.

    The model has no normalizer, so that each field depends on the members of its names only.
    """

    def __init__(self, model: type[M]) -> None:
        self._class = model
        self._decoders = get_field_decoders(model)  # type: ignore[arg-type] # python/mypy#11470: classes do hash
        self._fields: dict[str, list[str]] = {}
        for field in fields(model):  # type: ignore[arg-type] # its subclasses are dataclasses
            for name in member_names(field):
                self._fields.setdefault(name, []).append(field.name)
        self._texts: dict[str, bytes] = {}
        self._model = model()

    def decode(self, data: object) -> M:
        """Return the model of a parsed body.

        Raises:
            InvalidResponse: The body is not an object.
        """
        if type(data) is not dict:
            return self._class.from_dict(data)
        try:
            # As text, because 1, 1.0 and true are equal
            texts = {name: orjson.dumps(member) for name, member in data.items()}
        except orjson.JSONEncodeError:  # nested too deeply
            return self._class.from_dict(data)
        # The pairs are compared as a whole, because that takes less time than a loop
        changed = {name for name, _ in texts.items() ^ self._texts.items()}
        names = {field for name in changed for field in self._fields.get(name, ())}
        if names:
            self._model = copy_with(self._model, {name: self._decoders[name](data) for name in names})
        self._texts = texts
        return self._model
