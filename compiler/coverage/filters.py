"""The conditions on events: the `where` of an aggregate, and those of the steps of a sequence.

They are decisions as well, not about a customer but about each row that comes into question: of
a `where`, the events in the window; of a step, the events that come after the rows before it, in
time. A test shows of an atom what it was for some row of its customer, and whether it decided that
a row counts. How many rows there are of each kind is asked as an aggregate like any other.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from segue.compiler.coverage.decisions import EVENTS, Atom, Decision, TreeReader
from segue.compiler.coverage.goals import shows, unmasked
from segue.compiler.coverage.measure import (
    AtomCoverage,
    DecisionCoverage,
    Observation,
    Outcome,
    Tally,
    covered_atom,
)
from segue.compiler.plan.build import Build
from segue.compiler.plan.nodes import Aggregate, Expr, Kernel, reachable
from segue.compiler.plan.plan import Definition, Plan
from segue.compiler.python.snapshot import population_nodes
from segue.grammar import ast
from segue.grammar.ast.walk import children
from segue.grammar.span import Span

Meanings = Mapping[int, Expr]
"""What became of each expression that was written, by the identity of its node."""


@dataclass(frozen=True)
class Filter:
    """A condition on events, as a decision about rows.

    `aggregates` are those that it is a part of, by id: an average is two. `first` takes the rows of
    the first event that come into question, and `step` is the place of the step whose rows it is
    about, None where it is about those of the first event.
    """

    decision: Decision
    aggregates: frozenset[int]
    first: Aggregate
    step: int | None

    def rows(self, build: Build, condition: Expr) -> Expr:
        """How many rows fulfil a condition, of those that come into question; of a step, how many
        rows of the first event are followed by such a row."""
        if self.step is None:
            where = [part for part in (self.first.where, condition) if part is not None]
            return build.aggregate(
                replace(self.first, where=build.logical("and", tuple(where)), steps=())
            )
        asked = replace(self.first.steps[self.step], negated=False, where=condition)
        steps = (*self.first.steps[: self.step], asked)
        return build.aggregate(replace(self.first, steps=steps))


def filters(plan: Plan, typed: Iterable[tuple[ast.Expression, Expr]]) -> tuple[Filter, ...]:
    """Every condition on events that is written in a definition, in the order of definitions.

    `typed` says what became of what was written. In a `define` that depends on the call, so what
    is written there is left out.
    """
    meanings: dict[int, Expr | None] = {}
    for node, expr in typed:
        if meanings.setdefault(id(node), expr) is not expr:
            meanings[id(node)] = None
    known = {place: expr for place, expr in meanings.items() if expr is not None}
    reader = _Reader(plan, known)
    found: dict[int, list[Filter]] = {}
    for title, name, source in _written(plan):
        for call in _calls(source):
            if id(call) not in found:
                found[id(call)] = list(reader.filters(title, name, call))
    return tuple(_numbered(one for some in found.values() for one in some))


def _numbered(found: Iterable[Filter]) -> Iterator[Filter]:
    """Those of one definition told apart: `keen where`, `keen where 2`."""
    seen: Counter[str] = Counter()
    for one in found:
        name = one.decision.name
        seen[name] += 1
        if seen[name] > 1:
            one = replace(one, decision=replace(one.decision, name=f"{name} {seen[name]}"))
        yield one


def _written(plan: Plan) -> Iterator[tuple[str, Span, ast.Node]]:
    """What is written of each definition and stage, with its name and where that stands."""
    groups: tuple[Mapping[str, Definition], ...] = (plan.metrics, plan.conditions, plan.segments)
    for group in groups:
        for definition in group.values():
            yield definition.name, definition.source.name.span, definition.source
    for lifecycle in plan.lifecycles.values():
        for stage in lifecycle.stages.values():
            yield f"{lifecycle.name}.{stage.name}", stage.source.name.span, stage.source


def _calls(node: ast.Node) -> Iterator[ast.Call]:
    if isinstance(node, ast.Call) and node.selection is not None:
        yield node
    for child in children(node):
        yield from _calls(child)


class _Reader:
    def __init__(self, plan: Plan, meanings: Meanings) -> None:
        self._plan = plan
        self._meanings = meanings
        self._build = Build(plan.graph, plan.catalog)

    def filters(self, title: str, name: Span, call: ast.Call) -> Iterator[Filter]:
        assert call.selection is not None
        expr = self._meanings.get(id(call))
        if expr is None or population_nodes([expr]):
            return
        folds = {
            node.id: node.param
            for node in reachable([expr])
            if isinstance(node.param, Aggregate) and node.param.kernel is not Kernel.COLLECT
        }
        where, steps = call.selection.where, call.selection.steps
        if where is not None and id(where) in self._meanings:
            condition = self._build.truth(self._meanings[id(where)])
            parts = {n: fold for n, fold in folds.items() if condition in _conjuncts(fold.where)}
            if parts:
                first = next(iter(parts.values()))
                yield Filter(
                    self._decision(f"{title} where", name, where, condition, (first.event,)),
                    frozenset(parts),
                    _rows_of(first, _without(first.where, condition)),
                    None,
                )
        for place, step in enumerate(steps):
            if step.where is None or id(step.where) not in self._meanings:
                continue
            condition = self._build.truth(self._meanings[id(step.where)])
            parts = {
                n: fold
                for n, fold in folds.items()
                if len(fold.steps) == len(steps) and fold.steps[place].where is condition
            }
            if parts:
                first = next(iter(parts.values()))
                events = (first.event, *(s.event for s in first.steps))
                kind = f"{title} {'not followed' if step.negated else 'followed'}"
                yield Filter(
                    self._decision(kind, name, step.where, condition, events),
                    frozenset(parts),
                    _rows_of(first, first.where),
                    place,
                )

    def _decision(
        self, title: str, name: Span, node: ast.Expression, expr: Expr, events: tuple[str, ...]
    ) -> Decision:
        tree = TreeReader(self._plan, events).tree(node, expr)
        return Decision(title, EVENTS, expr, tree, name)


def _rows_of(fold: Aggregate, where: Expr | None) -> Aggregate:
    return Aggregate(Kernel.COUNT, fold.event, fold.window, where, fold.steps)


def _conjuncts(where: Expr | None) -> tuple[Expr, ...]:
    """A filter, and what it is made of where a window adds a condition of its own."""
    if where is None:
        return ()
    return (where, *where.args) if where.op == "and" else (where,)


def _without(where: Expr | None, condition: Expr) -> Expr | None:
    """What a filter asks for beside a condition: what its window does."""
    if where is None or where is condition:
        return None
    (other,) = (arg for arg in where.args if arg is not condition)
    return other


def measure_filters(
    build: Build, found: Iterable[Filter], observations: Sequence[Observation]
) -> tuple[DecisionCoverage, ...]:
    """What the observations show about each condition on events."""
    return tuple(_measure(build, one, observations) for one in found)


def _measure(build: Build, found: Filter, observations: Sequence[Observation]) -> DecisionCoverage:
    asked = [(n, o) for n, o in enumerate(observations) if o.checked & found.aggregates]
    atoms = tuple(_covered(build, found, atom, asked) for atom in found.decision.atoms)
    return DecisionCoverage(found.decision, atoms, len(asked))


def _covered(
    build: Build, found: Filter, atom: Atom, asked: Sequence[tuple[int, Observation]]
) -> AtomCoverage:
    tally = Tally()
    decision = found.decision
    outcomes = (Outcome.TRUE, Outcome.FALSE, *([Outcome.MISSING] if atom.operands else []))
    seen = {outcome: found.rows(build, shows(build, atom, outcome)) for outcome in outcomes}
    result = build.truth(decision.expr)
    decided = {
        (truth, taken): found.rows(
            build,
            build.logical(
                "and",
                (
                    _as(build, build.truth(atom.expr), truth),
                    *unmasked(build, decision, atom),
                    _as(build, result, taken),
                ),
            ),
        )
        for truth in (True, False)
        for taken in (True, False)
    }
    for number, observation in asked:
        for outcome, rows in seen.items():
            if observation.value(rows):
                tally.seen.setdefault(outcome, []).append(number)
        for key, rows in decided.items():
            if observation.value(rows):
                tally.decided.setdefault(key, []).append(number)
    return covered_atom(atom, tally)


def _as(build: Build, condition: Expr, truth: bool) -> Expr:
    return condition if truth else build.negation(condition)
