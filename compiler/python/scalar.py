"""Lowers scalar expressions of the plan to Python expressions over representations.

A missing value is None. Where an operand may be missing, the operator's own lowering is
guarded by a test for None; which operands may be is known from their types and from where the
values come. An expression used more than once becomes a local variable, computed before it is
needed: that never raises, so doing it early only costs time.
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from segue.compiler.operators.declaration import Missing, PythonCall
from segue.compiler.operators.registry import OPERATORS
from segue.compiler.plan.nodes import Expr, State
from segue.compiler.python.module import (
    Module,
    assign,
    both,
    compare,
    either,
    is_none,
    is_not_none,
    name,
    negated,
    walrus,
)
from segue.compiler.python.states import Folding
from segue.compiler.scores.scorer import is_served

# Deeper expressions are cut into locals: Python's compiler limits nesting.
DEEPEST = 30


@dataclass(frozen=True, slots=True)
class Leaf:
    """Where the value of an expression comes from, when it is not computed here."""

    tree: ast.expr
    may_miss: bool
    simple: bool = False
    """A name: using it twice costs nothing."""


@dataclass(frozen=True, slots=True)
class Lowered:
    """An expression in Python: one part of a larger expression, or a name."""

    tree: ast.expr
    may_miss: bool
    simple: bool
    depth: int = 0


class Lowering:
    """Lowers some roots and everything they need, in order of need."""

    def __init__(self, module: Module, leaves: Mapping[int, Leaf], roots: Iterable[Expr]) -> None:
        self.module = module
        self.statements: list[ast.stmt] = []
        self._lowered: dict[int, Lowered] = {}
        self._temporaries = 0
        roots = tuple(roots)
        order = needed(roots, leaves.keys(), self.arguments)
        self._uses = Counter(
            arg.id for node in order if node.id not in leaves for arg in self.arguments(node)
        )
        self._uses.update(root.id for root in roots)
        for node in order:
            leaf = leaves.get(node.id)
            if leaf is not None:
                self._lowered[node.id] = Lowered(leaf.tree, leaf.may_miss, leaf.simple)
            else:
                self._lowered[node.id] = self._settle(node, self._lower(node))

    def arguments(self, node: Expr) -> tuple[Expr, ...]:
        """The expressions that must be lowered before this one."""
        return node.args

    def value(self, root: Expr) -> ast.expr:
        """A root as an expression; None where it is missing."""
        return self._lowered[root.id].tree

    def truth(self, root: Expr) -> ast.expr:
        """A root as a condition: missing is false."""
        return _truth(self._lowered[root.id])

    def _settle(self, node: Expr, lowered: Lowered) -> Lowered:
        shared = self._uses[node.id] > 1 and not lowered.simple
        return self._local(node, lowered) if shared or lowered.depth > DEEPEST else lowered

    def _local(self, node: Expr, lowered: Lowered) -> Lowered:
        local = f"n{node.id}"
        self.statements.append(assign(local, lowered.tree))
        return Lowered(name(local), lowered.may_miss, True)

    def _lower(self, node: Expr) -> Lowered:
        match node.op:
            case "literal":
                return Lowered(self.module.constant(node.param), False, True)
            case "as_of":
                return Lowered(name("as_of"), False, True)
            case "and" | "or":
                join = both if node.op == "and" else either
                parts = [self._lowered[part.id] for part in node.args]
                depth = 1 + max(part.depth for part in parts)
                return Lowered(join(*(_truth(part) for part in parts)), False, False, depth)
            case "not":
                part = self._lowered[node.args[0].id]
                return Lowered(negated(_truth(part)), False, False, part.depth + 1)
            case "population":
                parts = [self._lowered[part.id] for part in node.args]
                standing = name(self.module.bind(self.module.standings[node.id]))
                tree = ast.Call(standing, [name("snapshot"), *(part.tree for part in parts)], [])
                depth = 1 + max(part.depth for part in parts)
                return Lowered(tree, node.type.nullable or parts[0].may_miss, False, depth)
            case "score" if not is_served(node):
                parts = [self._lowered[part.id] for part in node.args]
                scorer = name(self.module.bind(self.module.scorers[node.id]))
                tree = ast.Call(scorer, [part.tree for part in parts], [])
                missing = node.type.nullable or any(part.may_miss for part in parts)
                return Lowered(tree, missing, False, 1 + max(part.depth for part in parts))
            case "state":
                assert isinstance(node.param, State)
                parts = [self._lowered[part.id] for part in node.args]
                folding = name(self.module.bind(Folding(node.param)))
                tree = ast.Call(folding, [part.tree for part in parts], [])
                return Lowered(tree, False, False, 1 + max(part.depth for part in parts))
            case _ if node.op in OPERATORS:
                return self._operator(node)
            case _:
                return self.lower_leaf(node)

    def lower_leaf(self, node: Expr) -> Lowered:
        """What reads the entity or its events; a backend that lacks them is given leaves."""
        raise AssertionError(f"{node} is not given")

    def _operator(self, node: Expr) -> Lowered:
        operator = OPERATORS[node.op]
        assert operator.python is not None, f"{node.op} has no Python lowering"
        handled = operator.missing is Missing.HANDLED
        trees: list[ast.expr] = []
        guards: list[ast.expr] = []
        operands = [self._operand(node, arg, bare=handled) for arg in node.args]
        for operand in operands:
            if not handled and operand.may_miss:
                first, again = self._twice(operand)
                guards.append(first)
                trees.append(again)
            else:
                trees.append(operand.tree)
        tree = self._fix(operator.python(PythonCall(node, tuple(trees))))
        depth = 1 + max((operand.depth for operand in operands), default=0)
        if handled:
            missing = node.type.nullable or _passes_missing(node, operands)
            return Lowered(tree, missing, False, depth)
        if operator.missing is Missing.FALSE:
            if guards:
                tree = both(*(is_not_none(guard) for guard in guards), tree)
            return Lowered(tree, False, False, depth)
        missing = node.type.nullable or any(operand.may_miss for operand in operands)
        if guards:
            # Every guard binds its name even when an earlier one is missing, or the names
            # would be unbound: so the tests are nested, not joined.
            for guard in reversed(guards):
                tree = ast.IfExp(is_none(guard), ast.Constant(None), tree)
        return Lowered(tree, missing, False, depth)

    def _operand(self, node: Expr, arg: Expr, bare: bool) -> Lowered:
        operand = self._lowered[arg.id]
        if node.op == "if" and arg is node.args[0]:
            return Lowered(_truth(operand), False, False, operand.depth)
        if operand.simple or (operand.may_miss and not bare):
            return operand
        if _uses_operands_once(node):
            return operand
        settled = self._local(arg, operand)
        self._lowered[arg.id] = settled
        return settled

    def _twice(self, operand: Lowered) -> tuple[ast.expr, ast.expr]:
        """An operand for its first use, and for those after it."""
        if operand.simple:
            return operand.tree, operand.tree
        self._temporaries += 1
        temporary = f"t{self._temporaries}"
        return walrus(temporary, operand.tree), name(temporary)

    def _fix(self, tree: ast.expr) -> ast.expr:
        fixed: ast.expr = _Globals(self.module).visit(tree)
        return fixed


def needed(
    roots: Iterable[Expr],
    given: Iterable[int],
    arguments: Callable[[Expr], Iterable[Expr]] = lambda node: node.args,
) -> list[Expr]:
    """What the roots need, down to the given expressions; arguments first."""
    stop = set(given)
    seen: dict[int, Expr] = {}
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node.id not in seen:
            seen[node.id] = node
            if node.id not in stop:
                stack.extend(arguments(node))
    return [seen[i] for i in sorted(seen)]


def _truth(part: Lowered) -> ast.expr:
    if not part.may_miss:
        return part.tree
    return compare(part.tree, (ast.Is(), ast.Constant(True)))


def _passes_missing(node: Expr, operands: list[Lowered]) -> bool:
    match node.op:
        case "if":
            return operands[1].may_miss or operands[2].may_miss
        case "??":
            return operands[1].may_miss
        case _:
            return False


def _uses_operands_once(node: Expr) -> bool:
    """Whether the operator's lowering writes each operand at most once."""
    python = OPERATORS[node.op].python
    assert python is not None
    probes = tuple(ast.Name(f"_operand_{i}", ast.Load()) for i in range(len(node.args)))
    tree = python(PythonCall(node, probes))
    written = Counter(n.id for n in ast.walk(tree) if isinstance(n, ast.Name))
    return all(written[probe.id] <= 1 for probe in probes)


class _Globals(ast.NodeTransformer):
    """Moves what has no literal to the globals, and compiles constant patterns once."""

    def __init__(self, module: Module) -> None:
        self.module = module

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return self.module.constant(node.value)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        function = node.func
        if (
            isinstance(function, ast.Name)
            and function.id == "pattern"
            and isinstance(node.args[0], ast.Constant)
        ):
            compiled = self.module.names["pattern"](node.args[0].value)
            return name(self.module.bind(compiled))
        self.generic_visit(node)
        return node
