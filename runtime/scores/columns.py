"""From the values of features to the columns of a model, and to their matrix."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from segue.compiler.scores.model import Absent, Category, Column, Feature, Number
from segue.compiler.scores.units import divisor
from segue.compiler.types import TEXTS
from segue.runtime.scores.report import FEWEST
from segue.runtime.scores.training_set import TrainingSet

if TYPE_CHECKING:
    from segue.runtime.scores.training_set import Array

MOST_CATEGORIES = 30
"""How many values of a text become columns, at the most; the others are a 0 in all of them."""


def choose_columns(training: TrainingSet, *, filled: bool) -> tuple[Column, ...]:
    """The columns that a model reads.

    `filled` puts the median in place of a missing number, with a column beside it that says so;
    without it, numbers stay missing. A category has at least `FEWEST` entities, so that no
    model tells what is true of a few.
    """
    chosen: list[Column] = []
    for i, (feature, values) in enumerate(zip(training.features, training.columns, strict=True)):
        if feature.type.kind in TEXTS:
            chosen += [Category(i, value) for value in frequent_values(values, training.keys)]
            missing = any(value is None for value in values)
        elif filled:
            number, missing = _filled(i, feature, values)
            chosen.append(number)
        else:
            chosen.append(Number(i, divisor(feature.type)))
            missing = False
        if missing:
            chosen.append(Absent(i))
    return tuple(chosen)


def _filled(place: int, feature: Feature, values: "Array") -> tuple[Number, bool]:
    import numpy

    there = values[~numpy.isnan(values)]
    median = float(numpy.median(there)) if len(there) else 0.0
    return Number(place, divisor(feature.type), median), len(there) < len(values)


def frequent_values(values: "Array", keys: "Array") -> list[str]:
    """The values that the most entities have, the most frequent first."""
    entities = Counter(value for value, _ in set(zip(values, keys, strict=True)))
    known = [(-count, value) for value, count in entities.items() if value is not None]
    return [value for count, value in sorted(known) if -count >= FEWEST][:MOST_CATEGORIES]


def matrix(columns: Sequence[Column], values: Sequence["Array"]) -> "Array":
    """The columns of a model as doubles, a row for each of the values, NaN where missing.

    `values` are those of the features as a `TrainingSet` has them.
    """
    import numpy

    rows = len(values[0]) if values else 0
    made = numpy.empty((rows, len(columns)), order="F")
    for place, column in enumerate(columns):
        found = values[column.feature]
        match column:
            case Category():
                made[:, place] = found == column.value
            case Absent():
                made[:, place] = is_missing(found)
            case Number(missing=None):
                made[:, place] = found
            case Number(missing=float(missing)):
                made[:, place] = numpy.where(numpy.isnan(found), missing, found)
    return made


def is_missing(values: "Array") -> "Array":
    """Which values of a feature are missing."""
    import numpy

    if values.dtype == object:
        return numpy.array([value is None for value in values], dtype=bool)
    return numpy.asarray(numpy.isnan(values))
