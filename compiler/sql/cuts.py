"""A condition that is too large for one statement, computed in several.

It is cut in two: a part with about half of its expressions is computed for each entity first, into
a working table, and what is left of the condition reads it there. Each of the two is cut again
while it is still too large. What comes from one place of events alone cannot be cut.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot import exp

from segue.compiler.plan.nodes import KEPT, Expr, Graph, children, reachable
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.substitute import Substitution
from segue.compiler.plan.windows import Binding
from segue.compiler.sql.chosen import Chosen, Given
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.limits import alone, is_too_large
from segue.compiler.sql.query import CompiledQuery, check_size, header, prepare
from segue.compiler.sql.rows import ENTITY_KEY
from segue.compiler.sql.tiles import KEY
from segue.compiler.sql.trees import Tree, case, cast, coalesce, column, integer, named
from segue.compiler.sql.working import TableOf, WorkingTable
from segue.compiler.types import FLOATS, TEXTS, Kind, Type
from segue.grammar.diagnostics import SegueError

LEAVES = frozenset({"literal", "as_of", "attribute", KEPT})
WHOLE = frozenset({"aggregate", "state"})
"""What is over events, and so has no parts that are about the entity alone."""
JOINED = frozenset({"and", "or"})
VALUE = "value"
ROOM = 300
"""Bytes that are written around the query of a working table, at the most."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of an expression; the rest, in which `leaf` stands for it."""

    part: Expr
    leaf: Expr
    rest: Expr


