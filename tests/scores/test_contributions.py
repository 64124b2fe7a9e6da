"""What features contribute leads from the usual score to the score of somebody."""

import math

from hypothesis import given
from hypothesis import strategies as st

from scores import drawn
from scores.test_reference import DAY, FOREST
from segue.compiler.scores.contributions import contributions, in_unit
from segue.compiler.scores.model import Feature, Linear, Link, Model, Number, ScoreKind, Tree, Trees
from segue.compiler.scores.reference import predict
from segue.compiler.types import FLOAT


@given(st.data())
def test_contributions_add_up_to_the_score(data: st.DataObject) -> None:
    model = data.draw(drawn.models())
    values = data.draw(drawn.rows_of(model))
    found, score = contributions(model, values), predict(model, values)
    assert found is not None
    size = max(1.0, abs(found.usual), abs(found.score), *map(abs, found.parts))
    assert math.isclose(found.usual + math.fsum(found.parts), found.score, abs_tol=1e-9 * size)
    if model.link is not Link.GREATEST:
        assert isinstance(score, int | float)
        assert math.isclose(in_unit(model.kind, found.score), score, rel_tol=1e-9, abs_tol=1.0)


def test_each_question_of_a_tree_contributes_to_the_feature_it_asks_for() -> None:
    found = contributions(FOREST, (8 * DAY, "trial"))
    assert found is not None
    assert found.usual == 0.375, "half of the leaves of either tree: (0.5 + 0.25) / 2"
    assert found.parts == (0.125, 0.125)
    assert found.score == 0.625


def test_the_usual_score_is_that_of_the_rows_of_the_training() -> None:
    tree = Tree(
        (0, -1, -1),
        (1.5, 0.0, 0.0),
        (1, 0, 0),
        (2, 0, 0),
        (False,) * 3,
        ((), (0.0,), (1.0,)),
        (100, 90, 10),
    )
    model = Model(
        ScoreKind.NUMBER, (Feature("x", FLOAT, ""),), (Number(0),), Trees((0.0,), (tree,))
    )
    found = contributions(model, (2.0,))
    assert found is not None
    assert math.isclose(found.usual, 0.1)
    assert math.isclose(found.parts[0], 0.9)


def test_a_weight_contributes_its_product() -> None:
    features = (Feature("x", FLOAT, ""), Feature("y", FLOAT, ""))
    function = Linear((10.0, 0.0), (2.0, 1.0), (1.0,), ((3.0, -1.0),))
    model = Model(ScoreKind.NUMBER, features, (Number(0), Number(1)), function)
    found = contributions(model, (14.0, 2.0))
    assert found is not None
    assert (found.usual, found.parts, found.score) == (1.0, (6.0, -2.0), 5.0)
