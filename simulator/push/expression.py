"""Boolean expressions of monitors: names, `!`, `&`, `|` (in the order of precedence) and parentheses."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
import re

type Expression = Callable[[Mapping[str, bool]], bool]

# The pattern in the API description; ".-_" is a range of characters, which does not include the hyphen.
NAME_PATTERN = r"[a-zA-Z]+[.-_]?[0-9]*"
# How deep parentheses and `!` may be nested.
MAX_DEPTH = 50
_TOKEN = re.compile(rf"\s*(?:({NAME_PATTERN})|([&|!()]))")


def parse_expression(text: str, names: Sequence[str]) -> Expression:
    """Return a function that evaluates an expression with the values of its names.

    Raises:
        ValueError: It cannot be parsed, is nested too deep, has an unknown name, or is always true or always false.
    """
    parser = _Parser(_tokens(text), names)
    expression = parser.parse_or()
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
        match = _TOKEN.match(text, at)
        if not match:
            raise ValueError(f"{text[at:].lstrip()[0]!r} is not understood")
        tokens.append(match[1] or match[2])
        at = match.end()
    return tokens


class _Parser:
    """A recursive descent parser."""

    def __init__(self, tokens: list[str], names: Sequence[str]) -> None:
        self.tokens = tokens
        self._names = frozenset(names)
        self._depth = 0

    def parse_or(self) -> Expression:
        """Parse terms joined by `|`."""
        parts = [self._parse_and()]
        while self._accept("|"):
            parts.append(self._parse_and())
        return parts[0] if len(parts) == 1 else lambda case: any(part(case) for part in parts)

    def _parse_and(self) -> Expression:
        parts = [self._parse_not()]
        while self._accept("&"):
            parts.append(self._parse_not())
        return parts[0] if len(parts) == 1 else lambda case: all(part(case) for part in parts)

    def _parse_not(self) -> Expression:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ValueError("nested too deep")
        expression = self._parse_term()
        self._depth -= 1
        return expression

    def _parse_term(self) -> Expression:
        if self._accept("!"):
            inner = self._parse_not()
            return lambda case: not inner(case)
        if self._accept("("):
            inside = self.parse_or()
            if not self._accept(")"):
                raise ValueError("a parenthesis stays open")
            return inside
        if not self.tokens or self.tokens[0] not in self._names:
            raise ValueError(f"{self.tokens[0]!r} is no trigger" if self.tokens else "it ends too early")
        name = self.tokens.pop(0)
        return lambda case: case[name]

    def _accept(self, token: str) -> bool:
        if self.tokens[:1] != [token]:
            return False
        self.tokens.pop(0)
        return True
