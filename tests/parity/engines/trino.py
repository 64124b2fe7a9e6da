"""Trino's SQL in DuckDB: read as Trino's, written as DuckDB's, with macros for what differs.

No Trino runs here. What this finds is what sqlglot knows of the meaning of Trino's functions.
"""

from typing import Any

from sqlglot import exp, parse_one

from parity.engines.duckdb import DuckDB

MACROS = (
    "CREATE MACRO AT_TIMEZONE(moment, zone) AS TIMEZONE(zone, moment)",
    "CREATE MACRO FROM_BASE(digits, base) AS CAST('0x' || digits AS BIGINT)",
    "CREATE MACRO INFINITY() AS CAST('inf' AS DOUBLE)",
)


class Trino(DuckDB):
    """See the module."""

    name = "trino"

    def __init__(self) -> None:
        super().__init__()
        for macro in MACROS:
            self.connection.execute(macro)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that a query gives."""
        return super().run(as_duckdb(sql, self.name))


def as_duckdb(sql: str, dialect: str) -> str:
    """A statement of a dialect in which whole numbers divide to whole numbers, a timestamp as
    text has all its digits, and arrays are unnested side by side."""
    tree = parse_one(sql, read=dialect)
    for quotient in list(tree.find_all(exp.Div)):
        if quotient.expression.is_int:
            quotient.replace(exp.IntDiv(this=quotient.this, expression=quotient.expression))
    for text in list(tree.find_all(exp.Cast)):
        time = text.this
        if text.is_type("varchar") and isinstance(time, exp.Cast) and time.is_type("timestamp"):
            digits = exp.Literal.string("%Y-%m-%d %H:%M:%S.%f")
            text.replace(exp.Anonymous(this="STRFTIME", expressions=[time, digits]))
    for rows in list(tree.find_all(exp.Unnest)):
        rows.replace(_side_by_side(rows))
    return tree.sql("duckdb", identify=True)


def _side_by_side(rows: exp.Unnest) -> exp.Subquery:
    """Several arrays side by side: `UNNEST` takes one in FROM here, and any number in SELECT."""
    alias = rows.args["alias"]
    items = [
        exp.alias_(exp.Explode(this=array), name.name, quoted=True)
        for array, name in zip(rows.expressions, alias.columns, strict=True)
    ]
    return exp.select(*items).subquery(alias.this)
