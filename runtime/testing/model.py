"""A test as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from segue.compiler.catalog.model import Value
from segue.compiler.types import Type
from segue.grammar.span import Span

Row = Mapping[str, Value | None]
"""Columns of one row of a table, in representation."""


@dataclass(frozen=True, slots=True)
class Given:
    """One entity: attributes by name, and the rows of each table, by column."""

    attributes: Mapping[str, Value | None] = field(default_factory=dict)
    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    """By the address of the table, as the catalog writes it."""
    stages: Mapping[str, str] = field(default_factory=dict)
    """The stage of each lifecycle that the entity is in; of the others it is in none."""


@dataclass(frozen=True, slots=True)
class ExpectedValue:
    """What a metric or condition should be: a value, or missing (None).

    `tolerance` is half of the last place that was written: 8.3% is anything that rounds to it.
    """

    value: Value | None
    type: Type
    tolerance: float
    span: Span


@dataclass(frozen=True, slots=True)
class ExpectedStage:
    """The stage that one evaluation should lead to (None: no stage)."""

    stage: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Expected:
    """What should come of it: segments with the place that names them."""

    members: Mapping[str, Span] = field(default_factory=dict)
    others: Mapping[str, Span] = field(default_factory=dict)
    exactly: Mapping[str, Span] | None = None
    values: Mapping[str, ExpectedValue] = field(default_factory=dict)
    stages: Mapping[str, "ExpectedStage"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """One test."""

    name: str
    span: Span
    as_of: int
    given: Given
    expected: Expected
    others: tuple[Given, ...] = ()
    """The entities there are beside the one that the test is about."""
    unconfirmed: bool = False
    """Whether the expectation was computed from the rules, and no person has agreed yet."""

    @property
    def id(self) -> str:
        """What `-k` looks in."""
        return f"{self.span.path}::{self.name}"
