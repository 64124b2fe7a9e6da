"""Each solver rule does what its docstring says: both examples are run, with the solver."""

import pytest

from lint.ruleset import codes, linted
from segue.compiler.lint.documentation import documentation
from segue.compiler.lint.policy import Policy
from segue.compiler.lint.registry import rules
from segue.compiler.lint.rule import Needs, Rule
from segue.grammar.format import format_source
from segue.runtime.solver.session import Session

SOLVER_RULES = [rule for rule in rules().values() if rule.needs is Needs.SOLVER]
each_rule = pytest.mark.parametrize("rule", SOLVER_RULES, ids=lambda rule: rule.name)


@pytest.fixture(scope="module")
def solver() -> Session:
    return Session()


@each_rule
def test_the_bad_example_has_this_finding_and_no_other(rule: Rule, solver: Session) -> None:
    result = linted(documentation(rule).bad, Policy(extend=(rule.code,)), solver=solver)

    assert set(codes(result)) == {rule.code}


@each_rule
def test_the_good_example_has_no_finding(rule: Rule, solver: Session) -> None:
    result = linted(documentation(rule).good, Policy(extend=(rule.code,)), solver=solver)

    assert [f.diagnostic.message for f in result.findings] == []


@each_rule
def test_the_examples_are_formatted(rule: Rule) -> None:
    text = documentation(rule)

    for example in (text.bad, text.good):
        assert format_source(example + "\n", "example.seg") == example + "\n"


CODED = """segment coded { when city matches "^[A-Z][a-z]+$" and length(city) == 12 }"""


def test_what_the_solver_cannot_decide_is_told_and_is_no_finding(solver: Session) -> None:
    policy = Policy(select=("impossible-segment",))
    (undecided,) = linted(CODED, policy, solver=solver).undecided

    assert (undecided.segment, undecided.span.line) == ("coded", 1)
    assert undecided.why
    assert linted(CODED, policy, solver=solver).findings == ()


def test_how_somebody_stands_among_all_is_undecided(solver: Session) -> None:
    rules = """
metric orders = count(purchase over last 30d)
segment best { when percentile(orders) >= 90% }
"""
    (undecided,) = linted(rules, Policy(select=("SEG201",)), solver=solver).undecided

    assert undecided.why == "the solver does not look into functions of the population"


def test_nothing_is_undecided_where_no_rule_asks_the_solver(solver: Session) -> None:
    assert linted(CODED, Policy(select=("SEG1",)), solver=solver).undecided == ()
    assert linted(CODED).undecided == ()
