"""What may stand inside a score: kinds, estimators and their parameters, calibrations, tags."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from segue.compiler.analysis.estimators import CALIBRATIONS
from segue.compiler.analysis.symbols import Symbols
from segue.compiler.scores.definition import Serving
from segue.compiler.scores.estimators import ESTIMATORS, Estimator
from segue.compiler.scores.model import ScoreKind
from segue.grammar import ast
from segue.grammar.lexer import Token

Word = tuple[str, str]
"""A word and what is said about it."""

KINDS = {
    ScoreKind.PROBABILITY: "how likely the label is true",
    ScoreKind.AMOUNT: "a sum to expect, never negative",
    ScoreKind.NUMBER: "any number to expect",
    ScoreKind.DURATION: "how long until something",
    ScoreKind.CLASS: "which text the label is likeliest to be",
    ScoreKind.CLUSTER: "which group of similar entities; there is no label",
}
WAYS = {
    Serving.SQL: "a query computes it",
    Serving.TABLE: "a query reads it from the score table: `table within 7d`",
    Serving.AUTO: "computed, unless the engine cannot: `auto within 7d`",
}


def score_words(values: Sequence[Any], symbols: Symbols) -> list[Word] | None:
    """The words that fit behind an unfinished parse, or None where it is not in such a place."""
    top = values[-1]
    start = next((i for i, value in enumerate(values) if _is(value, "SCORE")), None)
    if start is None:
        return None
    if _is(top, "COLON"):
        return [(kind.value, said) for kind, said in KINDS.items()]
    if _is(top, "WITH"):
        return list(_estimators(values[start:]))
    if _is(top, "CALIBRATE"):
        return [(name, "of a probability, by what happened") for name in CALIBRATIONS]
    if _is(top, "SERVE"):
        return [(way.value, said) for way, said in WAYS.items()]
    if _is(top, "TAGGED") or (_is(top, "COMMA") and any(_is(v, "TAGGED") for v in values[-3:])):
        return [(tag, "a tag of metrics") for tag in _tags(symbols)]
    return _parameters(values)


def _estimators(values: Sequence[Any]) -> Iterator[Word]:
    """Those of the kind of the score, if it has a kind."""
    wanted = _kind(values)
    for estimator in ESTIMATORS.values():
        if wanted is None or wanted in estimator.kinds:
            yield estimator.name, estimator.documentation


def _kind(values: Sequence[Any]) -> ScoreKind | None:
    for before, value in pairwise(values):
        if _is(before, "COLON") and isinstance(value, ast.Identifier):
            known = value.text in [*ScoreKind]
            return ScoreKind(value.text) if known else None
    return None


def _parameters(values: Sequence[Any]) -> list[Word] | None:
    """The parameters of the estimator whose bracket is open, where the next one begins."""
    opening = next((i for i in range(len(values) - 1, 1, -1) if _is(values[i], "LPAR")), None)
    if opening is None or not (_is(values[-1], "COMMA") or opening == len(values) - 1):
        return None
    name = values[opening - 1]
    estimator = ESTIMATORS.get(name.text) if isinstance(name, ast.Identifier) else None
    if estimator is None or not _is(values[opening - 2], "WITH"):
        return None
    return list(_left(estimator, values[opening + 1 :]))


def _left(estimator: Estimator, given: Sequence[Any]) -> Iterator[Word]:
    arguments: Iterable[Any] = given[0] if given and isinstance(given[0], list) else ()
    there = {argument.name.text for argument in arguments}
    for parameter in estimator.parameters:
        if parameter.name not in there:
            default = str(parameter.default).lower()
            yield parameter.name, f"{parameter.documentation}; {parameter.range}, else {default}"


def _tags(symbols: Symbols) -> list[str]:
    nodes = (symbol.node for symbol in symbols if symbol.tiers is None)
    found = (n.tags for n in nodes if isinstance(n, ast.Metric | ast.State))
    return sorted({tag.text for tags in found for tag in tags})


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, Token) and value.kind == kind
