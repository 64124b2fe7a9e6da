"""Which rows make a model, which correct it and which judge it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from segue.compiler.python.support import bucket
from segue.compiler.scores.definition import HeldEntities, HeldTime, ScoreDefinition
from segue.compiler.scores.model import ScoreKind
from segue.runtime.refusal import Refusal
from segue.runtime.scores.training_set import TrainingSet

if TYPE_CHECKING:
    from segue.runtime.scores.training_set import Array

SHARE = 0.2
"""What is held out where a score does not say, and what calibration is fitted on."""
_FINENESS = 10_000


@dataclass(frozen=True, slots=True)
class Split:
    """The rows of a training set in parts; `test` has none where there was nothing to divide.

    `how` says by what the test was taken: `time` or `entities`. `purged` rows are in no part.
    """

    fit: TrainingSet
    calibration: TrainingSet | None
    test: TrainingSet
    how: str
    purged: int


def split(definition: ScoreDefinition, training: TrainingSet, as_of: int) -> Split:
    """Divides the training set of an instant, in microseconds, as its score says.

    By default the latest fifth of the snapshots judge, or, of a single one, a fifth of the
    entities. Raises `Refusal` where nothing is left to train on.
    """
    import numpy

    holdout = definition.holdout or _default(definition, training, as_of)
    if isinstance(holdout, HeldTime):
        tested = training.at > as_of - holdout.size
        first = training.at[tested].min() if tested.any() else 0
        # A label that looks beyond the first test says how the test will end.
        learnt = training.at + definition.horizon <= first
        how = "time"
    else:
        tested = chosen(training.keys, f"holdout:{definition.name}", holdout.share)
        learnt = ~tested
        how = "entities"
    purged = training.rows - int(tested.sum()) - int(learnt.sum())
    if not learnt.any():
        raise Refusal(
            f"nothing is left to train `{definition.name}` on: all {training.rows:,} rows are held "
            "out to judge it, or have labels that look into the time of those",
            "train over more snapshots, hold out fewer, or hold out entities: `holdout 20%`",
        )
    fit = training.only(learnt)
    calibration = None
    if definition.calibrate is not None:
        corrects = chosen(fit.keys, f"calibrate:{definition.name}", SHARE)
        fit, calibration = fit.only(~corrects), fit.only(corrects)
    return Split(fit, calibration, training.only(numpy.asarray(tested)), how, purged)


def chosen(keys: "Array", salt: str, share: float) -> "Array":
    """Whether each entity is among a share of them, as `bucket` of the language decides."""
    import numpy

    unique, places = numpy.unique(keys, return_inverse=True)
    least = round(share * _FINENESS)
    among = [bucket(key, salt, _FINENESS) < least for key in unique.tolist()]
    return numpy.array(among, dtype=bool)[places]


def _default(
    definition: ScoreDefinition, training: TrainingSet, as_of: int
) -> HeldEntities | HeldTime:
    snapshots = sorted(set(training.at.tolist()))
    if definition.kind is ScoreKind.CLUSTER or len(snapshots) < 2:
        return HeldEntities(SHARE)
    held = max(1, round(len(snapshots) * SHARE))
    return HeldTime(as_of - snapshots[-1 - held])
