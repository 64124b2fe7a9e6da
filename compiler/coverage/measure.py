"""What tests have shown about each atom: true, false, missing, and whether it decides.

The last is masking MC/DC (modified condition/decision coverage): an atom *decides* in a test
when flipping it alone, at this one place, flips the decision; it is covered when it decides in
two tests, true in one and false in the other, whose decisions differ. Other atoms may differ
between the two, as long as they do not mask this one: that is what sets it apart from
unique-cause MC/DC, which most pairs of customers cannot meet, because one purchase moves many
metrics at once. There is no short circuit: every atom has a truth in every test.

Sources: J. J. Chilenski and S. P. Miller, *Applicability of modified condition/decision coverage
to software testing*, Software Engineering Journal 9(5), 1994; K. J. Hayhurst et al., *A
Practical Tutorial on Modified Condition/Decision Coverage*, NASA/TM-2001-210876, 2001; for the
masking form, J. J. Chilenski, *An Investigation of Three Forms of the Modified Condition Decision
Coverage (MCDC) Criterion*, DOT/FAA/AR-01/18, 2001.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from segue.compiler.coverage.decisions import Atom, Branch, Constant, Decision, Join, Tree
from segue.compiler.plan.nodes import Expr

Truths = Callable[[Atom], bool]


class Outcome(StrEnum):
    """What there is to see of an atom."""

    TRUE = "true"
    FALSE = "false"
    MISSING = "missing"
    DECIDES = "decides"


@dataclass(frozen=True, slots=True)
class Observation:
    """One test: the values of its customer, and the decisions it expects something of.

    `checked` holds the ids of all expressions that its expectations depend on. A test that
    expects nothing of a segment shows nothing about it, although the segment was evaluated.
    """

    value: Callable[[Expr], Any]
    checked: frozenset[int]


@dataclass(slots=True)
class Tally:
    """The tests by what an atom was in them, and by its truth and the decision's where it
    decided."""

    seen: dict[Outcome, list[int]] = field(default_factory=dict)
    decided: dict[tuple[bool, bool], list[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class AtomCoverage:
    """One atom, and the numbers of the tests that showed each of its outcomes."""

    atom: Atom
    tests: dict[Outcome, tuple[int, ...]]
    pair: tuple[int, int] | None
    """Two tests between which it decides: true in the first, false in the second."""
    decides_when: frozenset[bool]
    """Its truths with which it has decided; both are needed for a pair."""

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What there is to be seen of it."""
        missing = (Outcome.MISSING,) if self.atom.operands else ()
        return (Outcome.TRUE, Outcome.FALSE, *missing, Outcome.DECIDES)

    @cached_property
    def uncovered(self) -> tuple[Outcome, ...]:
        """What no test has shown."""
        return tuple(o for o in self.outcomes if not self.covers(o))

    def covers(self, outcome: Outcome) -> bool:
        """Whether a test (for `decides`, a pair of tests) has shown it."""
        if outcome is Outcome.DECIDES:
            return self.pair is not None
        return bool(self.tests.get(outcome))


