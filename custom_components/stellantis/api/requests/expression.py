"""The conditions of monitors: `&`, `|`, `!` and parentheses over the names of triggers, `!` before `&` before `|`."""

from collections.abc import Collection, Iterator, Mapping
from itertools import product
import re

from ..exceptions import InvalidValue

_FIELD = "expression"
_TOKEN = re.compile(r"\s*(?:(?P<name>[A-Za-z0-9._-]+)|(?P<sign>[&|!()]))\s*")
_PRECEDENCE = {"!": 3, "&": 2, "|": 1}
_BEFORE_OPERAND = frozenset("!(")
_AFTER_OPERAND = frozenset("&|)")
_CLOSING = ")"
_MAX_LENGTH = 1000


def check_expression(expression: str, names: Collection[str]) -> None:
    """Refuse a condition over other names, one that cannot be read, and one that is always true or never.

    There are at most five names, so all their values can be tried.

    Raises:
        InvalidValue: it is refused.
    """
    postfix = tuple(_to_postfix(expression))
    unknown = {token for token in postfix if token not in _PRECEDENCE} - set(names)
    if unknown:
        part = min(unknown)
        raise InvalidValue(_FIELD, f"there is no trigger named {part}", reason="unknown_trigger", part=part)
    results = {
        evaluate_postfix(postfix, dict(zip(names, values, strict=True)))
        for values in product((True, False), repeat=len(names))
    }
    if len(results) == 1:
        always = "true" if results.pop() else "false"
        raise InvalidValue(_FIELD, f"it is always {always}", reason=f"always_{always}")


def evaluate_postfix(postfix: Collection[str], values: Mapping[str, bool]) -> bool:
    """The value of a condition whose operators follow their operands."""
    stack: list[bool] = []
    for token in postfix:
        match token:
            case "!":
                stack.append(not stack.pop())
            case "&" | "|":
                right, left = stack.pop(), stack.pop()
                stack.append(left and right if token == "&" else left or right)  # noqa: S105 - an operator
            case _:
                stack.append(values[token])
    return stack.pop()


def _to_postfix(expression: str) -> Iterator[str]:
    """The tokens with each operator after its operands; a stack of signs, since parentheses may nest deeply."""
    operators: list[str] = []
    expects_operand = True
    for token in _tokenize(expression):
        if expects_operand == (token in _AFTER_OPERAND):
            raise InvalidValue(_FIELD, f"{token} is at the wrong place", reason="misplaced", part=token)
        if token in _BEFORE_OPERAND:
            operators.append(token)
        elif token in _AFTER_OPERAND:
            while operators and _PRECEDENCE.get(operators[-1], 0) >= _PRECEDENCE.get(token, 1):
                yield operators.pop()
            expects_operand = token != _CLOSING
            _push_or_close(operators, token)
        else:
            yield token
            expects_operand = False
    if expects_operand:
        raise InvalidValue(_FIELD, "it ends too early", reason="ends_early")
    if "(" in operators:
        raise InvalidValue(_FIELD, "a parenthesis was never closed", reason="not_closed")
    yield from reversed(operators)


def _push_or_close(operators: list[str], operator: str) -> None:
    if operator != _CLOSING:
        operators.append(operator)
    elif operators:
        operators.pop()
    else:
        raise InvalidValue(_FIELD, "a parenthesis was never opened", reason="not_opened")


def _tokenize(expression: str) -> Iterator[str]:
    if len(expression) > _MAX_LENGTH:
        raise InvalidValue(_FIELD, "it is too long", reason="too_long")
    position = 0
    while position < len(expression):
        match = _TOKEN.match(expression, position)
        if match is None:
            part = expression[position:].strip()[:1] or "a blank"
            raise InvalidValue(_FIELD, f"{part} has no meaning", reason="no_meaning", part=part)
        yield match["name"] or match["sign"]
        position = match.end()
