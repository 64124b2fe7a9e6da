"""Models that nobody trained: for each score of a plan one that is drawn at random.

It follows from the score's name and features alone, so that the rules of a case say all of it,
in a regression too.
"""

from collections.abc import Sequence
from random import Random

from segue.compiler.plan.identity import identities
from segue.compiler.plan.plan import Plan
from segue.compiler.scores.definition import ScoreDefinition
from segue.compiler.scores.library import Header, Known
from segue.compiler.scores.model import (
    LEAF,
    Absent,
    Calibration,
    Category,
    Centroids,
    Column,
    Feature,
    Function,
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
from segue.compiler.types import TEXTS

CLUSTERS = 3
WORDS = ("", "a", "b", "FR", "pro")
SIZES = (0.1, 0.5, 1.0, 3.7, 40.0, 1e3, 1e6)


def grown(plan: Plan) -> Known:
    """A model for each score of a plan."""
    headers, models = {}, {}
    for name, definition in plan.scores.items():
        model = _model(definition)
        digest = f"{model!r} {model.function!r} {model.calibration!r}"
        header = Header(name, 1, digest, model.kind, model.features, model.classes)
        headers[name] = {1: header}
        models[header.digest] = model
    return Known(headers, models)


def _model(definition: ScoreDefinition) -> Model:
    meanings = identities(expr for _, expr in definition.features)
    features = tuple(Feature(n, e.type, meanings[e.id]) for n, e in definition.features)
    kind = definition.kind
    random = Random(f"{definition.name} {kind} {[str(f.type) for f in features]}")
    outputs = CLUSTERS if kind is ScoreKind.CLUSTER else 1
    form = random.choice((_trees, _trees, _linear, _centroids if outputs > 1 else _linear))
    columns = tuple(_columns(random, features, filled=form is not _trees))
    link, calibration = Link.IDENTITY, None
    if kind is ScoreKind.CLUSTER:
        link = Link.GREATEST
    elif kind is ScoreKind.PROBABILITY:
        link = random.choice((Link.IDENTITY, Link.LOGISTIC))
        calibration = random.choice((None, _sigmoid(random), _isotonic(random)))
    classes = tuple(f"cluster_{i + 1}" for i in range(outputs)) if outputs > 1 else ()
    function = form(random, len(columns), outputs)
    return Model(kind, features, columns, function, link, calibration, classes)


def _columns(random: Random, features: Sequence[Feature], *, filled: bool) -> list[Column]:
    columns: list[Column] = []
    for i, feature in enumerate(features):
        if feature.type.kind in TEXTS:
            words = feature.type.values or WORDS
            columns += [Category(i, word) for word in random.sample(words, min(2, len(words)))]
        else:
            missing = _number(random) if filled or random.random() < 0.3 else None
            columns.append(Number(i, divisor(feature.type), missing))
        if feature.type.nullable and random.random() < 0.3:
            columns.append(Absent(i))
    return columns


def _number(random: Random) -> float:
    return random.choice((0.0, 0.5, 1.0, random.uniform(-1, 1) * random.choice(SIZES)))


def _numbers(random: Random, count: int) -> tuple[float, ...]:
    return tuple(_number(random) for _ in range(count))


def _tree(random: Random, columns: int, outputs: int) -> Tree:
    nodes: list[tuple[int, float, int, int, bool, tuple[float, ...]]] = []

    def grow(deeper: int) -> int:
        place = len(nodes)
        nodes.append((LEAF, 0.0, 0, 0, False, _numbers(random, outputs)))
        if columns and deeper and random.random() < 0.8:
            column, threshold = random.randrange(columns), _number(random)
            missing_left = random.random() < 0.5
            left, right = grow(deeper - 1), grow(deeper - 1)
            nodes[place] = (column, threshold, left, right, missing_left, ())
        return place

    grow(random.choice((1, 3, 6)))
    return Tree(*zip(*nodes, strict=True))


def _trees(random: Random, columns: int, outputs: int) -> Function:
    trees = [_tree(random, columns, outputs) for _ in range(random.choice((1, 3, 25)))]
    return Trees(_numbers(random, outputs), tuple(trees), random.choice((1.0, float(len(trees)))))


def _linear(random: Random, columns: int, outputs: int) -> Function:
    weights = tuple(_numbers(random, columns) for _ in range(outputs))
    center, scale = _scaling(random, columns)
    return Linear(center, scale, _numbers(random, outputs), weights)


def _centroids(random: Random, columns: int, outputs: int) -> Function:
    return Centroids(
        *_scaling(random, columns), tuple(_numbers(random, columns) for _ in range(outputs))
    )


def _scaling(random: Random, columns: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    scale = tuple(random.choice((1.0, random.uniform(0.1, 10.0))) for _ in range(columns))
    return _numbers(random, columns), scale


def _sigmoid(random: Random) -> Calibration:
    return Sigmoid(_number(random), _number(random))


def _isotonic(random: Random) -> Calibration:
    count = random.choice((1, 2, 5))
    x = sorted(random.sample(range(100), count))
    y = sorted(random.randrange(101) for _ in range(count))
    return Isotonic(tuple(i / 99 for i in x), tuple(i / 100 for i in y))
