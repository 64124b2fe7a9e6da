"""Segments over a table of metric values held in memory: Arrow, pandas or polars.

The conditions are compiled to SQL as for a warehouse, and run over the table in DuckDB, inside
the process; the members are those that `compile_predicates` gives row by row. Columns are
brought into representation first: whole columns at once where their Arrow type is the usual
one, value by value where it is not (a float column for a decimal metric, say).

A row that DuckDB cannot compute (a text where a number belongs, a product beyond 64 bits) is
given to the Python predicates: they have an answer, or say what is wrong with it. Functions that
compare with everybody are columns too, which a snapshot gives for their values.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from segue.compiler.operators.declaration import Missing
from segue.compiler.operators.registry import OPERATORS
from segue.compiler.plan.nodes import Expr, Graph, reachable
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.python.function import instant, reads_as_of
from segue.compiler.python.inputs import Inputs, find_inputs
from segue.compiler.python.predicates import compile_predicates
from segue.compiler.python.scalar import needed
from segue.compiler.python.snapshot import Snapshot, Standing, standings
from segue.compiler.sql.dialects.duckdb import DuckDB
from segue.compiler.sql.names import Names
from segue.compiler.sql.query import generate, with_steps
from segue.compiler.sql.scalar import Scope, lower
from segue.compiler.sql.scans import Relation
from segue.compiler.sql.scores.steps import ScoreSteps
from segue.compiler.sql.support import refusals
from segue.compiler.sql.trees import Tree, column, identifier
from segue.compiler.types import BOOL
from segue.grammar.diagnostics import SegueError
from segue.runtime.represented import arrow_type, represented
from segue.runtime.row_error import RowError

if TYPE_CHECKING:
    import duckdb
    import pyarrow

TABLE = "metric_values"


@dataclass(frozen=True, slots=True)
class TableBatch:
    """The members among the rows of a table, in the order of the rows.

    `table` has the key, where the table of values had one, and a column of truths for each
    segment; of a row that is among the `errors` they are null.
    """

    table: "pyarrow.Table"
    errors: tuple[RowError, ...] = ()


def evaluate_table(
    plan: Plan,
    table: Any,
    as_of: datetime | int | None = None,
    segments: Iterable[str] | None = None,
    key: str | None = None,
    snapshot: Snapshot | None = None,
) -> TableBatch:
    """The members among the rows of a table: its key, and one column of truths per segment.

    `table` is a pyarrow table or what converts to one (a pandas or polars data frame), with a
    column for each input, by name; an absent column is missing in every row. The key column is
    that of the entity unless named; without it the rows keep their order all the same. With a
    `snapshot`, functions that compare with everybody follow from the values that they compare.

    Raises `UnnamedAggregate` where a segment counts events without naming the metric, or
    compares with everybody without a name or a snapshot.
    """
    import pyarrow

    values = table if isinstance(table, pyarrow.Table) else pyarrow.table(table)
    names = tuple(plan.segments) if segments is None else tuple(segments)
    roots = {title: plan.segments[title].expr for title in names}
    inputs = find_inputs(plan, roots, compared=snapshot is not None)
    moment = instant(as_of) if reads_as_of(roots.values(), inputs.by_node) else 0
    binding = Binding(moment, ZoneInfo(plan.catalog.timezone))
    key = plan.catalog.entity.key.name if key is None else key
    found: dict[str, Any] = {key: values[key]} if key in values.column_names else {}
    if not names:
        return TableBatch(pyarrow.table(found))
    query = _Query(plan, inputs, roots, binding, snapshot)
    truths, left = _computed(query, values)
    columns = {name: truths[f"s{place}"] for place, name in enumerate(names)}
    errors: list[RowError] = []
    if left:
        known, errors = _one_by_one(query, values, left, key, as_of)
        for name in names:
            here = {row: truth[name] for row, truth in known.items()}
            columns[name] = _patched(columns[name], left, here)
    return TableBatch(pyarrow.table({**found, **columns}), tuple(errors))


@dataclass(frozen=True)
class _Query:
    """What is asked of a table whose columns are the inputs: `i0`, `i1` and so on."""

    plan: Plan
    inputs: Inputs
    roots: Mapping[str, Expr]
    binding: Binding
    snapshot: Snapshot | None

    @cached_property
    def populations(self) -> list[Expr]:
        """The functions that compare with everybody, arguments first: columns `p0` and so on."""
        if self.snapshot is None:
            return []
        leaves = self.inputs.by_node
        return [n for n in needed(self.roots.values(), leaves) if n.op == "population"]

    @cached_property
    def truths(self) -> str:
        """A column `s0`, `s1` and so on for each root, the rows in their order."""
        return self._select(self.roots.values(), "s", truths=True)

    @cached_property
    def standings(self) -> list[tuple[Standing, str]]:
        """How each of `populations` stands, and the query of the values it compares."""
        found = standings(self.plan, self.populations)
        return [(found[n.id], self._select(n.args, "a", truths=False)) for n in self.populations]

    def _select(self, wanted: Iterable[Expr], prefix: str, *, truths: bool) -> str:
        dialect = DuckDB()
        made, columns = self._over_columns(list(wanted), truths=truths)
        scope = Scope(dialect, self.binding, self.plan.catalog.entity, columns=columns)
        steps, source, scope = _with_scores(self.plan, scope, made)
        items = [
            exp.alias_(lower(expr, scope), f"{prefix}{place}", quoted=True)
            for place, expr in enumerate(made)
        ]
        query = exp.select(*items).from_(source).order_by(column("row"))
        return generate(with_steps(query, steps, (), TABLE), dialect.sqlglot, pretty=False)

    def _over_columns(
        self, wanted: list[Expr], *, truths: bool
    ) -> tuple[list[Expr], dict[int, Tree]]:
        """Expressions over columns that may be missing, whatever the metric's type says."""
        graph = Graph()
        columns: dict[int, Tree] = {}
        made: dict[int, Expr] = {}
        places = {found.name: f"i{place}" for place, found in enumerate(self.inputs.inputs)}
        compared = {node.id: f"p{place}" for place, node in enumerate(self.populations)}
        for node in needed(wanted, {**self.inputs.by_node, **compared}):
            found = self.inputs.by_node.get(node.id)
            if found is not None:
                type = found.type.or_missing(found.default is None)
                made[node.id] = graph.make("attribute", param=found.name, type=type)
                columns[made[node.id].id] = column(places[found.name])
            elif node.id in compared:
                name = compared[node.id]
                # No input can have such a name.
                leaf = graph.make("attribute", param=(name,), type=node.type.optional)
                made[node.id] = leaf
                columns[made[node.id].id] = column(name)
            else:
                args = tuple(made[arg.id] for arg in node.args)
                made[node.id] = _remade(graph, node, args)
        results = [made[expr.id] for expr in wanted]
        return [_truth(graph, r) if truths else r for r in results], columns


