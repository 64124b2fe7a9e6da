"""Calls of scores: `churn_risk()` is what its newest model says, `churn_risk@v3()` the third."""

import re
from typing import TYPE_CHECKING

from segue.compiler.analysis import codes
from segue.compiler.analysis.problems import Problem, problem
from segue.compiler.analysis.scope import Scope
from segue.compiler.analysis.symbols import Symbol
from segue.compiler.plan.identity import identities
from segue.compiler.plan.nodes import Expr, Scored
from segue.compiler.scores.definition import ScoreDefinition, Serving
from segue.compiler.scores.library import Header, Models
from segue.compiler.scores.model import ScoreKind
from segue.compiler.types import DURATION, FLOAT, PROBABILITY, STRING, Kind, Type, enum
from segue.grammar import ast
from segue.grammar.diagnostics import Label
from segue.grammar.unparse import unparse

if TYPE_CHECKING:
    from segue.compiler.analysis.analysis import Analysis

_VERSION = re.compile(r"v[1-9][0-9]{0,8}")
_TYPES = {
    ScoreKind.PROBABILITY: PROBABILITY,
    ScoreKind.AMOUNT: FLOAT,
    ScoreKind.NUMBER: FLOAT,
    ScoreKind.DURATION: DURATION,
}


def lower_score_call(analysis: "Analysis", scope: Scope, node: ast.Call, symbol: Symbol) -> Expr:
    """The plan node of what a score's model says; without a model, of one that is to come."""
    _check_form(node)
    if scope.part:
        raise _leak(scope, node)
    definition = analysis.score(symbol, node.function_span)
    wanted = _version(node)
    header = _trained(analysis, node, definition, wanted)
    features = [value for _, value in definition.features]
    version, digest = wanted or 0, ""
    if header is not None:
        features = _features(node, definition, header)
        version, digest = header.version, header.digest
    serve = definition.serve
    if serve.how is Serving.TABLE and wanted is None:
        version, digest = 0, ""  # Whichever was written last.
    return analysis.build.score(
        Scored(definition.name, version, digest, serve.how.value, serve.within, definition.kind),
        features,
        score_type(definition, header),
    )


def score_type(definition: ScoreDefinition, header: Header | None) -> Type:
    """The type of a score; before it is trained, classes are those that the catalog knows."""
    if definition.kind in _TYPES:
        type = _TYPES[definition.kind]
    elif header is not None:
        type = enum(header.classes)
    elif definition.kind is ScoreKind.CLUSTER:
        count = int(definition.parameters["clusters"])
        type = enum(tuple(f"cluster_{number}" for number in range(1, count + 1)))
    else:
        assert definition.label is not None
        label = definition.label.type
        type = label.required if label.kind is Kind.ENUM else STRING
    return type.or_missing(definition.serve.how is not Serving.SQL)


def type_of_score(models: Models, definition: ScoreDefinition) -> Type:
    """The type of what the newest model of a score says."""
    versions = models.versions(definition.name)
    return score_type(definition, versions[max(versions)] if versions else None)


def _check_form(node: ast.Call) -> None:
    if node.arguments or node.by is not None or node.selection is not None:
        raise problem(
            codes.WRONG_ARGUMENTS,
            node.span,
            f"`{node.function}` is a score: it reads its own features, and takes no arguments",
            help=f"write `{node.function}()`",
        )


def _leak(scope: Scope, node: ast.Call) -> Problem:
    what = {
        "label": "the label",
        "feature": "a feature",
        "among": "who takes part in training",
    }[scope.part]
    return problem(
        codes.LEAKAGE,
        node.span,
        f"{what} cannot depend on a score: its model was trained on what came after the snapshot",
        label="knows the future",
        help="give this score the features of the other one instead"
        if scope.part == "feature"
        else "write it with metrics",
    )


def _version(node: ast.Call) -> int | None:
    if node.version is None:
        return None
    if not _VERSION.fullmatch(node.version):
        raise problem(
            codes.UNKNOWN_VERSION,
            node.span,
            f"`{node.version}` is no version of a score",
            label="not a `v` and a number",
            help=f"versions are counted: `{node.function}@v1()`",
        )
    return int(node.version[1:])


def _trained(
    analysis: "Analysis", node: ast.Call, definition: ScoreDefinition, wanted: int | None
) -> Header | None:
    versions = analysis.models.versions(definition.name)
    if not versions:
        return None
    if wanted is None:
        return versions[max(versions)]
    if wanted in versions:
        return versions[wanted]
    known = ", ".join(f"`v{each}`" for each in sorted(versions)[-5:])
    raise problem(
        codes.UNKNOWN_VERSION,
        node.span,
        f"there is no version {wanted} of `{definition.name}`",
        label="never trained",
        help=f"trained so far: {known}",
    )


def _features(node: ast.Call, definition: ScoreDefinition, header: Header) -> list[Expr]:
    """The features of a model in its order, whatever they are called by now.

    Raises `Problem` where one means something else than when the model was trained.
    """
    names = dict(definition.features)
    meanings = identities(names.values())
    by_meaning = {meanings[value.id]: value for value in names.values()}
    model = f"v{header.version} of `{definition.name}`"
    again = f"train it again: `segue train {definition.name}`"
    if header.kind is not definition.kind:
        raise problem(
            codes.OUTDATED_MODEL,
            node.span,
            f"{model} is of kind `{header.kind}`, and the score is of kind `{definition.kind}` now",
            label="a model of another kind",
            help=again,
        )
    for feature in header.features:
        if feature.identity in by_meaning:
            continue
        if feature.name not in names:
            raise problem(
                codes.OUTDATED_MODEL,
                node.span,
                f"{model} was trained on `{feature.name}`, which is no feature of it any more",
                label="needs another feature",
                help=again,
            )
        raise problem(
            codes.OUTDATED_MODEL,
            node.span,
            f"{model} was trained on another `{feature.name}` than the one of now",
            label="was trained on another definition",
            help=again,
            related=_where(definition, feature.name),
        )
    return [by_meaning[feature.identity] for feature in header.features]


def _where(definition: ScoreDefinition, name: str) -> tuple[Label, ...]:
    for written in definition.source.features:
        if unparse(written) == name:
            return (Label(written.span, "this feature means something else by now"),)
    return ()
