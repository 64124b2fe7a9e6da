"""Writes the tests that are missing into the files of tests."""

from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from segue.compiler.coverage.decisions import Decision
from segue.compiler.coverage.measure import deciding, outcome_of
from segue.compiler.python.events import Evaluation, compile_evaluator
from segue.compiler.python.population import evaluate_alone
from segue.runtime.as_of import show_instant
from segue.runtime.coverage.observe import Coverage
from segue.runtime.coverage.suggest import Goal, Suggestions, suggest
from segue.runtime.ruleset import Ruleset
from segue.runtime.terminal import count
from segue.runtime.testing.append import appended, free_name, indentation, new_file
from segue.runtime.testing.entity import profile_of
from segue.runtime.testing.judge import Result, judge
from segue.runtime.testing.model import Case
from segue.runtime.testing.read import read_tests
from segue.runtime.testing.written import Draft, write_case


@dataclass(frozen=True, slots=True)
class Written:
    """What was written where, as seen from the working folder, and what was not."""

    counts: Mapping[str, int]
    suggestions: Suggestions


@dataclass(slots=True)
class _File:
    """A file of tests that tests are added to; `text` is None where there is none yet."""

    path: Path
    text: str | None
    as_of: int | None
    indent: str = "  "
    names: set[str] = field(default_factory=set)
    cases: list[str] = field(default_factory=list)


def write_tests(
    ruleset: Ruleset, coverage: Coverage, results: Sequence[Result], texts: Mapping[str, str]
) -> Written:
    """Adds a test for everything that is not covered and that a customer can show."""
    homes = _Homes(ruleset, results, texts)
    checker = _Checker(ruleset, homes)
    suggestions = suggest(ruleset.plan, coverage, checker.accepts)
    for goal, draft in suggestions.drafts:
        file = homes.of(goal.decision)
        named = replace(draft, name=_unused(draft.name, file.names))
        file.names.add(named.name)
        if file.as_of is None:
            file.as_of = draft.as_of
        file.cases.append(write_case(named, ruleset.plan.catalog, file.as_of))
    counts = {}
    for file in homes.changed():
        file.path.parent.mkdir(parents=True, exist_ok=True)
        _write(file)
        counts[coverage.shown_path(str(file.path))] = len(file.cases)
    return Written(counts, suggestions)


def report_lines(written: Written, coverage: Coverage) -> Iterator[str]:
    """What was written, what nobody can be, and what is left to do by hand."""
    for path, number in written.counts.items():
        yield f"wrote {count(number, 'test')} into {path}: look at what each expects"
    if not written.counts:
        yield "nothing to write: every condition that a customer can show has its test"
    for goal in written.suggestions.impossible:
        yield f"{_place(goal, coverage)}: no customer can: {goal.text} (proved)"
    for goal, why in written.suggestions.open:
        yield f"{_place(goal, coverage)}: no customer found: {goal.text} ({why})"


def _place(goal: Goal, coverage: Coverage) -> str:
    span = goal.decision.atoms[goal.place].span
    return f"{coverage.shown_path(span.path)}:{span.line}:{span.column}"


def _write(file: _File) -> None:
    """With the line ends and the byte order mark of the file that was there."""
    before = file.path.read_bytes() if file.text is not None else b""
    encoding = "utf-8-sig" if before.startswith(BOM_UTF8) else "utf-8"
    newline = "\r\n" if b"\r\n" in before else "\n"
    file.path.write_text(_text(file), encoding=encoding, newline=newline)


def _text(file: _File) -> str:
    if file.text is not None:
        return appended(file.text, file.cases, file.indent)
    assert file.as_of is not None
    return new_file(file.cases, show_instant(file.as_of))


def _unused(name: str, taken: set[str]) -> str:
    number, found = 2, name
    while found in taken:
        found = f"{name} ({number})"
        number += 1
    return found


class _Homes:
    """Where the tests of each decision are, or shall be."""

    def __init__(
        self, ruleset: Ruleset, results: Sequence[Result], texts: Mapping[str, str]
    ) -> None:
        self._ruleset = ruleset
        self._cases = [result.case for result in results]
        self._texts = texts
        self._files: dict[str, _File] = {}

    def of(self, decision: Decision) -> _File:
        """The file with most tests of the decision; else that of the rule file's own tests."""
        found = Counter(case.span.path for case in self._cases if _names(case, decision))
        stem = PurePosixPath(decision.span.path).stem
        names = [path for path, _ in found.most_common()]
        names += [path for path in self._texts if Path(path).name.split(".")[0] == stem]
        for name in names:
            file = self._existing(name)
            if file is not None:
                return file
        return self._new(stem)

    def changed(self) -> Iterator[_File]:
        """The files that tests were added to."""
        return (file for file in self._files.values() if file.cases)

    def _existing(self, name: str) -> _File | None:
        if name not in self._files:
            text = self._texts[name]
            indent = indentation(text)
            if indent is None:
                return None
            as_of = [case.as_of for case in self._cases if case.span.path == name]
            taken = {case.name for case in self._cases if case.span.path == name}
            common = Counter(as_of).most_common(1)[0][0] if as_of else None
            self._files[name] = _File(Path(name), text, common, indent, taken)
        return self._files[name]

    def _new(self, stem: str) -> _File:
        if stem not in self._files:
            project = self._ruleset.project
            folder = project.root / project.config.tests[0]
            self._files[stem] = _File(free_name(folder, stem), None, None)
        return self._files[stem]


def _names(case: Case, decision: Decision) -> bool:
    """Whether a test expects something of a decision."""
    if decision.stage is not None:
        return decision.stage[0] in case.expected.stages
    expected = case.expected
    named = {*expected.members, *expected.others, *(expected.exactly or ()), *expected.values}
    return decision.name in named


class _Checker:
    """Reads a test back as it would be written, and says what the rules make of it."""

    def __init__(self, ruleset: Ruleset, homes: _Homes) -> None:
        self._plan = ruleset.plan
        self._homes = homes
        self._evaluator = compile_evaluator(ruleset.plan)

    def accepts(self, goal: Goal, draft: Draft) -> Evaluation | None:
        """The evaluation of the test that is read; None where it does not reach the goal."""
        as_of = show_instant(draft.as_of)
        text = new_file([write_case(draft, self._plan.catalog, draft.as_of)], as_of)
        cases, found = read_tests(text, "", self._plan)
        if found or not cases:
            return None
        profile = profile_of(cases[0].given, self._plan.catalog)
        evaluation = evaluate_alone(self._evaluator, profile, draft.as_of)
        if judge(self._plan, cases[0], evaluation.value) or not _reaches(goal, evaluation):
            return None
        return evaluation


def _reaches(goal: Goal, evaluation: Evaluation) -> bool:
    decision = goal.decision
    atom = decision.atoms[goal.place]
    if outcome_of(atom, evaluation.value) is not goal.outcome:
        return False
    if not goal.decisive:
        return True
    return atom in deciding(decision.tree, lambda other: bool(evaluation.value(other.expr)))
