"""What a score is trained on: who was what at each snapshot, and what became of them."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from segue.compiler.scores.model import Feature

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Rows of one entity at one snapshot each, in the order of `(at, key)`.

    `columns` has one array for each of `features`: doubles in the units of a column of a model
    (`segue.compiler.scores.units.divisor`; a truth is 1 or 0), with NaN where the value is
    missing; or, for a text, objects that are `str` or None. `at` is each row's snapshot as int64
    microseconds since the epoch.

    `label` is None where there is none (a `cluster`); else doubles (a truth is 1 or 0, an amount
    in units, a duration in days), or objects that are `str` for a `class`. Rows without a label
    are not here: `censored` counts those whose label looks beyond the end of the data,
    `unlabelled` those whose label is missing though all of its window has passed.
    `snapshots` are the instants asked for, also those that no row is left of, in order.
    """

    features: tuple[Feature, ...]
    columns: tuple["Array", ...] = field(repr=False)
    keys: "Array" = field(repr=False)
    at: "Array" = field(repr=False)
    label: "Array | None" = field(repr=False)
    censored: int = 0
    unlabelled: int = 0
    snapshots: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        lengths = {len(column) for column in (*self.columns, self.keys, self.at)}
        if self.label is not None:
            lengths.add(len(self.label))
        if len(lengths) > 1 or len(self.columns) != len(self.features):
            raise ValueError("the columns of a training set do not fit each other")

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.keys)

    def only(self, chosen: "Array") -> "TrainingSet":
        """The rows that an array of truths, or of places, chooses."""
        return replace(
            self,
            columns=tuple(column[chosen] for column in self.columns),
            keys=self.keys[chosen],
            at=self.at[chosen],
            label=None if self.label is None else self.label[chosen],
        )
