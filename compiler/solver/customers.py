"""Which customers fulfil which conditions: witnesses evaluated by the Python backend."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segue.compiler.catalog.model import Catalog
from segue.compiler.plan.nodes import Aggregate, Expr, Graph, reachable
from segue.compiler.plan.plan import Plan
from segue.compiler.python.events import compile_evaluator
from segue.compiler.python.profile import profile_of_rows
from segue.compiler.solver.witness import Witness, only_tables, rows_of


@dataclass(frozen=True, slots=True)
class Members:
    """Customers as bits: all that were asked about, and of each condition those who fulfil it."""

    everyone: int
    of: Mapping[Expr, int]


def fulfilled(
    catalog: Catalog, conditions: Sequence[Expr], customers: Sequence[Witness]
) -> list[list[bool]]:
    """Of each condition, whether each of the customers is known to fulfil it.

    The conditions compare nobody with all others: see `population_nodes`. What a model says of
    a customer is not known here.
    """
    known = [c for c in conditions if all(node.op != "score" for node in reachable([c]))]
    asked = {condition.id for condition in known}
    evaluator = compile_evaluator(Plan(catalog, Graph()))
    tables = tables_of(conditions, catalog)
    found = []
    for customer in customers:
        rows = rows_of(only_tables(customer, tables), catalog)
        profile = profile_of_rows(customer.attributes, rows, catalog)
        evaluation = evaluator.evaluate(profile, customer.as_of)
        evaluation.compute(known)
        found.append([c.id in asked and evaluation.value(c) is True for c in conditions])
    return [list(truths) for truths in zip(*found, strict=True)]


def tables_of(conditions: Sequence[Expr], catalog: Catalog) -> frozenset[str]:
    """The tables of events that some conditions read."""
    return frozenset(
        str(member.table)
        for node in reachable(conditions)
        if isinstance(node.param, Aggregate)
        for event in (node.param.event, *(step.event for step in node.param.steps))
        for member in catalog.members(event)
    )
