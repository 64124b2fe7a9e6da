"""Calls as people write them who know SQL, Python or a spreadsheet, and how Segue says the same."""

import re
from collections.abc import Callable, Sequence

from segue.grammar import ast
from segue.grammar.unparse import quote, unparse

# What such a function is called here, where its arguments do not say how to write it.
OTHER_FUNCTIONS = {
    **dict.fromkeys(("coalesce", "ifnull", "nvl", "iferror"), "`a ?? b`"),
    **dict.fromkeys(("isnull", "isblank", "isna"), "`x is missing`"),
    **dict.fromkeys(("len", "strlen", "char_length"), "`length(text)`"),
    **dict.fromkeys(("now", "getdate", "current_timestamp", "sysdate"), "`as_of`"),
    **dict.fromkeys(("current_date", "today", "curdate"), "`today`"),
    **dict.fromkeys(("mean", "average", "averageif", "averageifs"), "`avg(…)`"),
    **dict.fromkeys(
        ("datediff", "date_diff", "datedif"),
        "`days_between(a, b)`, or `age(a)` for the time until now",
    ),
    **dict.fromkeys(("dateadd", "date_add", "date_sub", "adddate"), "`a + 30d` or `a - 30d`"),
    **dict.fromkeys(("timedelta", "interval", "days"), "a number and a unit, as in `30d`"),
    **dict.fromkeys(("countif", "countifs"), "`count(event where …)`"),
    **dict.fromkeys(("sumif", "sumifs"), "`sum(event.property where …)`"),
    **dict.fromkeys(("iif", "case", "switch"), "`if … then … else …`"),
    **dict.fromkeys(("in_segment", "segment", "member_of", "is_member"), "`in a_segment`"),
    **dict.fromkeys(
        ("days_since", "time_since", "days_ago", "hours_since", "since"),
        "`age(x)`, a length of time such as `30d`",
    ),
    "least": "`min of (a, b)`",
    "greatest": "`max of (a, b)`",
    "distinct": "`count_distinct(…)`",
    "and": "`a and b`",
    "or": "`a or b`",
    "not": "`not a`",
    **dict.fromkeys(("startswith", "starts_with", "left"), '`text starts with "…"`'),
    **dict.fromkeys(("endswith", "ends_with", "right"), '`text ends with "…"`'),
    **dict.fromkeys(("contains", "includes", "instr", "find", "search"), '`text contains "…"`'),
    **dict.fromkeys(("regexp", "regexp_like", "match", "rlike"), '`text matches "…"`'),
}

_NOW = frozenset({"now", "getdate", "current_timestamp", "sysdate", "as_of", "today"})
_CRITERION = re.compile(r"\s*(>=|<=|<>|!=|==|=|>|<)?\s*(.*?)\s*")
_SIGNS = {"": "==", "=": "==", "<>": "!="}


def written_here(call: ast.Call) -> str:
    """What to write in place of a call of a function that another language has."""
    owner, _, name = call.function.rpartition(".")
    word = OTHER_FUNCTIONS.get(name.lower())
    if word is None:
        return ""
    rewrite = _REWRITES.get(word)
    arguments = list(call.arguments)
    if owner:
        arguments.insert(0, ast.Name(tuple(owner.split(".")), span=call.span))
    said = rewrite(arguments) if rewrite is not None else ""
    if not said:
        return word.replace("text", owner) if owner else word
    since = said.startswith("age(")
    return f"`{said}`, which is a length of time such as `30d`" if since else f"`{said}`"


def _joined(between: str) -> Callable[[Sequence[ast.Expression]], str]:
    def join(arguments: Sequence[ast.Expression]) -> str:
        parts = [
            f"({unparse(a)})" if isinstance(a, ast.Logical | ast.IfElse) else unparse(a)
            for a in arguments
        ]
        return between.join(parts) if len(parts) > 1 else ""

    return join


