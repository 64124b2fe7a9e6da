"""Scores in tests of rules: given like an attribute, or computed by their model.

A rule about a score is right or wrong whatever a model says, so a test may say what it says:
`given: {scores: {churn_risk: 85%}}`. What asks for a score that is neither given nor trained
cannot be told, and a test that expects something of it fails.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, replace

from segue.compiler.analysis.score_calls import type_of_score
from segue.compiler.catalog.model import Attribute, Catalog, Unit, Value
from segue.compiler.catalog.yaml_tree import Mapping
from segue.compiler.plan.lifecycles import Lifecycle
from segue.compiler.plan.nodes import Expr, Scored, reachable
from segue.compiler.plan.plan import Definition, Plan
from segue.compiler.plan.substitute import Substitution
from segue.compiler.types import Kind
from segue.grammar.span import Span
from segue.runtime.testing import codes
from segue.runtime.testing.model import Given
from segue.runtime.testing.reader import Reader, head
from segue.runtime.testing.values import Clock, field_value, is_missing


def score_attribute(plan: Plan, name: str) -> Attribute:
    """A score as an attribute of the entity, which a test gives a value of.

    Its name is none that a catalog could have.
    """
    type = type_of_score(plan.models, plan.scores[name])
    unit = Unit.MICROSECOND if type.kind is Kind.DURATION else None
    return Attribute(name=f"{name}()", column=f"{name}()", type=type, unit=unit)


def read_scores(reader: Reader, node: Mapping, plan: Plan, clock: Clock) -> dict[str, Value | None]:
    """The scores that an entity is given, under the names of their attributes."""
    found: dict[str, Value | None] = {}
    for name, value in node.values.items():
        span = node.keys[name]
        if not reader.known(name, span, plan.scores, "score"):
            continue
        attribute = score_attribute(plan, name)
        # A duration is written with its unit: `7d`.
        written = replace(attribute, name=name, unit=None)
        found[attribute.name] = field_value(reader, written, value, span, clock)
        if is_missing(value) and not attribute.type.nullable:
            reader.report(
                codes.BAD_VALUE,
                f"`{name}` is never missing: a query computes it",
                head(value, span),
                "only a score that is read from a table may be (`serve table within …`)",
            )
    return found


def same_scores(reader: Reader, given: Given, others: Sequence[Given], span: Span) -> None:
    """Reports scores that some entities of a test are given, and others are not."""
    everybody = [given_scores(one) for one in (given, *others)]
    for name in sorted(frozenset().union(*everybody) - frozenset.intersection(*everybody)):
        reader.report(
            codes.WRONG_SHAPE,
            f"the score `{name}` is given to some of this test, and not to all",
            span,
            "give it to `given` and to each of `population`",
        )


def given_scores(given: Given) -> frozenset[str]:
    """The scores that an entity of a test is given, by full name."""
    return frozenset(name.removesuffix("()") for name in given.attributes if name.endswith("()"))


@dataclass(frozen=True, slots=True)
class KnownScores:
    """A plan in which given scores are attributes, and which has nothing that cannot be told.

    `unknown` has, for each definition and lifecycle that is left out, a score that it needs.
    """

    plan: Plan
    unknown: MappingOf[str, str]
    _substitution: Substitution

    def of(self, expr: Expr) -> Expr | None:
        """An expression of the whole plan in this one; None where it cannot be told."""
        return None if _missing([found := self._substitution.of(expr)]) else found


def with_scores(plan: Plan, given: frozenset[str]) -> KnownScores:
    """The plan for tests that give these scores."""
    attributes = {name: score_attribute(plan, name) for name in sorted(given)}

    def instead(node: Expr) -> Expr | None:
        if not isinstance(node.param, Scored) or node.param.score not in attributes:
            return None
        attribute = attributes[node.param.score]
        return plan.graph.make("attribute", param=attribute.name, type=node.type)

    substitution = Substitution(plan.graph, instead)
    if not plan.scores:
        return KnownScores(plan, {}, substitution)
    unknown: dict[str, str] = {}

    def known(group: MappingOf[str, Definition]) -> dict[str, Definition]:
        found = {}
        for name, definition in group.items():
            expr = substitution.of(definition.expr)
            missing = _missing([expr])
            if missing is None:
                found[name] = replace(definition, expr=expr)
            else:
                unknown[name] = missing
        return found

    changed = replace(
        plan,
        catalog=_with_attributes(plan.catalog, attributes.values()),
        metrics=known(plan.metrics),
        conditions=known(plan.conditions),
        segments=known(plan.segments),
        lifecycles=_lifecycles(plan, substitution, unknown),
        tiers={},
        assertions=(),
        written={substitution.of(plan.graph[id]).id: node for id, node in plan.written.items()},
    )
    return KnownScores(changed, unknown, substitution)


def _lifecycles(
    plan: Plan, substitution: Substitution, unknown: dict[str, str]
) -> dict[str, Lifecycle]:
    found = {}
    for name, lifecycle in plan.lifecycles.items():
        stages = {
            title: replace(
                stage,
                enter=None if stage.enter is None else substitution.of(stage.enter),
                exit=None if stage.exit is None else substitution.of(stage.exit),
            )
            for title, stage in lifecycle.stages.items()
        }
        changed = replace(lifecycle, stages=stages)
        missing = _missing(changed.conditions)
        if missing is None:
            found[name] = changed
        else:
            unknown[f"lifecycle {name}"] = missing
    return found


def _missing(roots: Iterable[Expr]) -> str | None:
    """A score among what the roots need that has no model, or is read from a table."""
    for node in reachable(roots):
        if isinstance(node.param, Scored):
            scored = node.param
            if not scored.digest or scored.serve == "table":
                return scored.score
    return None


def _with_attributes(catalog: Catalog, more: Iterable[Attribute]) -> Catalog:
    attributes = {**catalog.entity.attributes, **{each.name: each for each in more}}
    return replace(catalog, entity=replace(catalog.entity, attributes=attributes))
