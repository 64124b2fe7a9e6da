"""Ways round through any number of stages."""

from collections.abc import Callable, Iterator
from itertools import permutations

import pytest

from lifecycles.shop import plan_of
from segue.compiler.plan.plan import Plan
from segue.compiler.solver.lifecycles import LifecycleSurvey, Move, circles, moves_of
from segue.runtime.solver.session import Session


def ring(size: int, enter: Callable[[int], str]) -> Plan:
    """A lifecycle of stages that lead one to the next, the last to the first."""
    stages = "\n".join(
        f"stage s{n} {{ enter when {enter(n)} next s{(n + 1) % size} }}" for n in range(size)
    )
    return plan_of(f"lifecycle round {{ {stages} }}")


def test_a_way_round_through_five_stages_is_found_with_somebody_who_goes_it() -> None:
    survey = LifecycleSurvey(ring(5, lambda n: f"orders >= {n}"), Session())
    (circle,) = survey.circles
    assert circle.places == ("s0", "s1", "s2", "s3", "s4")
    assert circle.witness.attributes["orders"] >= 4


def test_one_move_that_excludes_the_next_breaks_the_way() -> None:
    survey = LifecycleSurvey(
        ring(5, lambda n: "orders < 3" if n == 0 else f"orders >= {n}"), Session()
    )
    assert survey.circles == ()


def test_moves_that_exclude_each_other_only_together_break_it_too() -> None:
    # No two that follow one another exclude each other; the first and the third do.
    conditions = ["orders >= 10", "happy", "orders < 5", "happy", "quiet"]
    survey = LifecycleSurvey(ring(5, lambda n: conditions[n]), Session())
    assert survey.circles == ()


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_every_way_round_is_listed_once_the_short_first(size: int) -> None:
    names = [f"s{n}" for n in range(size)]
    stages = " ".join(
        f"stage {name} {{ enter when happy next {', '.join(o for o in names if o != name)} }}"
        for name in names
    )
    plan = plan_of(f"lifecycle all {{ {stages} }}")
    moves = list(moves_of(plan.graph, plan.lifecycles["all"]))
    found = [tuple(str(move.source) for move in way) for way in circles(moves, size)]
    assert sorted(found) == sorted(ways(names))
    assert [len(way) for way in found] == sorted(len(way) for way in found)


def ways(names: list[str]) -> Iterator[tuple[str, ...]]:
    for length in range(2, len(names) + 1):
        for way in permutations(names, length):
            if way[0] == min(way):
                yield way


def test_moves_that_are_apart_are_on_no_way() -> None:
    plan = ring(4, lambda n: "happy")
    moves: list[Move] = list(moves_of(plan.graph, plan.lifecycles["round"]))
    between = [move for move in moves if move.source is not None]
    apart = {(id(between[0]), id(between[1]))}
    assert len(list(circles(moves, 5))) == 1
    assert list(circles(moves, 5, apart=apart)) == []
