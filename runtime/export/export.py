"""An export: rows out of the store, in batches, into a file that is whole or not there."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EISDIR
from pathlib import Path
from typing import Any, BinaryIO

from segue.compiler.catalog.model import Entity
from segue.compiler.plan.windows import from_microseconds
from segue.compiler.python.boundary import to_user
from segue.compiler.types import Kind
from segue.runtime.export.columns import Exported
from segue.runtime.export.query import Wanted, export_query, left_out_query
from segue.runtime.export.writers import Batch, Writer
from segue.runtime.files import naming_folder_of
from segue.runtime.membership.store import Store
from segue.runtime.warehouse.mistyped import check_attribute_types
from segue.runtime.warehouse.warehouse import Warehouse

BATCH = 50_000
"""Rows that are held in memory at a time."""


def export(
    store: Store, entity: Entity, wanted: Wanted, writer: Writer, stream: BinaryIO
) -> tuple[int, int]:
    """Writes an export; how many rows it has, and how many were left out for want of consent.

    Raises `Mistyped` where an attribute cannot be what the catalog says.
    """
    check_attribute_types(store.warehouse, entity, wanted.attributes)
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
    """A stream into a file that appears under its name when all is written, and not before.

    What is no file, as a pipe or `/dev/stdout`, is written to as it is. Raises `OSError`.
    """
    target = path.resolve()
    if target.is_dir():
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(path))
    if path.exists() and not target.is_file():
        with path.open("wb") as stream:
            yield stream
        return
    with naming_folder_of(path):
        target.parent.mkdir(parents=True, exist_ok=True)
        made = tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.")
    with made as folder:
        # Made in the ordinary way, so that it may be read by whom such a file may be read by.
        written = Path(folder, target.name)
        with written.open("wb") as stream:
            yield stream
        if target.exists():
            shutil.copymode(target, written)
        os.replace(written, target)
