"""Expressions: from what was written to typed nodes of the plan."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from segue.compiler.analysis import advice, codes
from segue.compiler.analysis.names import resolve_name, resolve_segment
from segue.compiler.analysis.problems import Blocked, Problem, problem
from segue.compiler.analysis.scope import Scope
from segue.compiler.plan.build import BuildError
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.windows import EPOCH, to_days, to_microseconds
from segue.compiler.types import BOOL, DATE, DURATION, RATIO, STRING, TIMESTAMP, Kind
from segue.grammar import ast

if TYPE_CHECKING:
    from segue.compiler.analysis.analysis import Analysis

FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def lower_expression(analysis: "Analysis", scope: Scope, node: ast.Expression) -> Expr:
    """The plan node of any expression but a call. Raises `Problem` where it has no meaning."""
    build = analysis.build
    match node:
        case (
            ast.Number()
            | ast.Percent()
            | ast.Duration()
            | ast.String()
            | ast.Boolean()
            | ast.Date()
            | ast.Timestamp()
        ):
            return _constant(analysis, node)
        case ast.Name():
            return resolve_name(analysis, scope, node)
        case ast.Unary("not", operand):
            return build.negation(analysis.condition(scope, operand))
        case ast.Unary("-", operand):
            return _negate(analysis, scope, operand)
        case ast.Logical(operator, operands):
            return build.logical(operator, lower_conditions(analysis, scope, operands))
        case ast.Binary():
            return _binary(analysis, scope, node)
        case ast.Between(operand, low, high):
            first, second, third = (analysis.lower(scope, part) for part in (operand, low, high))
            advice.check_range((operand, first), (low, second), (high, third))
            return build.logical(
                "and",
                (
                    _compare(analysis, scope, ">=", operand, low),
                    _compare(analysis, scope, "<=", operand, high),
                ),
            )
        case ast.InList():
            return _in_list(analysis, scope, node)
        case ast.InSegment(segment, negated):
            member = resolve_segment(analysis, scope, segment)
            return build.negation(member) if negated else member
        case ast.IsMissing(operand, negated):
            missing = build.call("is missing", analysis.lower(scope, operand))
            return build.negation(missing) if negated else missing
        case ast.IfElse():
            return _if_else(analysis, scope, node)
        case _:
            raise AssertionError(node)


def lower_conditions(
    analysis: "Analysis", scope: Scope, nodes: Sequence[ast.Expression]
) -> tuple[Expr, ...]:
    """Several conditions; the findings of all of them, not just of the first, are reported."""
    conditions: list[Expr] = []
    blocked = False
    for node in nodes:
        try:
            conditions.append(analysis.condition(scope, node))
        except Problem as found:
            analysis.diagnostics.append(found.diagnostic)
            blocked = True
        except Blocked:
            blocked = True
    if blocked:
        raise Blocked
    return tuple(conditions)


def _constant(analysis: "Analysis", node: ast.Expression) -> Expr:
    build = analysis.build
    match node:
        case ast.Number(value):
            return build.number(value)
        case ast.Percent(value):
            return build.literal(float(value / 100), RATIO)
        case ast.Duration(microseconds):
            return build.literal(microseconds, DURATION)
        case ast.String(value):
            return build.literal(value, STRING)
        case ast.Boolean(value):
            return build.literal(value, BOOL)
        case ast.Date(year, month, day):
            return build.literal(to_days(date(year, month, day)), DATE)
        case ast.Timestamp(microseconds, utc):
            if not utc:
                wall = (EPOCH + timedelta(microseconds=microseconds)).replace(tzinfo=None)
                zone = ZoneInfo(analysis.catalog.timezone)
                microseconds = to_microseconds(wall.replace(tzinfo=zone))
            return build.literal(microseconds, TIMESTAMP)
    raise AssertionError(node)


def _negate(analysis: "Analysis", scope: Scope, node: ast.Expression) -> Expr:
    operand = analysis.lower(scope, node)
    try:
        return analysis.build.call("negate", operand)
    except BuildError:
        raise problem(
            codes.TYPE_MISMATCH,
            node.span,
            f"{advice.describe(operand.type)} has no opposite",
            label="not a number",
        ) from None


def _binary(analysis: "Analysis", scope: Scope, node: ast.Binary) -> Expr:
    if node.operator in FLIPPED:
        return _compare(analysis, scope, node.operator, node.left, node.right)
    left = analysis.lower(scope, node.left)
    right = analysis.lower(scope, node.right)
    operands = ((node.left, left), (node.right, right))
    if node.operator == "??":
        _record_values(analysis, operands)
        advice.check_comparison(operands)
    if node.operator in advice.TEXT_OPERATORS:
        _check_text_constant(analysis, node, right)
    try:
        return analysis.build.call(node.operator, left, right)
    except BuildError as error:
        if node.operator == "anniversary within":
            raise problem(codes.TYPE_MISMATCH, node.right.span, str(error)) from None
        raise advice.mismatch(node.operator, operands) from None


def _check_text_constant(analysis: "Analysis", node: ast.Binary, right: Expr) -> None:
    if right.op != "literal" or right.type.kind is not Kind.STRING:
        raise problem(
            codes.WRONG_ARGUMENTS,
            node.right.span,
            f"`{node.operator}` needs a text constant",
            label=advice.describe(right.type),
            help='write the text in quotes, as in `"pricing"`',
        )
    if node.operator == "matches":
        from segue.compiler.sql.regex import validate

        found = validate(str(right.param))
        if found is not None:
            raise problem(codes.BAD_PATTERN, node.right.span, found)


def _compare(
    analysis: "Analysis",
    scope: Scope,
    operator: str,
    left: ast.Expression,
    right: ast.Expression,
) -> Expr:
    operands = (
        (left, analysis.lower(scope, left)),
        (right, analysis.lower(scope, right)),
    )
    _record_values(analysis, operands)
    advice.check_comparison(operands)
    advice.check_order(operator, *operands)
    first, second = operands[0][1], operands[1][1]
    if first.op == "literal" and second.op != "literal":
        # One order for both spellings, so that they are one node with one match score.
        operator, first, second = FLIPPED[operator], second, first
    try:
        return analysis.build.call(operator, first, second)
    except BuildError:
        raise advice.mismatch(operator, operands) from None


def _record_values(analysis: "Analysis", operands: tuple[advice.Operand, ...]) -> None:
    """Writes down which texts are accepted values of what they are compared with."""
    for (written, value), (other, _) in (operands, operands[::-1]):
        accepted = value.type.values
        if accepted is not None and isinstance(other, ast.String) and other.value in accepted:
            analysis.recording.values.append((other, written))


def _in_list(analysis: "Analysis", scope: Scope, node: ast.InList) -> Expr:
    value = analysis.lower(scope, node.operand)
    items = tuple(analysis.lower(scope, item) for item in node.items)
    for written, item in zip(node.items, items, strict=True):
        operands = ((node.operand, value), (written, item))
        _record_values(analysis, operands)
        advice.check_comparison(operands)
        try:
            analysis.build.call("==", value, item)
        except BuildError:
            raise advice.mismatch("in", operands) from None
    found = analysis.build.in_constants(value, items)
    return analysis.build.negation(found) if node.negated else found


def _if_else(analysis: "Analysis", scope: Scope, node: ast.IfElse) -> Expr:
    test = analysis.condition(scope, node.condition)
    then = analysis.lower(scope, node.then)
    otherwise = analysis.lower(scope, node.otherwise)
    try:
        return analysis.build.choice(test, then, otherwise)
    except BuildError:
        raise problem(
            codes.TYPE_MISMATCH,
            node.otherwise.span,
            f"`then` gives {advice.describe(then.type)}, and `else` "
            f"{advice.describe(otherwise.type)}",
            label=advice.describe(otherwise.type),
            help="both must be of one type",
        ) from None
