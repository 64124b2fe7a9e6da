"""How features are distributed, and how far that has moved since a model was trained.

What is kept says nothing of one entity: quantiles between 1% and 99%, and the shares of values
that many entities have.

The population stability index of shares `p` then and `q` now is `sum((q - p) * ln(q / p))`; below
0.1 little has moved, above 0.25 a model is often no longer what it was (Siddiqi 2006, *Credit
Risk Scorecards*). It is twice the Jeffreys divergence.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segue.compiler.types import TEXTS
from segue.runtime.scores.columns import frequent_values, is_missing
from segue.runtime.scores.report import NumberSeen, Seen, TextSeen
from segue.runtime.scores.training_set import TrainingSet

if TYPE_CHECKING:
    from segue.runtime.scores.training_set import Array

QUANTILES = (0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99)
MOVED = 0.1
"""From here on a feature has moved."""
MOVED_FAR = 0.25
_LEAST = 1e-4
"""A share of nothing counts as this: otherwise one new value would be an infinite drift."""


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a feature, or the score itself, has moved: its index, and shares then and now.

    `parts` are the values or ranges that the shares are of, the missing ones first.
    """

    name: str
    index: float
    parts: tuple[str, ...]
    before: tuple[float, ...]
    now: tuple[float, ...]

    @property
    def verdict(self) -> str:
        """`stable`, `moved` or `moved far`."""
        if self.index >= MOVED_FAR:
            return "moved far"
        return "moved" if self.index >= MOVED else "stable"


def see(training: TrainingSet) -> tuple[Seen, ...]:
    """How each feature of a training set is distributed."""
    return tuple(
        see_text(feature.name, values, training.keys)
        if feature.type.kind in TEXTS
        else see_number(feature.name, values)
        for feature, values in zip(training.features, training.columns, strict=True)
    )


def see_number(name: str, values: "Array") -> NumberSeen:
    """How numbers are distributed, NaN where one is missing."""
    import numpy

    there = values[~numpy.isnan(values)]
    edges = numpy.unique(numpy.quantile(there, QUANTILES)) if len(there) else numpy.empty(0)
    return NumberSeen(
        name,
        _share(len(values) - len(there), len(values)),
        tuple(edges.tolist()),
        _shares_up_to(edges, there),
    )


def see_text(name: str, values: "Array", keys: "Array") -> TextSeen:
    """How texts are distributed, None where one is missing."""
    known = tuple(frequent_values(values, keys))
    return _text(name, known, values)


def drift(before: Sequence[Seen], now: Sequence["Array"]) -> list[Drift]:
    """How far each feature has moved; `now` are its values, as a `TrainingSet` has them."""
    return [drift_of(seen, values) for seen, values in zip(before, now, strict=True)]


def drift_of(before: Seen, values: "Array") -> Drift:
    """How far one has moved."""
    import numpy

    if isinstance(before, TextSeen):
        now = _text(before.name, before.values, values)
        parts = ("missing", *before.values, "others")
        then = (before.missing, *before.shares, before.other)
        today = (now.missing, *now.shares, now.other)
    else:
        there = values[~numpy.isnan(values)]
        missing = _share(len(values) - len(there), len(values))
        shares = _shares_up_to(numpy.array(before.edges), there)
        bounds = [f"{edge:.4g}" for edge in before.edges]
        above = f"above {bounds[-1]}" if bounds else "any"
        parts = ("missing", *(f"up to {bound}" for bound in bounds), above)
        then = (before.missing, *(share * (1 - before.missing) for share in before.shares))
        today = (missing, *(share * (1 - missing) for share in shares))
    return Drift(before.name, stability_index(then, today), parts, then, today)


def stability_index(before: Sequence[float], now: Sequence[float]) -> float:
    """The population stability index of shares, see the module."""
    pairs = [(max(p, _LEAST), max(q, _LEAST)) for p, q in zip(before, now, strict=True)]
    return sum((q - p) * math.log(q / p) for p, q in pairs)


def _shares_up_to(edges: "Array", values: "Array") -> tuple[float, ...]:
    import numpy

    places = numpy.searchsorted(edges, values, side="left")
    counts = numpy.bincount(places, minlength=len(edges) + 1)
    return tuple(_share(count, len(values)) for count in counts.tolist())


def _text(name: str, known: tuple[str, ...], values: "Array") -> TextSeen:
    rows = len(values)
    missing = int(is_missing(values).sum())
    counts = [int((values == value).sum()) for value in known]
    return TextSeen(
        name,
        _share(missing, rows),
        known,
        tuple(_share(count, rows) for count in counts),
        _share(rows - missing - sum(counts), rows),
    )


def _share(count: int, rows: int) -> float:
    return count / rows if rows else 0.0
