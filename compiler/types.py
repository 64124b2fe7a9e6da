"""The types of the language, with their units, and how each is represented in every backend.

| type        | representation (SQL and Python alike)                    | missing |
| ----------- | -------------------------------------------------------- | ------- |
| bool        | boolean                                                  | NULL / None |
| int         | 64-bit integer                                           | |
| decimal(s)  | integer count of 10^-s: sums are exact in every engine   | |
| float       | IEEE double, finite (NaN and infinity are missing)       | |
| ratio       | as float; 15% is 0.15                                    | |
| probability | as float, in [0, 1]                                      | |
| string      | text, compared by code point                             | |
| enum        | text, one of the declared values                         | |
| date        | integer days since 1970-01-01                            | |
| timestamp   | integer microseconds since 1970-01-01T00:00:00Z          | |
| duration    | integer microseconds                                     | |
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """The family of a type."""

    BOOL = "bool"
    INT = "int"
    DECIMAL = "decimal"
    FLOAT = "float"
    RATIO = "ratio"
    PROBABILITY = "probability"
    STRING = "string"
    ENUM = "enum"
    DATE = "date"
    TIMESTAMP = "timestamp"
    DURATION = "duration"


@dataclass(frozen=True, slots=True)
class Type:
    """One type: its kind, whether a value may be missing, and its parameters.

    `scale` is the number of decimal places of a decimal; `values` are the accepted values of
    an enum.
    """

    kind: Kind
    nullable: bool = False
    scale: int = 0
    values: tuple[str, ...] | None = None

    def __str__(self) -> str:
        """The type as a rule or a catalog writes it."""
        name = f"decimal({self.scale})" if self.kind is Kind.DECIMAL else str(self.kind)
        return name + "?" if self.nullable else name

    @property
    def optional(self) -> "Type":
        """The same type, possibly missing."""
        return self if self.nullable else replace(self, nullable=True)

    @property
    def required(self) -> "Type":
        """The same type, never missing."""
        return replace(self, nullable=False) if self.nullable else self

    def or_missing(self, missing: bool) -> "Type":
        """The same type, missing or not as told."""
        return replace(self, nullable=missing)


BOOL = Type(Kind.BOOL)
INT = Type(Kind.INT)
FLOAT = Type(Kind.FLOAT)
RATIO = Type(Kind.RATIO)
PROBABILITY = Type(Kind.PROBABILITY)
STRING = Type(Kind.STRING)
DATE = Type(Kind.DATE)
TIMESTAMP = Type(Kind.TIMESTAMP)
DURATION = Type(Kind.DURATION)


def decimal(scale: int) -> Type:
    """The decimal type with `scale` places."""
    return Type(Kind.DECIMAL, scale=scale)


def enum(values: tuple[str, ...]) -> Type:
    """The enum type with these accepted values."""
    return Type(Kind.ENUM, values=values)


INTEGERS = frozenset({Kind.INT, Kind.DECIMAL})
FLOATS = frozenset({Kind.FLOAT, Kind.RATIO, Kind.PROBABILITY})
NUMBERS = INTEGERS | FLOATS
TEXTS = frozenset({Kind.STRING, Kind.ENUM})
ORDERED = NUMBERS | {Kind.DATE, Kind.TIMESTAMP, Kind.DURATION, Kind.STRING}
# Kinds whose comparison has a distance, so that a near miss has a degree (the match score).
MEASURED = NUMBERS | {Kind.DURATION}
