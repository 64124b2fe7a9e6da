"""A row of many that could not be evaluated."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that could not be evaluated: its place among the rows, its key, and why."""

    row: int
    key: Any
    reason: str
