"""How a catalog writes a type: `int`, `decimal(2)?`, `timestamp(instant)`, `duration(ms)`."""

import re
from dataclasses import dataclass

from segue.compiler.catalog import codes
from segue.compiler.catalog.model import TimeKind, Unit
from segue.compiler.types import Kind, Type
from segue.grammar.codes import Code
from segue.grammar.suggestions import did_you_mean

# As many places as fit an integer of 64 bits.
MAX_SCALE = 18

_TYPE = re.compile(r"\s*([A-Za-z_]+)\s*(?:\(\s*([A-Za-z0-9_]*)\s*\))?\s*(\?)?\s*")

# What databases and other languages call our types.
_ELSEWHERE = {
    "integer": "int",
    "bigint": "int",
    "int64": "int",
    "smallint": "int",
    "boolean": "bool",
    "text": "string",
    "varchar": "string",
    "char": "string",
    "str": "string",
    "uuid": "string",
    "number": "decimal(2)` or `float",
    "numeric": "decimal(2)",
    "money": "decimal(2)",
    "double": "float",
    "real": "float",
    "datetime": "timestamp",
    "timestamptz": "timestamp(instant)",
    "time": "timestamp",
    "percent": "ratio",
    "percentage": "ratio",
    "interval": "duration(s)",
}


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A type with what the catalog adds about the column that holds it."""

    type: Type
    unit: Unit | None = None
    time: TimeKind | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a text is not a type or a value: the code, what is wrong, and how to mend it."""

    code: Code
    message: str
    help: str = ""


def parse_type(text: str) -> ColumnType | Problem:
    """The type a text names, or why it names none."""
    match = _TYPE.fullmatch(text)
    if match is None:
        return _unknown(text, text.rstrip("?"))
    name, argument, optional = match.groups()
    if name not in Kind.__members__.values():
        return _unknown(text, name)
    kind = Kind(name)
    type = Type(kind, nullable=optional is not None)
    if kind is Kind.DECIMAL:
        return _decimal(type, "2" if argument is None else argument)
    if argument is None:
        time = TimeKind.UTC if kind is Kind.TIMESTAMP else None
        return ColumnType(type, time=time)
    if kind is Kind.DURATION and argument in Unit.__members__.values():
        return ColumnType(type, unit=Unit(argument))
    if kind is Kind.TIMESTAMP and argument in TimeKind.__members__.values():
        return ColumnType(type, time=TimeKind(argument))
    expected = {
        Kind.DURATION: "the unit is one of " + ", ".join(f"`{u}`" for u in Unit),
        Kind.TIMESTAMP: "the kind of time is one of " + ", ".join(f"`{k}`" for k in TimeKind),
    }
    help = expected.get(kind, f"write `{kind}`")
    return Problem(codes.UNKNOWN_TYPE, f"`{text.strip()}` is not a type", help)


def _decimal(type: Type, places: str) -> ColumnType | Problem:
    if not (places.isascii() and places.isdigit() and len(places) < 3 and int(places) <= MAX_SCALE):
        return Problem(
            codes.UNKNOWN_TYPE,
            f"`decimal({places})` is not a type",
            f"a decimal has 0 to {MAX_SCALE} places, as in `decimal(2)`",
        )
    return ColumnType(Type(type.kind, type.nullable, scale=int(places)))


_SCALED = re.compile(r"(?:numeric|decimal|number)\s*\(\s*\d+\s*,\s*(\d+)\s*\)")


def _unknown(text: str, name: str) -> Problem:
    ours = _ELSEWHERE.get(name.strip().lower())
    if scaled := _SCALED.match(text.strip().lower()):
        ours = f"decimal({scaled[1]})"
    nearest = f"did you mean `{ours}`?" if ours else did_you_mean(name.strip().lower(), list(Kind))
    known = "the types are " + ", ".join(Kind)
    return Problem(codes.UNKNOWN_TYPE, f"there is no type `{text.strip()}`", nearest or known)
