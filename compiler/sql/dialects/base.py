"""What a dialect of SQL must say: some thirty primitives, most of them alike everywhere.

Every value is in the representation of `segue.compiler.types`. Nothing is transpiled: each
dialect builds, for each primitive, the expression that was tested on its engine. A new dialect
is one file that overrides what differs. What is about numbers, times, texts and folds stands in
files of their own.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from sqlglot import exp

from segue.compiler.catalog.model import Field, TableName, TimeKind, Unit
from segue.compiler.plan.windows import Bounds, merged
from segue.compiler.sql.dialects import walks
from segue.compiler.sql.dialects.folds import Folds
from segue.compiler.sql.dialects.lists import Lists
from segue.compiler.sql.dialects.texts import Texts
from segue.compiler.sql.dialects.times import Times
from segue.compiler.sql.dialects.walks import AddStep, Walk
from segue.compiler.sql.limits import Limits
from segue.compiler.sql.trees import (
    Tree,
    bracket,
    cast,
    coalesce,
    integer,
    string,
)
from segue.compiler.types import TEXTS, Kind, Type


class Dialect(Times, Texts, Folds):
    """The primitives, spelled in the way most engines understand."""

    name: ClassVar[str]
    title: ClassVar[str]
    """What the engine is called."""
    sqlglot: ClassVar[str]
    """The name of sqlglot's generator."""
    text: ClassVar[str] = "VARCHAR"
    text_key: ClassVar[str] = "TEXT"
    """The type of a column of what tells entities apart by a text."""
    reopens: ClassVar[bool] = True
    """Whether a statement may name a temporary table more than once."""
    max_identifier: ClassVar[int] = 120
    materialize: ClassVar[bool | None] = None
    """Whether shared steps of the query must be marked to be computed only once."""
    packed: ClassVar[str | None] = None
    """The integer of 128 bits in which counts may be packed, where that is faster."""
    byte: ClassVar[str | None] = None
    """The unsigned integer of 8 bits for masks, where these are faster than booleans."""
    timelines: ClassVar[bool] = True
    """Whether a sequence is better written as a timeline than as EXISTS."""
    nested_exists: ClassVar[int | None] = None
    """How deep one EXISTS inside another may read the rows of the query around; None is any."""
    largest_model: ClassVar[int] = 5_000
    """Of how many nodes or products a model may be that a query computes."""
    lists: ClassVar[Lists | None] = None
    """How the trees of a model are walked as lists of nodes, where that is faster than CASE."""
    guards: ClassVar[int] = 1
    """How many times an operand is written of what may leave the range of doubles."""
    repeats: ClassVar[bool] = False
    """Whether an expression of a step is computed again at each place that uses it, unless the
    step is marked to be computed once; what is used a hundred times is marked then."""
    limits: ClassVar[Limits] = Limits()
    """How large a statement may be."""
    windows_apart: ClassVar[bool] = False
    """Whether each comparison with everybody needs a step of its own."""

    # -------------------------------------------------------------- statements

    def finish(self, query: exp.Query) -> exp.Query:
        """The whole query, ready to be written."""
        return query

    def stored(self, name: str) -> str:
        """A name of the catalog as the engine keeps it."""
        return name

    def unpivoted(self, step: str, key: str, flags: Mapping[str, str]) -> exp.Select | None:
        """A row for each flag of a step that is true: its name as `segment`, and the key.

        `flags` are names, each with its column. None where a UNION of a query for each flag does
        as well, since the engine computes the step once.
        """
        return None

    def stretches(self, intervals: Iterable[Bounds]) -> tuple[Bounds, ...]:
        """The stretches of time in which rows of some intervals are looked for, a query for each.

        An index, or files by time, skip what lies between them.
        """
        return merged(intervals)

    def store_table(self, name: TableName) -> TableName:
        """A table of a store, as the engine addresses it."""
        return name

    # ------------------------------------------------------------------ values

    def literal(self, value: object, type: Type) -> Tree:
        """A constant in the representation of its type."""
        match value:
            case bool():
                return exp.Boolean(this=value)
            case str():
                return string(value)
            case float():
                return self.float_literal(value)
            case int():
                return integer(value)
            case _:
                raise TypeError(f"no literal for {value!r}")

    def leaf(self, column: Tree, field: Field) -> Tree:
        """A column of a table in the representation of its type."""
        match field.type.kind:
            case Kind.FLOAT | Kind.RATIO | Kind.PROBABILITY:
                return self.finite_leaf(column)
            case Kind.DECIMAL:
                return self.units(column, 10**field.type.scale, half=True)
            case Kind.DURATION:
                return self.duration(column, field.unit or Unit.MICROSECOND)
            case Kind.DATE:
                return self.day_number(column)
            case Kind.TIMESTAMP:
                time = field.time or TimeKind.UTC
                return self.epoch(self.raw_time(column, time), time)
            case _:
                return column

    def key(self, value: Tree, type: Type) -> Tree:
        """A key of an entity, or what tells events of one table apart, to be compared."""
        return value

    def is_key(self, value: Tree, key: Tree, type: Type) -> Tree:
        """Whether a key of a table is a constant."""
        return exp.EQ(this=self.key(value, type), expression=self.key(key, type))

    def differ(self, left: Tree, right: Tree, type: Type) -> Tree:
        """Whether two values of a type are not the same; a missing one is one, too."""
        return exp.NullSafeNEQ(this=left, expression=right)

    def is_true(self, value: Tree) -> Tree:
        """A truth that is never unknown."""
        return coalesce(value, exp.false())

    def in_constants(self, value: Tree, type: Type, items: Iterable[object]) -> Tree:
        """Whether a value is one of the constants."""
        literals = [self.literal(item, type) for item in items if item is not None]
        if not literals:
            return exp.false()
        if type.kind in TEXTS:
            value = self.binary_text(value)
            literals = [self.binary_text(literal) for literal in literals]
        return exp.In(this=bracket(value), expressions=literals)

    def bucket(self, key: Tree, type: Type, salt: object, count: object) -> Tree:
        """The first 32 bits of md5(`salt:key`), modulo a count."""
        assert isinstance(count, int)
        if type.kind not in TEXTS:
            key = cast(key, self.text)
        salted = exp.DPipe(this=string(f"{salt}:"), expression=bracket(key))
        return self.remainder(self.hash32(salted), count)

    def discriminator(self, column: Tree, values: Iterable[str | int | bool]) -> Tree:
        """Whether a column that tells events apart holds one of these values."""
        type = Type(Kind.STRING)
        literals = [self.literal(value, type) for value in values]
        if literals[0].is_string:
            column, *literals = (self.key(tree, type) for tree in (column, *literals))
        if len(literals) == 1:
            return exp.EQ(this=column, expression=literals[0])
        return exp.In(this=column, expressions=literals)

    def ordered_value(self, value: Tree, type: Type) -> Tree:
        """A value to be sorted or grouped by."""
        return self.binary_text(value) if type.kind in TEXTS else value

    def partition_value(self, value: Tree, type: Type) -> Tree:
        """A value such that rows with equal ones are one partition of a window."""
        return self.ordered_value(value, type)

    # ------------------------------------------------------------------ states

    def walk(self, walk: Walk, changes: str, label: str, step: AddStep) -> exp.Query:
        """A row for each entity with its state after all changes."""
        return walks.reflected(walk, changes, label, step, self.extreme, self.bigint)
