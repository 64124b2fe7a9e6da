"""Which expressions over an event's row become columns before the scan that reads them.

Some operators write an operand several times: where an engine stops at a double that is out of
range, its operands are looked at first. Inside one another these would grow without bound, as they
would outside of rows (`stages.py`).
"""

from collections.abc import Iterable

from segue.compiler.plan.nodes import KEPT, STEPS, Expr
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.stages import DOUBLING, EXTREMES, is_guarded, own_nodes

MOST = 16
"""So many times an expression may stand in what is written of another one."""
OF_THE_ENTITY = frozenset({"attribute", KEPT, *STEPS})


def row_steps(roots: Iterable[Expr], dialect: Dialect) -> tuple[tuple[Expr, ...], ...]:
    """The expressions to compute, step by step: those of one step need only earlier ones."""
    times: dict[int, int] = {}
    depth: dict[int, int] = {}
    of_row: dict[int, bool] = {}
    steps: dict[int, list[Expr]] = {}
    for node in own_nodes(roots, ()):
        times[node.id] = _times(node, dialect) * max((times[a.id] for a in node.args), default=1)
        depth[node.id] = below = max((depth[arg.id] for arg in node.args), default=0)
        # What is about the entity is not in the row.
        of_row[node.id] = node.op not in OF_THE_ENTITY and all(of_row[a.id] for a in node.args)
        if node.args and times[node.id] >= MOST and of_row[node.id]:
            steps.setdefault(below, []).append(node)
            times[node.id], depth[node.id] = 1, below + 1
    return tuple(tuple(steps[below]) for below in sorted(steps))


def _times(node: Expr, dialect: Dialect) -> int:
    """How many times an operand is written, at the most."""
    if node.op in EXTREMES:
        return 3 if node.type.nullable else 1
    if node.op in DOUBLING:
        return 2
    return dialect.guards if is_guarded(node) else 1
