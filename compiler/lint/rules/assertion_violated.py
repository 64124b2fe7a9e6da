"""An `assert` that a customer contradicts.

What it does:
    Takes each `assert a implies b`, `assert disjoint(a, b)` and `assert exhaustive(a, b)` as a
    claim about all customers, and finds those that are wrong, with the smallest customer who
    shows it. The customer was evaluated in Python and in SQL before being named.

Why:
    An assertion is there because somebody relies on it: nobody should get two mails, nobody
    should be left out.

Bad:
    segment new_customers "At the beginning" {
      when count(purchase) <= 1
    }

    segment good_customers "Spent a lot" {
      when sum(purchase.amount) >= 500.00
    }

    assert disjoint(new_customers, good_customers)

Good:
    segment new_customers "At the beginning" {
      when count(purchase) <= 1
    }

    segment good_customers "Spent a lot" {
      when sum(purchase.amount) >= 500.00
       and count(purchase) > 1
    }

    assert disjoint(new_customers, good_customers)
"""

from collections.abc import Iterator, Sequence

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Hit, Shown
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.compiler.plan.nodes import Expr, reachable
from segue.compiler.plan.plan import Plan
from segue.compiler.solver.verdict import Refuted
from segue.compiler.solver.words import instant, sentence
from segue.grammar.diagnostics import Severity


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for finding in context.survey.assertions:
        if isinstance(finding.verdict, Refuted):
            witness = finding.verdict.witness
            node = finding.assertion.source
            yield Hit(
                node.claim.span,
                f"this does not hold: {finding.contradiction}",
                label=node.title or "not true of every customer",
                help="change the rules until it holds, or take the assertion back",
                notes=(f"for one, {sentence(witness, context.catalog)}, as of {instant(witness)}",),
                shown=Shown(
                    finding.contradiction,
                    witness,
                    tuple(named_in(context.plan, finding.assertion.conditions)),
                ),
            )


def named_in(plan: Plan, conditions: Sequence[Expr]) -> Iterator[str]:
    """The segments and conditions that are some conditions, or else a part of them."""
    named = {**plan.segments, **plan.conditions}
    itself = [name for name, found in named.items() if found.expr in conditions]
    parts = {node.id for node in reachable(conditions)}
    yield from itself or [name for name, found in named.items() if found.expr.id in parts]


RULE = Rule(
    code="SEG206",
    name="assertion-violated",
    category=Category.LOGIC,
    severity=Severity.ERROR,
    needs=Needs.SOLVER,
    check=check,
    documentation=__doc__,
)