def cut(graph: Graph, root: Expr) -> Cut | None:
    """Cuts an expression in two; None where nothing of it can be computed before it."""
    weights = _weights(root)
    node = root
    while heavy := _heaviest(node, weights):
        if 2 * weights[heavy.id] <= weights[root.id]:
            break
        node = heavy
    taken = _taken(node, weights, weights[root.id] // 2)
    if taken:
        part = graph.make(node.op, taken, node.param, type=node.type)
    elif heavy is not None:
        part = heavy
    elif node is not root:
        part = node
    else:
        return None
    leaf = graph.make(KEPT, param=(f"part_{part.id}", None), type=part.type)
    if taken:
        others = node.args[len(taken) :]
        instead = {node.id: graph.make(node.op, (leaf, *others), node.param, type=node.type)}
    else:
        instead = {part.id: leaf}
    rest = Substitution(graph, lambda found: instead.get(found.id)).of(root)
    return Cut(part, leaf, rest)


def _weights(root: Expr) -> dict[int, int]:
    """How many expressions each needs, those that several need counted for the first of them."""
    weights: dict[int, int] = {}
    counted: set[int] = set()
    for node in reachable([root]):
        weights[node.id] = 1
        for child in children(node):
            if child.id not in counted:
                counted.add(child.id)
                weights[node.id] += weights[child.id]
    return weights


def _heaviest(node: Expr, weights: dict[int, int]) -> Expr | None:
    """The operand with most in it, of those that a column of numbers can hold."""
    if node.op in WHOLE:
        return None
    parts = [arg for arg in node.args if arg.op not in LEAVES and arg.type.kind not in TEXTS]
    return max(parts, key=lambda part: weights[part.id], default=None)


def _taken(node: Expr, weights: dict[int, int], half: int) -> tuple[Expr, ...]:
    """The first conditions of a chain that have about half of what there is."""
    if node.op not in JOINED:
        return ()
    total, count = 0, 0
    while count < len(node.args) - 1 and (count == 0 or total < half):
        total += weights[node.args[count].id]
        count += 1
    return node.args[:count] if count > 1 else ()


Write = Callable[[Expr, Given | None], CompiledQuery]
"""The query of an expression from what is given; `SegueError` where it is too large."""


@dataclass
class _Kept:
    """A part in its table."""

    table: exp.Table
    value: Tree


@dataclass
class Steps:
    """The queries of one condition, in order.

    `table_of` names the working tables, `key_type` is that of their keys, as the store of a run
    has it. `chosen` and `given` say where the queries start, as for all others.
    """

    plan: Plan
    binding: Binding
    dialect_name: str
    table_of: TableOf
    key_type: str
    chosen: Chosen | None = None
    given: Given | None = None
    working: TableOf | None = None
    _tables: list[WorkingTable] = field(default_factory=list)
    _kept: dict[int, _Kept] = field(default_factory=dict)

    def compile(self, root: Expr, write: Write) -> CompiledQuery:
        """The query that `write` makes of a condition, and before it the tables that it needs.

        Raises `SegueError` where the condition cannot be cut into parts that are small enough.
        """
        query = self._fitting(root, write)
        tables = (*self._tables, *query.working)
        return CompiledQuery(query.dialect, query.expression, query.columns, tables)

    def _fitting(self, root: Expr, write: Write) -> CompiledQuery:
        while True:
            try:
                return write(root, self._given(root))
            except SegueError as error:
                if not is_too_large(error):
                    raise
                found = cut(self.plan.graph, root)
                if found is None:
                    raise alone(error) from None
            self._keep(found)
            root = found.rest

    def _keep(self, found: Cut) -> None:
        """Computes a part into a table of its own, unless it is in one already."""
        if found.leaf.id in self._kept:
            return
        query = self._fitting(found.part, self._values)
        table = self.table_of(f"part_{len(self._kept)}")
        self._tables += [*query.working, WorkingTable(table, query.expression)]
        value = column(VALUE, _alias(found.leaf))
        self._kept[found.leaf.id] = _Kept(table, _decoded(value, found.leaf.type))

    def _given(self, root: Expr) -> Given | None:
        """What an expression reads that is in tables."""
        kept = {n: self._kept[n.id] for n in reachable([root]) if n.id in self._kept}
        if not kept:
            return self.given
        before = self.given or Given({}, self.key_type)
        tables = {_alias(leaf): part.table for leaf, part in kept.items()}
        values = {leaf.id: part.value for leaf, part in kept.items()}
        return Given({**before.tables, **tables}, before.key_type, {**before.values, **values})

    def _values(self, part: Expr, given: Given | None) -> CompiledQuery:
        """The key of each entity, and a part as a number."""
        target = dialect(self.dialect_name)
        prepared = prepare(
            self.plan,
            self.binding,
            target,
            [part],
            chosen=self.chosen,
            given=given,
            working=self.working,
        )
        key = target.key(column(prepared.key), self.plan.catalog.entity.key.type)
        value = _encoded(prepared.value(part), part.type, target)
        each = prepared.select(named(key, ENTITY_KEY), named(value, VALUE))
        # Several rows of one key are set aside later on: they must not become more of them.
        once = exp.select(
            named(cast(column(ENTITY_KEY), self.key_type), KEY),
            named(exp.Max(this=column(VALUE)), VALUE),
            copy=False,
        )
        once = once.from_(each.subquery("part", copy=False), copy=False)
        once = once.group_by(column(ENTITY_KEY), copy=False)
        finished = prepared.finish(once, header(self.binding))
        tables = prepared.working_tables(header(self.binding))
        for query in (finished, *(made.query for made in tables)):
            check_size(query, self.dialect_name, ROOM)
        return CompiledQuery(self.dialect_name, finished, (KEY, VALUE), tables)


def _alias(leaf: Expr) -> str:
    assert isinstance(leaf.param, tuple)
    return str(leaf.param[0])


def _encoded(value: Tree, type: Type, target: Dialect) -> Tree:
    """A value as a column of numbers, which every engine keeps as they are."""
    if type.kind in FLOATS:
        return value
    if type.kind is Kind.BOOL:
        branches = [(value, integer(1))]
        if type.nullable:
            branches.append((exp.Not(this=exp.paren(value)), integer(0)))
        value = case(*branches, default=None if type.nullable else integer(0))
    return cast(value, target.bigint)


def _decoded(value: Tree, type: Type) -> Tree:
    """The value back again."""
    if type.kind is not Kind.BOOL:
        return value
    # An entity without a key is not in the table.
    there = value if type.nullable else coalesce(value, integer(0))
    return exp.EQ(this=there, expression=integer(1))
