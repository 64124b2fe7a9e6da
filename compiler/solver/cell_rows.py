"""What the solver knows of the rows of one cell."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from segue.compiler.operators.solver_terms import Z3, z3
from segue.compiler.solver.rows import Row
from segue.compiler.solver.selections import Cell


@dataclass
class CellRows:
    """The rows of one cell: how many, any of them, and its sums and extremes by value."""

    name: str
    cell: Cell
    count: Z3
    any: Row
    values: dict[tuple[int, str], "CellValue"] = field(default_factory=dict)


@dataclass
class CellValue:
    """A value over the rows of a cell: how many rows have it, and what aggregates ask of it."""

    present: Z3
    parts: dict[str, Any] = field(default_factory=dict)


def sum_of(parts: Iterable[Z3]) -> Z3:
    """The sum of some numbers, of which there may be none."""
    found = list(parts)
    return z3.Sum(*found) if found else z3.IntVal(0)
