"""`assert`: what its author holds to be true of all customers, for the solver to prove."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from segue.compiler.analysis import codes
from segue.compiler.analysis.names import resolve_segment
from segue.compiler.analysis.problems import Blocked, Problem, problem
from segue.compiler.analysis.scope import Scope
from segue.compiler.analysis.symbols import Source
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Assertion
from segue.grammar import ast

if TYPE_CHECKING:
    from segue.compiler.analysis.analysis import Analysis


def analyse_assertions(analysis: "Analysis", sources: Sequence[Source]) -> tuple[Assertion, ...]:
    """The assertions of all files; those with a finding are left out, which is reported."""
    found: list[Assertion] = []
    for source in sources:
        for item in source.tree.items:
            if isinstance(item, ast.Assert):
                try:
                    found.append(_assertion(analysis, Scope(source.module), item))
                except Problem as error:
                    analysis.diagnostics.append(error.diagnostic)
                except Blocked:
                    pass
    return tuple(found)


def _assertion(analysis: "Analysis", scope: Scope, node: ast.Assert) -> Assertion:
    match node.claim:
        case ast.Implies(left, right):
            parts: tuple[ast.Expression, ...] = (left, right)
        case ast.Disjoint(names) | ast.Exhaustive(names):
            parts = names
    if isinstance(node.claim, ast.Disjoint) and len(parts) < 2:
        raise problem(
            codes.WRONG_ARGUMENTS,
            node.claim.span,
            "`disjoint` needs two segments or more",
            label="only one",
        )
    return Assertion(node, tuple(_condition(analysis, scope, part) for part in parts))


def _condition(analysis: "Analysis", scope: Scope, node: ast.Expression) -> Expr:
    """A condition, or a segment by its bare name: in a claim it can mean nothing else."""
    if isinstance(node, ast.Name):
        symbol = analysis.symbols.find(node.parts, scope.module)
        if symbol is None or isinstance(symbol.node, ast.Segment):
            return resolve_segment(analysis, scope, node)
    return analysis.condition(scope, node)
