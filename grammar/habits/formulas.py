"""Expressions out of SQL, spreadsheets and Python."""

from collections.abc import Callable
from types import MappingProxyType

from segue.grammar.habits.pieces import foreign, written
from segue.grammar.lexer import Token
from segue.grammar.mistakes import Mistake
from segue.grammar.stop import NAMES, Stop


def count_star(stop: Stop) -> Mistake | None:
    """`count(*)`."""
    if stop.token.kind != "STAR" or stop.at(-1).kind != "LPAR":
        return None
    function, last = stop.at(-2).text, stop.at(1) if stop.at(1).kind == "RPAR" else stop.token
    return foreign(
        "there are no rows to take all of: an aggregate names its event",
        stop.at(-2).span.to(last.span),
        f"write `{function}(purchase)`, with an event of the catalog",
    )


def distinct(stop: Stop) -> Mistake | None:
    """`count(distinct purchase.sku)`."""
    if stop.at(-1).text.lower() != "distinct" or stop.at(-2).kind != "LPAR":
        return None
    if stop.token.kind not in NAMES:
        return None
    return foreign(
        "`distinct` is part of the function's name",
        stop.at(-1).span,
        f"write `count_distinct({stop.token.text})`",
    )


def round_list(stop: Stop) -> Mistake | None:
    """`country in ("FR", "DE")`, `id in (select …)`."""
    if stop.token.kind != "LPAR" or stop.at(-1).kind not in ("IN", "NOT_IN"):
        return None
    operator = stop.at(-1).text
    if stop.at(1).text.lower() == "select":
        return foreign(
            "a rule holds no queries",
            stop.token.span.to(stop.at(1).span),
            "who is in another segment is asked by `in that_segment`, what somebody did by "
            "`exists(purchase)`",
        )
    items: list[Token] = []
    while (token := stop.at(1 + len(items))).kind in _LIST:
        items.append(token)
    shown = written(items) if token.kind == "RPAR" else "…"
    return foreign(
        "a list stands in square brackets",
        stop.token.span,
        f"write `{operator} [{shown}]`",
    )


_LIST = frozenset({"STRING", "NUMBER", "PERCENT", "DURATION", "DATE", "COMMA", "NAME", "PATH"})


def not_between(stop: Stop) -> Mistake | None:
    """`orders not between 2 and 5`."""
    if stop.token.kind != "NOT" or stop.at(1).kind != "BETWEEN":
        return None
    value = stop.at(-1).text if stop.at(-1).kind in NAMES else "x"
    rest = (
        written(stop.at(i) for i in range(1, 5)) if stop.at(3).kind == "AND" else "between … and …"
    )
    return foreign(
        "`not` stands before the whole condition",
        stop.token.span,
        f"write `not {value} {rest}`",
    )


def case_expression(stop: Stop) -> Mistake | None:
    """`case when … then … else … end`."""
    if stop.token.kind != "WHEN" or stop.at(-1).text.lower() != "case":
        return None
    return foreign(
        "there is no `case`",
        stop.at(-1).span,
        "write `if … then … else …`",
    )


def group_by(stop: Stop) -> Mistake | None:
    """`sum(x) group by y`, `order by y`."""
    if stop.token.text.lower() not in ("group", "order") or stop.at(1).kind != "BY":
        return None
    return foreign(
        f"there is no `{stop.token.text} by`: a metric is one value for each customer",
        stop.token.span.to(stop.at(1).span),
        "write a metric for each group, with `where`; the most frequent value is `mode(…)`",
    )


def if_function(stop: Stop) -> Mistake | None:
    """`if(a, b, c)`."""
    bracket = stop.open_bracket()
    if stop.token.kind != "COMMA" or bracket is None or bracket.kind != "LPAR":
        return None
    tokens = stop.machine.tokens
    opened = tokens.index(bracket)
    if opened == 0 or tokens[opened - 1].kind != "IF":
        return None
    condition = written(tokens[opened + 1 : stop.index])
    then, second, otherwise, closed = (stop.at(i) for i in range(1, 5))
    simple = second.kind == "COMMA" and closed.kind == "RPAR"
    rest = f"then {then.text} else {otherwise.text}" if simple else "then … else …"
    return foreign(
        "`if` is no function",
        tokens[opened - 1].span,
        f"write `if {condition} {rest}`",
    )


def late_if(stop: Stop) -> Mistake | None:
    """`2 if plan == "pro" else 1`."""
    if stop.token.kind != "IF" or "PLUS" not in stop.expected:
        return None
    return foreign(
        "the condition comes first",
        stop.token.span,
        f"write `if … then {stop.at(-1).text} else …`",
    )


def named_argument(stop: Stop) -> Mistake | None:
    """`timedelta(days = 30)`."""
    if stop.token.kind != "EQUAL" or stop.at(-1).kind not in NAMES:
        return None
    opened = stop.at(-2)
    if opened.kind not in ("LPAR", "COMMA") or stop.at(-3).kind not in NAMES:
        return None
    function, value = stop.at(-3).text, stop.at(1).text
    if function.lower() in ("timedelta", "interval", "duration"):
        return foreign(
            "a length of time is written as a number and a unit",
            stop.at(-3).span,
            f"write `{value}{_UNIT.get(stop.at(-1).text, 'd')}`",
        )
    return foreign(
        "arguments have no names here",
        stop.at(-1).span.to(stop.token.span),
        f"write `{value}` alone: what an argument means follows from its place",
    )


_UNIT = MappingProxyType(
    {"days": "d", "weeks": "w", "hours": "h", "minutes": "min", "seconds": "s"}
)


CHECKS: tuple[Callable[[Stop], Mistake | None], ...] = (
    count_star,
    distinct,
    round_list,
    not_between,
    case_expression,
    group_by,
    if_function,
    late_if,
    named_argument,
)
