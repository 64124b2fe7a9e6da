"""What a test expects against what the rules say."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.types import FLOATS
from segue.grammar.span import Span
from segue.runtime.explain.change import ways_to_turn
from segue.runtime.explain.text import Page, change_text, condition_lines
from segue.runtime.explain.tree import Condition, Form, condition_tree
from segue.runtime.explain.values import show_value
from segue.runtime.testing.model import Case, ExpectedValue
from segue.runtime.testing.scores import KnownScores
from segue.runtime.testing.stages import wrong_stages

RELATIVE_TOLERANCE = 1e-12
Expectation = TypeVar("Expectation")


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation that was not met; `why` are lines that explain it."""

    subject: str
    message: str
    span: Span
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """One test that ran, with the value that Python found for each expression of the plan.

    A `disagreement` of the two backends is a bug of Segue.
    """

    case: Case
    value: Callable[[Expr], Any]
    failures: tuple[Failure, ...] = ()
    disagreements: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.failures and not self.disagreements


def judge(plan: Plan, case: Case, value: Callable[[Expr], Any]) -> list[Failure]:
    """All that is not as the test expects."""
    judgement = _Judgement(plan, case, value)
    stages = (
        Failure(name, message, expected.span)
        for name, message, expected in wrong_stages(plan, case, value)
    )
    return [*judgement.segments(), *judgement.values(), *stages]


def untold(case: Case, known: KnownScores) -> Iterator[Failure]:
    """What a test expects of rules that ask for a score that nobody knows, once for each score."""
    expected = case.expected
    wanted = {**expected.members, **expected.others, **(expected.exactly or {})}
    wanted |= {name: value.span for name, value in expected.values.items()}
    wanted |= {f"lifecycle {name}": stage.span for name, stage in expected.stages.items()}
    if expected.exactly is not None:
        wanted = {**wanted, **dict.fromkeys(known.unknown, case.span)}
    said: set[str] = set()
    for name, span in wanted.items():
        score = known.unknown.get(name)
        if score is not None and score not in said:
            said.add(score)
            message = (
                f"nobody knows: `{score}` has no model; give the score in the test, as in "
                f"`given: {{scores: {{{score}: …}}}}`, or train it: `segue train {score}`"
            )
            yield Failure(name, message, span)


def without_unknown(case: Case, known: KnownScores) -> Case:
    """The test without what it expects of such rules."""

    def told(names: Mapping[str, Expectation]) -> dict[str, Expectation]:
        return {name: what for name, what in names.items() if name not in known.unknown}

    expected = case.expected
    return replace(
        case,
        expected=replace(
            expected,
            members=told(expected.members),
            others=told(expected.others),
            exactly=None if expected.exactly is None else told(expected.exactly),
            values=told(expected.values),
            stages={
                name: stage
                for name, stage in expected.stages.items()
                if f"lifecycle {name}" not in known.unknown
            },
        ),
    )


def disagreements(
    plan: Plan, value: Callable[[Expr], Any], warehouse: Mapping[int, Any]
) -> Iterator[str]:
    """Every name of the plan whose value differs between Python and the warehouse."""
    zone = ZoneInfo(plan.catalog.timezone)
    for name, expr in named_expressions(plan):
        ours, theirs = value(expr), warehouse[expr.id]
        if not _same(ours, theirs, expr):
            shown = [show_value(v, expr.type, zone) for v in (ours, theirs)]
            yield f"{name}: Python says {shown[0]}, DuckDB says {shown[1]}"


def named_expressions(plan: Plan) -> Iterator[tuple[str, Expr]]:
    """Everything that has a name, and the conditions of stages."""
    for group in (plan.segments, plan.conditions, plan.metrics):
        for name, definition in group.items():
            yield name, definition.expr
    for lifecycle in plan.lifecycles.values():
        for stage in lifecycle.stages.values():
            for title, expr in (("enter", stage.enter), ("exit", stage.exit)):
                if expr is not None:
                    yield f"{lifecycle.name}.{stage.name} {title}", expr


def _same(ours: Any, theirs: Any, expr: Expr) -> bool:
    if ours is None or theirs is None or expr.type.kind not in FLOATS:
        return bool(ours == theirs)
    return bool(abs(ours - theirs) <= RELATIVE_TOLERANCE * max(abs(ours), abs(theirs)))


class _Judgement:
    def __init__(self, plan: Plan, case: Case, value: Callable[[Expr], Any]) -> None:
        self.plan = plan
        self.case = case
        self.value = value
        self.zone = ZoneInfo(plan.catalog.timezone)
        self.page = Page(self.zone, show_pii=True)

    def segments(self) -> Iterator[Failure]:
        expected = self.case.expected
        for name, span in expected.members.items():
            if not self._in(name):
                yield self._not_as_expected(name, span, "expected in, is not in")
        for name, span in expected.others.items():
            if self._in(name):
                yield self._not_as_expected(name, span, "expected not in, is in")
        if expected.exactly is None:
            return
        for name, span in expected.exactly.items():
            if not self._in(name):
                yield self._not_as_expected(name, span, "expected in, is not in")
        for name in self.plan.segments:
            if name not in expected.exactly and self._in(name):
                yield self._not_as_expected(name, self.case.span, "not in `exactly`, and is in")

    def _in(self, segment: str) -> bool:
        return bool(self.value(self.plan.segments[segment].expr))

    def _not_as_expected(self, segment: str, span: Span, message: str) -> Failure:
        tree = condition_tree(self.plan, self.plan.segments[segment], self.value)
        return Failure(segment, message, span, tuple(self._why(tree)))

    def _why(self, tree: Condition) -> Iterator[str]:
        deciding = [test for test in tree.tests if test.decides]
        for test in deciding:
            yield from condition_lines(test, self.page)
        ways = ways_to_turn(tree)
        if ways.single and (len(deciding) > 1 or tree.form is not Form.TEST):
            yield f"  one change would do: {change_text(ways.single[0], self.page)}"

    def values(self) -> Iterator[Failure]:
        for name, expected in self.case.expected.values.items():
            group = self.plan.metrics if name in self.plan.metrics else self.plan.conditions
            actual = self.value(group[name].expr)
            if not _meets(actual, expected):
                wanted = show_value(expected.value, expected.type, self.zone)
                found = show_value(actual, expected.type, self.zone)
                yield Failure(name, f"expected {wanted}, is {found}", expected.span)


def _meets(actual: Any, expected: ExpectedValue) -> bool:
    wanted = expected.value
    if actual is None or wanted is None or expected.type.kind not in FLOATS:
        return bool(actual == wanted)
    # The bounds themselves are included, whatever binary fractions make of them.
    return bool(abs(actual - float(wanted)) <= expected.tolerance * (1 + 1e-9))
