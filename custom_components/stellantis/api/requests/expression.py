"""Expressions of monitors: names of triggers with `!`, `&`, `|` (in order of precedence) and parentheses."""

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
    """Check that an expression is well-formed, uses known names only, and is neither always true nor always false.

    There are at most five names, so all combinations of values are tried.

    Raises:
        InvalidValue: The expression is invalid.
    """
    postfix = tuple(_to_postfix(expression))
    unknown = {token for token in postfix if token not in _PRECEDENCE} - set(names)
    if unknown:
        part = min(unknown)
        raise InvalidValue(_FIELD, f"no trigger named {part}", reason="unknown_trigger", part=part)
    results = {
        evaluate_postfix(postfix, dict(zip(names, values, strict=True)))
        for values in product((True, False), repeat=len(names))
    }
    if len(results) == 1:
        always = "true" if results.pop() else "false"
        raise InvalidValue(_FIELD, f"must not be always {always}", reason=f"always_{always}")


def evaluate_postfix(postfix: Collection[str], values: Mapping[str, bool]) -> bool:
    """Evaluate an expression in postfix notation."""
    stack: list[bool] = []
    for token in postfix:
        match token:
            case "!":
                stack.append(not stack.pop())
            case "&" | "|":
                right, left = stack.pop(), stack.pop()
                stack.append(left and right if token == "&" else left or right)  # noqa: S105 - not a password
            case _:
                stack.append(values[token])
    return stack.pop()


def _to_postfix(expression: str) -> Iterator[str]:
    """Yield the tokens in postfix notation. Uses a stack instead of recursion, since parentheses may nest deeply."""
    operators: list[str] = []
    expects_operand = True
    for token in _tokenize(expression):
        if expects_operand == (token in _AFTER_OPERAND):
            raise InvalidValue(_FIELD, f"{token} is in the wrong place", reason="misplaced", part=token)
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
        raise InvalidValue(_FIELD, "ends too early", reason="ends_early")
    if "(" in operators:
        raise InvalidValue(_FIELD, "parenthesis never closed", reason="not_closed")
    yield from reversed(operators)


def _push_or_close(operators: list[str], operator: str) -> None:
    if operator != _CLOSING:
        operators.append(operator)
    elif operators:
        operators.pop()
    else:
        raise InvalidValue(_FIELD, "parenthesis never opened", reason="not_opened")


def _tokenize(expression: str) -> Iterator[str]:
    if len(expression) > _MAX_LENGTH:
        raise InvalidValue(_FIELD, "is too long", reason="too_long")
    position = 0
    while position < len(expression):
        match = _TOKEN.match(expression, position)
        if match is None:
            part = expression[position:].strip()[:1] or "a blank"
            raise InvalidValue(_FIELD, f"{part} has no meaning", reason="no_meaning", part=part)
        yield match["name"] or match["sign"]
        position = match.end()
