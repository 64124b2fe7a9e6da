"""All engines, the judge first."""

from parity.engines.base import Engine
from parity.engines.duckdb import DuckDB, DuckDBMembers
from parity.engines.postgres import Postgres
from parity.engines.python import Evaluator, PredicateEngine
from parity.engines.reference import Reference
from parity.engines.sqlite import SQLite


def every_engine() -> list[Engine]:
    """All engines, the judge first."""
    return [
        Reference(),
        Evaluator(),
        PredicateEngine(),
        DuckDB(),
        DuckDBMembers(),
        SQLite(),
        Postgres(),
    ]
