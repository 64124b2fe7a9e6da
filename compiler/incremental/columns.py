"""The types of columns that hold values of the rules."""

from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.types import FLOATS, TEXTS, Kind, Type


def kept_type(type: Type) -> str:
    """The type of a column for values of a type, in the words of a store's tables."""
    if type.kind is Kind.BOOL:
        return "BOOLEAN"
    if type.kind in FLOATS:
        return "DOUBLE"
    return "TEXT" if type.kind in TEXTS else "BIGINT"


def column_type(type: Type, target: Dialect) -> str:
    """The same in the words of an engine."""
    kept = kept_type(type)
    words = {"DOUBLE": target.double, "TEXT": target.text, "BIGINT": target.bigint}
    return words.get(kept, kept)
