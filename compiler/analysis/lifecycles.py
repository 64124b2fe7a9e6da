"""Lifecycles: their stages, the stages these lead to, and their conditions.

A lifecycle has a name of its own, apart from those of segments and metrics: the lifecycle of
customers is called `customer`, as the entity is.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from segue.compiler.analysis import codes
from segue.compiler.analysis.problems import Blocked, Problem, problem
from segue.compiler.analysis.scope import Scope
from segue.compiler.analysis.symbols import Source
from segue.compiler.plan.lifecycles import Lifecycle, Stage
from segue.compiler.plan.nodes import Expr
from segue.compiler.types import Kind
from segue.grammar import ast
from segue.grammar.diagnostics import Label
from segue.grammar.suggestions import did_you_mean

if TYPE_CHECKING:
    from segue.compiler.analysis.analysis import Analysis


def analyse_lifecycles(analysis: "Analysis", sources: Sequence[Source]) -> Mapping[str, Lifecycle]:
    """The lifecycles of all files by full name; what is wrong is added to the findings."""
    found: dict[str, Lifecycle] = {}
    for source in sources:
        for item in source.tree.items:
            if not isinstance(item, ast.Lifecycle):
                continue
            name = ".".join((*source.module, item.name.text))
            earlier = found.get(name)
            if earlier is not None:
                _report(analysis, _twice("lifecycle", item.name, earlier.source.name))
                continue
            found[name] = _lifecycle(analysis, Scope(source.module), name, item)
    return found


def stage_names(sources: Sequence[Source]) -> Mapping[str, str]:
    """The lifecycle of each stage there is, by the names as written."""
    return {
        stage.name.text: item.name.text
        for source in sources
        for item in source.tree.items
        if isinstance(item, ast.Lifecycle)
        for stage in item.stages
    }


def _lifecycle(analysis: "Analysis", scope: Scope, name: str, node: ast.Lifecycle) -> Lifecycle:
    stages: dict[str, ast.Stage] = {}
    for stage in node.stages:
        if stage.name.text in stages:
            _report(analysis, _twice("stage", stage.name, stages[stage.name.text].name))
        stages.setdefault(stage.name.text, stage)
    if node.initial is not None and node.initial.text not in stages:
        _report(analysis, _unknown_stage(node.initial, stages))
    for stage in stages.values():
        for found in _stage_problems(analysis, scope, node, stage, stages):
            _report(analysis, found)
    return Lifecycle(
        name,
        {title: _stage(analysis, scope, stage) for title, stage in stages.items()},
        None if node.initial is None else node.initial.text,
        node,
    )


def _stage(analysis: "Analysis", scope: Scope, node: ast.Stage) -> Stage:
    return Stage(
        node.name.text,
        _condition(analysis, scope, node.enter),
        _condition(analysis, scope, node.exit),
        tuple(following.text for following in node.next),
        node,
    )


def _condition(analysis: "Analysis", scope: Scope, node: ast.Expression | None) -> Expr | None:
    if node is None:
        return None
    with suppress(Blocked):
        try:
            return analysis.condition(scope, node)
        except Problem as found:
            _report(analysis, found)
        except RecursionError:
            _report(analysis, problem(codes.TOO_DEEP, node.span, "nested too deeply"))
    return None


def _stage_problems(
    analysis: "Analysis",
    scope: Scope,
    lifecycle: ast.Lifecycle,
    stage: ast.Stage,
    stages: Mapping[str, ast.Stage],
) -> Iterator[Problem]:
    is_initial = lifecycle.initial is not None and lifecycle.initial.text == stage.name.text
    if stage.enter is None and not is_initial:
        yield problem(
            codes.NO_ENTRY,
            stage.name.span,
            f"nobody can enter `{stage.name.text}`",
            label="a stage without `enter`",
            help=f"write `enter when …`, or `initial {stage.name.text}` in the lifecycle",
        )
    seen: dict[str, ast.Identifier] = {}
    for following in stage.next:
        if following.text not in stages:
            yield _unknown_stage(following, stages)
        elif following.text == stage.name.text:
            yield problem(
                codes.BAD_PROGRESSION,
                following.span,
                f"`{following.text}` leads to itself",
                label="the stage it is in",
                help="take it out: who moves nowhere stays",
            )
        elif following.text in seen:
            yield problem(
                codes.BAD_PROGRESSION,
                following.span,
                f"`{following.text}` is listed twice",
                label="again",
                help="the first place counts: earlier stages are tried first",
                related=(Label(seen[following.text].span, "the first"),),
            )
        elif stages[following.text].enter is None and lifecycle.initial is not None:
            yield _not_entered(following)
        seen.setdefault(following.text, following)
    for trigger in stage.triggers:
        with suppress(Blocked):
            found = _trigger_problem(analysis, scope, trigger)
            if found is not None:
                yield found


def _not_entered(following: ast.Identifier) -> Problem:
    return problem(
        codes.BAD_PROGRESSION,
        following.span,
        f"nobody moves on to `{following.text}`, which has no `enter`",
        label="a stage without an entry condition",
        help=f"write `enter when …` in `stage {following.text}`",
    )


def _trigger_problem(analysis: "Analysis", scope: Scope, trigger: ast.Name) -> Problem | None:
    """What is wrong with a trigger, which is an event, a condition, a segment or a true metric."""
    if len(trigger.parts) == 1 and trigger.text in analysis.catalog.events:
        return None
    symbol = analysis.symbols.find(trigger.parts, scope.module)
    if symbol is None:
        known = [*analysis.catalog.events, *analysis.symbols.visible(scope.module)]
        return problem(
            codes.UNKNOWN_NAME,
            trigger.span,
            f"there is no event and no condition `{trigger.text}`",
            label="not defined",
            help=did_you_mean(trigger.text, known)
            or "a trigger is an event of the catalog, a condition or a segment",
        )
    if symbol.kind == "define" or (
        analysis.definition(symbol, trigger.span).type.kind is not Kind.BOOL
    ):
        return problem(
            codes.WRONG_KIND,
            trigger.span,
            f"`{trigger.text}` is a {symbol.kind}, and cannot trigger anything",
            label="neither an event nor true or false",
            help="name an event of the catalog, a condition or a segment",
        )
    return None


def _unknown_stage(name: ast.Identifier, stages: Mapping[str, ast.Stage]) -> Problem:
    return problem(
        codes.UNKNOWN_NAME,
        name.span,
        f"there is no stage `{name.text}`",
        label="not in this lifecycle",
        help=did_you_mean(name.text, stages)
        or "stages: " + ", ".join(f"`{stage}`" for stage in stages),
    )


def _twice(kind: str, name: ast.Identifier, earlier: ast.Identifier) -> Problem:
    return problem(
        codes.DEFINED_TWICE,
        name.span,
        f"the {kind} `{name.text}` is defined twice",
        label=f"this {kind}",
        help="give one of them another name",
        related=(Label(earlier.span, "the first"),),
    )


def _report(analysis: "Analysis", found: Problem) -> None:
    analysis.diagnostics.append(found.diagnostic)
