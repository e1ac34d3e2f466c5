"""The conditions of monitors: `&`, `|`, `!` and parentheses over the names of triggers, `!` before `&` before `|`."""

from collections.abc import Collection, Iterator, Mapping
from itertools import product
import re

from ..exceptions import InvalidValue

_FIELD = "expression"
_TOKEN = re.compile(r"\s*(?:(?P<name>[A-Za-z0-9._-]+)|(?P<sign>[&|!()]))\s*")
_BINDS = {"!": 3, "&": 2, "|": 1}
_BEFORE_AN_OPERAND = frozenset("!(")
_AFTER_AN_OPERAND = frozenset("&|)")
_CLOSES = ")"
_LONGEST = 1000


def check_expression(expression: str, names: Collection[str]) -> None:
    """Refuse a condition over other names, one that cannot be read, and one that is always true or never.

    There are at most five names, so all their values can be tried.

    Raises:
        InvalidValue: it is refused.
    """
    program = tuple(_compiled(expression))
    unknown = {token for token in program if token not in _BINDS} - set(names)
    if unknown:
        part = min(unknown)
        raise InvalidValue(_FIELD, f"there is no trigger named {part}", reason="unknown_trigger", part=part)
    results = {
        evaluate(program, dict(zip(names, values, strict=True))) for values in product((True, False), repeat=len(names))
    }
    if len(results) == 1:
        always = "true" if results.pop() else "false"
        raise InvalidValue(_FIELD, f"it is always {always}", reason=f"always_{always}")


def evaluate(program: Collection[str], values: Mapping[str, bool]) -> bool:
    """The value of a condition whose operators follow their operands."""
    stack: list[bool] = []
    for token in program:
        match token:
            case "!":
                stack.append(not stack.pop())
            case "&" | "|":
                right, left = stack.pop(), stack.pop()
                stack.append(left and right if token == "&" else left or right)  # noqa: S105 - an operator
            case _:
                stack.append(values[token])
    return stack.pop()


def _compiled(expression: str) -> Iterator[str]:
    """The tokens with each operator after its operands; a stack of signs, since parentheses may nest deeply."""
    signs: list[str] = []
    operand_is_next = True
    for token in _tokens(expression):
        if operand_is_next == (token in _AFTER_AN_OPERAND):
            raise InvalidValue(_FIELD, f"{token} is at the wrong place", reason="misplaced", part=token)
        if token in _BEFORE_AN_OPERAND:
            signs.append(token)
        elif token in _AFTER_AN_OPERAND:
            while signs and _BINDS.get(signs[-1], 0) >= _BINDS.get(token, 1):
                yield signs.pop()
            operand_is_next = token != _CLOSES
            _put(signs, token)
        else:
            yield token
            operand_is_next = False
    if operand_is_next:
        raise InvalidValue(_FIELD, "it ends too early", reason="ends_early")
    if "(" in signs:
        raise InvalidValue(_FIELD, "a parenthesis was never closed", reason="not_closed")
    yield from reversed(signs)


def _put(signs: list[str], sign: str) -> None:
    if sign != _CLOSES:
        signs.append(sign)
    elif signs:
        signs.pop()
    else:
        raise InvalidValue(_FIELD, "a parenthesis was never opened", reason="not_opened")


def _tokens(expression: str) -> Iterator[str]:
    if len(expression) > _LONGEST:
        raise InvalidValue(_FIELD, "it is too long", reason="too_long")
    at = 0
    while at < len(expression):
        found = _TOKEN.match(expression, at)
        if found is None:
            part = expression[at:].strip()[:1] or "a blank"
            raise InvalidValue(_FIELD, f"{part} has no meaning", reason="no_meaning", part=part)
        yield found["name"] or found["sign"]
        at = found.end()
