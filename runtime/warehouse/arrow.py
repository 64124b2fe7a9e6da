"""Rows of a driver as Arrow tables."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from segue.runtime.warehouse.warehouse import Row

if TYPE_CHECKING:
    import pyarrow


def table_of_rows(rows: Sequence[Row], columns: Sequence[str]) -> "pyarrow.Table":
    """The table of rows; a whole number that the driver gave as a decimal is one again."""
    import pyarrow

    values = zip(*rows, strict=True) if rows else ([] for _ in columns)
    arrays = [pyarrow.array([_plain(value) for value in column]) for column in values]
    return pyarrow.Table.from_arrays(arrays, names=list(columns))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
