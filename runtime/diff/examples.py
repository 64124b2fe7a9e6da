"""Makes tests of a diff: the customer who enters a segment, and the one who leaves it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath

from segue.compiler.diff.compare import ENTERS, LEAVES
from segue.compiler.diff.model import Change, Diff, Example
from segue.compiler.python.events import compile_evaluator
from segue.compiler.python.population import evaluate_alone
from segue.runtime.ruleset import Ruleset
from segue.runtime.solver.replay import given_of
from segue.runtime.terminal import count
from segue.runtime.testing.entity import profile_of
from segue.runtime.testing.homes import Homes, expects_of, read_back
from segue.runtime.testing.model import Case, Given
from segue.runtime.testing.written import Draft

_KINDS = ("segment", "tier")


@dataclass(frozen=True, slots=True)
class WrittenExamples:
    """What was written where, as seen from the working folder, and what could not be."""

    counts: Mapping[str, int]
    open: tuple[tuple[Change, str], ...]
    """Changes that lack a test of who moves, with the reason."""


def write_examples(
    ruleset: Ruleset, diff: Diff, base: str, cases: Sequence[Case], texts: Mapping[str, str]
) -> WrittenExamples:
    """Adds a test of who enters and who leaves each segment, where no test has such a customer.

    `ruleset` is the newer one of `diff`, `base` the name of the older one; `cases` are the tests
    there are, and `texts` their files, by path.
    """
    homes = Homes(ruleset, cases, texts)
    writer = _Writer(ruleset, diff, base)
    open: list[tuple[Change, str]] = []
    for change, word, example in _moves(diff):
        about = [case for case in cases if expects_of(case, change.name)]
        if any(writer.moves(change, case.given, case.as_of) == word for case in about):
            continue
        draft = writer.draft(change, word, example)
        if draft is None:
            open.append((change, "a test cannot be written of the customer that was found"))
            continue
        stem = PurePosixPath(ruleset.plan.segments[change.name].source.span.path).stem
        file = homes.of(partial(_is_about, change.name), stem)
        file.add(draft, ruleset.plan.catalog)
    open += [(c, c.why) for c in diff.changes if c.kind in _KINDS and c.why]
    for file in homes.changed():
        file.write()
    return WrittenExamples({f.shown: len(f.cases) for f in homes.changed()}, tuple(open))


def report_lines(written: WrittenExamples) -> Iterator[str]:
    """What was written, and what is left to do by hand."""
    for path, number in written.counts.items():
        yield f"wrote {count(number, 'test')} into {path}: look at what each expects"
    if not written.counts:
        yield "nothing to write: each customer whom the change moves has a test"
    for change, why in written.open:
        yield f"no test of the change of {change.kind} {change.name}: {why}"


def _moves(diff: Diff) -> Iterator[tuple[Change, str, Example]]:
    for change in diff.changes:
        if change.kind in _KINDS:
            for word, example in ((ENTERS, change.enters), (LEAVES, change.leaves)):
                if example is not None:
                    yield change, word, example


def _is_about(name: str, case: Case) -> bool:
    return expects_of(case, name)


class _Writer:
    """Evaluates customers under both rulesets, and writes tests of the newer one."""

    def __init__(self, ruleset: Ruleset, diff: Diff, base: str) -> None:
        self._ruleset = ruleset
        self._base = base
        self._catalog = diff.plan.catalog
        nothing = replace(diff.plan, metrics={}, conditions={}, segments={})
        self._evaluator = compile_evaluator(nothing)

    def moves(self, change: Change, given: Given, as_of: int) -> str | None:
        """Whether a customer enters or leaves; None where they stay in or out."""
        assert change.base is not None
        assert change.head is not None
        exprs = (change.base, change.head)
        profile = profile_of(given, self._catalog)
        evaluation = evaluate_alone(self._evaluator, profile, as_of, exprs)
        before, after = (bool(evaluation.value(expr)) for expr in exprs)
        if before is after:
            return None
        return ENTERS if after else LEAVES

    def draft(self, change: Change, word: str, example: Example) -> Draft | None:
        """The test of a customer; None where its text would not be of one who moves."""
        witness = example.witness
        expect = {"in" if word == ENTERS else "not_in": [change.name]}
        name = f"{change.name}: {word}, compared with {self._base}"
        draft = Draft(name, witness.as_of, given_of(witness, self._catalog), expect)
        case = read_back(draft, self._ruleset)
        if case is None or self.moves(change, case.given, case.as_of) != word:
            return None
        return draft
