"""Which past a score is trained on, what of it is held out, and where the score is served from."""

from typing import TYPE_CHECKING

from segue.compiler.analysis import advice, codes
from segue.compiler.analysis.problems import Blocked, Problem, problem
from segue.compiler.analysis.scope import Scope
from segue.compiler.plan.windows import DAY
from segue.compiler.scores.definition import HeldEntities, HeldTime, Holdout, Serve, Serving
from segue.compiler.types import Kind
from segue.grammar import ast
from segue.grammar.codes import Code
from segue.grammar.span import Span
from segue.grammar.suggestions import did_you_mean
from segue.grammar.unparse import duration_text, unparse

if TYPE_CHECKING:
    from segue.compiler.analysis.analysis import Analysis

MOST_SNAPSHOTS = 400
"""Snapshots of one training: each is a row for every entity."""


def lower_training(analysis: "Analysis", node: ast.Score, horizon: int) -> tuple[int | None, int]:
    """How far apart the snapshots are, and the past that they cover, in microseconds."""
    training = node.training
    if training is None:
        raise problem(
            codes.BAD_TRAINING,
            node.name.span,
            f"score `{node.name.text}` does not say what it is trained on",
            label="`train` is missing",
            help="write from which past, as in `train every 30d over last 360d`",
        )
    over = _past(analysis, training.window, "`train`", "over last 360d")
    every = None
    if training.every is not None:
        every = _duration(analysis, training.every, "`every`")
    _check_snapshots(training, every, over)
    if over < horizon:
        raise problem(
            codes.BAD_TRAINING,
            training.window.span,
            f"the label looks {_text(horizon)} ahead, and of a snapshot within the last "
            f"{_text(over)} nobody knows yet how it ended",
            label=f"less than {_text(horizon)}",
            help=f"train over a longer past, as in `over last {_text(12 * horizon)}`",
        )
    return every, over


def _check_snapshots(training: ast.Training, every: int | None, over: int) -> None:
    if every is None or training.every is None:
        return
    if every > over:
        raise problem(
            codes.BAD_TRAINING,
            training.every.span,
            f"there is no snapshot every {_text(every)} within the last {_text(over)}",
            label=f"longer than {_text(over)}",
            help="write a shorter time, or cover a longer past",
        )
    if over // every > MOST_SNAPSHOTS:
        raise problem(
            codes.BAD_TRAINING,
            training.every.span,
            f"these are {over // every:,} snapshots, each with a row for everybody",
            label=f"more than {MOST_SNAPSHOTS}",
            help="customers hardly change from one to the next: let them be further apart",
        )


def lower_holdout(
    analysis: "Analysis", node: ast.Score, horizon: int, every: int | None, over: int
) -> Holdout | None:
    """What is kept out of training, to measure the model by."""
    written = node.holdout
    if written is None:
        return None
    if isinstance(written, ast.LastWindow):
        size = _past(analysis, written, "`holdout`", "last 60d")
        _check_held_time(written.span, size, horizon, every, over)
        return HeldTime(size)
    assert isinstance(written, ast.Expression)
    value = analysis.lower(Scope(), written)
    share = value.param
    if not isinstance(written, ast.Percent) or not isinstance(share, float) or not 0 < share < 1:
        raise problem(
            codes.BAD_TRAINING,
            written.span,
            "a holdout is a share of the customers, or the latest part of time",
            label=advice.describe(value.type),
            help="write `holdout 20%` or `holdout last 60d`",
        )
    return HeldEntities(share)


def _check_held_time(span: Span, size: int, horizon: int, every: int | None, over: int) -> None:
    """Raises `Problem` where time leaves nothing to test by, or nothing to train on."""
    if every is None:
        raise problem(
            codes.BAD_TRAINING,
            span,
            "there is one snapshot only, and it cannot be divided by time",
            label="the latest part of one instant",
            help="write `train every … over last …`, or hold out a share of the customers: "
            "`holdout 20%`",
        )
    # Snapshots lie at multiples of `every`; the first that has ended, and the earliest of all.
    first, earliest = -(-horizon // every) * every, over // every * every
    if size <= first:
        raise problem(
            codes.BAD_TRAINING,
            span,
            f"of the snapshots within the last {_text(size)} nobody knows yet how they ended: "
            f"the label looks {_text(horizon)} ahead",
            label="nothing to measure by",
            help=f"hold out more, as in `holdout last {_text(first + every)}`",
        )
    if earliest < size + horizon:
        raise problem(
            codes.BAD_TRAINING,
            span,
            "nothing is left to train on: what is trained on must have ended before what is held "
            "out begins",
            label=f"the label looks {_text(horizon)} ahead, and `train` covers {_text(over)}",
            help="hold out less, or train over a longer past",
        )


def lower_serving(analysis: "Analysis", node: ast.Score) -> Serve:
    """Where a query finds the score."""
    written = node.serving
    if written is None:
        return Serve()
    ways = [*Serving]
    method = written.method
    if method.text not in ways:
        raise problem(
            codes.BAD_SCORE,
            method.span,
            f"a score cannot be served from `{method.text}`",
            label="not known",
            help=did_you_mean(method.text, ways)
            or "write `serve sql`, `serve table within 7d` or `serve auto within 7d`",
        )
    how = Serving(method.text)
    if how is Serving.SQL:
        if written.within is not None:
            raise problem(
                codes.BAD_SCORE,
                written.within.span,
                "a score that a query computes is never old",
                label="not used",
                help="take `within` out, or write `serve table within …`",
            )
        return Serve()
    if written.within is None:
        raise problem(
            codes.BAD_SCORE,
            written.span,
            f"`serve {how}` must say how old a score may be",
            label="`within` is missing",
            help=f"write `serve {how} within 7d`: what is older is a missing value",
        )
    return Serve(how, _duration(analysis, written.within, "`within`", codes.BAD_SCORE))


def _past(analysis: "Analysis", window: ast.Window, what: str, example: str) -> int:
    """The length of a window `last …` of a duration."""
    if not isinstance(window, ast.LastWindow):
        raise _bad_past(window, what, example)
    value = analysis.lower(Scope(), window.size)
    if value.op != "literal" or value.type.kind is not Kind.DURATION:
        raise _bad_past(window, what, example)
    return _positive(window.span, value.param)


def _bad_past(window: ast.Window, what: str, example: str) -> Problem:
    return problem(
        codes.BAD_TRAINING,
        window.span,
        f"{what} needs a length of time that ends now",
        label="another window",
        help=f"write it as in `{example}`",
    )


def _duration(
    analysis: "Analysis",
    written: ast.Expression,
    what: str,
    code: Code = codes.BAD_TRAINING,
) -> int:
    value = analysis.lower(Scope(), written)
    if value.op != "literal" or value.type.kind is not Kind.DURATION:
        number = isinstance(written, ast.Number)
        raise problem(
            code,
            written.span,
            f"{what} needs a duration, written as such",
            label=advice.describe(value.type),
            help=f"write the unit: `{unparse(written)}d`" if number else "write it as in `30d`",
        )
    return _positive(written.span, value.param)


def _positive(span: Span, size: object) -> int:
    if not isinstance(size, int):
        raise Blocked
    if size <= 0:
        raise problem(codes.BAD_TRAINING, span, "this is no time at all", label="not above zero")
    return size


def _text(size: int) -> str:
    """Whole days as days: people think of training in `30d`, not in `4w2d`."""
    return f"{size // DAY}d" if size % DAY == 0 else duration_text(size)
