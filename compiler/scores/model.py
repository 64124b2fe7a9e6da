"""A trained model as plain data: from the values of features to a score, in exact steps.

A model is a function of the *columns* that it makes of its features: numbers, truths as 1 and 0,
each category of a text as a 1 or 0 of its own. Every step is defined to the bit, in operations
that all engines share (comparisons and `+ - * /` of IEEE doubles, in the order written here), so
that SQL and Python give the same score.

    features -> columns -> function -> link -> calibration -> score

The thresholds of trees are doubles that a column is compared with as it is. Where a library
rounds its input to 32 bits first, training replaces each threshold by the greatest double that
rounds to nothing above it: the same rows go left, and no engine has to round.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from segue.compiler.types import Type

DAY_UNIT = 86_400_000_000
"""A feature or label that is a duration is counted in days; the plan has microseconds."""


class ScoreKind(StrEnum):
    """What a score says of an entity."""

    PROBABILITY = "probability"  # of a label that is true or false
    AMOUNT = "amount"  # a sum to expect, never negative
    NUMBER = "number"  # any number
    DURATION = "duration"  # how long until or since something, never negative
    CLASS = "class"  # which of the label's values is likeliest
    CLUSTER = "cluster"  # which group of similar entities; there is no label


@dataclass(frozen=True, slots=True)
class Feature:
    """One value that a model reads.

    `identity` is that of its expression when the model was trained
    (`segue.compiler.plan.identity`): a feature that means something else by now is not the
    feature that the model knows.
    """

    name: str
    type: Type
    identity: str


@dataclass(frozen=True, slots=True)
class Number:
    """A feature as a number: its value as a double, over `divisor`.

    The divisor of a decimal is 10 to its places, that of a duration a day in microseconds, of
    all others 1. A truth is 1 or 0. `missing` takes the place of a missing value; None lets it
    stay missing, which only trees can read.
    """

    feature: int
    divisor: float = 1.0
    missing: float | None = None


@dataclass(frozen=True, slots=True)
class Category:
    """1 where a feature has this value, else 0; 0 where it is missing."""

    feature: int
    value: str


@dataclass(frozen=True, slots=True)
class Absent:
    """1 where a feature is missing, else 0."""

    feature: int


Column = Number | Category | Absent

LEAF = -1
"""In place of the column of a node that is a leaf."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A decision tree as parallel lists, one item for each node; node 0 is the root.

    At an inner node, a row goes to `left` where its `column` is at most `threshold`, else to
    `right`; where the column is missing, to `left` if `missing_left`. `values` has the outputs
    of a leaf, one for each of the model's, and an empty tuple for an inner node. `rows` counts
    those of the training that came by each node, where that is known: a score does not depend on
    them, its explanation does.
    """

    column: tuple[int, ...]
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    missing_left: tuple[bool, ...]
    values: tuple[tuple[float, ...], ...]
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Trees:
    """A sum of trees: `(((start + tree_1) + tree_2) + …) / divisor`, output by output."""

    start: tuple[float, ...]
    trees: tuple[Tree, ...]
    divisor: float = 1.0


@dataclass(frozen=True, slots=True)
class Linear:
    """Sums of products: `((intercept + w_1 * x_1) + w_2 * x_2) + …`, output by output.

    `x` is a column's value, settled (`numbers.settled`), less its `center`, over its `scale`.
    No column may be missing.
    """

    center: tuple[float, ...]
    scale: tuple[float, ...]
    intercepts: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Centroids:
    """The centre nearest to a row: output `i` is less `(((0 + d_1 * d_1) + d_2 * d_2) + …)`.

    `d` is the difference between a column, settled, less its `center` and over its `scale`, and
    centre `i`. No column may be missing. So the greatest output is the nearest centre, as it is
    the likeliest class of others.
    """

    center: tuple[float, ...]
    scale: tuple[float, ...]
    centroids: tuple[tuple[float, ...], ...]


Function = Trees | Linear | Centroids


class Link(StrEnum):
    """How the outputs of the function become one score."""

    IDENTITY = "identity"  # the only output
    LOGISTIC = "logistic"  # `numbers.logistic` of the only output
    GREATEST = "greatest"  # the class of the greatest output, the first of equal ones


@dataclass(frozen=True, slots=True)
class Isotonic:
    """A probability read off a line through points, level beyond the first and the last.

    Between two neighbours the value at `x` is `y_0 + (x - x_0) * slope`, with
    `slope = (y_1 - y_0) / (x_1 - x_0)`, and no more than `y_1`.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """Platt's calibration: `logistic(slope * x + offset)` of a probability `x`."""

    slope: float
    offset: float


Calibration = Isotonic | Sigmoid


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model; see the module.

    `classes` are the values of a `class` or `cluster` score, in the order of the outputs.
    A `probability` lies in [0, 1]; an `amount` or `duration` below 0 becomes 0. A `duration`
    is computed in days, of which there are at most `numbers.LONGEST`, and becomes microseconds
    as `floor(days * DAY_UNIT + 0.5)`.
    """

    kind: ScoreKind
    features: tuple[Feature, ...]
    columns: tuple[Column, ...]
    function: Function = field(repr=False)
    link: Link = Link.IDENTITY
    calibration: Calibration | None = field(default=None, repr=False)
    classes: tuple[str, ...] = ()
