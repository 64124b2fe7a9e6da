"""Aggregates as they are written: the event, the value, `where`, steps and windows."""

from typing import TYPE_CHECKING

from parity.generate.literals import date, duration, timestamp
from parity.generate.pools import DURATIONS
from parity.generate.productions import Fold, folds
from parity.generate.scopes import Scope, outer_names
from segue.compiler.catalog.model import TableEvent
from segue.compiler.plan.windows import DAY
from segue.compiler.types import Kind
from segue.grammar import ast

if TYPE_CHECKING:
    from parity.generate.expressions import Writer

UNITS: tuple[ast.CalendarUnit, ...] = ("day", "week", "month", "quarter", "year")
WEIGHTS = (Kind.INT, Kind.DECIMAL, Kind.FLOAT, Kind.DURATION)
WITHINS = (DAY, DAY // 24, 7 * DAY, 1_000_000, 1_000)


def fold(writer: "Writer", chosen: Fold, depth: int, scope: Scope) -> ast.Expression | None:
    """An aggregate call; None where no event has a value of the kind."""
    random = writer.random
    parameter = scope.event_parameter
    if parameter is not None and chosen.value is None and random.random() < 0.7:
        return _call(writer, chosen, parameter, ast.Name((parameter,)), depth, scope)
    events = list(writer.vocabulary.catalog.events)
    if chosen.value is None:
        event = random.choice(events)
        return _call(writer, chosen, event, ast.Name((event,)), depth, scope)
    found = [(event, name) for event in events for name in _properties(writer, event, chosen.value)]
    if not found:
        return None
    event, name = random.choice(found)
    value = _value(writer, chosen.value, event, name, depth, scope)
    return _call(writer, chosen, event, value, depth, scope)


def recency(writer: "Writer", depth: int, scope: Scope) -> ast.Expression:
    """How long ago something last happened, against a constant: what narrows a window."""
    random = writer.random
    event = random.choice(list(writer.vocabulary.catalog.events))
    chosen = next(f for f in folds()[Kind.TIMESTAMP] if f.function.name in ("last", "max"))
    value = ast.Name((event, "at"))
    latest: ast.Expression = ast.Call(chosen.function.name, (value,))
    if random.random() < 0.5:
        latest = _call(writer, chosen, event, value, depth, scope)
    operator = random.choice(("<=", "<", ">", ">="))
    if random.random() < 0.7:
        return ast.Binary(operator, ast.Call("age", (latest,)), _length(writer, scope))
    return ast.Binary(operator, latest, timestamp(random, random.choice(writer.vocabulary.edges)))


def threshold(writer: "Writer", depth: int, scope: Scope) -> ast.Expression:
    """A count against a small number: what most rules are made of."""
    random = writer.random
    event = random.choice(list(writer.vocabulary.catalog.events))
    chosen = next(f for f in folds()[Kind.INT] if f.function.name == "count" and f.value is None)
    counted = _call(writer, chosen, event, ast.Name((event,)), depth, scope)
    operator = random.choice((">=", "<", "==", ">", "<=", "!="))
    return ast.Binary(operator, counted, ast.Number(random.choice((0, 1, 2, 3, 5))))


def _properties(writer: "Writer", event: str, kind: Kind) -> list[str]:
    properties = writer.vocabulary.catalog.events[event].properties
    found = [name for name, prop in properties.items() if prop.read_type.kind is kind]
    return [*found, "at"] if kind is Kind.TIMESTAMP else found


def _value(
    writer: "Writer", kind: Kind, event: str, name: str, depth: int, scope: Scope
) -> ast.Expression:
    """A property; sometimes an expression around it, of properties of the same row."""
    plain: ast.Expression = ast.Name((event, name))
    if depth < 2 or writer.random.random() < 0.7:
        return plain
    row = Scope(events=(event,), qualified=True, parameters=scope.parameters)
    match writer.random.randrange(3):
        case 0:
            test = writer.expression(Kind.BOOL, 1, row)
            written: ast.Expression = ast.IfElse(test, plain, writer.leaf(kind, row))
        case 1 if kind in (Kind.INT, Kind.DECIMAL, Kind.FLOAT, Kind.DURATION):
            written = ast.Binary(
                writer.random.choice(("+", "-", "*") if kind is not Kind.DURATION else ("+", "-")),
                plain,
                writer.leaf(kind, row),
            )
        case _:
            written = ast.Binary("??", plain, writer.leaf(kind, row))
    return written if _mentions(written, event) else plain


def _mentions(written: ast.Expression, event: str) -> bool:
    """Whether all events that the analysis sees in a value are this one."""
    from segue.compiler.analysis.selections import _names

    found = {n.parts[0] for n in _names(written) if len(n.parts) == 2}
    return found - {"user"} == {event}


def _call(
    writer: "Writer",
    chosen: Fold,
    event: str,
    value: ast.Expression,
    depth: int,
    scope: Scope,
) -> ast.Expression:
    random, function = writer.random, chosen.function
    row = Scope(
        events=(*scope.outside().events, event),
        parameters=scope.parameters,
        event_parameter=scope.event_parameter,
    )
    window, unit = (
        _periods(writer) if function.takes_unit else (_window(writer, event, scope), None)
    )
    where = writer.condition(min(depth - 1, 2), row) if random.random() < 0.35 else None
    steps: tuple[ast.Step, ...] = ()
    if random.random() < 0.2:
        steps = _steps(writer, event, row, depth)
    by = None
    if function.weighted and event != scope.event_parameter and random.random() < 0.5:
        weights = [n for k in WEIGHTS for n in _properties(writer, event, k)]
        if weights:
            by = ast.Name((random.choice(weights),))
    arguments = (value,) if unit is None else (value, ast.Name((unit,)))
    plain = where is None and not steps and window is None
    selection = None if plain else ast.Selection(where, steps, window)
    return ast.Call(function.name, arguments, by, selection)


def _steps(writer: "Writer", event: str, row: Scope, depth: int) -> tuple[ast.Step, ...]:
    random = writer.random
    steps = []
    events: tuple[str | None, ...] = (event,)
    for _ in range(random.choice((1, 1, 2))):
        following = random.choice(list(writer.vocabulary.catalog.events))
        negated = random.random() < 0.45
        within = duration(random.choice(WITHINS)) if random.random() < 0.7 else None
        where = None
        if random.random() < 0.5:
            inside = Scope(
                events=(*events, following),
                parameters=row.parameters,
                event_parameter=row.event_parameter,
            )
            where = _join(writer, inside) if random.random() < 0.6 else None
            where = where or writer.condition(min(depth - 1, 1), inside)
        steps.append(ast.Step(ast.Name((following,)), negated, within, where))
        events = (*events, None if negated else following)
    return tuple(steps)


def _join(writer: "Writer", scope: Scope) -> ast.Expression | None:
    """Equality (or order) of a property of this step and one of an earlier step."""
    random = writer.random
    here = scope.events[-1]
    earlier = [e for e in scope.events[:-1] if e is not None and e != scope.event_parameter]
    if not earlier or here is None or here == scope.event_parameter:
        return None
    before = random.choice(earlier)
    kinds = [
        k
        for k in (Kind.STRING, Kind.INT, Kind.DECIMAL, Kind.ENUM, Kind.FLOAT, Kind.TIMESTAMP)
        if _properties(writer, here, k) and _properties(writer, before, k)
    ]
    if not kinds:
        return None
    kind = random.choice(kinds)
    left = ast.Name((random.choice(_properties(writer, here, kind)),))
    right = ast.Name((before, random.choice(_properties(writer, before, kind))))
    operator = random.choice(
        ("==", "==", "==", "!=", ">=") if kind is not Kind.ENUM else ("==", "!=")
    )
    return ast.Binary(operator, left, right)


# --------------------------------------------------------------------- windows


def _window(writer: "Writer", event: str, scope: Scope) -> ast.Window | None:
    random = writer.random
    edge = random.choice(writer.vocabulary.edges)
    match random.randrange(11):
        case 0:
            return None
        case 1:
            return ast.EverWindow()
        case 2 | 3:
            return ast.LastWindow(_length(writer, scope))
        case 4 if _ordered(writer, event):
            return ast.LastWindow(ast.Number(random.choice((1, 2, 3, 5))))
        case 5:
            longer, shorter = random.sample(DURATIONS, 2)
            longer, shorter = max(longer, shorter), min(longer, shorter)
            if random.random() < 0.1:
                shorter = 0
            return ast.AgoWindow(duration(longer), duration(shorter))
        case 6:
            first = edge // DAY - random.choice((0, 1, 7, 30))
            last = first + random.choice((0, 1, 6, 60))
            return ast.FromToWindow(date(first), date(last))
        case 7:
            last_instant = edge + random.choice((0, 1, -1))
            first_instant = last_instant - random.choice((0, *DURATIONS))
            utc = random.random() < 0.5
            return ast.FromToWindow(
                ast.Timestamp(first_instant, utc), ast.Timestamp(last_instant, utc)
            )
        case 8:
            return ast.SinceWindow(_since(writer, scope, edge))
        case 9:
            return ast.ThisWindow(random.choice(UNITS))
        case _:
            return ast.CalendarWindow(
                ast.Number(random.choice((1, 2, 3, 30))),
                random.choice(UNITS),
                random.random() < 0.5,
            )


def _length(writer: "Writer", scope: Scope) -> ast.Expression:
    lengths = [n for n, type in scope.parameters.items() if n.startswith("w")]
    if lengths and writer.random.random() < 0.7:
        return ast.Name((writer.random.choice(lengths),))
    return duration(writer.random.choice(DURATIONS))


def _ordered(writer: "Writer", event: str) -> bool:
    found = writer.vocabulary.catalog.events.get(event)
    return isinstance(found, TableEvent) and found.id is not None


def _since(writer: "Writer", scope: Scope, edge: int) -> ast.Expression:
    random = writer.random
    kind = random.choice((Kind.TIMESTAMP, Kind.DATE))
    if random.random() < 0.5:
        return timestamp(random, edge) if kind is Kind.TIMESTAMP else date(edge // DAY)
    return random.choice(outer_names(writer.vocabulary, scope.outside(), kind))


def _periods(writer: "Writer") -> tuple[ast.Window, str]:
    """A window with a length, and what to cut it into."""
    random = writer.random
    if random.random() < 0.5:
        unit = random.choice(UNITS)
        if random.random() < 0.2:
            return ast.ThisWindow(unit), unit
        count = ast.Number(random.choice((1, 3, 8)))
        return ast.CalendarWindow(count, unit, random.random() < 0.5), unit
    unit_name, size = random.choice((("day", DAY), ("week", 7 * DAY), ("hour", DAY // 24)))
    start = size * random.choice((1, 2, 4, 28))
    if random.random() < 0.7:
        return ast.LastWindow(duration(start)), unit_name
    end = size * random.choice((1, 2))
    return ast.AgoWindow(duration(start + end), duration(end)), unit_name
