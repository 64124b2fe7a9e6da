"""The training set of a score, from a warehouse."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from segue.compiler.plan.identity import identities
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.scores.definition import ScoreDefinition
from segue.compiler.scores.model import Feature
from segue.compiler.scores.training import (
    compile_censored,
    compile_training,
    has_ended,
    snapshots,
)
from segue.compiler.scores.units import divisor
from segue.compiler.types import TEXTS, Type
from segue.runtime.scores.training_set import TrainingSet
from segue.runtime.warehouse.warehouse import Row, Warehouse

if TYPE_CHECKING:
    from segue.runtime.scores.training_set import Array


def gather(
    warehouse: Warehouse,
    plan: Plan,
    definition: ScoreDefinition,
    as_of: int,
    report: Callable[[str], None] = lambda step: None,
) -> TrainingSet:
    """What a score is trained on, of a training at an instant in microseconds.

    Nothing is written. Raises `SegueError` where the engine cannot compute a feature.
    """
    binding = Binding(as_of, ZoneInfo(plan.catalog.timezone))
    instants = snapshots(definition, as_of)
    ended = [at for at in instants if has_ended(definition, at, as_of)]
    open_ended = [at for at in instants if at not in ended]
    rows: list[Row] = []
    if ended:
        report(f"{len(ended)} snapshots")
        query = compile_training(plan, definition, binding, warehouse.dialect, ended)
        rows = warehouse.fetch(query.expression)
    censored = 0
    if open_ended:
        count = compile_censored(plan, definition, binding, warehouse.dialect, open_ended)
        censored = sum(int(rows) for _, rows in warehouse.fetch(count.expression))
    return training_set(definition, rows, instants, censored)


def features_of(definition: ScoreDefinition) -> tuple[Feature, ...]:
    """The features of a score as a model of it knows them."""
    meanings = identities(value for _, value in definition.features)
    return tuple(
        Feature(name, value.type, meanings[value.id]) for name, value in definition.features
    )


def training_set(
    definition: ScoreDefinition, rows: Iterable[Row], instants: Sequence[int], censored: int = 0
) -> TrainingSet:
    """The training set of rows as `compile_training` gives them: key, snapshot, features, label.

    Rows without a label are left out and counted.
    """
    import numpy

    features = features_of(definition)
    given = sorted(rows, key=lambda row: (int(row[1]), row[0]))
    labelled = given
    if definition.label is not None:
        labelled = [row for row in given if row[-1] is not None]
    return TrainingSet(
        features=features,
        columns=tuple(
            _column([row[place] for row in labelled], feature.type)
            for place, feature in enumerate(features, 2)
        ),
        keys=numpy.array([row[0] for row in labelled]),
        at=numpy.array([int(row[1]) for row in labelled], dtype=numpy.int64),
        label=None
        if definition.label is None
        else _column([row[-1] for row in labelled], definition.label.type),
        censored=censored,
        unlabelled=len(given) - len(labelled),
        snapshots=tuple(instants),
    )


def _column(values: Sequence[Any], type: Type) -> "Array":
    """Values in representation, or as an engine's driver gives them, in the units of a model."""
    import numpy

    if type.kind in TEXTS:
        texts = numpy.empty(len(values), dtype=object)
        texts[:] = [None if value is None else str(value) for value in values]
        return texts
    numbers = numpy.array(
        [numpy.nan if value is None else float(value) for value in values], dtype=numpy.float64
    )
    return numbers / divisor(type)