def _with_scores(
    plan: Plan, scope: Scope, wanted: Iterable[Expr]
) -> tuple[dict[str, exp.Query], exp.Table, Scope]:
    """The steps that compute scores, the last of them, and what is a column there."""
    steps: dict[str, exp.Query] = {}
    nodes = [node for node in reachable(wanted) if node.op == "score"]
    refused = tuple(refusals(plan, scope.dialect, nodes))
    if refused:
        raise SegueError(refused)
    given = {id: tree.name for id, tree in scope.columns.items()}
    names = Names(scope.dialect.max_identifier)
    for name in (TABLE, "row", *given.values()):
        names.reserve(name)

    def step(title: str, query: exp.Query) -> exp.Table:
        name = names.fresh(title)
        steps[name] = query
        return exp.Table(this=identifier(name))

    relation = Relation(exp.Table(this=identifier(TABLE)), "row", given)
    scores = ScoreSteps(scope, names, plan.models, plan.score_table, ("row",), {}, step)
    relation = scores.score(nodes, relation)
    columns: dict[int, Tree] = {id: column(name) for id, name in relation.columns.items()}
    return steps, relation.source, replace(scope, columns=columns)


def _computed(query: _Query, values: "pyarrow.Table") -> tuple["pyarrow.Table", list[int]]:
    """The truths of all rows, and the rows that the engine cannot compute."""
    import duckdb
    import pyarrow

    columns = {"row": pyarrow.array(range(values.num_rows), pyarrow.int64())}
    left: set[int] = set()
    for place, found in enumerate(query.inputs.inputs):
        columns[f"i{place}"], unread = represented(values, found)
        left |= unread
    with duckdb.connect() as connection:
        parts = list(_in_parts(query, connection, pyarrow.table(columns), left))
    return pyarrow.concat_tables(parts), sorted(left)


