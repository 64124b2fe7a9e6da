"""States: what happens to a number between two bounds, in whatever parts it is computed."""

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from segue.compiler.plan.nodes import State
from segue.compiler.python.states import NO_CHANGE, Change, change, clamp, composed

SCORE = State(0, 0, 10, ("add", "add", "set"))
numbers = st.integers(-30, 30)
happened = st.tuples(st.integers(0, 2), numbers)
changes = happened.map(lambda what: change(SCORE, *what))
unbound = numbers.map(Change)
any_change = st.one_of(changes, unbound)


@given(any_change, any_change, numbers)
def test_two_changes_in_a_row_are_one_change(first: Change, second: Change, before: int) -> None:
    assert first.then(second)(before) == second(first(before))


@given(any_change, any_change, any_change)
def test_changes_may_be_joined_in_any_grouping(a: Change, b: Change, c: Change) -> None:
    assert a.then(b).then(c) == a.then(b.then(c))


@given(any_change)
def test_no_change_changes_nothing(some: Change) -> None:
    assert NO_CHANGE.then(some) == some
    assert some.then(NO_CHANGE) == some


@given(st.lists(happened), st.integers(0))
def test_a_batch_its_parts_and_a_stream_agree(events: list[tuple[int, int]], cut: int) -> None:
    cut %= len(events) + 1
    steps = [change(SCORE, *event) for event in events]
    batch = reduce(Change.then, steps, NO_CHANGE)
    first = reduce(Change.then, steps[:cut], NO_CHANGE)
    later = reduce(Change.then, steps[cut:], NO_CHANGE)
    stream = 0
    for place, value in events:
        stream = clamp(value if SCORE.operations[place] == "set" else stream + value, 0, 10)

    assert batch(0) == first.then(later)(0) == stream


def test_changes_are_made_in_order_of_time_then_as_they_are_written() -> None:
    opened, unsubscribed, corrected = [(1, 3), (2, 3)], [(2, -10)], [(3, 7)]

    assert composed(SCORE, [opened, unsubscribed, []])(0) == 0
    assert composed(SCORE, [opened, unsubscribed, corrected])(0) == 7


def test_a_number_that_is_set_is_kept_within_the_bounds() -> None:
    assert composed(SCORE, [[], [], [(1, 99)]])(0) == 10
