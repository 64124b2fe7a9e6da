"""The features of a score: what a model may read, and by which names it knows it."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from segue.compiler.analysis import advice, codes
from segue.compiler.analysis.problems import Blocked, Problem, problem
from segue.compiler.analysis.scope import Scope
from segue.compiler.analysis.symbols import Symbol
from segue.compiler.plan.nodes import Expr, reachable
from segue.compiler.types import Kind
from segue.grammar import ast
from segue.grammar.diagnostics import Label
from segue.grammar.span import Span
from segue.grammar.suggestions import did_you_mean
from segue.grammar.unparse import unparse

if TYPE_CHECKING:
    from segue.compiler.analysis.analysis import Analysis

MOMENTS = frozenset({Kind.DATE, Kind.TIMESTAMP})


class _Candidate(NamedTuple):
    """A feature before it is known to be one; `lower` may raise `Problem`."""

    name: str
    span: Span
    lower: Callable[[], Expr]


def lower_features(
    analysis: "Analysis", scope: Scope, node: ast.Score
) -> tuple[tuple[str, Expr], ...]:
    """The features by name: those listed, then the tagged metrics in order of the files.

    A feature that is no name is called as it is written. Raises `Blocked` where one is wrong,
    which is reported.
    """
    found: dict[str, tuple[Expr, Span]] = {}
    blocked = False
    for candidate in (*_listed(analysis, scope, node), *_tagged(analysis, scope, node)):
        tagged = candidate.span in (tag.span for tag in node.tagged)
        if tagged and candidate.name in found:
            continue  # Listed as well, or with both tags.
        try:
            value = candidate.lower()
            _check(analysis, candidate, value)
            _refuse_repeated(candidate, value, found)
            found[candidate.name] = (value, candidate.span)
        except Problem as error:
            analysis.diagnostics.append(error.diagnostic)
            blocked = True
        except Blocked:
            blocked = True
    if blocked:
        raise Blocked
    return tuple((name, value) for name, (value, _) in found.items())


def _listed(analysis: "Analysis", scope: Scope, node: ast.Score) -> Iterator[_Candidate]:
    for written in node.features:
        name = unparse(written)
        if isinstance(written, ast.Name):
            symbol = analysis.symbols.find(written.parts, scope.module)
            name = written.parts[-1] if symbol is None else symbol.name
        yield _Candidate(name, written.span, partial(analysis.lower, scope, written))


def _tagged(analysis: "Analysis", scope: Scope, node: ast.Score) -> Iterator[_Candidate]:
    """The metrics and states that have one of the tags, each at the first of its tags."""
    seen: set[str] = set()
    for tag in node.tagged:
        symbols = [s for s in analysis.symbols if tag.text in _tags(s)]
        if not symbols:
            raise _no_such_tag(analysis, tag)
        for symbol in symbols:
            if symbol.name not in seen:
                seen.add(symbol.name)
                lower = partial(analysis.definition, symbol, tag.span)
                yield _Candidate(symbol.name, tag.span, lower)


def _tags(symbol: Symbol) -> tuple[str, ...]:
    """The tags of a metric or state; a set of tiers is no metric of its own."""
    if symbol.tiers is not None or not isinstance(symbol.node, ast.Metric | ast.State):
        return ()
    return tuple(tag.text for tag in symbol.node.tags)


def _no_such_tag(analysis: "Analysis", tag: ast.Identifier) -> Problem:
    known = sorted({each for symbol in analysis.symbols for each in _tags(symbol)})
    return problem(
        codes.BAD_FEATURE,
        tag.span,
        f"no metric is tagged `{tag.text}`",
        label="matches nothing",
        help=did_you_mean(tag.text, known)
        or ("tags of metrics: " + ", ".join(f"`{each}`" for each in known) if known else "")
        or f"write `tags {tag.text}` behind the metrics that are meant",
    )


def _check(analysis: "Analysis", candidate: _Candidate, value: Expr) -> None:
    """Raises `Problem` for a value that no model should read."""
    name, span = candidate.name, candidate.span
    if any(part.op == "score" for part in reachable([value])):
        raise problem(
            codes.LEAKAGE,
            span,
            f"`{name}` depends on a score: its model was trained on what came after the snapshot",
            label="knows the future",
            help="give this score the features of the other one instead",
        )
    if value.type.kind in MOMENTS:
        raise problem(
            codes.BAD_FEATURE,
            span,
            f"`{name}` is {advice.describe(value.type)}: a model would learn the calendar, and the "
            "days to come are not in it",
            label=advice.describe(value.type),
            help=f"how long ago it was is `age({name})`",
        )
    key = analysis.catalog.entity.key.name
    if value.op == "attribute" and value.param == key:
        raise problem(
            codes.BAD_FEATURE,
            span,
            f"`{name}` is the key of the {analysis.catalog.entity.name}: a model would learn "
            "everybody by heart",
            label="different for everybody",
            help="take it out",
        )
    if value.op == "literal":
        raise problem(
            codes.BAD_FEATURE,
            span,
            f"`{name}` is the same for everybody",
            label="a constant",
            help="take it out: nothing can be learnt from it",
        )


def _refuse_repeated(
    candidate: _Candidate, value: Expr, found: dict[str, tuple[Expr, Span]]
) -> None:
    for name, (other, span) in found.items():
        if other is value or name == candidate.name:
            same = "twice" if name == candidate.name else f"as `{name}` too"
            raise problem(
                codes.BAD_FEATURE,
                candidate.span,
                f"`{candidate.name}` is a feature {same}",
                label="the same again",
                help="list it once",
                related=(Label(span, "the first"),),
            )
