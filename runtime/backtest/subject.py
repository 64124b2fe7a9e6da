"""What can be replayed: anything that puts each entity in one of some places, or in none."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from segue.compiler.plan.lifecycles import Lifecycle
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan, Tiers
from segue.compiler.sql.lifecycles import Truth, next_stage
from segue.compiler.sql.trees import case, integer
from segue.compiler.types import Kind
from segue.grammar.suggestions import did_you_mean
from segue.runtime.refusal import Refusal

MEMBERS = "members"


@dataclass(frozen=True, slots=True)
class Subject:
    """A rule to be replayed.

    `places` are where an entity can be: 1 stands for the first, 0 for none. `step` says the
    place after an evaluation, from the one before and the truths of `conditions`.
    """

    name: str
    kind: str
    places: tuple[str, ...]
    conditions: tuple[Expr, ...]
    step: Callable[[exp.Expr, Truth], exp.Expr]


def find_subject(plan: Plan, name: str) -> Subject:
    """The segment, condition, true or false metric, tiers or lifecycle of a name."""
    if name in plan.tiers:
        return _tiers(plan, plan.tiers[name])
    groups = {"segment": plan.segments, "condition": plan.conditions, "metric": plan.metrics}
    for kind, group in groups.items():
        if name in group:
            expr = group[name].expr
            if expr.type.kind is not Kind.BOOL:
                raise Refusal(
                    f"`{name}` is {expr.type}, and nobody is in it or not",
                    "replay a segment, condition, tiers or lifecycle that compares it",
                )
            return _truth(name, kind, expr)
    if name in plan.lifecycles:
        return _stages(plan.lifecycles[name])
    known = [*plan.segments, *plan.conditions, *plan.tiers, *plan.lifecycles]
    hint = did_you_mean(name, known) or f"there are {', '.join(known)}"
    raise Refusal(f"there is no rule `{name}`", hint)


def _truth(name: str, kind: str, condition: Expr) -> Subject:
    def step(_present: exp.Expr, truth: Truth) -> exp.Expr:
        return case((truth(condition), integer(1)), default=integer(0))

    return Subject(name, kind, (MEMBERS,), (condition,), step)


def _tiers(plan: Plan, tiers: Tiers) -> Subject:
    conditions = tuple(plan.segments[segment].expr for segment in tiers.segments)

    def step(_present: exp.Expr, truth: Truth) -> exp.Expr:
        branches = [(truth(c), integer(number)) for number, c in enumerate(conditions, 1)]
        return case(*branches, default=integer(0))

    names = tuple(segment.rsplit(".", 1)[-1] for segment in tiers.segments)
    return Subject(tiers.name, "tiers", names, conditions, step)


def _stages(lifecycle: Lifecycle) -> Subject:
    numbers = {stage: number for number, stage in enumerate(lifecycle.stages, 1)}

    def named(stage: str | None) -> exp.Expr:
        return integer(0 if stage is None else numbers[stage])

    def step(present: exp.Expr, truth: Truth) -> exp.Expr:
        return next_stage(lifecycle, present, truth, named)

    return Subject(lifecycle.name, "lifecycle", tuple(numbers), lifecycle.conditions, step)
