"""Which conditions there are, and where."""

from rule_coverage.rules import decision_of, plan_of
from segue.compiler.coverage.decisions import decisions


def atoms(rules: str, name: str = "x") -> list[str]:
    return [atom.text for atom in decision_of(rules, name)[1].atoms]


def test_atoms_are_in_the_order_they_are_written() -> None:
    when = 'a and (n >= 3 or not b) and country in ["FR"]'
    assert atoms(f"segment x {{ when {when} }}") == ["a", "n >= 3", "b", 'country in ["FR"]']


def test_both_ends_of_between_are_atoms_with_their_own_place() -> None:
    text = "segment x { when n between 3 and 5 }"
    _, decision = decision_of(text)
    assert [atom.text for atom in decision.atoms] == ["n >= 3", "n <= 5"]
    assert [text[a.span.start : a.span.end] for a in decision.atoms] == ["n between 3", "5"]


def test_a_negated_question_is_one_atom() -> None:
    when = 'country not in ["FR"] and n is not missing'
    assert atoms(f"segment x {{ when {when} }}") == ['country not in ["FR"]', "n is not missing"]


def test_named_conditions_and_segments_are_atoms_where_they_are_used() -> None:
    rules = "condition y = a and z\nsegment x { when y and in w }\nsegment w { when y or b }"
    assert atoms(rules) == ["y", "in w"]
    assert atoms(rules, "w") == ["y", "b"]
    # Whether `z` may be missing is told where it is written, not where `y` is used.
    assert [bool(atom.operands) for atom in decision_of(rules, "y")[1].atoms] == [False, True]
    assert not decision_of(rules)[1].atoms[0].operands


def test_one_condition_in_two_segments_is_two_atoms() -> None:
    rules = "segment x { when n >= 3 and a }\nsegment y { when n >= 3 and b }"
    first, second = decisions(plan_of(rules))
    assert first.atoms[0].expr is second.atoms[0].expr
    assert [d.atoms[0].span.line for d in (first, second)] == [1, 2]


def test_constants_are_no_conditions() -> None:
    assert atoms("segment x { when true and a }") == ["a"]
    assert decisions(plan_of("segment x { when true }")) == ()


def test_tiers_are_decided_by_their_bounds() -> None:
    rules = "tiers t by n { x when >= 5 y when >= 3 w otherwise }"
    assert atoms(rules) == ["n >= 5"]
    assert atoms(rules, "y") == ["n >= 5", "n >= 3"]


def test_stages_are_entered_and_left_by_decisions() -> None:
    rules = """\
lifecycle life {
  stage one { enter when a exit when b or z next two }
  stage two { enter when n > 3 }
}
"""
    names = [d.name for d in decisions(plan_of(rules))]
    assert names == ["life.one enter", "life.one exit", "life.two enter"]
    assert atoms(rules, "life.one exit") == ["b", "z"]
