"""Constants as syntax: of a kind, and of the few places that take only some of a kind."""

from collections.abc import Callable
from decimal import Decimal
from random import Random

from parity.generate import pools
from segue.compiler.plan.windows import DAY, to_date
from segue.compiler.types import Kind
from segue.grammar import ast

_UNITS = (("d", DAY), ("h", DAY // 24), ("min", 60_000_000), ("s", 1_000_000), ("ms", 1_000))


def literal(random: Random, kind: Kind, edges: tuple[int, ...]) -> ast.Expression | None:
    """A constant of a kind; None for kinds whose constants are spelled as another's."""
    match kind:
        case Kind.BOOL:
            return ast.Boolean(random.choice((True, False)))
        case Kind.INT:
            return number(random.choice(pools.INTS))
        case Kind.DECIMAL | Kind.FLOAT:
            places = random.choice((1, 2, 3))
            units = random.choice((0, 5, 25, 225, 1, 999, 1005, 30, 10000, -5, -250))
            return number(Decimal(units).scaleb(-places))
        case Kind.RATIO | Kind.PROBABILITY:
            return ast.Percent(
                Decimal(random.choice(("0", "15", "50", "100", "12.5", "30", "150")))
            )
        case Kind.STRING:
            return ast.String(random.choice(pools.STRINGS))
        case Kind.ENUM:
            return None
        case Kind.DATE:
            found = pools.value(random, kind, edges)
            assert isinstance(found, int)
            return date(found)
        case Kind.TIMESTAMP:
            return timestamp(random, pools.moment(random, edges))
        case Kind.DURATION:
            return duration(random.choice(pools.DURATIONS))


def number(value: int | Decimal) -> ast.Expression:
    """A number; one below zero is the opposite of a number."""
    return ast.Number(value) if value >= 0 else ast.Unary("-", ast.Number(-value))


def duration(microseconds: int) -> ast.Duration:
    """A duration of whole milliseconds."""
    left, text = microseconds, ""
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count:
            text += f"{count}{unit}"
    return ast.Duration(microseconds, text or "0s")


def date(days: int) -> ast.Date:
    """A calendar day."""
    day = to_date(days)
    return ast.Date(day.year, day.month, day.day)


def timestamp(random: Random, moment: int) -> ast.Timestamp:
    """An instant in UTC, or the same figures read as the zone's wall clock."""
    return ast.Timestamp(moment, random.choice((True, False)))


Special = Callable[[Random], ast.Expression]
SPECIAL: dict[tuple[str, str], Special] = {
    ("matches", "pattern"): lambda random: ast.String(random.choice(pools.PATTERNS)),
    ("starts with", "prefix"): lambda random: ast.String(random.choice(pools.NEEDLES)),
    ("ends with", "suffix"): lambda random: ast.String(random.choice(pools.NEEDLES)),
    ("contains", "part"): lambda random: ast.String(random.choice(pools.NEEDLES)),
    ("bucket", "salt"): lambda random: ast.String(random.choice(pools.SALTS)),
    ("bucket", "n"): lambda random: ast.Number(random.choice((10, 1, 2, 100, 2**31))),
    ("anniversary within", "days"): lambda random: duration(
        random.choice((7, 0, 1, 2, 30, 365, 366, 400)) * DAY
    ),
}
