"""Evaluation and validation of the expressions of monitors."""

from itertools import product

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.stellantis.api import InvalidValue
from custom_components.stellantis.api.requests import check_expression
from custom_components.stellantis.api.requests.expression import _to_postfix, evaluate_postfix

NAMES = ("a", "b", "c1", "d.2", "e_3")


@pytest.mark.parametrize(
    "expression",
    [
        "a",
        "!a",
        "!!a",
        " a ",
        "a&b",
        "a | b & !c1",
        "(a)",
        "((a & b) | (c1 & !b) | (d.2 & a) | (e_3 & (a | b)))",
        "(" * 400 + "a" + ")" * 400,
        "!" * 900 + "a",
    ],
)
def test_valid_expressions(expression: str) -> None:
    check_expression(expression, NAMES)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "too early"),
        (" ", "no meaning"),
        ("a &", "too early"),
        ("!", "too early"),
        ("(", "too early"),
        ("()", "wrong place"),
        ("a b", "wrong place"),
        ("a !b", "wrong place"),
        ("& a", "wrong place"),
        ("a | | b", "wrong place"),
        ("a (b)", "wrong place"),
        ("(a", "never closed"),
        ("a)", "never opened"),
        (")", "wrong place"),
        ("a ^ b", "no meaning"),
        ("a; b", "no meaning"),
        ("z", "no trigger named z"),
        ("a & zz | z", "no trigger named z"),
        ("a & !a", "always false"),
        ("a | !a", "always true"),
        ("(a & b) | !(a & b)", "always true"),
        ("a & b & !(a | b)", "always false"),
        ("a" * 1001, "too long"),
    ],
)
def test_invalid_expressions(expression: str, message: str) -> None:
    with pytest.raises(InvalidValue, match=message) as error:
        check_expression(expression, NAMES)
    assert error.value.field == "expression"


def _expressions(depth: int) -> st.SearchStrategy[str]:
    names = st.sampled_from(NAMES[:3])
    if not depth:
        return names
    operands = _expressions(depth - 1)
    return st.one_of(
        names,
        operands.map(lambda text: f"!({text})"),
        operands.map(lambda text: f"({text})"),
        st.tuples(operands, st.sampled_from("&|"), operands).map(" ".join),
    )


@settings(max_examples=300)
@given(_expressions(4))
def test_evaluation_matches_python(expression: str) -> None:
    """The operators of Python have the same precedence."""
    python = expression.replace("!", " not ").replace("&", " and ").replace("|", " or ")
    results = set()
    for values in product((True, False), repeat=3):
        variables = dict(zip(NAMES, values, strict=False))
        result = evaluate_postfix(tuple(_to_postfix(expression)), variables)
        assert result == eval(python, {}, variables)  # noqa: S307 - generated here
        results.add(result)
    if len(results) == 2:
        check_expression(expression, NAMES[:3])
    else:
        with pytest.raises(InvalidValue, match="always"):
            check_expression(expression, NAMES[:3])
