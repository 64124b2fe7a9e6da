"""A score read from the table that `segue score` writes, where it is not too old.

The table has a row for each score and entity: `score`, `key`, `at` (the instant that it was
computed for, UTC), `version` of the model, and one of `number`, `micros` and `class`.
"""

from collections.abc import Sequence

from sqlglot import exp

from segue.compiler.catalog.model import TableName, TimeKind
from segue.compiler.plan.nodes import Scored
from segue.compiler.plan.windows import Bounds
from segue.compiler.sql.rows import table
from segue.compiler.sql.scalar import Scope
from segue.compiler.sql.scans import Relation
from segue.compiler.sql.trees import Tree, column, identifier, integer, string
from segue.compiler.types import TEXTS, Kind, Type

SCORES = "scores"
"""The alias of the table."""


def served(
    scope: Scope,
    place: TableName,
    scored: Scored,
    value: Tree,
    carried: Sequence[str],
    relation: Relation,
) -> exp.Select:
    """A row for each entity: what there was, and its score, or NULL; `value` says which column."""
    assert scored.within is not None
    dialect, as_of = scope.dialect, scope.binding.as_of
    at = column("at", SCORES)
    conditions: list[Tree] = [
        exp.EQ(this=column("score", SCORES), expression=string(scored.score)),
        exp.EQ(this=column("key", SCORES), expression=column(relation.key, "r")),
        *dialect.within(at, TimeKind.UTC, Bounds(as_of - scored.within, as_of)),
    ]
    if scored.version and scored.serve == "table":
        version = exp.EQ(this=column("version", SCORES), expression=integer(scored.version))
        conditions.append(version)
    source = relation.source.copy()
    source.set("alias", exp.TableAlias(this=identifier("r")))
    items: list[Tree] = [column(name, "r") for name in carried]
    items.append(value)
    query = exp.select(*items, copy=False).from_(source, copy=False)
    there = table(dialect.store_table(place), SCORES)
    return query.join(there, on=exp.and_(*conditions, copy=False), join_type="left", copy=False)


def value_column(type: Type) -> Tree:
    """The column that has scores of a type."""
    if type.kind is Kind.DURATION:
        return column("micros", SCORES)
    return column("class" if type.kind in TEXTS else "number", SCORES)
