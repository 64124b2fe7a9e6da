"""Snowflake's SQL in fakesnow, which imitates Snowflake over DuckDB behind Snowflake's own driver.

No Snowflake runs here. fakesnow asks for an older sqlglot, and runs with this one too. In a long
query it may give a quotient of roots whose last bit is another one than DuckDB's, for a reason that
is not known; asked for alone, quotients of roots were right to the bit. Its doubles are compared to
15 digits.
"""

import warnings
from math import isclose
from typing import Any

import fakesnow.transforms
from fakesnow.instance import FakeSnow
from sqlglot import exp

from parity.case import Case
from parity.engines.base import Answers
from parity.engines.duckdb import arrow
from parity.engines.reference import Reference
from parity.engines.sql import ask, quoted
from parity.tables import Table
from segue.compiler.sql.dialects.registry import dialect

NEARLY = 1e-15
MACROS = (
    # As sqlglot spells it.
    """CREATE MACRO M_D5_NUMBER_UPPER64(value)
       AS CAST('0x' || SUBSTR(MD5(value), 1, 16) AS UHUGEINT)""",
)


def _divided(tree: exp.Expr) -> exp.Expr:
    """Decimals without a remainder are divided as whole numbers, not as doubles."""
    if isinstance(tree, exp.Div) and tree.expression.is_int:
        return exp.IntDiv(this=tree.this, expression=tree.expression)
    return tree


# In place of a step that forgets which characters `TRIM` takes off.
fakesnow.transforms.trim_cast_varchar = _divided


class Snowflake:
    """See the module."""

    name = "snowflake"

    def __init__(self) -> None:
        # Not in place of the driver: other tests of the process put imitations there.
        self.connection = FakeSnow().connect(database="DB", schema="PARITY")
        self.judge = Reference()
        self.duckdb = self.connection._duck_conn
        self.duckdb.execute("SET TimeZone = 'America/New_York'")
        for macro in MACROS:
            self.duckdb.execute(macro)

    def load(self, case: Case) -> None:
        """Creates the tables of a case, in place of those before."""
        for table in case.tables.values():
            self.duckdb.register("incoming", arrow(_stored(table)))
            name = quoted(dialect(self.name).stored(table.name))
            self.duckdb.execute(f"CREATE OR REPLACE TABLE {name} AS FROM incoming")
            self.duckdb.unregister("incoming")

    def evaluate(self, case: Case) -> Answers:
        """The answers for every entity, doubles as they should be where they nearly are."""
        found = ask(self, case)
        wanted = self.judge.evaluate(case)
        for output, by_key in found.items():
            for key, value in by_key.items():
                near = wanted[output].get(key)
                if isinstance(value, float) and isinstance(near, float):
                    by_key[key] = near if isclose(value, near, rel_tol=NEARLY) else value
        return found

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that a query gives."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return list(self.connection.cursor().execute(sql).fetchall())


def _stored(table: Table) -> Table:
    """A table with its columns as they are stored."""
    stored = dialect(Snowflake.name).stored
    columns = {stored(name): kind for name, kind in table.columns.items()}
    rows = [{stored(name): value for name, value in row.items()} for row in table.rows]
    return Table(table.name, columns, rows)
