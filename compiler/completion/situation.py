"""What is asked for at the cursor, read off the unfinished parse."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from segue.compiler.catalog.model import Catalog
from segue.compiler.operators.aggregates import AGGREGATES, AggregateFunction
from segue.grammar import ast
from segue.grammar.cursor import Cursor
from segue.grammar.lexer import Token

OPERATORS = frozenset(
    {
        *("COMPARISON", "CONTAINS", "MATCHES", "STARTS_WITH", "ENDS_WITH", "ANNIVERSARY"),
        *("PLUS", "MINUS", "STAR", "SLASH", "COALESCE"),
    }
)
_STEPS = ("FOLLOWED_BY", "NOT_FOLLOWED_BY")
_IN = ("IN", "NOT_IN")


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call whose closing bracket is not there yet."""

    function: str
    arguments: tuple[ast.Expression, ...]
    position: int
    """How many arguments are complete: the place of the one being typed."""
    in_selection: bool

    @property
    def aggregate(self) -> AggregateFunction | None:
        """The aggregate function, if it is one."""
        return AGGREGATES.get(self.function)


@dataclass(frozen=True, slots=True)
class Situation:
    """What may stand at the cursor beyond what the grammar says.

    `left` and `operator` are there after an operator, and then what fits on its right is
    wanted; `complete` is a value after which an operator may come. `events` are those whose
    rows are in sight.
    """

    left: ast.Expression | None = None
    operator: str = ""
    complete: ast.Expression | None = None
    wants_event: bool = False
    wants_segment: bool = False
    clause: str = ""
    call: OpenCall | None = None
    events: tuple[str, ...] = ()
    parameters: tuple[str, ...] = field(default=())


def situation(cursor: Cursor, catalog: Catalog) -> Situation:
    """The situation at a cursor."""
    values = cursor.values
    top = values[-1]
    left, operator = _comparison(values)
    call = open_call(values)
    return Situation(
        left=left,
        operator=operator,
        complete=cursor.complete,
        wants_event=_wants_event(values, call),
        wants_segment=isinstance(top, Token) and top.kind in _IN and left is None,
        clause=_clause(values),
        call=call,
        events=_rows(values, call, catalog),
        parameters=_parameters(values),
    )


def _is_expression(value: Any) -> bool:
    return isinstance(value, ast.Expression)


def _is(value: Any, *kinds: str) -> bool:
    return isinstance(value, Token) and value.kind in kinds


def _comparison(values: Sequence[Any]) -> tuple[ast.Expression | None, str]:
    """The operand left of the cursor and the operator between."""
    top = values[-1]
    before = values[-2] if len(values) > 1 else None
    if _is(top, *OPERATORS) and _is_expression(before):
        return before, " ".join(top.text.split())
    if _is(top, "BETWEEN") and _is_expression(before):
        return before, ">="
    if _is(top, "AND") and len(values) > 3 and _is(values[-3], "BETWEEN"):
        return values[-4], "<="
    opening = len(values) - 1
    if _is(top, "COMMA"):
        opening -= 2
    if opening > 1 and _is(values[opening], "LSQB") and _is(values[opening - 1], *_IN):
        return values[opening - 2], "=="
    return None, ""


def open_call(values: Sequence[Any]) -> OpenCall | None:
    """The innermost call that is still open."""
    depth = 0
    for i in range(len(values) - 1, 0, -1):
        if _is(values[i], "RPAR"):
            depth += 1
        elif _is(values[i], "LPAR") and depth:
            depth -= 1
        elif _is(values[i], "LBRACE"):
            return None
        elif _is(values[i], "LPAR"):
            name = values[i - 1]
            if isinstance(name, ast.Name):
                return _call(name.text, values[i + 1 :])
            if _is(name, "EXTREME_OF"):
                return _call(" ".join(name.text.split()), values[i + 1 :])
    return None


def _call(function: str, inside: Sequence[Any]) -> OpenCall:
    arguments = inside[0] if inside and isinstance(inside[0], list) else []
    if not arguments and inside and _is_expression(inside[0]):
        # Not reduced to a list yet: the argument may still go on.
        return OpenCall(function, (inside[0],), 0, False)
    rest = [value for value in inside[1:] if isinstance(value, Token)]
    in_selection = any(t.kind not in ("COMMA", *OPERATORS) for t in rest)
    return OpenCall(function, tuple(arguments), len(arguments), in_selection)


def _wants_event(values: Sequence[Any], call: OpenCall | None) -> bool:
    top = values[-1]
    if _is(top, *_STEPS):
        return True
    if _is(top, "ON"):
        return len(values) > 1 and (isinstance(values[-2], list) and _opens(values))
    return (
        call is not None
        and call.aggregate is not None
        and call.position == 0
        and not call.arguments
    )


def _opens(values: Sequence[Any]) -> bool:
    """Whether `on` begins an item or stands in a state, rather than in a campaign."""
    return not any(_is(value, "CAMPAIGN") for value in values)


def _rows(values: Sequence[Any], call: OpenCall | None, catalog: Catalog) -> tuple[str, ...]:
    if call is None or call.aggregate is None or not call.arguments:
        return ()
    first = call.arguments[0]
    names = [first.parts[0]] if isinstance(first, ast.Name) else []
    for value in values:
        if isinstance(value, list):
            names += [step.event.parts[0] for step in value if isinstance(step, ast.Step)]
    for i, value in enumerate(values[:-1]):
        if _is(value, *_STEPS) and isinstance(values[i + 1], ast.Name):
            names.append(values[i + 1].parts[0])
    window = any(_is(value, "OVER") for value in values[-3:])
    return () if window else tuple(name for name in names if name in catalog.events)


def _clause(values: Sequence[Any]) -> str:
    """The keyword of the clause of plain words that is under way: `actions`, `tags`, …"""
    top = values[-1]
    if _is(top, "COMMA") and len(values) > 2 and isinstance(values[-3], Token):
        top = values[-3]
    return top.text if isinstance(top, Token) else ""


def _parameters(values: Sequence[Any]) -> tuple[str, ...]:
    for i, value in enumerate(values):
        if _is(value, "DEFINE"):
            lists = (v for v in values[i + 1 :] if isinstance(v, list))
            names = next(lists, [])
            return tuple(name.text for name in names if isinstance(name, ast.Identifier))
    return ()
