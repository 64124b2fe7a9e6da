"""The decisions of a ruleset: each condition as a tree over the atoms written in it.

An atom is a part of a condition without `and`, `or`, `not` or `if` of its own: a comparison,
`exists(…)`, `is missing`, `in`, a bool, the name of another condition or segment, the call of a
define. It is told by its place, not by its node of the plan: two segments that both say
`opens >= 10` have one node, and two atoms. What a named condition is made of belongs to that
condition, so each atom is reported once, where it is written.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias

from segue.compiler.coverage.missing import may_be_missing
from segue.compiler.operators.declaration import Missing
from segue.compiler.operators.registry import OPERATORS
from segue.compiler.plan.lifecycles import Lifecycle
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Definition, Plan
from segue.compiler.types import Kind
from segue.grammar import ast
from segue.grammar.span import Span
from segue.grammar.unparse import unparse


@dataclass(frozen=True, slots=True, eq=False)
class Atom:
    """A condition without parts, at the place where it is written.

    `operands` are its values that may be missing; where one is, the atom has no answer of its
    own and is false (or true, when it is written as `not in`).
    """

    expr: Expr
    text: str
    span: Span
    operands: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Constant:
    """A part that no customer can change: `true`, or a comparison of constants."""

    truth: bool


class Join(StrEnum):
    """How the parts of a branch make it true."""

    ALL = "and"
    ANY = "or"
    NOT = "not"
    CHOICE = "if"
    """Of a condition, what it is where that holds, and what it is elsewhere."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A condition made of others."""

    join: Join
    parts: tuple["Tree", ...]


Tree: TypeAlias = Atom | Constant | Branch


EVENTS = "events"
"""The kind of a decision about events: see `filters`."""


@dataclass(frozen=True)
class Decision:
    """A segment, a condition, a metric that is true or false, the entry or exit of a stage, or a
    condition on events.

    `kind` says which; the name of a stage's is `customer.prospect enter`, that of a condition on
    events `cart_abandoned where`.
    """

    name: str
    kind: str
    expr: Expr
    tree: Tree
    span: Span
    """Of the name where it is defined."""
    stage: tuple[str, str] | None = None
    """Of the entry or exit of a stage, the lifecycle and the stage."""

    @cached_property
    def atoms(self) -> tuple[Atom, ...]:
        """The atoms, in the order in which they are written."""
        return tuple(_atoms(self.tree))


def decisions(plan: Plan) -> tuple[Decision, ...]:
    """Every decision of the ruleset that has an atom, in the order of files."""
    reader = _Reader(plan)
    groups = (plan.metrics, plan.conditions, plan.segments)
    truths = (d for group in groups for d in group.values() if d.expr.type.kind is Kind.BOOL)
    found = [*(reader.decision(d) for d in truths), *reader.stages(plan.lifecycles.values())]
    found = [decision for decision in found if decision.atoms]
    files = {path: i for i, path in enumerate(dict.fromkeys(d.span.path for d in found))}
    return tuple(sorted(found, key=lambda d: (files[d.span.path], d.span.start)))


def _atoms(tree: Tree) -> Iterator[Atom]:
    match tree:
        case Atom():
            yield tree
        case Branch(parts=parts):
            for part in parts:
                yield from _atoms(part)


