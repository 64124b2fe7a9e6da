"""The plan: one interned graph of typed expressions for a whole ruleset.

Surface names, sugar and units are gone here. An expression is an operator over expressions;
equal expressions are the same object, so a condition used by forty segments exists, and is
computed, once. Leaves read the entity (`attribute`), the event row under an aggregate
(`property`, `event_time`, `event_id`), a literal, or `as_of`; `aggregate` folds events, `state`
folds them in order of time, and `population` compares an entity with all others.
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from segue.compiler.plan.windows import Window
from segue.compiler.scores.model import ScoreKind
from segue.compiler.types import Type


class Expr:
    """One node of the graph; made only by `Graph`, compared by identity.

    `op` is `literal`, `attribute`, `property`, `event_time`, `event_id`, `as_of`, `aggregate`,
    `state`, `population`, `score` or the name of a declared operator. `param` holds what is not an
    expression: the value of a literal, the name of an attribute, `(step, name)` of a property,
    the step of an event time or id, the `Aggregate`, `State`, `Population` or `Scored`, or an
    operator's static parameters (a regex, a bucket count).
    """

    __slots__ = ("args", "id", "op", "param", "type")

    def __init__(
        self, id: int, op: str, args: tuple["Expr", ...], param: Hashable, type: Type
    ) -> None:
        self.id = id
        self.op = op
        self.args = args
        self.param = param
        self.type = type

    def __repr__(self) -> str:
        """For debugging: `#12 add(#3, #4)`."""
        inside = [f"#{a.id}" for a in self.args]
        if self.param is not None:
            inside.append(repr(self.param))
        return f"#{self.id} {self.op}({', '.join(inside)}): {self.type}"


class Kernel(StrEnum):
    """The few ways to fold events; every aggregate function of the language becomes these.

    Missing values take no part. `count` and `sum` of nothing are 0, the others missing.
    """

    COUNT = "count"  # rows, or rows with a value when there is one
    SUM = "sum"  # exact: the value is always int, decimal or duration
    MIN = "min"
    MAX = "max"
    FIRST = "first"  # the value at the smallest (time, value)
    LAST = "last"  # the value at the greatest (time, value)
    DISTINCT = "distinct"  # how many different values
    MODE = "mode"  # the value with the greatest weight, then the smallest value
    COLLECT = "collect"  # all values with their times: what a state is made of


@dataclass(frozen=True, slots=True)
class Step:
    """A later step of a sequence: whether some event follows the one before (or none does).

    The event must come strictly after the previous step's and at most `within` microseconds
    later. A negated step with `within` holds only once that time has passed, so that a cart is
    not abandoned a minute after it was filled. `where` may read the properties of this step
    and of earlier ones.
    """

    event: str
    negated: bool
    within: int | None
    where: Expr | None


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One fold over the events of an entity.

    `where`, `value` and `weight` are over step 0's row, and may read entity expressions.
    Steps after the first only decide whether a row of step 0 counts.
    """

    kernel: Kernel
    event: str
    window: Window
    where: Expr | None = None
    steps: tuple[Step, ...] = ()
    value: Expr | None = None
    weight: Expr | None = None


@dataclass(frozen=True, slots=True)
class State:
    """A number that events change one after the other, kept between two bounds.

    Its arguments are one `COLLECT` for each kind of change, whose values are added, or take the
    place of what was there, as `operations` say. Changes are made in order of time; of several
    at one instant, in order of the arguments, then of the value. After each, and before the
    first, the number is brought within the bounds.
    """

    initial: int
    low: int | None
    high: int | None
    operations: tuple[Literal["add", "set"], ...]


class Among(StrEnum):
    """The few ways in which an entity stands among all; every population function becomes these.

    Only entities that have a value take part. Those of one group, where there are groups, are
    a population of their own; those whose group is missing are together in one.
    """

    COUNT = "count"  # how many have a value
    SUM = "sum"  # of all values; exact: int, decimal or duration
    BELOW = "below"  # how many values are smaller; missing without a value
    ABOVE = "above"  # how many values are greater; missing without a value
    QUANTILE = "quantile"  # the smallest value with at least that share of all at or below it
    TOP = "top"  # whether among the first, by value from the greatest, then by key


