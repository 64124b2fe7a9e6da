"""The rules of a run with the table of scores of its store, where they read it."""

from dataclasses import replace

from segue.compiler.catalog.model import TableName
from segue.compiler.plan.nodes import Scored, reachable
from segue.compiler.plan.plan import Plan
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.scores.limits import reads_table, reason
from segue.runtime.refusal import Refusal
from segue.runtime.ruleset import Ruleset
from segue.runtime.warehouse.warehouse import Warehouse

SCORES = "scores"


def with_score_table(ruleset: Ruleset, warehouse: Warehouse, schema: str) -> Ruleset:
    """The rules, with scores read from the store of a schema.

    Raises `Refusal` where a score is to be read and there is no table.
    """
    plan = replace(ruleset.plan, score_table=TableName(SCORES, schema))
    found = served_scores(plan, warehouse.dialect)
    if found and not warehouse.has_table(warehouse.store_table(schema, SCORES)):
        name, why = next(iter(found.items()))
        raise Refusal(
            f"nobody has a score yet: `{name}` is {why}",
            f"write the table: `segue score {name}`",
        )
    return replace(ruleset, plan=plan)


def served_scores(plan: Plan, dialect_name: str) -> dict[str, str]:
    """The scores that queries of an engine read from the table, and why."""
    target = dialect(dialect_name)
    return {
        node.param.score: reason(target, plan.models, node.param)
        for node in reachable(plan.roots)
        if isinstance(node.param, Scored) and reads_table(target, plan.models, node.param)
    }
