"""What the solver knows of the segments of a plan, each by itself and as they lie to each other.

Asking about every pair would take long. A customer who is in one segment and not in another
refutes "inside" without any question, and one witness of each segment refutes nearly all of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, permutations

from segue.compiler.plan.nodes import Expr, reachable
from segue.compiler.plan.plan import Assertion, Definition, Plan
from segue.compiler.python.snapshot import population_nodes
from segue.compiler.solver.claims import (
    Claim,
    all_hold,
    disjoint,
    everybody,
    exhaustive,
    implies,
    missing,
    nobody,
    opposite,
)
from segue.compiler.solver.customers import Members, tables_of
from segue.compiler.solver.mingled import mingled
from segue.compiler.solver.solver import Solver
from segue.compiler.solver.verdict import Proved, Refuted, Unknown, Verdict
from segue.compiler.solver.wire import fingerprint_of
from segue.compiler.solver.witness import Witness
from segue.grammar import ast
from segue.grammar.unparse import unparse

NOT_ALONE = "the solver does not look into functions of the population"


@dataclass(frozen=True, slots=True)
class Inside:
    """Everybody in `inner` is in `outer`; `outsider` is only in `outer`, where one was found."""

    inner: str
    outer: str
    outsider: Witness | None


@dataclass(frozen=True, slots=True)
class Redundant:
    """A part of a segment's condition that changes nothing: its place among the parts."""

    segment: str
    place: int


@dataclass(frozen=True, slots=True)
class AssertionFinding:
    """The verdict on an assertion, and what is the matter in words where it is refuted."""

    assertion: Assertion
    contradiction: str
    verdict: Verdict


