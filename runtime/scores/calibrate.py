"""Corrects probabilities by what happened to rows that the model was not made of."""

from dataclasses import replace

from segue.compiler.scores.definition import Calibration as Wish
from segue.compiler.scores.model import Calibration, Isotonic, Model, Sigmoid
from segue.runtime.refusal import Refusal
from segue.runtime.scores.extra import library
from segue.runtime.scores.machine import Machine
from segue.runtime.scores.training_set import TrainingSet

FEWEST_ROWS = 50
NEAREST = 1e-9
"""Points nearer than this are one: the slope between them would be that of rounding."""


def calibrate(model: Model, wish: Wish, rows: TrainingSet) -> Model:
    """The model with a calibration fitted to these rows; raises `Refusal` where they are too few.

    `isotonic` needs many rows and follows any rising curve (Zadrozny and Elkan 2002); `sigmoid`
    has two parameters (Platt 1999).
    """
    label = rows.label
    assert label is not None
    if rows.rows < FEWEST_ROWS or len(set(label.tolist())) < 2:
        raise Refusal(
            f"too few rows to calibrate on: {rows.rows:,}, of which {int(label.sum()):,} are true",
            "train over more snapshots, or leave out `calibrate`",
        )
    scores = Machine(model).scores(rows.columns)
    if wish == "isotonic":
        found: Calibration = _isotonic(scores.tolist(), label.tolist())
    else:
        regression = library("sklearn.linear_model").LogisticRegression(C=1e10, max_iter=1_000)
        regression.fit(scores[:, None], label)
        found = Sigmoid(float(regression.coef_[0, 0]), float(regression.intercept_[0]))
    return replace(model, calibration=found)


def _isotonic(scores: list[float], label: list[float]) -> Isotonic:
    regression = library("sklearn.isotonic").IsotonicRegression(
        y_min=0.0, y_max=1.0, out_of_bounds="clip"
    )
    regression.fit(scores, label)
    points: list[tuple[float, float]] = []
    for x, y in zip(
        regression.X_thresholds_.tolist(), regression.y_thresholds_.tolist(), strict=True
    ):
        if not points or x - points[-1][0] > NEAREST:
            points.append((float(x), min(max(float(y), 0.0), 1.0)))
    x_values, y_values = zip(*points, strict=True)
    return Isotonic(x_values, y_values)
