"""Values that are not as the catalog says, as conditions over the tables that hold them.

Such a value does not stop a query: what does not fit its type is missing, and what is outside of
its range is compared as it is. Proofs about rules hold for what the catalog promises, so
somebody should know.
"""

from collections.abc import Iterator
from enum import StrEnum

from sqlglot import exp

from segue.compiler.catalog.model import Entity, Field, TableEvent
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.trees import Tree, column, is_null, not_null
from segue.compiler.types import FLOATS, Kind


class Fault(StrEnum):
    """What is wrong with a value."""

    NO_KEY = "no key"
    REPEATED_KEY = "in several rows, so left as it was"
    FAILED = "not evaluated, so left as they were"
    NO_TIME = "no time, so in no window"
    MISSING = "missing, and the catalog says it never is"
    UNFIT = "not finite, or too large for its type"
    BELOW = "below its range"
    ABOVE = "above its range"
    NOT_ACCEPTED = "not one of its values"


def key_fault(entity: Entity) -> tuple[str, Fault, Tree]:
    """The rows that belong to nobody: they are left out of every segment."""
    return entity.key.name, Fault.NO_KEY, is_null(column(entity.key.name))


def time_fault(event: TableEvent) -> tuple[str, Fault, Tree]:
    """The rows that no window has."""
    return event.at.name, Fault.NO_TIME, is_null(column(event.at.name))


def faults(dialect: Dialect, field: Field) -> Iterator[tuple[str, Fault, Tree]]:
    """What can be wrong with the values of a field, and the condition that it is."""
    raw = column(field.column)
    read = dialect.leaf(raw.copy(), field)
    if not field.type.nullable and field.default is None:
        yield field.name, Fault.MISSING, is_null(raw)
    if field.type.kind in FLOATS or field.type.kind in (Kind.DECIMAL, Kind.DURATION):
        unread = exp.and_(not_null(raw.copy()), is_null(read), copy=False)
        yield field.name, Fault.UNFIT, unread
    if field.minimum is not None:
        low = dialect.literal(field.minimum, field.type)
        yield field.name, Fault.BELOW, exp.LT(this=read.copy(), expression=low)
    if field.maximum is not None:
        high = dialect.literal(field.maximum, field.type)
        yield field.name, Fault.ABOVE, exp.GT(this=read.copy(), expression=high)
    if field.type.kind is Kind.ENUM and field.type.values:
        accepted = dialect.in_constants(read.copy(), field.type, field.type.values)
        yield field.name, Fault.NOT_ACCEPTED, exp.Not(this=exp.Paren(this=accepted))
