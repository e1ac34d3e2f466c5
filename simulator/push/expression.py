"""The boolean expressions of monitors: names, ``&``, ``|``, ``!`` and parentheses; ``!`` binds most, ``|`` least."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
import re

type Expression = Callable[[Mapping[str, bool]], bool]

# As the API's description has it: from "." to "_" is a range of characters, and a hyphen is not in it.
NAME = r"[a-zA-Z]+[.-_]?[0-9]*"
# So deep may parentheses and ``!`` be nested.
DEEPEST = 50
_TOKEN = re.compile(rf"\s*(?:({NAME})|([&|!()]))")


def parse(text: str, names: Sequence[str]) -> Expression:
    """Return what an expression over some names means.

    Raises ValueError for one that does not parse, is nested too deep, knows other names, or is the same whatever they
    are.
    """
    parser = _Parser(_tokens(text), names)
    expression = parser.either()
    if parser.tokens:
        raise ValueError(f"{parser.tokens[0]!r} is too much")
    cases = (dict(zip(names, values, strict=True)) for values in product((False, True), repeat=len(names)))
    if len({expression(case) for case in cases}) == 1:
        raise ValueError("always true or always false")
    return expression


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    at, text = 0, text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise ValueError(f"{text[at:].lstrip()[0]!r} is not understood")
        tokens.append(found[1] or found[2])
        at = found.end()
    return tokens


class _Parser:
    """Reads tokens from the left."""

    def __init__(self, tokens: list[str], names: Sequence[str]) -> None:
        self.tokens = tokens
        self._names = frozenset(names)
        self._depth = 0

    def either(self) -> Expression:
        """Read what is joined by ``|``."""
        parts = [self._all()]
        while self._take("|"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda case: any(part(case) for part in parts)

    def _all(self) -> Expression:
        parts = [self._one()]
        while self._take("&"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda case: all(part(case) for part in parts)

    def _one(self) -> Expression:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ValueError("nested too deep")
        expression = self._inner()
        self._depth -= 1
        return expression

    def _inner(self) -> Expression:
        if self._take("!"):
            inner = self._one()
            return lambda case: not inner(case)
        if self._take("("):
            inside = self.either()
            if not self._take(")"):
                raise ValueError("a parenthesis stays open")
            return inside
        if not self.tokens or self.tokens[0] not in self._names:
            raise ValueError(f"{self.tokens[0]!r} is no trigger" if self.tokens else "it ends too early")
        name = self.tokens.pop(0)
        return lambda case: case[name]

    def _take(self, token: str) -> bool:
        if self.tokens[:1] != [token]:
            return False
        self.tokens.pop(0)
        return True