@dataclass(frozen=True, slots=True)
class Population:
    """One way to stand among all entities at `as_of`.

    The arguments of its expression are the value, and then the group if there is one; of `TOP`
    they are the value and the key. `share` is that of a quantile as a fraction (numerator and
    denominator), `first` how many `TOP` takes.
    """

    among: Among
    share: tuple[int, int] | None = None
    first: int | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """What a trained model says; its arguments are the values of the model's features, in order.

    Without a model yet, `digest` is empty and `version` 0, or the one a rule asks for: such an
    expression has a type, so that rules can be checked, but no value.

    `serve` says where a query finds the value: it computes it (`sql`), reads it from the score
    table (`table`), or computes it unless the engine cannot (`auto`). What is read is missing
    where it is older than `within` microseconds. `table` reads any version where `version` is 0.
    `kind` says in which bounds it is.
    """

    score: str
    version: int = 0
    digest: str = ""
    serve: Literal["sql", "table", "auto"] = "sql"
    within: int | None = None
    kind: ScoreKind | None = None


class Graph:
    """Makes expressions, and makes each only once (hash-consing)."""

    def __init__(self) -> None:
        self._nodes: dict[Hashable, Expr] = {}
        self._order: list[Expr] = []

    def __len__(self) -> int:
        """How many different expressions there are."""
        return len(self._order)

    def __iter__(self) -> Iterator[Expr]:
        """All expressions; arguments come before what uses them."""
        return iter(self._order)

    def __getitem__(self, id: int) -> Expr:
        """The expression of an `id`."""
        return self._order[id]

    def make(
        self, op: str, args: Iterable[Expr] = (), param: Hashable = None, *, type: Type
    ) -> Expr:
        """The one expression with this operator, arguments, parameter and type."""
        arguments = tuple(args)
        # Types of `1` and `True` differ although they are equal and hash alike.
        key = (op, tuple(a.id for a in arguments), param.__class__, param, type)
        node = self._nodes.get(key)
        if node is None:
            node = Expr(len(self._order), op, arguments, param, type)
            self._nodes[key] = node
            self._order.append(node)
        return node


def children(expr: Expr) -> tuple[Expr, ...]:
    """The expressions an expression needs, those inside its aggregate included."""
    if not isinstance(expr.param, Aggregate):
        return expr.args
    aggregate = expr.param
    inner = (
        aggregate.where,
        *(step.where for step in aggregate.steps),
        aggregate.value,
        aggregate.weight,
    )
    return tuple(e for e in inner if e is not None)


def reachable(roots: Iterable[Expr]) -> list[Expr]:
    """Everything the roots need, each once, in order of `id` (arguments first)."""
    seen: dict[int, Expr] = {}
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node.id not in seen:
            seen[node.id] = node
            stack.extend(children(node))
    return [seen[i] for i in sorted(seen)]


# What a query computes in steps of its own, and is a column from then on.
STEPS = frozenset({"aggregate", "state", "population", "score"})
KEPT = "kept"
"""A leaf that is a value kept of the entity from an earlier query; only refreshes make it, and what
cuts a condition that is too large for one query. Its parameter is `(column, after)`: a time that is
not later than `after` is missing, unless that is None."""
ROW_LEAVES = frozenset({"property", "event_time", "event_id"})


def reads_rows(expr: Expr) -> bool:
    """Whether the expression reads an event row, and so has a meaning only under an aggregate."""
    stack, seen = [expr], set()
    while stack:
        node = stack.pop()
        if node.op in ROW_LEAVES:
            return True
        if node.id not in seen:
            seen.add(node.id)
            stack.extend(node.args)
    return False


def is_step(expr: Expr) -> bool:
    """Whether an expression takes a step of a query; what a state collects is part of its own."""
    collects = isinstance(expr.param, Aggregate) and expr.param.kernel is Kernel.COLLECT
    return expr.op in STEPS and not collects


def level(expr: Expr) -> int:
    """How many steps deep an entity expression is: an attribute 0, `count(x)` 1, a count of
    events filtered by that count, or a rank by it, 2."""
    return _levels(expr, {})


def _levels(expr: Expr, memo: dict[int, int]) -> int:
    for node in reachable([expr]):
        inner = max((memo[c.id] for c in children(node)), default=0)
        memo[node.id] = inner + (1 if is_step(node) else 0)
    return memo[expr.id]
