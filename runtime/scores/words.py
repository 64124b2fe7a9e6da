"""Figures of scores as people read them."""

from segue.compiler.scores.model import ScoreKind
from segue.runtime.scores.report import Metric

_SHARES = frozenset({"accuracy", "macro_f1"})


def figure(value: float | None) -> str:
    """A number to three significant digits, with an exponent only where it is very small."""
    if value is None:
        return "–"
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:#.3g}" if abs(value) >= 0.001 else f"{value:.1e}"


def metric_value(metric: Metric, value: float | None) -> str:
    """The value of a metric, of its baseline or of a bound."""
    if value is not None and metric.name in _SHARES:
        return f"{value:.1%}"
    return figure(value)


def metric_interval(metric: Metric) -> str:
    """The 95% interval of a metric, or nothing."""
    if metric.low is None or metric.high is None:
        return ""
    return f"{metric_value(metric, metric.low)} to {metric_value(metric, metric.high)}"


def score_value(kind: ScoreKind, value: float) -> str:
    """A score, or a mean of labels: durations are in days."""
    if kind is ScoreKind.PROBABILITY:
        return f"{value:.1%}"
    return f"{figure(value)} d" if kind is ScoreKind.DURATION else figure(value)
