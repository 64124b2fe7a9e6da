"""The functions made of a model say what the model means, to the bit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scores import drawn
from segue.compiler.plan.nodes import Scored
from segue.compiler.scores.library import Header, Known
from segue.compiler.scores.model import (
    LEAF,
    Category,
    Feature,
    Link,
    Model,
    Number,
    ScoreKind,
    Tree,
    Trees,
)
from segue.compiler.scores.python import score_function
from segue.compiler.scores.reference import predict
from segue.compiler.scores.scorer import PATIENCE, Scorer
from segue.compiler.types import FLOAT, STRING
from segue.grammar.diagnostics import SegueError


@given(st.data())
def test_a_compiled_model_says_what_the_model_means(data: st.DataObject) -> None:
    model = data.draw(drawn.models())
    function = score_function(model)
    for values in data.draw(st.lists(drawn.rows_of(model), min_size=1, max_size=5)):
        score = function(*values)
        assert score == predict(model, values)
        assert score.__class__ is predict(model, values).__class__


@given(st.data())
def test_a_value_left_out_is_missing_whatever_its_type_says(data: st.DataObject) -> None:
    model = data.draw(drawn.models())
    nothing = (None,) * len(model.features)
    assert score_function(model)(*nothing) == predict(model, nothing)


def chain(deep: int, missing_left: bool) -> Tree:
    """A tree that asks one question after the other, each to the left of the one before."""
    inner = range(deep)
    return Tree(
        column=(*(0 for _ in inner), *(LEAF for _ in range(deep + 1))),
        threshold=(*(float(deep - i) for i in inner), *(0.0 for _ in range(deep + 1))),
        left=(*(i + 1 for i in inner), *(0 for _ in range(deep + 1))),
        right=(*(deep + 1 + i for i in inner), *(0 for _ in range(deep + 1))),
        missing_left=(*(missing_left for _ in inner), *(False for _ in range(deep + 1))),
        values=(*(() for _ in inner), *((float(i),) for i in range(deep + 1))),
    )


@pytest.mark.parametrize("missing_left", [False, True])
def test_a_deep_tree_is_several_functions(missing_left: bool) -> None:
    model = Model(
        ScoreKind.NUMBER,
        (Feature("x", FLOAT.optional, ""),),
        (Number(0),),
        Trees((0.0,), (chain(64, missing_left),)),
    )
    function = score_function(model)
    for x in (None, *(i / 2 for i in range(140))):
        assert function(x) == predict(model, (x,))


def test_all_outputs_of_a_leaf_come_from_one_walk() -> None:
    tree = Tree(
        (0, LEAF, LEAF),
        (0.5, 0.0, 0.0),
        (1, 0, 0),
        (2, 0, 0),
        (True,) * 3,
        ((), (1.0, 0.0), (0.0, 1.0)),
    )
    model = Model(
        ScoreKind.CLASS,
        (Feature("plan", STRING.optional, ""),),
        (Category(0, "pro"),),
        Trees((0.0, 0.0), (tree,)),
        Link.GREATEST,
        classes=("stays", "leaves"),
    )
    function = score_function(model)
    assert [function(plan) for plan in ("free", "pro", None)] == ["stays", "leaves", "stays"]


def test_a_model_is_walked_at_first_and_compiled_when_asked_often() -> None:
    model = Model(
        ScoreKind.NUMBER, (Feature("x", FLOAT, ""),), (Number(0),), Trees((0.0,), (chain(3, True),))
    )
    header = Header("size", 1, "a digest of this test", model.kind, model.features)
    scorer = Scorer(
        Known({"size": {1: header}}, {header.digest: model}), Scored("size", 1, header.digest)
    )
    said = [scorer(1.5) for _ in range(PATIENCE + 2)]
    assert set(said) == {predict(model, (1.5,))}
    assert scorer.compile() is scorer.compile()


def test_a_score_without_a_model_says_how_to_get_one() -> None:
    with pytest.raises(SegueError) as error:
        Scorer(Known(), Scored("churn_risk"))(1.0)
    assert "train it: `segue train churn_risk`" in error.value.diagnostics[0].help
