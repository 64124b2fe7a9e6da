"""What a score is trained `with`: the estimator and its parameters, and its calibration."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from segue.compiler.analysis import codes
from segue.compiler.analysis.problems import Problem, problem
from segue.compiler.analysis.scope import Scope
from segue.compiler.plan.nodes import Expr
from segue.compiler.scores.definition import Calibration
from segue.compiler.scores.estimators import (
    DEFAULTS,
    ESTIMATORS,
    SEED,
    Estimator,
    Parameter,
    ParameterValue,
)
from segue.compiler.scores.model import ScoreKind
from segue.compiler.types import FLOATS, INTEGERS, Kind
from segue.grammar import ast
from segue.grammar.diagnostics import Label
from segue.grammar.suggestions import did_you_mean
from segue.grammar.unparse import unparse

if TYPE_CHECKING:
    from segue.compiler.analysis.analysis import Analysis

CALIBRATIONS: tuple[Calibration, ...] = ("isotonic", "sigmoid")
# What people call them elsewhere.
OTHER_NAMES = {
    **dict.fromkeys(("randomforest", "forest", "rf"), "random_forest"),
    **dict.fromkeys(("gradientboosting", "gbm", "gbdt", "boosting"), "gradient_boosting"),
    **dict.fromkeys(
        ("xgboost", "xgb", "lightgbm", "lgbm", "catboost", "histgradientboosting"),
        "histogram_gradient_boosting",
    ),
    **dict.fromkeys(("logisticregression", "logit"), "logistic"),
    **dict.fromkeys(("linearregression", "ridge", "ols", "regression"), "linear"),
    **dict.fromkeys(("kmeans", "clustering"), "kmeans"),
    "platt": "sigmoid",
    "k": "clusters",
    "alpha": "penalty",
    "c": "penalty",
    "l2": "penalty",
}

Settings = tuple[str, Mapping[str, ParameterValue], int]


def lower_estimator(analysis: "Analysis", node: ast.Score, kind: ScoreKind) -> Settings:
    """The estimator's name, its parameters with defaults, and the seed."""
    name, differing = DEFAULTS[kind]
    if node.model is None:
        values = {**ESTIMATORS[name].defaults, **differing}
    else:
        estimator = _find(node.model, kind)
        name = estimator.name
        values = {**estimator.defaults, **_arguments(analysis, estimator, node.model)}
    seed = values.pop("seed", SEED)
    return name, values, int(seed)


def lower_calibration(node: ast.Score, kind: ScoreKind) -> Calibration | None:
    """How probabilities are brought in line with what happened."""
    written = node.calibrate
    if written is None:
        return None
    if kind is not ScoreKind.PROBABILITY:
        raise problem(
            codes.BAD_ESTIMATOR,
            written.span,
            f"only a `probability` can be calibrated, and this score is of kind `{kind}`",
            label="not a probability",
            help="take `calibrate` out",
        )
    name = written.name.text
    found = next((each for each in CALIBRATIONS if each == name), None)
    if found is None:
        raise problem(
            codes.BAD_ESTIMATOR,
            written.name.span,
            f"there is no calibration `{name}`",
            label="not known",
            help=_meant(name, CALIBRATIONS) or "write `isotonic` or `sigmoid`",
        )
    if written.arguments:
        raise problem(
            codes.BAD_ESTIMATOR,
            written.arguments[0].span,
            f"`{name}` has no parameters",
            help=f"write `calibrate {name}`",
        )
    return found


def _find(written: ast.Estimator, kind: ScoreKind) -> Estimator:
    name = written.name.text
    fitting = [each.name for each in ESTIMATORS.values() if kind in each.kinds]
    listed = ", ".join(f"`{each}`" for each in fitting)
    estimator = ESTIMATORS.get(name)
    if estimator is None:
        raise problem(
            codes.BAD_ESTIMATOR,
            written.name.span,
            f"there is no estimator `{name}`",
            label="not known",
            help=_meant(name, ESTIMATORS) or f"for the kind `{kind}` there are {listed}",
        )
    if kind not in estimator.kinds:
        kinds = " or ".join(f"`{each}`" for each in ScoreKind if each in estimator.kinds)
        raise problem(
            codes.BAD_ESTIMATOR,
            written.name.span,
            f"`{name}` is for the kind {kinds}, and this score is of kind `{kind}`",
            label="for another kind of score",
            help=f"for the kind `{kind}` there are {listed}"
            if len(fitting) > 1
            else f"write {listed}",
        )
    return estimator


def _arguments(
    analysis: "Analysis", estimator: Estimator, written: ast.Estimator
) -> dict[str, ParameterValue]:
    found: dict[str, ParameterValue] = {}
    places: dict[str, ast.Argument] = {}
    for argument in written.arguments:
        name = argument.name.text
        parameter = estimator.parameter(name)
        if parameter is None:
            raise _unknown_parameter(estimator, argument)
        if name in places:
            raise problem(
                codes.BAD_ESTIMATOR,
                argument.name.span,
                f"`{name}` is given twice",
                label="again",
                help="keep one of them",
                related=(Label(places[name].span, "the first"),),
            )
        places[name] = argument
        found[name] = _value(analysis, estimator, parameter, argument)
    return found


def _unknown_parameter(estimator: Estimator, argument: ast.Argument) -> Problem:
    name = argument.name.text
    known = [each.name for each in estimator.parameters]
    elsewhere = {each.library: each.name for each in estimator.parameters if each.library}
    if name in elsewhere:
        help = f"did you mean `{elsewhere[name]}`?"
    else:
        help = _meant(name, known) or "it has " + ", ".join(f"`{each}`" for each in known)
    return problem(
        codes.BAD_ESTIMATOR,
        argument.name.span,
        f"`{estimator.name}` has no parameter `{name}`",
        label="not known",
        help=help,
    )


def _value(
    analysis: "Analysis", estimator: Estimator, parameter: Parameter, argument: ast.Argument
) -> ParameterValue:
    given = analysis.lower(Scope(), argument.value)
    value = _constant(given, parameter)
    if value is None or (parameter.type != "bool" and not parameter.accepts(float(value))):
        raise problem(
            codes.BAD_ESTIMATOR,
            argument.value.span,
            f"`{parameter.name}` of `{estimator.name}` is {parameter.range}, "
            f"not `{unparse(argument.value)}`",
            label="out of range",
            help=f"{parameter.documentation}; without a word it is "
            f"`{str(parameter.default).lower()}`",
        )
    return value


def _constant(given: Expr, parameter: Parameter) -> ParameterValue | None:
    """The value of a literal of the parameter's type, or None."""
    if given.op != "literal":
        return None
    kind, value = given.type.kind, given.param
    if parameter.type == "bool":
        return value if kind is Kind.BOOL and isinstance(value, bool) else None
    if kind is Kind.INT and isinstance(value, int):
        return value if parameter.type == "int" else float(value)
    if parameter.type == "float" and kind in INTEGERS | FLOATS and isinstance(value, int | float):
        return float(value / 10**given.type.scale)
    return None


def _meant(name: str, known: tuple[str, ...] | Mapping[str, object] | list[str]) -> str:
    """What somebody may have meant who wrote this name."""
    folded = name.lower().replace("_", "")
    for ending in ("classifier", "regressor"):
        folded = folded.removesuffix(ending)
    other = OTHER_NAMES.get(folded)
    return f"did you mean `{other}`?" if other in known else did_you_mean(name, known)
