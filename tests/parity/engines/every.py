"""All engines, the judge first."""

from parity.engines.base import Engine
from parity.engines.duckdb import DuckDB
from parity.engines.forms import Forms
from parity.engines.postgres import Postgres
from parity.engines.python import Evaluator, PredicateEngine
from parity.engines.reference import Reference
from parity.engines.sqlite import SQLite


def every_engine() -> list[Engine]:
    """All engines, the judge first."""
    engines = [DuckDB(), SQLite(), Postgres()]
    forms = [Forms(engine) for engine in engines]
    return [Reference(), Evaluator(), PredicateEngine(), *engines, *forms]
