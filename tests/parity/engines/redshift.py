"""Redshift's SQL in Postgres: read as Redshift's, written as Postgres's, with functions for what
Postgres lacks.

No Redshift runs here, and none of its own ways of comparing text.
"""

from typing import Any
from unittest.mock import patch

from sqlglot import exp, parse_one

from parity.case import Case
from parity.engines.base import Answers
from parity.engines.postgres import Postgres
from segue.compiler.sql.dialects import redshift as dialects

FUNCTIONS = (
    """CREATE FUNCTION from_base(digits text, base int) RETURNS bigint IMMUTABLE
       RETURN CAST(CAST('x' || digits AS BIT(32)) AS BIGINT)""",
    """CREATE FUNCTION matched_at(value text, pattern text) RETURNS int IMMUTABLE
       RETURN REGEXP_INSTR(value, REPLACE(pattern, '\\z', '$'))""",
)
LONGEST = 63
"""What Postgres keeps of a name."""


class Redshift(Postgres):
    """See the module."""

    name = "redshift"

    def __init__(self) -> None:
        super().__init__()
        for function in FUNCTIONS:
            self._run(function)

    def evaluate(self, case: Case) -> Answers:
        """The answers for every entity."""
        with patch.object(dialects.Redshift, "max_identifier", LONGEST):
            return super().evaluate(case)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that a query gives."""
        return super().run(as_postgres(sql))


def as_postgres(sql: str) -> str:
    """A statement of Redshift as one of Postgres."""
    # Postgres has no longest text to name.
    tree = parse_one(sql.replace("VARCHAR(MAX)", "TEXT"), read="redshift")
    for place in list(tree.find_all(exp.RegexpInstr)):
        arguments = [place.this, place.expression]
        place.replace(exp.Anonymous(this="matched_at", expressions=arguments))
    for step in tree.find_all(exp.CTE):
        # Else Postgres writes each step into the next, and those of a score take all memory.
        step.set("materialized", True)
    return tree.sql("postgres", identify=True)
