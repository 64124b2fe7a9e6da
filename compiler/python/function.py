"""One function for all segments, over metric values.

Two functions are made from one plan. The fast one compares in the caller's units and handles
no surprise: anything missing where no missing value was declared, of another type, or not
comparable raises, and the call starts again in the careful one. The careful one converts every
input to its representation first and follows the plan literally; it is compiled when first
needed.
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from segue.compiler.plan.nodes import Expr, reachable
from segue.compiler.plan.plan import Plan
from segue.compiler.python import access as accesses
from segue.compiler.python import boundary, support
from segue.compiler.python.access import Access, input_reader
from segue.compiler.python.boundary import read_timestamp
from segue.compiler.python.checks import Check, as_check
from segue.compiler.python.fast import Operand, fast_check, uses
from segue.compiler.python.inputs import Input, Inputs
from segue.compiler.python.module import (
    Module,
    assign,
    both,
    call,
    either,
    name,
    negated,
)
from segue.compiler.python.scalar import Leaf, Lowering, needed
from segue.compiler.python.snapshot import Snapshot, population_nodes, standings
from segue.compiler.scores.scorer import scorers

Evaluate = Callable[..., tuple[Any, ...]]
"""`evaluate(values, as_of=None)`."""

LOGIC = frozenset({"and", "or", "not"})


def make_module(plan: Plan, roots: Iterable[Expr], snapshot: Snapshot | None) -> Module:
    """A module in which the lowerings of what the roots need have the names they use."""
    module = Module(support, boundary, accesses)
    module.names |= {"zone": ZoneInfo(plan.catalog.timezone), "snapshot": snapshot}
    roots = tuple(roots)
    module.standings = standings(plan, population_nodes(roots))
    module.scorers = scorers(plan, reachable(roots))
    return module


def instant(as_of: Any) -> int:
    """`as_of` as the plan holds it; given so, it stays so."""
    if as_of.__class__ is int:
        return int(as_of)
    moment = read_timestamp(as_of)
    if moment is None:
        raise TypeError("these segments depend on time: pass `as_of`")
    return moment


def careful_function(
    module: Module, inputs: Inputs, access: Access, roots: Iterable[Expr], truths: bool = True
) -> Evaluate:
    """The function that follows the plan literally: the truths, or the values, of the roots."""
    roots = tuple(roots)
    leaves, statements = _read_all(module, inputs, access)
    lowering = Lowering(module, leaves, roots)
    results = [lowering.truth(root) if truths else lowering.value(root) for root in roots]
    body = [
        *_bind_as_of(module, roots, inputs.by_node),
        *statements,
        *lowering.statements,
        ast.Return(ast.Tuple(results, ast.Load())),
    ]
    return module.define("careful" if truths else "values", ("v", "as_of"), body, defaults=1)


def _read_all(
    module: Module, inputs: Inputs, access: Access
) -> tuple[dict[int, Leaf], list[ast.stmt]]:
    statements = [
        assign(access.local(i), call(module.bind(input_reader(i)), _lookup(access, i)))
        for i in inputs.inputs
    ]
    leaves = {
        node: Leaf(name(access.local(i)), i.default is None, simple=True)
        for node, i in inputs.by_node.items()
    }
    return leaves, statements


def _lookup(access: Access, input: Input) -> ast.expr:
    if access.shape == "object":
        return call("follow", name("v"), ast.Constant(input.name))
    key = access.positions[input.name] if access.shape == "row" else input.name
    return call("lookup", name("v"), ast.Constant(key))


def _bind_as_of(module: Module, roots: Iterable[Expr], given: Iterable[int]) -> list[ast.stmt]:
    if not reads_as_of(roots, given):
        return []
    return [assign("as_of", call(module.bind(instant), name("as_of")))]


def reads_as_of(roots: Iterable[Expr], given: Iterable[int]) -> bool:
    """Whether the roots depend on `as_of` beyond what the inputs already hold."""
    stop = set(given)
    return any(
        node.id not in stop and node.op in ("as_of", "anniversary in days", "period")
        for node in needed(roots, stop)
    )


def fast_function(
    module: Module, inputs: Inputs, access: Access, roots: Iterable[Expr], careful: str
) -> Evaluate:
    """The optimistic function; `careful` is the global name of the one that takes over."""
    return _Fast(module, inputs, access, tuple(roots)).define(careful)


class _Fast:
    """Makes the optimistic function: conditions down to checks, and what is no check as the
    careful function has it."""

    def __init__(
        self, module: Module, inputs: Inputs, access: Access, roots: tuple[Expr, ...]
    ) -> None:
        self.module, self.inputs, self.access, self.roots = module, inputs, access, roots
        self.region = _conditions(roots, inputs.by_node)
        self.checks: dict[int, Check] = {}
        self.slow: list[Expr] = []
        self.reads: Counter[str] = Counter()
        atoms: Counter[str] = Counter()
        for node in self.region:
            if node.id not in inputs.by_node and node.op in LOGIC:
                continue
            check = as_check(node, inputs.by_node)
            count = 0 if check is None else uses(check)
            if check is None or count == 0:
                self.slow.append(node)
            else:
                self.checks[node.id] = check
                self.reads[check.input.name] += count
                atoms[check.input.name] += 1
        self.bound = {i for i, count in atoms.items() if count > 1}

    def define(self, careful: str) -> Evaluate:
        """Compile it."""
        slow, before = self._slow_parts()
        statements = [
            *before,
            *(
                assign(self.access.local(i), self.access.direct(i))
                for i in self.inputs.inputs
                if i.name in self.bound
            ),
        ]
        trees: dict[int, ast.expr] = {}
        shared = self._shared()
        for node in self.region:
            tree = self._tree(node, trees, slow)
            if node.id in shared and not isinstance(tree, ast.Name):
                statements.append(assign(f"c{node.id}", tree))
                tree = name(f"c{node.id}")
            trees[node.id] = tree
        result = ast.Tuple([trees[root.id] for root in self.roots], ast.Load())
        again = ast.Return(call(careful, name("v"), name("as_of")))
        failures = ("TypeError", "LookupError", "AttributeError", "ValueError", "ArithmeticError")
        caught = ast.Tuple([name(failure) for failure in failures], ast.Load())
        handler = ast.ExceptHandler(type=caught, name=None, body=[again])
        attempt = ast.Try([*statements, ast.Return(result)], [handler], [], [])
        return self.module.define("evaluate", ("v", "as_of"), [attempt], defaults=1)

    def _slow_parts(self) -> tuple[Lowering, list[ast.stmt]]:
        reached = {node.id for node in needed(self.slow, self.inputs.by_node)}
        leaves: dict[int, Leaf] = {}
        statements: dict[str, ast.stmt] = {}
        for node, i in self.inputs.by_node.items():
            if node in reached:
                # The names of represented values differ from those of the caller's.
                local = self.access.local(i) + "_r"
                read = call(self.module.bind(input_reader(i)), _lookup(self.access, i))
                statements[local] = assign(local, read)
                leaves[node] = Leaf(name(local), i.default is None, simple=True)
        lowering = Lowering(self.module, leaves, self.slow)
        bind = _bind_as_of(self.module, self.slow, self.inputs.by_node)
        return lowering, [*bind, *statements.values(), *lowering.statements]

    def _shared(self) -> set[int]:
        uses = Counter(
            arg.id
            for node in self.region
            if node.op in LOGIC and node.id not in self.inputs.by_node
            for arg in node.args
        )
        uses.update(root.id for root in self.roots)
        return {node for node, count in uses.items() if count > 1}

    def _tree(self, node: Expr, trees: Mapping[int, ast.expr], slow: Lowering) -> ast.expr:
        check = self.checks.get(node.id)
        if check is not None:
            return self._check(check)
        if node.id not in self.inputs.by_node and node.op in LOGIC:
            parts = [trees[arg.id] for arg in node.args]
            if node.op == "not":
                return negated(parts[0])
            return both(*parts) if node.op == "and" else either(*parts)
        return slow.truth(node)

    def _check(self, check: Check) -> ast.expr:
        i = check.input
        local = self.access.local(i)
        if i.name in self.bound:
            operand = Operand(name(local), None, 0)
        else:
            operand = Operand(self.access.direct(i), local, self.reads[i.name])
        tree = fast_check(check, operand, self.module)
        assert tree is not None
        return tree


def _conditions(roots: Iterable[Expr], given: Mapping[int, Any]) -> list[Expr]:
    """The roots and the conditions they are joined from, arguments first."""
    seen: dict[int, Expr] = {}
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node.id not in seen:
            seen[node.id] = node
            if node.op in LOGIC and node.id not in given:
                stack.extend(node.args)
    return [seen[i] for i in sorted(seen)]
