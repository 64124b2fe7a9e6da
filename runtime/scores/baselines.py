"""What a model must beat: predictions that anybody can make without one.

    prior, mean, median, majority   the same for everybody, from the rows the model was made of
    last_period                     what became of this entity when it was last asked

The last outcome of an entity is known at a snapshot only when its whole window had passed by
then. A probability is the share of trues among those with the same last outcome.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from segue.compiler.scores.definition import ScoreDefinition
from segue.compiler.scores.model import ScoreKind
from segue.runtime.scores.training_set import TrainingSet

if TYPE_CHECKING:
    from segue.runtime.scores.training_set import Array

LAST = "last_period"


def baselines(
    definition: ScoreDefinition, everything: TrainingSet, fit: TrainingSet, test: TrainingSet
) -> Mapping[str, "Array"]:
    """The predictions of each baseline for the rows of a test."""
    import numpy

    assert fit.label is not None
    label, rows = fit.label, test.rows
    if definition.kind is ScoreKind.CLASS:
        majority = _most_frequent(label)
        found = {"majority": numpy.full(rows, majority, dtype=object)}
    elif definition.kind is ScoreKind.PROBABILITY:
        found = {"prior": numpy.full(rows, label.mean())}
    else:
        found = {
            "mean": numpy.full(rows, label.mean()),
            "median": numpy.full(rows, numpy.median(label)),
        }
    last = last_outcomes(everything, test, definition.horizon)
    if any(outcome is not None for outcome in last):
        before = last_outcomes(everything, fit, definition.horizon)
        found[LAST] = _by_last(definition.kind, before, label, last)
    return dict(sorted(found.items()))


def last_outcomes(everything: TrainingSet, rows: TrainingSet, horizon: int) -> list[Any]:
    """What each row's entity did last, as far as it was known at the row's snapshot; else None."""
    assert everything.label is not None
    by_entity: dict[Any, list[tuple[int, Any]]] = {}
    given = zip(
        everything.keys.tolist(), everything.at.tolist(), everything.label.tolist(), strict=True
    )
    for key, at, outcome in given:
        by_entity.setdefault(key, []).append((at + horizon, outcome))
    found = []
    for key, at in zip(rows.keys.tolist(), rows.at.tolist(), strict=True):
        known = [outcome for ended, outcome in by_entity.get(key, ()) if ended <= at]
        # Rows are in the order of their snapshots.
        found.append(known[-1] if known else None)
    return found


def _by_last(kind: ScoreKind, before: list[Any], label: "Array", last: list[Any]) -> "Array":
    import numpy

    if kind is ScoreKind.CLASS:
        majority = _most_frequent(label)
        return numpy.array([majority if name is None else name for name in last], dtype=object)
    if kind is ScoreKind.PROBABILITY:
        groups: dict[Any, list[float]] = {}
        for outcome, value in zip(before, label.tolist(), strict=True):
            groups.setdefault(outcome, []).append(value)
        prior = float(label.mean())
        rates = {outcome: sum(found) / len(found) for outcome, found in groups.items()}
        return numpy.array([rates.get(outcome, prior) for outcome in last])
    mean = float(label.mean())
    return numpy.array([mean if value is None else value for value in last])


def _most_frequent(label: "Array") -> Any:
    import numpy

    values, counts = numpy.unique(label, return_counts=True)
    return values[numpy.argmax(counts)]
