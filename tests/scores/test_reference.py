"""What models mean, by example."""

import pytest

from segue.compiler.scores.model import (
    LEAF,
    Absent,
    Category,
    Centroids,
    Feature,
    Isotonic,
    Linear,
    Link,
    Model,
    Number,
    ScoreKind,
    Sigmoid,
    Tree,
    Trees,
)
from segue.compiler.scores.reference import predict
from segue.compiler.types import DURATION, FLOAT, INT, STRING, decimal

AGE = Feature("time_since_last_click", DURATION.optional, "")
PLAN = Feature("plan", STRING.optional, "")
ORDERS = Feature("orders", INT, "")
SPENT = Feature("spent", decimal(2), "")
DAY = 86_400_000_000


def stump(column: int, threshold: float, low: float, high: float, missing_left: bool) -> Tree:
    return Tree(
        column=(column, LEAF, LEAF),
        threshold=(threshold, 0.0, 0.0),
        left=(1, 0, 0),
        right=(2, 0, 0),
        missing_left=(missing_left, False, False),
        values=((), (low,), (high,)),
    )


FOREST = Model(
    kind=ScoreKind.PROBABILITY,
    features=(AGE, PLAN),
    columns=(Number(0, divisor=float(DAY)), Category(1, "trial")),
    function=Trees(
        start=(0.0,),
        trees=(stump(0, 7.5, 0.25, 0.75, False), stump(1, 0.5, 0.0, 0.5, True)),
        divisor=2.0,
    ),
)


@pytest.mark.parametrize(
    ("values", "score"),
    [
        ((7 * DAY, "pro"), 0.125),
        ((8 * DAY, "pro"), 0.375),
        ((8 * DAY, "trial"), 0.625),
        ((None, None), 0.375),
    ],
)
def test_a_forest_is_the_mean_of_its_trees(values: tuple[object, ...], score: float) -> None:
    assert predict(FOREST, values) == score  # type: ignore[arg-type]  # a table


def test_a_linear_model_adds_products_of_standardised_columns() -> None:
    model = Model(
        kind=ScoreKind.AMOUNT,
        features=(SPENT, ORDERS),
        columns=(Number(0, divisor=100.0), Number(1)),
        function=Linear((10.0, 0.0), (2.0, 1.0), (1.0,), ((3.0, -1.0),)),
    )
    assert predict(model, (1400, 2)) == 1.0 + 3.0 * 2.0 - 2.0
    assert predict(model, (0, 2)) == 0.0, "an amount is never negative"


def test_a_linear_model_of_huge_values_stays_a_number() -> None:
    wild = Feature("wild", FLOAT, "")
    model = Model(
        kind=ScoreKind.NUMBER,
        features=(wild, wild),
        columns=(Number(0), Number(1)),
        function=Linear((0.0, 0.0), (1e-10, 1e-10), (0.0,), ((1e50, -1e50),)),
    )
    assert predict(model, (1.7e308, 1.7e308)) == 0.0


def test_the_nearest_centre_is_the_class_and_the_first_of_equals() -> None:
    model = Model(
        kind=ScoreKind.CLUSTER,
        features=(ORDERS,),
        columns=(Number(0),),
        function=Centroids((0.0,), (1.0,), ((0.0,), (4.0,), (4.0,))),
        link=Link.GREATEST,
        classes=("idle", "busy", "also_busy"),
    )
    assert [predict(model, (orders,)) for orders in (1, 2, 3)] == ["idle", "idle", "busy"]


def test_a_missing_value_is_replaced_and_remembered() -> None:
    model = Model(
        kind=ScoreKind.NUMBER,
        features=(AGE,),
        columns=(Number(0, divisor=float(DAY), missing=3.0), Absent(0)),
        function=Linear((0.0, 0.0), (1.0, 1.0), (0.0,), ((1.0, 10.0),)),
    )
    assert predict(model, (2 * DAY,)) == 2.0
    assert predict(model, (None,)) == 13.0


@pytest.mark.parametrize(
    ("score", "calibrated"),
    [(0.0, 0.125), (0.25, 0.125), (0.5, 0.375), (0.75, 0.625), (1.0, 0.625)],
)
def test_a_calibration_is_read_off_a_line(score: float, calibrated: float) -> None:
    model = Model(
        kind=ScoreKind.PROBABILITY,
        features=(Feature("p", FLOAT, ""),),
        columns=(Number(0),),
        function=Linear((0.0,), (1.0,), (0.0,), ((1.0,),)),
        calibration=Isotonic(x=(0.25, 0.75), y=(0.125, 0.625)),
    )
    assert predict(model, (score,)) == calibrated


def test_platts_calibration_is_a_logistic_function() -> None:
    model = Model(
        kind=ScoreKind.PROBABILITY,
        features=(Feature("p", FLOAT, ""),),
        columns=(Number(0),),
        function=Linear((0.0,), (1.0,), (0.0,), ((1.0,),)),
        link=Link.LOGISTIC,
        calibration=Sigmoid(slope=4.0, offset=-2.0),
    )
    assert predict(model, (0.0,)) == 0.5


def test_a_duration_is_whole_microseconds_and_has_an_end() -> None:
    model = Model(
        kind=ScoreKind.DURATION,
        features=(ORDERS,),
        columns=(Number(0),),
        function=Linear((0.0,), (1.0,), (0.5,), ((1.0,),)),
    )
    assert predict(model, (1,)) == 3 * DAY // 2
    assert predict(model, (-1,)) == 0
    assert predict(model, (10**9,)) == 100_000 * DAY
