"""Score blocks: what is to be learnt, from what, and from which past.

What would tell a model the answer is an error here: a feature that looks ahead, a label that is
known already, a feature that a model of what came later has gone into.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from segue.compiler.analysis import advice, codes
from segue.compiler.analysis.estimators import lower_calibration, lower_estimator
from segue.compiler.analysis.features import lower_features
from segue.compiler.analysis.problems import Blocked, Problem, problem
from segue.compiler.analysis.scope import Scope
from segue.compiler.analysis.trainings import lower_holdout, lower_serving, lower_training
from segue.compiler.plan.nodes import Aggregate, Expr, reachable
from segue.compiler.plan.windows import Ahead
from segue.compiler.scores.definition import ScoreDefinition
from segue.compiler.scores.model import ScoreKind
from segue.compiler.types import NUMBERS, TEXTS, Kind
from segue.grammar import ast
from segue.grammar.suggestions import did_you_mean
from segue.grammar.unparse import unparse

if TYPE_CHECKING:
    from segue.compiler.analysis.analysis import Analysis

# What the label of each kind must be.
_LABELS = {
    ScoreKind.PROBABILITY: frozenset({Kind.BOOL}),
    ScoreKind.AMOUNT: frozenset({Kind.INT, Kind.DECIMAL, Kind.FLOAT}),
    ScoreKind.NUMBER: NUMBERS,
    ScoreKind.DURATION: frozenset({Kind.DURATION}),
    ScoreKind.CLASS: TEXTS,
}
_WANTED = {
    ScoreKind.PROBABILITY: "a probability is that of something true or false",
    ScoreKind.AMOUNT: "an amount is a sum or a count",
    ScoreKind.NUMBER: "a number is what it says",
    ScoreKind.DURATION: "a duration says how long until something",
    ScoreKind.CLASS: "a class is one of several texts",
}


def lower_score(analysis: "Analysis", module: tuple[str, ...], node: ast.Score) -> ScoreDefinition:
    """The definition of a score; all that is wrong with its block is reported at once.

    Raises `Blocked` where something is, `Problem` where that is all there is to say.
    """
    kind = _kind(node)
    findings = _Findings(analysis)
    label, horizon = None, 0
    with findings.part():
        label = _label(analysis, Scope(module, part="label"), node, kind)
        horizon = 0 if label is None else _horizon(label)
    features: tuple[tuple[str, Expr], ...] = ()
    with findings.part():
        features = lower_features(analysis, Scope(module, part="feature"), node)
    among = None
    with findings.part():
        among = _among(analysis, Scope(module, part="among"), node)
    with findings.part():
        estimator, parameters, seed = lower_estimator(analysis, node, kind)
    with findings.part():
        calibration = lower_calibration(node, kind)
    with findings.part():
        serving = lower_serving(analysis, node)
    with findings.part():
        every, over = lower_training(analysis, node, horizon)
        holdout = lower_holdout(analysis, node, horizon, every, over)
    if findings.blocked:
        raise Blocked
    return ScoreDefinition(
        name=".".join((*module, node.name.text)),
        kind=kind,
        label=label,
        horizon=horizon,
        features=features,
        estimator=estimator,
        parameters=parameters,
        seed=seed,
        every=every,
        over=over,
        source=node,
        holdout=holdout,
        calibrate=calibration,
        among=among,
        serve=serving,
    )


class _Findings:
    """Lets one part of a block be looked at after another one was found to be wrong."""

    def __init__(self, analysis: "Analysis") -> None:
        self._analysis = analysis
        self.blocked = False

    @contextmanager
    def part(self) -> Iterator[None]:
        """Reports what is wrong with a part."""
        try:
            yield
        except Problem as found:
            self._analysis.diagnostics.append(found.diagnostic)
            self.blocked = True
        except Blocked:
            self.blocked = True


def _kind(node: ast.Score) -> ScoreKind:
    kinds = [*ScoreKind]
    if node.type.text in kinds:
        return ScoreKind(node.type.text)
    raise problem(
        codes.BAD_SCORE,
        node.type.span,
        f"a score cannot be of kind `{node.type.text}`",
        label="no kind of a score",
        help=did_you_mean(node.type.text, kinds)
        or "a score is one of " + ", ".join(f"`{kind}`" for kind in kinds),
    )


# ------------------------------------------------------------------------------- labels


def _label(analysis: "Analysis", scope: Scope, node: ast.Score, kind: ScoreKind) -> Expr | None:
    if kind is ScoreKind.CLUSTER:
        if node.predict is not None:
            raise problem(
                codes.BAD_LABEL,
                node.predict.span,
                "a `cluster` finds groups of customers who are alike: it foretells nothing",
                label="not used",
                help="take `predict` out, or let the score be a `class` if these are the groups",
            )
        return None
    if node.predict is None:
        raise Blocked  # The parser has said so.
    value = analysis.lower(scope, node.predict)
    if value.type.kind not in _LABELS[kind]:
        raise _wrong_label(node.predict, value, kind)
    _refuse_scores(node.predict, value, "the label")
    if not _horizon(value):
        raise problem(
            codes.BAD_LABEL,
            node.predict.span,
            "the label is known already: a model would only learn to repeat what its features say",
            label="looks back, not ahead",
            help="let it look ahead of the snapshot, as in `exists(purchase over next 30d)`",
        )
    return analysis.build.truth(value) if kind is ScoreKind.PROBABILITY else value


def _wrong_label(written: ast.Expression, value: Expr, kind: ScoreKind) -> Problem:
    have, text = value.type.kind, unparse(written)
    fitting = next((k for k, kinds in _LABELS.items() if have in kinds), None)
    help = "" if fitting is None else f"a score of this label is a `{fitting}`"
    if kind is ScoreKind.PROBABILITY and have in NUMBERS:
        help = f"ask for something: `{text} > 0`, or let the score be an `amount`"
    if have in (Kind.TIMESTAMP, Kind.DATE):
        help = f"how long until then is `until({text})`, the label of a `duration`"
    return problem(
        codes.BAD_LABEL,
        written.span,
        f"{_WANTED[kind]}, and the label is {advice.describe(value.type)}",
        label=advice.describe(value.type),
        help=help,
    )


def _horizon(label: Expr) -> int:
    """How far a label looks ahead, in microseconds."""
    return max(
        (
            node.param.window.size
            for node in reachable([label])
            if isinstance(node.param, Aggregate) and isinstance(node.param.window, Ahead)
        ),
        default=0,
    )


def _among(analysis: "Analysis", scope: Scope, node: ast.Score) -> Expr | None:
    if node.among is None:
        return None
    condition = analysis.condition(scope, node.among)
    _refuse_scores(node.among, condition, "who takes part in training")
    return condition


def _refuse_scores(written: ast.Expression, value: Expr, what: str) -> None:
    if any(part.op == "score" for part in reachable([value])):
        raise problem(
            codes.LEAKAGE,
            written.span,
            f"{what} cannot depend on a score, which knows more than was known at a snapshot",
            label="asks a trained model",
            help="write the condition with metrics",
        )