@dataclass(frozen=True)
class DecisionCoverage:
    """One decision and its atoms."""

    decision: Decision
    atoms: tuple[AtomCoverage, ...]
    tests: int
    """How many tests expect something of it."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    covered: int
    total: int

    @property
    def percent(self) -> float:
        """From 0 to 100; of nothing, everything is covered."""
        return 100.0 * self.covered / self.total if self.total else 100.0


def measure(
    decisions: Iterable[Decision], observations: Sequence[Observation]
) -> tuple[DecisionCoverage, ...]:
    """What the observations show about each decision."""
    return tuple(_measure(decision, observations) for decision in decisions)


def in_order(covered: Iterable[DecisionCoverage]) -> tuple[DecisionCoverage, ...]:
    """In the order of files, and of definitions in a file."""
    found = list(covered)
    files = {path: i for i, path in enumerate(dict.fromkeys(c.decision.span.path for c in found))}
    return tuple(sorted(found, key=lambda c: (files[c.decision.span.path], c.decision.span.start)))


def share(covered: Iterable[DecisionCoverage], *, only: Outcome | None = None) -> Share:
    """How much of all outcomes is covered, or of one of them."""
    hits = [
        atom.covers(outcome)
        for decision in covered
        for atom in decision.atoms
        for outcome in atom.outcomes
        if only is None or outcome is only
    ]
    return Share(sum(hits), len(hits))


def outcome_of(atom: Atom, value: Callable[[Expr], Any]) -> Outcome:
    """What an atom is for one customer."""
    if any(value(operand) is None for operand in atom.operands):
        return Outcome.MISSING
    return Outcome.TRUE if value(atom.expr) else Outcome.FALSE


def holds(tree: Tree, truths: Truths) -> bool:
    """What a tree comes to, given the truths of its atoms."""
    match tree:
        case Constant(truth):
            return truth
        case Branch(Join.ALL, parts):
            return all(holds(part, truths) for part in parts)
        case Branch(Join.ANY, parts):
            return any(holds(part, truths) for part in parts)
        case Branch(Join.NOT, (part,)):
            return not holds(part, truths)
        case Branch(_, (condition, then, otherwise)):
            return holds(then if holds(condition, truths) else otherwise, truths)
        case Atom():
            return truths(tree)
    raise AssertionError(tree)


def deciding(tree: Tree, truths: Truths) -> Iterator[Atom]:
    """The atoms each of which alone, flipped, flips what the tree comes to."""
    match tree:
        case Atom():
            yield tree
        case Branch(join, parts):
            for part in _unmasked(join, parts, truths):
                yield from deciding(part, truths)


def _unmasked(join: Join, parts: tuple[Tree, ...], truths: Truths) -> Iterator[Tree]:
    """The parts that, flipped, flip the branch."""
    values = [holds(part, truths) for part in parts]
    match join:
        case Join.NOT:
            yield from parts
        case Join.CHOICE:
            if values[1] != values[2]:
                yield parts[0]
            yield parts[1 if values[0] else 2]
        case _:
            neutral = join is Join.ALL
            masking = sum(value is not neutral for value in values)
            for part, value in zip(parts, values, strict=True):
                if masking == (value is not neutral):
                    yield part


def _measure(decision: Decision, observations: Sequence[Observation]) -> DecisionCoverage:
    tallies = {atom: Tally() for atom in decision.atoms}
    tests = 0
    for number, observation in enumerate(observations):
        if decision.expr.id not in observation.checked:
            continue
        tests += 1
        value = observation.value

        def truths(atom: Atom, value: Callable[[Expr], Any] = value) -> bool:
            return bool(value(atom.expr))

        for atom in decision.atoms:
            tallies[atom].seen.setdefault(outcome_of(atom, value), []).append(number)
        result = holds(decision.tree, truths)
        for atom in deciding(decision.tree, truths):
            key = (truths(atom), result)
            tallies[atom].decided.setdefault(key, []).append(number)
    atoms = tuple(covered_atom(atom, tallies[atom]) for atom in decision.atoms)
    return DecisionCoverage(decision, atoms, tests)


def covered_atom(atom: Atom, tally: Tally) -> AtomCoverage:
    """An atom with what its tests have shown."""
    decided = tally.decided
    pairs = [
        (decided[True, result][0], decided[False, not result][0])
        for result in (True, False)
        if (True, result) in decided and (False, not result) in decided
    ]
    tests = {outcome: tuple(numbers) for outcome, numbers in tally.seen.items()}
    tests[Outcome.DECIDES] = tuple(sorted({n for found in decided.values() for n in found}))
    return AtomCoverage(
        atom,
        tests,
        min(pairs, default=None),
        frozenset(truth for truth, _ in decided),
    )