def _in_parts(
    query: _Query, connection: "duckdb.DuckDBPyConnection", rows: "pyarrow.Table", left: set[int]
) -> Iterator["pyarrow.Table"]:
    """The truths of the rows; where the engine stops, of each half by itself."""
    import duckdb
    import pyarrow

    try:
        yield _run(query, connection, rows)
    except duckdb.Error:
        if rows.num_rows > 1:
            half = rows.num_rows // 2
            yield from _in_parts(query, connection, rows.slice(0, half), left)
            yield from _in_parts(query, connection, rows.slice(half), left)
            return
        left.add(rows["row"][0].as_py())
        names = [f"s{place}" for place in range(len(query.roots))]
        yield pyarrow.table({name: pyarrow.array([None], pyarrow.bool_()) for name in names})


def _run(
    query: _Query, connection: "duckdb.DuckDBPyConnection", rows: "pyarrow.Table"
) -> "pyarrow.Table":
    import pyarrow

    for place, (standing, text) in enumerate(query.standings):
        connection.register(TABLE, rows)
        compared = connection.sql(text).fetchall()
        type = arrow_type(query.populations[place].type.kind)
        stands = [standing(query.snapshot, *row) for row in compared]
        rows = rows.append_column(f"p{place}", pyarrow.array(stands, type))
    connection.register(TABLE, rows)
    return connection.sql(query.truths).to_arrow_table()


def _one_by_one(
    query: _Query, values: "pyarrow.Table", left: Iterable[int], key: str, as_of: Any
) -> tuple[dict[int, Mapping[str, bool]], list[RowError]]:
    """What the Python predicates say of some rows, and of which they cannot say anything."""
    predicates = compile_predicates(query.plan, tuple(query.roots), snapshot=query.snapshot)
    truths: dict[int, Mapping[str, bool]] = {}
    errors: list[RowError] = []
    names = [key, *(found.name for found in query.inputs.inputs)]
    for row in left:
        given = {n: values[n][row].as_py() for n in names if n in values.column_names}
        try:
            found = predicates.evaluate(given, as_of)
        except (ArithmeticError, TypeError, ValueError) as error:
            errors.append(RowError(row, given.get(key), str(error) or type(error).__name__))
        else:
            truths[row] = dict(zip(predicates.segments, found, strict=True))
    return truths, errors


def _patched(truths: Any, left: Iterable[int], known: Mapping[int, bool]) -> Any:
    """A column of truths with those of some rows, and without those of others."""
    import pyarrow

    patched = truths.to_pylist()
    for row in left:
        patched[row] = known.get(row)
    return pyarrow.array(patched, pyarrow.bool_())


def _remade(graph: Graph, node: Expr, args: tuple[Expr, ...]) -> Expr:
    operator = OPERATORS.get(node.op)
    missing = node.type.nullable
    if (operator is not None and operator.missing is Missing.PROPAGATES) or node.op == "score":
        missing = missing or any(arg.type.nullable for arg in args)
    elif node.op in ("and", "or", "not"):
        args = tuple(_truth(graph, arg) for arg in args)
    elif node.op == "if":
        args = (_truth(graph, args[0]), *args[1:])
        missing = missing or args[1].type.nullable or args[2].type.nullable
    elif node.op == "??":
        missing = missing or args[1].type.nullable
    return graph.make(node.op, args, node.param, type=node.type.or_missing(missing))


def _truth(graph: Graph, condition: Expr) -> Expr:
    if not condition.type.nullable:
        return condition
    return graph.make("truth", (condition,), type=BOOL)
