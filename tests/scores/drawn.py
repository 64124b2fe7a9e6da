"""Models drawn at random, of every form there is, and reports of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from segue.compiler.scores.model import (
    DAY_UNIT,
    LEAF,
    Absent,
    Category,
    Centroids,
    Column,
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
from segue.compiler.scores.units import divisor
from segue.compiler.types import (
    BOOL,
    DURATION,
    FLOAT,
    INT,
    RATIO,
    STRING,
    TEXTS,
    Kind,
    Type,
    decimal,
    enum,
)
from segue.runtime.scores.artefact import Trained
from segue.runtime.scores.report import (
    Group,
    Importance,
    Metric,
    NumberSeen,
    Origin,
    Part,
    Report,
    Rows,
    TextSeen,
    Validation,
)

TYPES = (BOOL, INT, FLOAT, RATIO, DURATION, STRING, decimal(2), enum(("a", "b")))
MEASURES = (ScoreKind.AMOUNT, ScoreKind.NUMBER, ScoreKind.DURATION)
parts = st.floats(-1e6, 1e6).map(lambda x: x if abs(x) > 1e-90 else 0.0)


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Any model that can be computed."""
    types = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=4))
    features = tuple(
        Feature(f"feature_{i}", type.or_missing(draw(st.booleans())), f"identity {i}")
        for i, type in enumerate(types)
    )
    form = draw(st.sampled_from(("trees", "linear", "centroids")))
    columns = draw(_columns(features, filled=form != "trees"))
    if form == "centroids":
        kind = ScoreKind.CLUSTER
    else:
        kind = draw(st.sampled_from((*MEASURES, ScoreKind.PROBABILITY, ScoreKind.CLASS)))
    named = kind in (ScoreKind.CLASS, ScoreKind.CLUSTER)
    outputs = draw(st.integers(2, 3)) if named else 1
    link, calibration = Link.GREATEST if named else Link.IDENTITY, None
    if kind is ScoreKind.PROBABILITY:
        link = draw(st.sampled_from((Link.IDENTITY, Link.LOGISTIC)))
        calibration = draw(st.none() | _sigmoids() | _isotonics())
    function = {"trees": _trees, "linear": _linear, "centroids": _centroids}[form]
    return Model(
        kind,
        features,
        columns,
        draw(function(len(columns), outputs)),
        link,
        calibration,
        tuple(f"class_{i}" for i in range(outputs)) if named else (),
    )


@st.composite
def _columns(draw: st.DrawFn, features: tuple[Feature, ...], filled: bool) -> tuple[Column, ...]:
    columns: list[Column] = []
    for i, feature in enumerate(features):
        if feature.type.kind in TEXTS:
            columns += [Category(i, value) for value in draw(st.sampled_from(["a", "ab", "ä"]))]
        else:
            missing = draw(parts) if filled or draw(st.booleans()) else None
            columns.append(Number(i, divisor(feature.type), missing))
        if feature.type.nullable and draw(st.booleans()):
            columns.append(Absent(i))
    return tuple(columns)


@st.composite
def trees(draw: st.DrawFn, columns: int, outputs: int, depth: int = 4) -> Tree:
    """A tree, with its nodes in the order in which scikit-learn numbers them."""
    nodes: list[list[object]] = []

    def grow(deeper: int) -> int:
        place = len(nodes)
        nodes.append([])
        if deeper == 0 or draw(st.integers(0, 3)) == 0:
            values = tuple(draw(parts) for _ in range(outputs))
            nodes[place] = [LEAF, 0.0, 0, 0, False, values]
        else:
            column = draw(st.integers(0, columns - 1))
            threshold = draw(st.sampled_from([0.5, -1.0, 7.25]) | st.floats(-1e3, 1e3))
            missing = draw(st.booleans())
            left, right = grow(deeper - 1), grow(deeper - 1)
            nodes[place] = [column, threshold, left, right, missing, ()]
        return place

    grow(depth if columns else 0)
    return Tree(*(tuple(part) for part in zip(*nodes, strict=True)))  # type: ignore[arg-type]  # by place


@st.composite
def _trees(draw: st.DrawFn, columns: int, outputs: int) -> Trees:
    start = tuple(draw(parts) for _ in range(outputs))
    grown = draw(st.lists(trees(columns, outputs), max_size=4))
    return Trees(start, tuple(grown), float(max(1, len(grown))))


def _rows(rows: int, columns: int) -> st.SearchStrategy[tuple[tuple[float, ...], ...]]:
    return st.tuples(*(_row(columns) for _ in range(rows)))


def _row(columns: int) -> st.SearchStrategy[tuple[float, ...]]:
    return st.tuples(*(parts for _ in range(columns)))


