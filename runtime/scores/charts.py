"""The plots of a model card as SVG, without scripts or fonts of their own.

They take their colours from the page: `--ink`, `--soft`, `--model`, `--base`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from segue.runtime.scores.report import Group, Importance
from segue.runtime.scores.words import figure

WIDTH, HEIGHT = 420.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 12.0, 14.0, 44.0
ROW = 26.0
MOST_BARS = 15
_ROUND = (1.0, 1.2, 1.6, 2.0, 2.4, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
"""Numbers that four steps of an axis divide well."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where it is, and what it says."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a curve with its interval, in the coordinates of the picture."""

    x: float
    y: float
    low: float | None
    high: float | None
    title: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its label, its whisker, and what it says."""

    name: str
    y: float
    width: float
    low: float
    high: float
    value: str


def calibration_chart(groups: Sequence[Group]) -> str:
    """What was foretold against what came, with the diagonal of perfect foresight."""
    most = max(0.01, *(max(g.predicted, g.observed, g.high or 0.0) for g in groups))
    top = _rounded_up(min(most, 1.0))
    across, up = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def y(value: float) -> float:
        return TOP + up * (1 - value / top)

    points = [
        Point(
            LEFT + across * group.predicted / top,
            y(group.observed),
            None if group.low is None else y(group.low),
            None if group.high is None else y(min(group.high, top)),
            f"{group.rows:,} rows: foretold {group.predicted:.1%}, came {group.observed:.1%}",
        )
        for group in groups
    ]
    steps = [top * i / 4 for i in range(5)]
    return _drawn(
        "curve",
        points=points,
        across=[Tick(LEFT + across * step / top, f"{step:.3g}") for step in steps],
        up=[Tick(y(step), f"{step:.3g}") for step in steps],
        labels=("foretold", "came"),
    )


def lift_chart(groups: Sequence[Group]) -> str:
    """Groups of rows by rising score: the mean that was foretold, and the one that came."""
    most = max(0.0, *(max(group.predicted, group.observed) for group in groups))
    least = min(0.0, *(min(group.predicted, group.observed) for group in groups))
    top = _rounded_up(max(most, 1e-9))
    bottom = -_rounded_up(-least) if least < 0 else 0.0
    across, up = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    step = across / len(groups)

    def y(value: float) -> float:
        return TOP + up * (top - value) / (top - bottom)

    columns = [
        {
            "x": LEFT + place * step,
            "width": step,
            "zero": y(0.0),
            "foretold": y(group.predicted),
            "came": y(group.observed),
            "title": f"{group.rows:,} rows: foretold {figure(group.predicted)}, "
            f"came {figure(group.observed)}",
        }
        for place, group in enumerate(groups)
    ]
    steps = [bottom + (top - bottom) * i / 4 for i in range(5)]
    return _drawn(
        "lift",
        columns=columns,
        up=[Tick(y(value), figure(value)) for value in steps],
        labels=("rows by rising score", "mean"),
    )


def importance_chart(found: Sequence[Importance]) -> str:
    """How much worse the model is without each feature."""
    shown = [one for one in found if one.loss > 0][:MOST_BARS]
    most = max(1e-12, *(one.loss + one.deviation for one in shown))
    return _bars(
        [
            (one.feature, one.loss, one.loss - one.deviation, one.loss + one.deviation)
            for one in shown
        ],
        most,
    )


def _bars(rows: Sequence[tuple[str, float, float, float]], most: float) -> str:
    names = 190.0
    room = WIDTH + 200 - names - 70

    def x(value: float) -> float:
        return room * max(0.0, value) / most

    bars = [
        Bar(name, TOP + place * ROW, x(value), x(low), x(high), figure(value))
        for place, (name, value, low, high) in enumerate(rows)
    ]
    return _drawn("bars", bars=bars, names=names, tall=TOP + len(bars) * ROW + 8)


def _rounded_up(value: float) -> float:
    """The least round number that is not below."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in _ROUND if step * power >= value)


def _drawn(what: str, **parts: object) -> str:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=True
    )
    environment.filters["px"] = lambda number: f"{number:.1f}"
    text = files(__package__).joinpath("charts.svg.j2").read_text("utf-8")
    return environment.from_string(text).render(
        what=what,
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        top=TOP,
        bottom=HEIGHT - BOTTOM,
        row=ROW,
        **parts,
    )
