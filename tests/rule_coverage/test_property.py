"""Random conditions: what is said to decide flips the segment in the evaluator when flipped."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rule_coverage.rules import LETTERS, covered, decision_of, evaluate, plan_of
from segue.compiler.coverage.goals import decides
from segue.compiler.coverage.measure import Outcome, deciding
from segue.compiler.plan.build import Build


@st.composite
def trees(draw: st.DrawFn) -> str:
    """A condition in which each letter stands at most once."""
    letters = draw(st.permutations(LETTERS))[: draw(st.integers(1, len(LETTERS)))]
    parts = [draw(st.sampled_from((letter, f"not {letter}"))) for letter in letters]
    while len(parts) > 1:
        count = min(len(parts), draw(st.integers(2, 3)))
        taken, parts = parts[:count], parts[count:]
        form = draw(st.sampled_from(("and", "or", "if") if count == 3 else ("and", "or")))
        joined = "if {} then {} else {}".format(*taken) if form == "if" else f" {form} ".join(taken)
        parts.append(draw(st.sampled_from((f"({joined})", f"not ({joined})"))))
    return parts[0]


tests_of = st.lists(
    st.fixed_dictionaries({letter: st.booleans() for letter in LETTERS}), min_size=1, max_size=8
)


@settings(max_examples=150, deadline=None)
@given(trees(), tests_of)
def test_what_decides_flips_the_segment(when: str, tests: list[dict[str, bool]]) -> None:
    plan = plan_of(f"segment x {{ when {when} }}")

    def member(attributes: dict[str, bool]) -> bool:
        return evaluate(plan, attributes).segments["x"]

    for letter, atom in covered(when, tests).items():
        flips = [member(test) != member({**test, letter: not test[letter]}) for test in tests]
        assert [flips[i] for i in atom.tests[Outcome.DECIDES]] == [True] * sum(flips)
        if atom.pair is not None:
            true, false = (tests[number] for number in atom.pair)
            assert (true[letter], false[letter]) == (True, False)
            assert member(true) != member(false)
        # Fixed polarity aside (`if`), both halves make a pair.
        halves = {test[letter] for test, flip in zip(tests, flips, strict=True) if flip}
        assert atom.decides_when == halves


@settings(max_examples=60, deadline=None)
@given(trees(), tests_of)
def test_a_goal_is_fulfilled_where_its_atom_decides(
    when: str, tests: list[dict[str, bool]]
) -> None:
    plan, decision = decision_of(f"segment x {{ when {when} }}")
    build = Build(plan.graph, plan.catalog)
    for atom in decision.atoms:
        goals = {o: decides(build, decision, atom, o) for o in (Outcome.TRUE, Outcome.FALSE)}
        for test in tests:
            value = evaluate(plan, test).value
            decisive = atom in deciding(decision.tree, lambda other, v=value: bool(v(other.expr)))
            for outcome, goal in goals.items():
                is_it = bool(value(atom.expr)) is (outcome is Outcome.TRUE)
                assert value(goal) is (decisive and is_it)