def _linear(columns: int, outputs: int) -> st.SearchStrategy[Linear]:
    scales = st.tuples(*(st.floats(1e-3, 1e3) for _ in range(columns)))
    return st.builds(Linear, _row(columns), scales, _row(outputs), _rows(outputs, columns))


def _centroids(columns: int, outputs: int) -> st.SearchStrategy[Centroids]:
    scales = st.tuples(*(st.floats(1e-3, 1e3) for _ in range(columns)))
    return st.builds(Centroids, _row(columns), scales, _rows(outputs, columns))


def _sigmoids() -> st.SearchStrategy[Sigmoid]:
    return st.builds(Sigmoid, parts, parts)


@st.composite
def _isotonics(draw: st.DrawFn) -> Isotonic:
    x = draw(st.lists(st.integers(0, 64), min_size=1, max_size=5, unique=True))
    y = draw(st.lists(st.integers(0, 64), min_size=len(x), max_size=len(x)))
    return Isotonic(tuple(i / 64 for i in sorted(x)), tuple(i / 64 for i in sorted(y)))


def example() -> Model:
    """A probability that is 1 above a half, else 0, also where the feature is missing."""
    stump = Tree(
        column=(0, LEAF, LEAF),
        threshold=(0.5, 0.0, 0.0),
        left=(1, 0, 0),
        right=(2, 0, 0),
        missing_left=(True, False, False),
        values=((), (0.0,), (1.0,)),
    )
    return Model(
        ScoreKind.PROBABILITY,
        (Feature("opens", FLOAT.optional, "i"),),
        (Number(0),),
        Trees((0.0,), (stump, stump), 2.0),
    )


def with_thresholds(model: Model, change: Callable[[tuple[float, ...]], Any]) -> Model:
    """A model whose trees have other thresholds, made from theirs."""
    function = model.function
    assert isinstance(function, Trees)
    changed = tuple(
        replace(tree, threshold=tuple(float(t) for t in change(tree.threshold)))
        for tree in function.trees
    )
    return replace(model, function=replace(function, trees=changed))


def values(type: Type) -> st.SearchStrategy[bool | int | float | str | None]:
    """Values of a type in representation, missing where it may be."""
    match type.kind:
        case Kind.BOOL:
            drawn: st.SearchStrategy[bool | int | float | str] = st.booleans()
        case Kind.STRING | Kind.ENUM:
            drawn = st.sampled_from(("a", "b", "ab", "ä", ""))
        case Kind.FLOAT | Kind.RATIO:
            drawn = st.sampled_from((0.5, -1.0, 7.25)) | st.floats(allow_nan=False, width=64)
            drawn = drawn.filter(lambda x: abs(float(x)) <= 1.7e308)
        case _:
            drawn = st.integers(-(2**40), 2**40) | st.integers(-2000, 2000)
    return st.none() | drawn if type.nullable else drawn


def rows_of(model: Model) -> st.SearchStrategy[tuple[bool | int | float | str | None, ...]]:
    """Values of the features of a model."""
    return st.tuples(*(values(feature.type) for feature in model.features))


def report() -> Report:
    """A report with something in each of its places."""
    metric = Metric("roc_auc", 0.75, 0.5, None, True, {"prior": 0.5})
    return Report(
        title="Who will be gone",
        origin=Origin(
            ruleset="0" * 64,
            entity="customer",
            segue="0.1.0",
            library="scikit-learn 1.9.1",
            estimator="random_forest",
            parameters={"trees": 100, "balanced": False, "rate": 0.1},
            seed=42,
            label="not exists(activity over next 30d)",
            among="true",
            as_of=1_717_200_000_000_000,
            horizon=30 * DAY_UNIT,
            timezone="UTC",
        ),
        rows=Rows(
            fit=Part(30, 10, (1_709_424_000_000_000, 1_712_016_000_000_000), 0.25),
            calibration=None,
            test=Part(10, 10, (1_714_608_000_000_000,)),
            purged=1,
            censored=2,
            unlabelled=3,
        ),
        validation=Validation(
            how="time",
            deciding="roc_auc",
            metrics=(metric,),
            beaten=True,
            gain=0.25,
            gain_low=0.1,
            gain_high=None,
            groups=(Group(5, 0.25, 0.5),),
            residuals=(-2.0, -1.0, 0.0, 1.0, 2.0),
            importance=(Importance("feature_0", 0.125, 0.01),),
            confusion=((1, 2), (3, 4)),
        ),
        seen=(
            NumberSeen("n", 0.0, (1.0, 2.0), (0.5, 0.25, 0.25)),
            TextSeen("t", 0.5, ("a",), (0.25,), 0.25),
        ),
        scores=NumberSeen("score", 0.0, (0.5,), (0.5, 0.5)),
        remarks=("few rows",),
        classes={"a": 5},
    )


def trained() -> st.SearchStrategy[Trained]:
    """Any model, with a report."""
    return st.builds(Trained, models(), st.just(report()))