class Survey:
    """The findings about the segments of one plan. Each kind is worked out when first asked for."""

    def __init__(self, plan: Plan, solver: Solver) -> None:
        self.plan = plan
        self._solver = solver
        # How somebody stands among all says nothing about one customer alone.
        self._segments = {
            name: segment
            for name, segment in plan.segments.items()
            if not population_nodes([segment.expr])
        }

    @cached_property
    def impossible(self) -> Mapping[str, tuple[Expr, ...]]:
        """The segments nobody can be in, with the fewest parts that contradict each other."""
        names = [n for n, v in self._membership.items() if isinstance(v, Proved)]
        return dict(zip(names, self._conflicts(names), strict=True))

    @cached_property
    def undecided(self) -> Mapping[str, str]:
        """The segments of which the solver cannot say whether anybody is in them, and why."""
        asked = {n: v.why for n, v in self._membership.items() if isinstance(v, Unknown)}
        others = self.plan.segments.keys() - self._segments.keys()
        why = {**asked, **dict.fromkeys(others, NOT_ALONE)}
        return {name: why[name] for name in self.plan.segments if name in why}

    @cached_property
    def universal(self) -> tuple[str, ...]:
        """The segments everybody is in."""
        graph = self.plan.graph
        claims = {
            name: everybody(graph, segment.expr)
            for name, segment in self._segments.items()
            if self._members.of.get(segment.expr) in (None, self._members.everyone)
        }
        verdicts = self._prove(claims)
        return tuple(name for name in claims if _is_proved(verdicts[name]))

    @cached_property
    def inside(self) -> tuple[Inside, ...]:
        """The segments that are part of another although neither says so, nearest ones only."""
        proved = self._proved_inside
        # In the order of the rules: what the solver was asked before may decide whom it finds.
        pairs = permutations(self._segments, 2)
        strict = [pair for pair in pairs if pair in proved and pair[::-1] not in proved]
        nearest = [
            (inner, outer)
            for inner, outer in strict
            if not any((inner, m) in proved and (m, outer) in strict for m in self._segments)
            and not self._says(inner, outer)
        ]
        graph = self.plan.graph
        claims = {
            f"{inner} {outer}": implies(
                graph, self._segments[outer].expr, self._segments[inner].expr
            )
            for inner, outer in nearest
        }
        verdicts = self._solver.ask(self.plan, claims) if claims else {}
        outsiders = [v.witness if isinstance(v, Refuted) else None for v in verdicts.values()]
        return tuple(
            Inside(*pair, outsider) for pair, outsider in zip(nearest, outsiders, strict=True)
        )

    @cached_property
    def same(self) -> tuple[tuple[str, str], ...]:
        """Pairs of segments with the same members for different reasons: each with the first."""
        proved = self._proved_inside
        found: dict[str, str] = {}
        for first, second in combinations(self._segments, 2):
            if (first, second) in proved and (second, first) in proved and first not in found:
                found.setdefault(second, first)
        return tuple((first, second) for second, first in found.items())

    @cached_property
    def redundant(self) -> tuple[Redundant, ...]:
        """The parts of `and` and `or` that change nothing."""
        claims: dict[str, Claim] = {}
        found: dict[str, Redundant] = {}
        for name, segment in self._segments.items():
            # The parts of a tier are what the tiers before it leave.
            if name in self.impossible or segment.tiers is not None:
                continue
            for place, claim in self._redundancies(segment):
                key = f"{name} {place}"
                claims[key], found[key] = claim, Redundant(name, place)
        verdicts = self._prove(claims)
        return tuple(found[key] for key in claims if isinstance(verdicts[key], Proved))

    @cached_property
    def tiers_of_missing(self) -> Mapping[str, Witness]:
        """The tiers whose value a customer has not got, with that customer."""
        claims = {}
        for name, tiers in self.plan.tiers.items():
            if tiers.segments[0] not in self._segments:
                continue
            comparison = self._segments[tiers.segments[0]].expr
            value = comparison.args[0] if len(comparison.args) == 2 else None
            if value is not None and value.type.nullable:
                claims[name] = nobody(missing(self.plan.graph, value))
        verdicts = self._solver.ask(self.plan, claims) if claims else {}
        return {n: v.witness for n, v in verdicts.items() if isinstance(v, Refuted)}

    @cached_property
    def assertions(self) -> tuple[AssertionFinding, ...]:
        """The verdict on every part of every `assert`."""
        found = [p for assertion in self.plan.assertions for p in self._claims(assertion)]
        claims = {str(place): claim for place, (_, claim, _) in enumerate(found)}
        verdicts = self._solver.ask(self.plan, claims) if claims else {}
        return tuple(
            AssertionFinding(assertion, contradiction, verdicts[str(place)])
            for place, (assertion, _, contradiction) in enumerate(found)
        )

    def _claims(self, assertion: Assertion) -> Iterator[tuple[Assertion, Claim, str]]:
        graph, conditions = self.plan.graph, assertion.conditions
        match assertion.source.claim:
            case ast.Implies(left, right):
                only = f"somebody is in `{unparse(left)}` and not in `{unparse(right)}`"
                yield assertion, implies(graph, *conditions), only
            case ast.Exhaustive(names):
                said = ", ".join(f"`{name.text}`" for name in names)
                yield assertion, exhaustive(graph, conditions), f"somebody is in none of {said}"
            case ast.Disjoint(names):
                for (a, one), (b, other) in combinations(zip(names, conditions, strict=True), 2):
                    both = f"somebody is in both `{a.text}` and `{b.text}`"
                    yield assertion, disjoint(graph, one, other), both

    # -------------------------------------------------------------------- questions

    def _prove(self, claims: Mapping[str, Claim]) -> Mapping[str, object]:
        return self._solver.prove(self.plan, claims) if claims else {}

    @cached_property
    def _membership(self) -> Mapping[str, object]:
        claims = {name: nobody(segment.expr) for name, segment in self._segments.items()}
        return self._solver.explore(self.plan, claims)

    @cached_property
    def _members(self) -> Members:
        """The witness of each segment, and customers that are several witnesses at once: which of
        them fulfil the conditions of the segments, and the parts of those."""
        found = [v.witness for v in self._membership.values() if isinstance(v, Refuted)]
        witnesses = {fingerprint_of(witness): witness for witness in found}
        customers = {fingerprint_of(customer): customer for customer in mingled(witnesses)}
        conditions: dict[Expr, None] = {}
        for segment in self._segments.values():
            conditions[segment.expr] = None
            if segment.expr.op in ("and", "or"):
                conditions |= dict.fromkeys(segment.expr.args)
        known = [condition for condition in conditions if not _asks_a_model(condition)]
        return self._solver.members(self.plan, customers, known)

    def _is_refuted(self, parts: tuple[Expr, ...], opposites: tuple[Expr, ...]) -> bool:
        """Whether one of these customers fulfils all of some conditions and none of others."""
        left = self._members.everyone
        if not {*parts, *opposites} <= self._members.of.keys():
            return False  # What a model makes of them is not known.
        for part in parts:
            left &= self._members.of[part]
        for part in opposites:
            left &= ~self._members.of[part]
        return left != 0

    @cached_property
    def _proved_inside(self) -> frozenset[tuple[str, str]]:
        claims = {}
        for inner, outer in self._candidates():
            left, right = self._segments[inner].expr, self._segments[outer].expr
            claims[f"{inner} {outer}"] = implies(self.plan.graph, left, right)
        verdicts = self._prove(claims)
        proved = (key for key in claims if isinstance(verdicts[key], Proved))
        return frozenset((key.split(" ")[0], key.split(" ")[1]) for key in proved)

    def _candidates(self) -> Iterator[tuple[str, str]]:
        """Pairs that no witness refutes, and that speak of something in common."""
        # Tiers divide people up by one value: how they lie to other rules is seen there.
        names = [
            name
            for name, segment in self._segments.items()
            if segment.tiers is None and name not in self.impossible and name not in self.universal
        ]
        subjects = {name: self._subjects(self._segments[name].expr) for name in names}
        parts = {name: self._subjects_of_parts(name) for name in names}
        members = {name: self._members.of.get(self._segments[name].expr) for name in names}
        for inner in names:
            for outer in names:
                same = self._segments[inner].expr is self._segments[outer].expr
                one, other = members[inner], members[outer]
                apart = one is not None and other is not None and one & ~other
                if inner == outer or same or apart:
                    continue
                # What nobody says anything about, nobody's rule implies.
                if all(part & subjects[inner] for part in parts[outer]):
                    yield inner, outer

    def _says(self, inner: str, outer: str) -> bool:
        """Whether a rule says itself that one segment is inside the other."""
        left, right = self._segments[inner].expr, self._segments[outer].expr
        asserted = any(
            a.conditions == (left, right) and isinstance(a.source.claim, ast.Implies)
            for a in self.plan.assertions
        )
        return asserted or right in _parts(left, "and") or left in _parts(right, "or")

    def _conflicts(self, names: Iterable[str]) -> Iterator[tuple[Expr, ...]]:
        """Of each impossible segment, the fewest of its parts that nobody can fulfil."""
        graph = self.plan.graph
        tried: dict[str, dict[str, tuple[Expr, ...]]] = {}
        claims: dict[str, Claim] = {}
        for name in names:
            parts = _parts(self._segments[name].expr, "and")
            tried[name] = {
                f"{name} {place}": some
                for place, some in enumerate((*combinations(parts, 1), *combinations(parts, 2)))
            }
            claims |= {key: nobody(all_hold(graph, some)) for key, some in tried[name].items()}
        verdicts = self._prove(claims)
        for name in names:
            proved = (some for key, some in tried[name].items() if _is_proved(verdicts[key]))
            yield next(proved, _parts(self._segments[name].expr, "and"))

    def _redundancies(self, segment: Definition) -> Iterator[tuple[int, Claim]]:
        graph, expr = self.plan.graph, segment.expr
        if expr.op not in ("and", "or"):
            return
        subjects = [self._subjects(part) for part in expr.args]
        for place, part in enumerate(expr.args):
            others = expr.args[:place] + expr.args[place + 1 :]
            around = frozenset[str]().union(*subjects[:place], *subjects[place + 1 :])
            if not subjects[place] & around:
                continue
            if expr.op == "and" and not self._is_refuted(others, (part,)):
                yield place, implies(graph, all_hold(graph, others), part)
            elif expr.op == "or" and not self._is_refuted((part,), others):
                none = tuple(opposite(graph, other) for other in others)
                yield place, nobody(all_hold(graph, (part, *none)))

    def _subjects_of_parts(self, name: str) -> list[frozenset[str]]:
        return [self._subjects(part) for part in _parts(self._segments[name].expr, "and")]

    def _subjects(self, condition: Expr) -> frozenset[str]:
        """What a condition speaks of: attributes, and tables of events."""
        tables = tables_of([condition], self.plan.catalog)
        others = (
            f"{node.op} {node.param}"
            for node in reachable([condition])
            if node.op in ("attribute", "score")
        )
        return frozenset((*(f"table {table}" for table in tables), *others))


def _asks_a_model(condition: Expr) -> bool:
    return any(node.op == "score" for node in reachable([condition]))


def _is_proved(verdict: object) -> bool:
    return isinstance(verdict, Proved)


def _parts(expr: Expr, operator: str) -> tuple[Expr, ...]:
    """The parts of a conjunction (or disjunction), and of those that are parts of it."""
    if expr.op != operator:
        return (expr,)
    return tuple(dict.fromkeys(p for arg in expr.args for p in (arg, *_parts(arg, operator))))
