"""The training set of a score, from a warehouse."""

from collections.abc import Callable, Sequence
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
from segue.runtime.scores.columns import is_missing
from segue.runtime.scores.training_set import TrainingSet
from segue.runtime.warehouse.warehouse import Warehouse

if TYPE_CHECKING:
    import pyarrow

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
    rows: Any = None
    if ended:
        report(f"{len(ended)} snapshots")
        query = compile_training(plan, definition, binding, warehouse.dialect, ended)
        rows = warehouse.fetch_arrow(query.expression, query.columns)
    censored = 0
    if open_ended:
        count = compile_censored(plan, definition, binding, warehouse.dialect, open_ended)
        censored = sum(int(count) for _, count in warehouse.fetch(count.expression))
    return training_set(definition, rows, instants, censored)


def features_of(definition: ScoreDefinition) -> tuple[Feature, ...]:
    """The features of a score as a model of it knows them."""
    meanings = identities(value for _, value in definition.features)
    return tuple(
        Feature(name, value.type, meanings[value.id]) for name, value in definition.features
    )


def training_set(
    definition: ScoreDefinition,
    rows: "pyarrow.Table | None",
    instants: Sequence[int],
    censored: int = 0,
) -> TrainingSet:
    """The training set of rows as `compile_training` gives them: key, snapshot, features, label.

    Rows without a label are left out and counted. Without rows the set is empty.
    """
    import numpy

    features = features_of(definition)
    labels = () if definition.label is None else (definition.label.type,)
    types = [*(feature.type for feature in features), *labels]
    if rows is None:
        values = [in_units([], type) for type in types]
        keys, at = numpy.array([]), numpy.array([], dtype=numpy.int64)
    else:
        values = [in_units(rows.column(n), type) for n, type in enumerate(types, 2)]
        keys, at = keys_of(rows.column(0)), rows.column(1).to_numpy().astype(numpy.int64)
    columns, label = values, None
    if definition.label is not None:
        *columns, label = values
    labelled = numpy.full(len(keys), True) if label is None else ~is_missing(label)
    found = TrainingSet(
        features=features,
        columns=tuple(columns),
        keys=keys,
        at=at,
        label=label,
        censored=censored,
        unlabelled=int(len(keys) - labelled.sum()),
        snapshots=tuple(instants),
    )
    order = numpy.lexsort((keys, at))
    return found.only(order[labelled[order]])


def keys_of(column: Any) -> "Array":
    """An Arrow column of keys: whole numbers, or texts."""
    import numpy
    import pyarrow

    if pyarrow.types.is_integer(column.type):
        return numpy.asarray(column.to_numpy())
    return numpy.array(column.cast(pyarrow.string()).to_pylist(), dtype=str)


def in_units(column: Any, type: Type) -> "Array":
    """An Arrow column of values in representation, or a list of them, in the units of a model."""
    import numpy
    import pyarrow

    if isinstance(column, list):
        column = pyarrow.array(column)
    if type.kind in TEXTS:
        texts = column.cast(pyarrow.string())
        return numpy.asarray(texts.to_numpy(zero_copy_only=False), dtype=object)
    if pyarrow.types.is_decimal(column.type):
        column = _without_decimals(column)
    doubles = column.cast(pyarrow.float64(), safe=False).to_numpy(zero_copy_only=False)
    unit = divisor(type)
    return numpy.asarray(doubles if unit == 1.0 else doubles / unit)


def _without_decimals(column: Any) -> Any:
    """What DuckDB makes of sums of whole numbers, and of constants with a point."""
    import pyarrow

    if column.type.scale == 0:
        return column.cast(pyarrow.int64())
    values = [None if value is None else float(value) for value in column.to_pylist()]
    return pyarrow.array(values, pyarrow.float64())
