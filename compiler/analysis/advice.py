"""What to say when two values do not fit together: errors that teach the units."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from segue.compiler.analysis import codes
from segue.compiler.analysis.hints import date_hint
from segue.compiler.analysis.problems import Problem, problem
from segue.compiler.plan.nodes import Expr
from segue.compiler.types import INTEGERS, TEXTS, Kind, Type
from segue.grammar import ast
from segue.grammar.suggestions import did_you_mean
from segue.grammar.unparse import unparse

RATIOS = frozenset({Kind.RATIO, Kind.PROBABILITY})
MOMENTS = frozenset({Kind.DATE, Kind.TIMESTAMP})

DESCRIPTIONS = {
    Kind.BOOL: "true or false",
    Kind.INT: "a whole number",
    Kind.DECIMAL: "an amount",
    Kind.FLOAT: "a number",
    Kind.RATIO: "a ratio between 0 and 1",
    Kind.PROBABILITY: "a probability between 0 and 1",
    Kind.STRING: "text",
    Kind.ENUM: "one of a list of values",
    Kind.DATE: "a calendar day",
    Kind.TIMESTAMP: "an instant",
    Kind.DURATION: "a duration",
}

# A written expression together with what it means.
Operand = tuple[ast.Expression, Expr]


def describe(type: Type) -> str:
    """A type in words."""
    return DESCRIPTIONS[type.kind]


def check_comparison(operands: tuple[Operand, ...]) -> None:
    """Raises where values of different units would be compared, although numbers could be."""
    for this, other in zip(operands, operands[1:] + operands[:1], strict=True):
        for left, right in ((this, other), (other, this)):
            for check in _COMPARISON_CHECKS:
                found = check(left, right)
                if found is not None:
                    raise found


def _ratio_against_number(left: Operand, right: Operand) -> Problem | None:
    (written, value), (other, constant) = left, right
    if value.type.kind not in RATIOS or not isinstance(other, ast.Number):
        return None
    if constant.op != "literal" or constant.type.kind is not Kind.INT or other.value in (0, 1):
        return None
    return problem(
        codes.RATIO_AGAINST_NUMBER,
        other.span,
        f"{_name(written)} is {describe(value.type)}; write `{other.value}%`",
        label="a whole number",
        help=(
            f"`{other.value}%` is {Decimal(other.value) / 100}; "
            f"for {other.value} times as much write `{other.value}.0`"
        ),
    )


def _number_against_ratio(left: Operand, right: Operand) -> Problem | None:
    (written, value), (other, ratio) = left, right
    if value.type.kind not in INTEGERS or value.op == "literal":
        return None
    if isinstance(other, ast.Percent):
        return problem(
            codes.NUMBER_AGAINST_RATIO,
            other.span,
            f"{_name(written)} is {describe(value.type)}, not a share of something",
            label="a percentage",
            help=f"write `{other.value}`, or divide by what it is a share of",
        )
    if ratio.type.kind in RATIOS and ratio.op != "literal":
        return problem(
            codes.NUMBER_AGAINST_RATIO,
            other.span,
            f"{_name(written)} is {describe(value.type)} and {_name(other)} is "
            f"{describe(ratio.type)}",
            label=describe(ratio.type),
        )
    return None


def _duration_against_number(left: Operand, right: Operand) -> Problem | None:
    (written, value), (other, number) = left, right
    if value.type.kind is not Kind.DURATION or number.type.kind not in (
        *INTEGERS,
        Kind.FLOAT,
        Kind.RATIO,
    ):
        return None
    fix = ""
    if isinstance(other, ast.Number):
        n = other.value
        fix = f"write `{n}d` for days, `{n}h` for hours, `{n}min` or `{n}s`"
    return problem(
        codes.DURATION_AGAINST_NUMBER,
        other.span,
        f"{_name(written)} is a duration; {_name(other)} has no unit of time",
        label=describe(number.type),
        help=fix,
    )


def _moment_against_duration(left: Operand, right: Operand) -> Problem | None:
    (written, value), (other, duration) = left, right
    if value.type.kind not in MOMENTS or duration.type.kind is not Kind.DURATION:
        return None
    return problem(
        codes.MOMENT_AGAINST_DURATION,
        written.span,
        f"{_name(written)} is {describe(value.type)}, and {_name(other)} is a duration",
        label=describe(value.type),
        help=f"how long ago it was is `age({unparse(written)})`",
    )


def _date_against_instant(left: Operand, right: Operand) -> Problem | None:
    (written, value), (other, date) = left, right
    if value.type.kind is not Kind.TIMESTAMP or date.type.kind is not Kind.DATE:
        return None
    return problem(
        codes.TYPE_MISMATCH,
        written.span,
        f"{_name(written)} is an instant, and {_name(other)} is a calendar day",
        label="an instant",
        help=f"its day in the project's time zone is `date({unparse(written)})`",
    )


def _unknown_value(left: Operand, right: Operand) -> Problem | None:
    (written, value), (other, constant) = left, right
    accepted = value.type.values
    if value.type.kind is not Kind.ENUM or accepted is None:
        return None
    if constant.op != "literal" or constant.type.kind not in TEXTS or constant.param in accepted:
        return None
    hint = did_you_mean(str(constant.param), accepted).replace("`", '"')
    return problem(
        codes.UNKNOWN_VALUE,
        other.span,
        f'{_name(written)} is never "{constant.param}"',
        label="not one of its values",
        help=hint or "its values are " + ", ".join(f'"{v}"' for v in accepted),
    )


_COMPARISON_CHECKS: tuple[Callable[[Operand, Operand], Problem | None], ...] = (
    _ratio_against_number,
    _number_against_ratio,
    _duration_against_number,
    _moment_against_duration,
    _date_against_instant,
    _unknown_value,
)


_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def check_order(operator: str, left: Operand, right: Operand) -> None:
    """Raises where the values of an enum would be put in an order."""
    if operator not in _FLIPPED or not {left[1].type.kind, right[1].type.kind} <= TEXTS:
        return  # No other two fit together, which is another mistake.
    for this, other, seen in ((left, right, operator), (right, left, _FLIPPED[operator])):
        if this[1].type.kind is Kind.ENUM and this[1].op != "literal":
            raise _no_order(
                operator, this, _beyond(seen, this[1].type.values or (), other[1].param)
            )


def _beyond(operator: str, values: tuple[str, ...], bound: object) -> tuple[str, ...]:
    """The values up to a bound, or from it on, in the order of the catalog."""
    if bound not in values:
        return ()
    place = values.index(str(bound))
    match operator:
        case "<":
            return values[:place]
        case "<=":
            return values[: place + 1]
        case ">":
            return values[place + 1 :]
        case _:
            return values[place:]


def check_range(operand: Operand, low: Operand, high: Operand) -> None:
    """As `check_order`, of `between`."""
    values = operand[1].type.values or ()
    if operand[1].type.kind is Kind.ENUM:
        ends = [values.index(str(end.param)) for _, end in (low, high) if end.param in values]
        meant = values[ends[0] : ends[1] + 1] if len(ends) == 2 else ()
        raise _no_order("between", operand, meant)


def _no_order(operator: str, operand: Operand, meant: tuple[str, ...]) -> Problem:
    """`meant` are the values, if the catalog happens to list them in the order that was meant."""
    written, _ = operand
    listed = ", ".join(f'"{value}"' for value in meant) or "…"
    return problem(
        codes.NO_ORDER,
        written.span,
        f"{_name(written)} has no order: `{operator}` would compare the letters of its values",
        label="one of a list of values",
        help=f"say which values are meant, as in `{unparse(written)} in [{listed}]`",
    )


def mismatch(operator: str, operands: tuple[Operand, ...]) -> Problem:
    """The finding where no signature of an operator fits its operands."""
    (left, left_value), (right, right_value) = operands
    message = (
        f"`{operator}` cannot take {describe(left_value.type)} and {describe(right_value.type)}"
    )
    span = right.span
    if operator in TEXT_OPERATORS and left_value.type.kind not in TEXTS:
        message = f"`{operator}` is for text; {_name(left)} is {describe(left_value.type)}"
        span = left.span
    return problem(
        codes.TYPE_MISMATCH,
        span,
        message,
        label=describe((left_value if span is left.span else right_value).type),
        help=_mismatch_hint(operator, (left, left_value), (right, right_value)),
    )


def _mismatch_hint(operator: str, left: Operand, right: Operand) -> str:
    """What was meant, where habit says it."""
    for (written, value), (other, constant) in ((left, right), (right, left)):
        kind = value.type.kind
        if kind is Kind.BOOL and operator in ("==", "!=", "<", "<=", ">", ">="):
            if constant.type.kind is Kind.BOOL:
                continue
            text = unparse(written)
            alone = f"a condition stands alone: `{text}`, or `not {text}`"
            if isinstance(written, ast.Call) and written.function == "exists":
                count = unparse(replace(written, function="count"))
                return f"{alone}; to compare how many, write `{count}`"
            return alone
        if kind in MOMENTS and (hint := date_hint(written, kind, operator, other)):
            return hint
        if kind in MOMENTS and operator in ("+", "-") and isinstance(other, ast.Number):
            return f"a length of time has a unit: `{other.value}d` is so many days"
    return ""


TEXT_OPERATORS = frozenset({"starts with", "ends with", "contains", "matches"})


def not_a_condition(written: ast.Expression, value: Expr) -> Problem:
    """The finding where a value stands in place of a condition."""
    if isinstance(written, ast.Name) and value.op == "literal" and value.type.kind is Kind.ENUM:
        return problem(
            codes.NOT_A_CONDITION,
            written.span,
            f"{_name(written)} is a tier, not a condition",
            label="a tier",
            help=f"membership is asked with `in {written.text}`",
        )
    values = value.type.values
    suggestion = {
        Kind.STRING: f'compare it, as in `{unparse(written)} == "…"`, or write '
        f"`{unparse(written)} is not missing`",
        Kind.ENUM: f'compare it, as in `{unparse(written)} == "{values[0] if values else "…"}"`',
        Kind.DATE: f"compare it, as in `{unparse(written)} >= 2025-03-01`",
        Kind.INT: f"compare it, as in `{unparse(written)} >= 1`",
        Kind.DECIMAL: f"compare it, as in `{unparse(written)} > 0`",
        Kind.FLOAT: f"compare it, as in `{unparse(written)} > 0`",
        Kind.RATIO: f"compare it, as in `{unparse(written)} >= 15%`",
        Kind.PROBABILITY: f"compare it, as in `{unparse(written)} >= 80%`",
        Kind.DURATION: f"compare it, as in `{unparse(written)} <= 7d`",
        Kind.TIMESTAMP: f"compare it, as in `age({unparse(written)}) <= 7d`",
    }.get(value.type.kind, "compare it with a value, or ask whether it `is missing`")
    return problem(
        codes.NOT_A_CONDITION,
        written.span,
        f"{_name(written)} is {describe(value.type)}, not a condition",
        label=describe(value.type),
        help=suggestion,
    )


def _name(written: ast.Expression) -> str:
    text = unparse(written)
    return f"`{text}`" if len(text) <= 40 else "this"
