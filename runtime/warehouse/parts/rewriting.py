"""Statements that change a table, as the queries of what it holds afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import sqlglot
from sqlglot import exp

from segue.runtime.warehouse.parts.manifest import Column

Typed = Callable[[Column], exp.DataType]
"""The type of a column as an engine writes it, able to be NULL unless it is required."""
RowsOf = Callable[[exp.Values, Sequence[str]], exp.Query]
"""How an engine selects rows of values, with these names for their columns."""


def columns_of(create: exp.Create) -> tuple[Column, ...]:
    """The columns of a `CREATE TABLE` that lists them."""
    return tuple(
        Column(
            column.name,
            _written(column.args["kind"]),
            any(isinstance(c.kind, exp.NotNullColumnConstraint) for c in column.constraints),
        )
        for column in create.this.expressions
        if isinstance(column, exp.ColumnDef)
    )


def _written(kind: exp.DataType) -> str:
    """A type as statements of a store write it, whatever an engine calls its texts."""
    return "TEXT" if kind.this in exp.DataType.TEXT_TYPES else kind.sql()


def named_columns(query: exp.Expr) -> tuple[Column, ...]:
    """The columns of a query as it names them, whatever their types; none where it has a `*`."""
    assert isinstance(query, exp.Query)
    names = [] if query.is_star else query.named_selects
    return tuple(Column(name, "") for name in names) if all(names) else ()


def added_column(alter: exp.Alter) -> Column:
    """The column that an `ALTER TABLE` adds."""
    (column,) = alter.args["actions"]
    return Column(column.name, column.args["kind"].sql())


def inserted(
    insert: exp.Insert, columns: Sequence[Column], typed: Typed, rows_of: RowsOf
) -> exp.Query:
    """The rows that an `INSERT` adds, with all columns of the table, each of its type."""
    given = [c.name for c in insert.this.expressions] if isinstance(insert.this, exp.Schema) else []
    names = given or [column.name for column in columns]
    rows = insert.expression
    query = rows_of(rows, names) if isinstance(rows, exp.Values) else rows
    source = named(query, names).subquery("added", copy=False)
    items = []
    for column in columns:
        value = exp.column(column.name, "added") if column.name in names else exp.null()
        items.append(
            exp.alias_(exp.cast(value, typed(column)) if column.type else value, column.name)
        )
    return exp.select(*items).from_(source)


def one_by_one(values: exp.Values) -> exp.Query:
    """Rows of values, each selected."""
    rows = [exp.select(*row.expressions) for row in values.expressions]
    return rows[0] if len(rows) == 1 else exp.union(*rows, distinct=False)


def in_from(values: exp.Values, names: Sequence[str]) -> exp.Query:
    """Rows of values, as a table with these columns."""
    columns = [exp.to_identifier(name, quoted=True) for name in names]
    alias = exp.TableAlias(this=exp.to_identifier("given", quoted=True), columns=columns)
    table = exp.Values(expressions=values.expressions, alias=alias)
    return exp.select(*names).from_(table)


def named(query: exp.Query, names: Sequence[str]) -> exp.Query:
    """The query with these names for its columns."""
    query = query.copy()
    first: exp.Expr = query
    while not isinstance(first, exp.Select):
        first = first.this
    items = [
        exp.alias_(item.unalias(), name) for item, name in zip(first.selects, names, strict=True)
    ]
    first.set("expressions", items)
    return query


def updated(update: exp.Update, table: exp.Table, columns: Sequence[Column]) -> exp.Query:
    """All rows of a table after an `UPDATE`."""
    values = {change.this.name: change.expression for change in update.expressions}
    where = update.args.get("where")
    items = []
    for column in columns:
        value: exp.Expr = exp.column(column.name)
        if column.name in values:
            new = values[column.name].copy()
            value = new if where is None else _case(where.this.copy(), new, value)
        items.append(exp.alias_(value, column.name))
    return exp.select(*items).from_(table)


@dataclass(frozen=True, slots=True)
class Test:
    """A condition of a `DELETE`: that some columns are as in a row of a query."""

    condition: exp.In
    columns: tuple[str, ...]
    query: exp.Query


def tests_of(delete: exp.Delete) -> list[Test] | None:
    """What a `DELETE … WHERE` asks of a row, all of it; None where it asks something else, too."""
    condition = delete.args["where"].this
    found = []
    for test in condition.flatten() if isinstance(condition, exp.And) else [condition]:
        if not isinstance(test, exp.In) or not test.args.get("query"):
            return None
        tested = test.this.expressions if isinstance(test.this, exp.Tuple) else [test.this]
        names = tuple(column.name for column in tested)
        found.append(Test(test, names, test.args["query"].unnest()))
    return found


def remaining(delete: exp.Delete, table: exp.Table, columns: Sequence[Column]) -> exp.Query:
    """All rows of a table that a `DELETE … WHERE` leaves.

    Rows that are in a query are taken out by a join, which engines do in parallel; they would
    compare `NOT IN` row by row.
    """
    kept = exp.alias_(table, "kept", table=True)
    rows = exp.select(*(exp.alias_(exp.column(c.name, "kept"), c.name) for c in columns))
    rows = rows.from_(kept)
    tests = tests_of(delete)
    if tests is None:
        holds = exp.func("COALESCE", delete.args["where"].this.copy(), exp.false())
        return rows.where(exp.not_(holds))
    stays = []
    for place, test in enumerate(tests):
        gone = f"gone_{place}"
        names = [f"{gone}_{column}" for column in range(len(test.columns))]
        found = named(test.query, names).subquery("found", copy=False)
        distinct = exp.select(*names).distinct().from_(found).subquery(gone, copy=False)
        matches = [
            exp.column(tested, "kept").eq(exp.column(name, gone))
            for tested, name in zip(test.columns, names, strict=True)
        ]
        rows = rows.join(distinct, on=exp.and_(*matches), join_type="left", copy=False)
        stays.append(exp.column(names[0], gone).is_(exp.null()))
    return rows.where(exp.or_(*stays))


def cast_to(query: exp.Query, columns: Sequence[Column], typed: Typed) -> exp.Query:
    """The same rows, each column of its type: a `NULL` alone, or the rows of nothing, have none."""
    items = [exp.alias_(exp.cast(exp.column(c.name, "changed"), typed(c)), c.name) for c in columns]
    return exp.select(*items).from_(query.subquery("changed", copy=False))


def dropped(table: exp.Table, kind: str = "TABLE") -> exp.Expr:
    """`DROP … IF EXISTS` of a table or view."""
    drop = sqlglot.parse_one(f"DROP {kind} IF EXISTS x")
    found = drop.find(exp.Table)
    assert found is not None
    found.replace(table)
    return drop


def nothing(columns: Sequence[Column], typed: Typed) -> exp.Query:
    """A query of no rows with the columns of a table."""
    items = []
    for column in columns:
        value: exp.Expr = exp.null()
        if column.type:
            value = exp.cast(value, typed(replace(column, required=False)))
        items.append(exp.alias_(value, column.name))
    # Not every engine has a WHERE without FROM.
    return exp.select(*items).limit(0)


def everything(tables: Sequence[exp.Table]) -> exp.Query:
    """All rows of the parts of a table, which have the same columns in the same order.

    These are not written out: a wide table of many parts would be too long a statement.
    """
    parts: list[exp.Query] = [exp.select(exp.Star()).from_(table) for table in tables]
    return parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)


def _case(condition: exp.Expr, value: exp.Expr, otherwise: exp.Expr) -> exp.Expr:
    return exp.Case(ifs=[exp.If(this=condition, true=value)], default=otherwise)
