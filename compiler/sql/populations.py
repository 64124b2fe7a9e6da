"""How each entity stands among all: steps with window functions over a row for each entity.

WITH customer_values AS (…),     what is compared, where it is no column yet
     customer_places AS (…),     where quantiles are asked for: each in the row of its place
     customer_standing AS (…)    counts, sums and ranks, each once however many rules use it

A row without a key is nobody, and so not among all. An entity without a value takes no part: it is
in a partition of its own where values are put in order, so that where engines put missing values
does not matter.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from segue.compiler.plan.nodes import Among, Expr, Population
from segue.compiler.sql.names import Names
from segue.compiler.sql.ranked import ascending, descending
from segue.compiler.sql.scalar import Scope, lower
from segue.compiler.sql.scans import Relation
from segue.compiler.sql.trees import (
    Tree,
    add,
    all_of,
    case,
    cast,
    coalesce,
    column,
    integer,
    is_null,
    multiply,
    not_null,
    subtract,
)

Columns = Mapping[int, str]
"""The column of each expression."""


def population_of(node: Expr) -> Population:
    """What a `population` node asks."""
    assert isinstance(node.param, Population)
    return node.param


@dataclass(frozen=True, slots=True)
class Standings:
    """What the steps of one level share.

    `carried` are the columns that every step hands on, `named` the names of definitions, and
    `step` adds a step to the query and says what to select from.
    """

    scope: Scope
    names: Names
    carried: Sequence[str]
    named: Mapping[int, str]
    step: Callable[[str, exp.Select], exp.Table]

    def stand(self, nodes: Sequence[Expr], relation: Relation) -> Relation:
        """The relation with the standings of one level beside it."""
        relation = self._values(nodes, relation)
        apart = self.scope.dialect.windows_apart
        for together in [[node] for node in nodes] if apart else [nodes]:
            relation = self._stood(together, relation)
        return relation

    def _stood(self, nodes: Sequence[Expr], relation: Relation) -> Relation:
        """Steps with the standings of some nodes, whose values are there."""
        relation, picked = self._picked(nodes, relation)
        items: dict[str, Tree] = {}
        columns = dict(relation.columns)
        for node in nodes:
            columns[node.id] = self._name(node)
            items[columns[node.id]] = self._standing(node, _Row(self.scope, relation), picked)
        return self._select("standing", items, replace(relation, columns=columns))

    def _values(self, nodes: Sequence[Expr], relation: Relation) -> Relation:
        """A step with what is compared, unless all of it is there already."""
        wanted = {arg.id: arg for node in nodes for arg in node.args}
        known = {id: column(name) for id, name in relation.columns.items()}
        scope = replace(self.scope, columns=known)
        columns = dict(relation.columns)
        items: dict[str, Tree] = {}
        for arg in wanted.values():
            tree = lower(arg, scope)
            if isinstance(tree, exp.Column):
                columns[arg.id] = tree.name
                continue
            title = self.named.get(arg.id, str(arg.param) if arg.op == "attribute" else "value")
            columns[arg.id] = self.names.fresh(title)
            items[columns[arg.id]] = tree
        if not items:
            return replace(relation, columns=columns)
        return self._select("values", items, replace(relation, columns=columns), relation)

    def _picked(self, nodes: Sequence[Expr], relation: Relation) -> tuple[Relation, Columns]:
        """A step with each quantile in the one row whose place in order is that of the share."""
        asked = [node for node in nodes if population_of(node).among is Among.QUANTILE]
        picked = {node.id: self.names.fresh("quantile") for node in asked}
        row = _Row(self.scope, relation)
        items = {picked[node.id]: self._at_place(node, row) for node in asked}
        return (self._select("places", items, relation) if items else relation), picked

    def _at_place(self, node: Expr, row: "_Row") -> Tree:
        """The value where its place is `ceil(share · count)`, at least the first."""
        share, value = population_of(node).share, node.args[0]
        assert share is not None
        numerator, denominator = share
        wanted: Tree = integer(1)
        if numerator:
            wanted = row.over(exp.Count(this=row.value(value)), node.args)
        if 0 < numerator < denominator:
            lifted = add(multiply(wanted, integer(numerator)), integer(denominator - 1))
            wanted = self.scope.dialect.integer_divide(lifted, denominator)
        place = row.ranked(exp.RowNumber(), node.args, [ascending(row.ordered(value))])
        return case((exp.EQ(this=place, expression=wanted), row.value(value)))

    def _select(
        self,
        title: str,
        items: Mapping[str, Tree],
        relation: Relation,
        source: Relation | None = None,
    ) -> Relation:
        before = source or relation
        carried = [*self.carried, *(c for c in before.columns.values() if c not in items)]
        trees: list[Tree] = [column(name) for name in dict.fromkeys(carried)]
        trees += [exp.alias_(tree, name, quoted=True) for name, tree in items.items()]
        query = exp.select(*trees, copy=False).from_(before.source.copy(), copy=False)
        query = query.where(not_null(column(relation.key)), copy=False)
        return replace(relation, source=self.step(title, query))

    def _name(self, node: Expr) -> str:
        if node.id in self.named:
            return self.names.fresh(self.named[node.id])
        asked = population_of(node)
        words = [str(asked.among), *([str(asked.first)] if asked.first else [])]
        value = node.args[0]
        words.append(self.named.get(value.id, str(value.param) if value.op == "attribute" else ""))
        return self.names.fresh("_".join(word for word in words if word))

    def _counted(self, count: Tree) -> Tree:
        return self.scope.dialect.counted(count)

    def _standing(self, node: Expr, row: "_Row", picked: Columns) -> Tree:
        asked, args = population_of(node), node.args
        value = args[0]
        match asked.among:
            case Among.COUNT:
                return self._counted(row.over(exp.Count(this=row.value(value)), args))
            case Among.SUM:
                total = row.over(exp.Sum(this=row.value(value)), args)
                return coalesce(cast(total, self.scope.dialect.bigint), integer(0))
            case Among.BELOW | Among.ABOVE:
                direction = ascending if asked.among is Among.BELOW else descending
                order = [direction(row.ordered(value))]
                rank = self._counted(row.ranked(exp.Rank(), args, order))
                return row.where_present(value, subtract(rank, integer(1)))
            case Among.QUANTILE:
                return row.over(exp.Max(this=column(picked[node.id])), args)
            case Among.TOP:
                key = args[1]
                order = [descending(row.ordered(value)), ascending(row.ordered(key))]
                place = self._counted(row.ranked(exp.RowNumber(), (value,), order))
                assert asked.first is not None
                first = exp.LTE(this=place, expression=integer(asked.first))
                present = [not_null(row.value(value))] if value.type.nullable else []
                found = all_of([*present, first])
                assert found is not None
                return found


@dataclass(frozen=True, slots=True)
class _Row:
    """The columns of a row for each entity, and windows over all of them."""

    scope: Scope
    relation: Relation

    def value(self, expr: Expr) -> Tree:
        """A value, which is a column here."""
        return column(self.relation.columns[expr.id])

    def ordered(self, expr: Expr) -> Tree:
        """A value to be put in order."""
        return self.scope.dialect.ordered_value(self.value(expr), expr.type)

    def over(self, function: Tree, args: Sequence[Expr]) -> Tree:
        """A function over all of the same group."""
        return exp.Window(this=function, partition_by=self._group(args))

    def ranked(self, function: Tree, args: Sequence[Expr], order: Sequence[Tree]) -> Tree:
        """A function over all of the same group who have a value, in order."""
        partition = self._group(args)
        if args[0].type.nullable:
            partition.append(is_null(self.value(args[0])))
        return exp.Window(
            this=function, partition_by=partition, order=exp.Order(expressions=list(order))
        )

    def where_present(self, value: Expr, tree: Tree) -> Tree:
        """Missing for whom the value is missing."""
        return case((not_null(self.value(value)), tree)) if value.type.nullable else tree

    def _group(self, args: Sequence[Expr]) -> list[Tree]:
        dialect = self.scope.dialect
        return [dialect.distinct_value(self.value(arg), arg.type) for arg in args[1:]]