class TreeReader:
    """Walks what was written and what it became, side by side.

    `events` are the events whose rows a condition is about, by step.
    """

    def __init__(self, plan: Plan, events: tuple[str, ...] = ()) -> None:
        self._catalog = plan.catalog
        self._events = events
        self._named = {
            (d.expr.id, _last(d.name))
            for group in (plan.conditions, plan.segments)
            for d in group.values()
        }

    def tree(self, node: ast.Expression, expr: Expr) -> Tree:
        """The tree of a condition."""
        inner = expr.args[0] if expr.op == "truth" else expr
        match node:
            case ast.Logical(operator, operands) if _fits(inner, operator, operands):
                join = Join.ALL if operator == "and" else Join.ANY
                parts = zip(operands, inner.args, strict=True)
                return Branch(join, tuple(self.tree(part, value) for part, value in parts))
            case ast.Unary("not", operand) if inner.op == "not":
                return Branch(Join.NOT, (self.tree(operand, inner.args[0]),))
            case ast.IfElse(condition, then, otherwise) if inner.op == "if":
                parts = zip((condition, then, otherwise), inner.args, strict=True)
                return Branch(Join.CHOICE, tuple(self.tree(part, value) for part, value in parts))
            case ast.Between() if inner.op == "and":
                return self._between(node, inner)
            case _:
                return self.leaf(node, expr)

    def _between(self, node: ast.Between, expr: Expr) -> Tree:
        """Two atoms: the value up to the lower end, and the upper end."""
        low = ast.Binary(">=", node.operand, node.low, span=node.operand.span.to(node.low.span))
        high = ast.Binary("<=", node.operand, node.high, span=node.high.span)
        parts = zip((low, high), expr.args, strict=True)
        return Branch(Join.ALL, tuple(self.leaf(part, value) for part, value in parts))

    def leaf(self, node: ast.Expression, expr: Expr) -> Tree:
        """A condition that is not taken apart."""
        if expr.op == "literal":
            return Constant(bool(expr.param))
        operands = tuple(o for o in self._operands(node, expr) if self._may_be_missing(o))
        return Atom(expr, str(unparse(node)), node.span, tuple(dict.fromkeys(operands)))

    def _operands(self, node: ast.Expression, expr: Expr) -> tuple[Expr, ...]:
        """The values whose absence decides the atom."""
        if isinstance(node, ast.InSegment) or (
            isinstance(node, ast.Name) and (expr.id, node.parts[-1]) in self._named
        ):
            return ()  # What it is made of is reported where it is defined.
        if isinstance(node, ast.InList) and expr.op == "not":
            expr = expr.args[0]
        if isinstance(node, ast.InList) and expr.op == "or":
            return tuple(arg for test in expr.args for arg in test.args)
        operator = OPERATORS.get(expr.op)
        return expr.args if operator is not None and operator.missing is Missing.FALSE else ()

    def _may_be_missing(self, operand: Expr) -> bool:
        return may_be_missing(operand, self._catalog, self._events)


class _Reader:
    def __init__(self, plan: Plan) -> None:
        self._trees = TreeReader(plan)

    def decision(self, definition: Definition) -> Decision:
        source = definition.source
        match source:
            case ast.Segment():
                written, kind = source.when, "segment"
            case ast.Condition():
                written, kind = source.value, "condition"
            case ast.Metric():
                written, kind = source.value, "metric"
        if isinstance(source, ast.Metric) and source.default is not None:
            # `value ?? default` is one value, whatever it was folded from.
            tree = self._trees.leaf(written, definition.expr)
        else:
            tree = self._trees.tree(written, definition.expr)
        return Decision(definition.name, kind, definition.expr, tree, source.name.span)

    def stages(self, lifecycles: Iterable[Lifecycle]) -> Iterator[Decision]:
        """The entry and exit conditions of stages."""
        for lifecycle in lifecycles:
            for stage in lifecycle.stages.values():
                source = stage.source
                sides = (("enter", source.enter, stage.enter), ("exit", source.exit, stage.exit))
                for side, written, expr in sides:
                    if written is not None and expr is not None:
                        name = f"{lifecycle.name}.{stage.name} {side}"
                        tree = self._trees.tree(written, expr)
                        yield Decision(
                            name, side, expr, tree, source.name.span, (lifecycle.name, stage.name)
                        )


def _fits(expr: Expr, operator: str, operands: tuple[ast.Expression, ...]) -> bool:
    """Whether the node has a part for each that was written."""
    return expr.op == operator and len(expr.args) == len(operands)


def _last(name: str) -> str:
    return name.rsplit(".", 1)[-1]
