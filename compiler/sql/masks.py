"""Many conditions as bits: every different test once, then the segments eight to a byte.

A test is a byte, 255 where it holds and 0 where not, so that `and`, `or` and `not` are `&`, `|`
and `xor`: an engine of columns does them for whole vectors at once, which it cannot with
booleans inside CASE. With 1,000 segments that is several times faster.
"""

from collections.abc import Sequence

from sqlglot import exp

from segue.compiler.plan.nodes import Expr, Graph
from segue.compiler.sql.names import Names
from segue.compiler.sql.scalar import Scope, lower
from segue.compiler.sql.trees import (
    Tree,
    call,
    cast,
    column,
    identifier,
    integer,
    multiply,
)

BYTE_BITS = 8
ALL_BITS = 255
COMPLEMENTS = {"<": ">=", "<=": ">"}


class Masks:
    """The tests of conditions, collected while the conditions are written."""

    def __init__(self, graph: Graph, scope: Scope, names: Names, byte: str) -> None:
        self.tests: dict[str, Tree] = {}
        self._graph = graph
        self._scope = scope
        self._names = names
        self._byte = byte
        self._of: dict[int, str] = {}

    def mask(self, condition: Expr) -> Tree:
        """A condition over the columns of the tests."""
        if condition.id not in self._scope.columns:
            match condition.op:
                case "and":
                    return self._join(exp.BitwiseAnd, condition.args)
                case "or":
                    return self._join(exp.BitwiseOr, condition.args)
                case "not":
                    return self._complement(self.mask(condition.args[0]))
                case "<" | "<=" if not any(arg.type.nullable for arg in condition.args):
                    # Nothing is missing here, so both directions share one test.
                    other = self._graph.make(
                        COMPLEMENTS[condition.op], condition.args, type=condition.type
                    )
                    return self._complement(self._test(other))
        return self._test(condition)

    def byte(self, conditions: Sequence[Expr | None]) -> Tree:
        """Up to eight conditions as the bits of one byte, the first the lowest; `None` is 0."""
        flags: list[Tree] = []
        for bit, condition in enumerate(conditions):
            if condition is not None:
                mask = exp.Paren(this=self.mask(condition))
                flag = exp.BitwiseAnd(this=mask, expression=integer(1 << bit))
                flags.append(exp.Paren(this=flag))
        return _chain(exp.BitwiseOr, flags) if flags else integer(0)

    def _test(self, condition: Expr) -> Tree:
        if condition.id not in self._of:
            name = self._names.fresh(f"test_{len(self._of) + 1}")
            self._of[condition.id] = name
            truth = cast(lower(condition, self._scope), self._byte)
            self.tests[name] = multiply(truth, integer(ALL_BITS))
        return column(self._of[condition.id])

    def _join(self, operator: type[exp.Binary], parts: Sequence[Expr]) -> Tree:
        return exp.Paren(this=_chain(operator, [self.mask(part) for part in parts]))

    def _complement(self, mask: Tree) -> Tree:
        return call("XOR", mask, integer(ALL_BITS))


def _chain(operator: type[exp.Binary], parts: Sequence[Tree]) -> Tree:
    chain = parts[0]
    for part in parts[1:]:
        chain = operator(this=chain, expression=part)
    return chain


def word_of(byte_names: Sequence[str], bigint: str) -> Tree:
    """Bytes side by side in one number, the first the lowest."""
    parts: list[Tree] = []
    for i, name in enumerate(byte_names):
        wide = cast(column(name), bigint)
        parts.append(wide if i == 0 else multiply(wide, integer(1 << BYTE_BITS * i)))
    return _chain(exp.Add, parts)


def step(key: str, items: dict[str, Tree], source: exp.Table) -> exp.Select:
    """A step of the query with the key and further columns."""
    columns = [exp.Alias(this=tree, alias=identifier(name)) for name, tree in items.items()]
    return exp.select(column(key), *columns, copy=False).from_(source.copy(), copy=False)
