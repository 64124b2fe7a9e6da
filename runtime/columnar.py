"""Segments over a table of metric values held in memory: Arrow, pandas or polars.

The conditions are compiled to SQL as for a warehouse, and run over the table in DuckDB, inside
the process; the members are those that `compile_predicates` gives row by row. Columns are
brought into representation first: whole columns at once where their Arrow type is the usual
one, value by value where it is not (a float column for a decimal metric, say).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from segue.compiler.operators.declaration import Missing
from segue.compiler.operators.registry import OPERATORS
from segue.compiler.plan.nodes import Expr, Graph
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.python.access import input_reader
from segue.compiler.python.function import instant, reads_as_of
from segue.compiler.python.inputs import Input, Inputs, find_inputs
from segue.compiler.python.scalar import needed
from segue.compiler.sql.dialects.duckdb import DuckDB
from segue.compiler.sql.query import generate
from segue.compiler.sql.scalar import Scope, lower
from segue.compiler.sql.trees import Tree, column
from segue.compiler.types import BOOL, FLOATS, INTEGERS, TEXTS, Kind

if TYPE_CHECKING:
    import pyarrow  # type: ignore[import-untyped]

TABLE = "metric_values"
GREATEST = 2**63 - 1


def evaluate_table(
    plan: Plan,
    table: Any,
    as_of: datetime | int | None = None,
    segments: Iterable[str] | None = None,
    key: str | None = None,
) -> "pyarrow.Table":
    """The members among the rows of a table: its key, and one column of truths per segment.

    `table` is a pyarrow table or what converts to one (a pandas or polars data frame), with a
    column for each input, by name; an absent column is missing in every row. The key column is
    that of the entity unless named; without it the rows keep their order all the same.
    """
    import duckdb
    import pyarrow

    values = table if isinstance(table, pyarrow.Table) else pyarrow.table(table)
    names = tuple(plan.segments) if segments is None else tuple(segments)
    roots = {title: plan.segments[title].expr for title in names}
    inputs = find_inputs(plan, roots)
    moment = instant(as_of) if reads_as_of(roots.values(), inputs.by_node) else 0
    binding = Binding(moment, ZoneInfo(plan.catalog.timezone))
    key = plan.catalog.entity.key.name if key is None else key
    found: dict[str, Any] = {key: values[key]} if key in values.column_names else {}
    if names:
        represented = pyarrow.table(
            {
                "row": pyarrow.array(range(values.num_rows), pyarrow.int64()),
                **{f"i{place}": _represented(values, i) for place, i in enumerate(inputs.inputs)},
            }
        )
        with duckdb.connect() as connection:
            connection.register(TABLE, represented)
            query = _query(plan, inputs, roots, binding)
            truths: Any = connection.sql(query).to_arrow_table()
        found |= {title: truths[f"s{place}"] for place, title in enumerate(names)}
    return pyarrow.table(found)


def _query(plan: Plan, inputs: Inputs, roots: Mapping[str, Expr], binding: Binding) -> str:
    dialect = DuckDB()
    places = {i.name: f"i{place}" for place, i in enumerate(inputs.inputs)}
    conditions, columns = _over_columns(roots.values(), inputs, places)
    scope = Scope(dialect, binding, plan.catalog.entity, columns=columns)
    items = [
        exp.alias_(lower(condition, scope), f"s{place}", quoted=True)
        for place, condition in enumerate(conditions)
    ]
    query = exp.select(*items).from_(exp.to_table(TABLE)).order_by(column("row"))
    return generate(query, dialect.sqlglot, pretty=False)


def _over_columns(
    roots: Iterable[Expr], inputs: Inputs, places: Mapping[str, str]
) -> tuple[list[Expr], dict[int, Tree]]:
    """The conditions over columns that may be missing, whatever the metric's type says."""
    graph = Graph()
    columns: dict[int, Tree] = {}
    made: dict[int, Expr] = {}
    roots = list(roots)
    for node in needed(roots, inputs.by_node):
        found = inputs.by_node.get(node.id)
        if found is None:
            args = tuple(made[arg.id] for arg in node.args)
            made[node.id] = _remade(graph, node, args)
        else:
            type = found.type.or_missing(found.default is None)
            made[node.id] = graph.make("attribute", param=found.name, type=type)
            columns[made[node.id].id] = column(places[found.name])
    return [_truth(graph, made[root.id]) for root in roots], columns


def _remade(graph: Graph, node: Expr, args: tuple[Expr, ...]) -> Expr:
    operator = OPERATORS.get(node.op)
    missing = node.type.nullable
    if operator is not None and operator.missing is Missing.PROPAGATES:
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


def _represented(values: "pyarrow.Table", input: Input) -> Any:
    """A column of the representations of an input, its default standing in."""
    import pyarrow
    import pyarrow.compute as compute  # type: ignore[import-untyped]

    kind = input.type.kind
    target = _arrow_type(kind)
    if input.name not in values.column_names:
        return pyarrow.array([input.default] * values.num_rows, target)
    found = values[input.name]
    if pyarrow.types.is_dictionary(found.type):
        found = found.cast(found.type.value_type)
    whole = _whole_column(found, input, target)
    if whole is None:
        read = input_reader(input)
        rows = (read(value) for value in found.to_pylist())
        return pyarrow.array(
            [_within(value) if kind in INTEGERS else value for value in rows], target
        )
    return whole if input.default is None else compute.fill_null(whole, input.default)


def _whole_column(found: Any, input: Input, target: Any) -> Any:
    """The column converted at once, or None where only value by value is right."""
    import pyarrow
    import pyarrow.compute as compute

    types, kind = pyarrow.types, input.type.kind
    is_number = types.is_integer(found.type) and not types.is_uint64(found.type)
    if kind is Kind.BOOL and types.is_boolean(found.type):
        return found
    if kind in TEXTS and (types.is_string(found.type) or types.is_large_string(found.type)):
        return found.cast(target)
    if kind is Kind.INT and is_number:
        return found.cast(target)
    if kind is Kind.DECIMAL and is_number:
        return compute.multiply_checked(found.cast(target), 10**input.type.scale)
    if kind in FLOATS and (is_number or types.is_floating(found.type)):
        doubles = found.cast(target, safe=False)
        return compute.if_else(compute.is_finite(doubles), doubles, pyarrow.scalar(None, target))
    if kind is Kind.DATE and types.is_date32(found.type):
        return found.cast(pyarrow.int32()).cast(target)
    if kind is Kind.TIMESTAMP and types.is_timestamp(found.type) and found.type.unit != "ns":
        return found.cast(pyarrow.timestamp("us", found.type.tz)).cast(target)
    if kind is Kind.DURATION and types.is_duration(found.type) and found.type.unit != "ns":
        return found.cast(pyarrow.duration("us")).cast(target)
    return None


def _arrow_type(kind: Kind) -> Any:
    import pyarrow

    if kind is Kind.BOOL:
        return pyarrow.bool_()
    if kind in FLOATS:
        return pyarrow.float64()
    return pyarrow.string() if kind in TEXTS else pyarrow.int64()


def _within(value: Any) -> Any:
    """An infinity given for an exact number, as the number beyond all others."""
    return max(-GREATEST, min(value, GREATEST)) if value in (float("inf"), -float("inf")) else value
