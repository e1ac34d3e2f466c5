"""The boolean expression of a monitor: how its triggers are combined, and the input from which it comes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
import re
from typing import Any

from ..api import InvalidValue
from ..api.requests import DataTrigger, Operator, check_expression
from .forms import duration_to_input
from .summary import TriggerCondition

type Triggers = Mapping[str, TriggerCondition]


def expression_from_input(user_input: Mapping[str, Any], triggers: Triggers) -> str:
    """Return the boolean expression that was chosen or entered."""
    return _combinations(triggers).get(user_input["match"]) or user_input.get("expression", "")


def expression_to_input(expression: str, triggers: Triggers, refresh: timedelta | None) -> dict[str, Any]:
    """Return the form input that corresponds to an expression and a reminder interval."""
    match = "all"
    if expression:
        combinations = _combinations(triggers).items()
        match = next((option for option, text in combinations if text == expression), "expression")
    return {"match": match, "expression": expression, **({"refresh": duration_to_input(refresh)} if refresh else {})}


def adapt_expression(expression: str, old: Triggers, new: Triggers, replaced: Sequence[str] = ()) -> str:
    """Return the expression for other triggers: if it was all or any of the old ones, it is all or any of the new.

    Args:
        expression: The expression for the old triggers.
        old: The old triggers.
        new: The new ones.
        replaced: The triggers in place of one of the old; the first has its name.
    """
    if not expression:
        return ""
    user_input = expression_to_input(expression, old, None)
    if user_input["match"] == "expression" and len(replaced) > 1:
        name = rf"(?<![^\s()&|!]){re.escape(replaced[0])}(?![^\s()&|!])"
        return re.sub(name, f"({' & '.join(replaced)})", expression)
    return expression_from_input(user_input, new)


def find_expression_error(expression: str, trigger_names: Collection[str]) -> InvalidValue | None:
    """Return the error in a boolean expression, or None if it is valid and has all triggers."""
    try:
        check_expression(expression, trigger_names)
    except InvalidValue as err:
        return err
    used = set(re.findall(r"[^\s()&|!]+", expression))
    unused = [name for name in trigger_names if name not in used]
    return InvalidValue("expression", "leaves one out", reason="unused_trigger", part=unused[0]) if unused else None


def _combinations(triggers: Triggers) -> dict[str, str]:
    """Return the expressions that are true if all triggers are true, and if any is."""
    return {"all": " & ".join(triggers), "any": " | ".join(_alternatives(triggers))}


def _alternatives(triggers: Triggers) -> Iterable[str]:
    """Return the triggers as parts of "any"; both ends of a range are one, as each number is above one or below one."""
    left = dict(triggers)
    while left:
        name = next(iter(left))
        condition = left.pop(name)
        other = next((other for other, end in left.items() if _is_range(condition, end)), None)
        if other:
            del left[other]
        yield f"({name} & {other})" if other else name


def _is_range(first: TriggerCondition, second: TriggerCondition) -> bool:
    """Return whether a number meets both conditions only between two others."""
    if not (isinstance(first, DataTrigger) and isinstance(second, DataTrigger)) or first.data != second.data:
        return False
    ends = {condition.op: condition.values for condition in (first, second) if not condition.previous}
    if ends.keys() != {Operator.GREATER_THAN, Operator.LOWER_THAN}:
        return False
    (least,), (most,) = ends[Operator.GREATER_THAN], ends[Operator.LOWER_THAN]
    return float(least) < float(most)
