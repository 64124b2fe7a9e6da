"""An export: rows out of the store, in batches, into a file that is whole or not there."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from segue.compiler.catalog.model import Entity
from segue.compiler.plan.windows import from_microseconds
from segue.compiler.python.boundary import to_user
from segue.compiler.types import Kind
from segue.runtime.export.columns import Exported
from segue.runtime.export.query import Wanted, export_query, left_out_query
from segue.runtime.export.writers import Batch, Writer
from segue.runtime.membership.store import Store
from segue.runtime.warehouse.warehouse import Warehouse

BATCH = 50_000
"""Rows that are held in memory at a time."""


def export(
    store: Store, entity: Entity, wanted: Wanted, writer: Writer, stream: BinaryIO
) -> tuple[int, int]:
    """Writes an export; how many rows it has, and how many were left out for want of consent."""
    query = export_query(store, entity, wanted)
    rows = writer(stream, wanted.columns, _batches(store.warehouse, query, wanted.columns))
    counted = left_out_query(store, entity, wanted)
    left_out = 0 if counted is None else int(store.fetch(counted)[0][0])
    return rows, left_out


def _batches(warehouse: Warehouse, query: Any, columns: tuple[Exported, ...]) -> Iterator[Batch]:
    for batch in warehouse.stream(query, BATCH):
        yield [
            tuple(_read(value, c, warehouse) for value, c in zip(row, columns, strict=True))
            for row in batch
        ]


def _read(value: Any, column: Exported, warehouse: Warehouse) -> Any:
    """A value as a program sees it."""
    attribute = column.attribute
    if attribute is None:
        if column.type.kind is Kind.TIMESTAMP and value is not None:
            return from_microseconds(warehouse.read_moment(value))
        return value
    if value is None:
        return to_user(attribute.default, attribute.type)
    if attribute.type.kind is Kind.BOOL:
        return bool(value)
    return to_user(value, attribute.type)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A stream into a file that appears under its name when all is written, and not before."""
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with open(handle, "wb") as stream:
            yield stream
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
