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