def _around(before: str, after: str = "") -> Callable[[Sequence[ast.Expression]], str]:
    def around(arguments: Sequence[ast.Expression]) -> str:
        return f"{before}{unparse(arguments[0])}{after}" if len(arguments) == 1 else ""

    return around


def _listed(function: str) -> Callable[[Sequence[ast.Expression]], str]:
    return lambda arguments: f"{function} of ({', '.join(map(unparse, arguments))})"


def _test(word: str) -> Callable[[Sequence[ast.Expression]], str]:
    def test(arguments: Sequence[ast.Expression]) -> str:
        texts = [a for a in arguments if isinstance(a, ast.String)]
        others = [a for a in arguments if not isinstance(a, ast.String)]
        if len(texts) != 1 or len(others) != 1:
            return ""
        return f"{unparse(others[0])} {word} {quote(texts[0].value)}"

    return test


def _choice(arguments: Sequence[ast.Expression]) -> str:
    if len(arguments) != 3:
        return ""
    condition, then, otherwise = map(unparse, arguments)
    return f"if {condition} then {then} else {otherwise}"


def _difference(arguments: Sequence[ast.Expression]) -> str:
    """Of `datediff(day, a, now())` the age, else the days between."""
    moments = arguments[1:] if len(arguments) == 3 else arguments
    since = [moment for moment in moments if not _is_now(moment)]
    if len(moments) == 2 and len(since) == 1:
        return f"age({unparse(since[0])})"
    return f"days_between({', '.join(map(unparse, moments))})" if len(moments) == 2 else ""


def _is_now(moment: ast.Expression) -> bool:
    match moment:
        case ast.Call(function):
            return function.lower() in _NOW
        case ast.Name((name,)):
            return name.lower() in _NOW
    return False


def _count_if(arguments: Sequence[ast.Expression]) -> str:
    """`COUNTIF(purchase.amount, ">100")`."""
    match arguments:
        case [ast.Name((event, name)), ast.String(criterion)]:
            return f"count({event} where {_condition(name, criterion)})"
    return ""


def _sum_if(arguments: Sequence[ast.Expression]) -> str:
    """`SUMIF(purchase.category, "books", purchase.amount)`."""
    match arguments:
        case [ast.Name((event, name)), ast.String(criterion)]:
            return f"sum({event}.{name} where {_condition(name, criterion)})"
        case [ast.Name((_, name)), ast.String(criterion), ast.Name((event, value))]:
            return f"sum({event}.{value} where {_condition(name, criterion)})"
    return ""


def _condition(name: str, criterion: str) -> str:
    found = _CRITERION.fullmatch(criterion)
    assert found is not None
    sign, bound = found[1] or "", found[2]
    plain = re.fullmatch(r"-?\d+(\.\d+)?", bound) is not None
    return f"{name} {_SIGNS.get(sign, sign)} {bound if plain else quote(bound)}"


_REWRITES: dict[str, Callable[[Sequence[ast.Expression]], str]] = {
    "`a ?? b`": _joined(" ?? "),
    "`a and b`": _joined(" and "),
    "`a or b`": _joined(" or "),
    "`not a`": _around("not "),
    "`x is missing`": _around("", " is missing"),
    "`length(text)`": _around("length(", ")"),
    "`avg(…)`": _around("avg(", ")"),
    "`min of (a, b)`": _listed("min"),
    "`max of (a, b)`": _listed("max"),
    "`count_distinct(…)`": _around("count_distinct(", ")"),
    "`if … then … else …`": _choice,
    '`text starts with "…"`': _test("starts with"),
    '`text ends with "…"`': _test("ends with"),
    '`text contains "…"`': _test("contains"),
    '`text matches "…"`': _test("matches"),
    "`count(event where …)`": _count_if,
    "`sum(event.property where …)`": _sum_if,
    OTHER_FUNCTIONS["datediff"]: _difference,
    OTHER_FUNCTIONS["days_since"]: _around("age(", ")"),
    "`in a_segment`": _around("in "),
}
