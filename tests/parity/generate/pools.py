"""Values worth trying, by kind; rules and rows draw from the same pools so that they meet."""

from datetime import UTC, date, datetime
from random import Random

from segue.compiler.plan.windows import DAY, to_days, to_microseconds
from segue.compiler.types import Kind

SECOND = 1_000_000
HOUR = 3600 * SECOND

STRINGS = (
    "a",
    "",
    "b",
    "A",
    "ab",
    "Ann",
    "ann",
    "Ann ",
    " ann",
    "banana",
    "Zoe",
    "Zoë",
    "Zoe\u0308",
    "straße",
    "İstanbul",
    "\uffee",  # after the emoji in UTF-16, before it by code point
    "😀x",
    "e\u0301",
    "O'Hara",
    'say "hi"',
    "a\\b",
    "\\",
    "a%b",
    "a_b",
    "line\nbreak",
    "\n",
    "tab\t",
    "\r\n ann \t",
    "\x0b\x0cann\x0b",
    "\x1fann\x1c",
    "\u00a0a",
    "-- ; DROP TABLE",
    "$1 %s :a ? {0}",
    "12",
    "1.5",
    "true",
    "NULL",
    "x" * 300,
    "SKU-12",
    "/product/1",
)
PATTERNS = (
    "a",
    "^a",
    "n$",
    "^$",
    "^(Ann|ann)",
    "[a-c]n",
    "n+ ?$",
    "^.{3}$",
    "a.b",
    "^[^a-z]+$",
    "\\d+",
    "\\s",
    "^\\w+$",
    "(a|b)*n",
    "\\.",
    "\\\\",
    "ë",
    "^[A-Z]{2,3}-[0-9]+$",
)
NEEDLES = (
    "a",
    "",
    "An",
    "n",
    "A",
    " ",
    "\\",
    "%",
    "_",
    "'",
    '"',
    "\n",
    "ë",
    "😀",
    "banana",
    "x" * 20,
)
SALTS = ("s", "", "it's", "a:b")

INTS = (0, 1, 2, 3, 5, 10, 18, 100, -1, -2, -7, 1000, 70_000)
BIG_INTS = (0, 1, 2**31, -(2**31), 2**53, -(2**53), 2**53 - 1, 2**62)
DECIMALS = (0, 1, 225, -225, 999, 1999, 50, -50, 100_000_000, 12345)
FLOATS = (
    0.0,
    1.0,
    0.5,
    0.1,
    0.2,
    0.30000000000000004,
    0.3,
    1.5,
    2.5,
    -2.5,
    -0.5,
    -0.0,
    99.995,
    1.005,
    33.333333,
    1e-7,
    0.0000005,
    -1000.25,
    float("nan"),
    float("inf"),
    float("-inf"),
)
# No sums, products or quotients that leave the range of doubles: Postgres refuses those queries.
WILD_FLOATS = (
    0.0,
    1e308,
    -1e308,
    1.7976931348623157e308,
    1e16,
    9007199254740993.0,
    -9007199254740992.0,
    4503599627370497.5,
    1e300,
    float("nan"),
    float("inf"),
)
SHARES = (0.0, 1.0, 0.15, 0.5, 0.125, 0.8, 0.3, 1 / 3, 0.999999, float("nan"))
DAYS = tuple(
    to_days(day)
    for day in (
        date(1970, 1, 1),
        date(1988, 2, 29),
        date(2000, 2, 29),
        date(1990, 2, 28),
        date(1990, 3, 1),
        date(1969, 12, 31),
        date(1900, 3, 1),
        date(1999, 12, 31),
        date(2024, 2, 29),
        date(2099, 12, 31),
        date(2999, 12, 31),
        date(1001, 1, 1),
    )
)
# What stands for "never" in many tables, but far enough from the ends of the calendar: beyond
# them engines have years that Python has not.
SENTINELS = tuple(
    to_microseconds(moment)
    for moment in (
        datetime(2999, 12, 31, 23, 59, 59, 999_999, UTC),
        datetime(2099, 7, 1, 22, 30, tzinfo=UTC),
        datetime(1900, 1, 1, tzinfo=UTC),
        datetime(1850, 1, 1, 5, 0, 1, tzinfo=UTC),
        datetime(1001, 1, 1, tzinfo=UTC),
    )
)
DURATIONS = tuple(
    length
    for days in (1, 7, 30, 2, 3, 14, 15, 28, 60, 90, 365)
    for length in ((days * DAY,) if days != 1 else (DAY, HOUR, 6 * HOUR, 90 * 60 * SECOND, SECOND))
)
ENUMS = ("free", "pro", "Pro", "team plan", "é")

CENTRE = to_days(date(2015, 1, 1)) * DAY


def moment(random: Random, edges: tuple[int, ...]) -> int:
    """An instant: at or one microsecond beside an edge more often than not."""
    edge = random.choice(edges)
    match random.randrange(4):
        case 0:
            return edge
        case 1:
            return edge + random.choice((0, 1, -1))
        case 2:
            return (
                edge + random.choice(DURATIONS) * random.choice((-1, 1)) + random.choice((0, 1, -1))
            )
        case _:
            return edge - random.randrange(70 * DAY)


def value(random: Random, kind: Kind, edges: tuple[int, ...], *, wild: bool = False) -> object:
    """A value of a kind, in the representation of its type (enums apart)."""
    match kind:
        case Kind.BOOL:
            return random.choice((True, False))
        case Kind.INT:
            return random.choice(BIG_INTS if wild else INTS)
        case Kind.DECIMAL:
            return random.choice(DECIMALS)
        case Kind.FLOAT:
            return random.choice(WILD_FLOATS if wild else FLOATS)
        case Kind.RATIO | Kind.PROBABILITY:
            return random.choice(SHARES)
        case Kind.STRING:
            return random.choice(STRINGS)
        case Kind.ENUM:
            return random.choice(ENUMS)
        case Kind.DATE:
            if random.randrange(2):
                return random.choice(DAYS)
            return random.choice(edges) // DAY - random.choice((0, 1, 2, 7, 28, 31, 365, -1, -7))
        case Kind.TIMESTAMP:
            return moment(random, edges)
        case Kind.DURATION:
            return random.choice((0, 1, -1, *DURATIONS))
