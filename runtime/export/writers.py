"""Rows as CSV, JSON lines or Parquet, a batch at a time."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, BinaryIO

from segue.compiler.types import FLOATS, TEXTS, Kind
from segue.runtime.export.columns import Exported
from segue.runtime.refusal import Refusal

Batch = Sequence[Sequence[Any]]
Writer = Callable[[BinaryIO, Sequence[Exported], Iterable[Batch]], int]
"""Writes all batches, and says how many rows they were."""


def write_csv(stream: BinaryIO, columns: Sequence[Exported], batches: Iterable[Batch]) -> int:
    """A line of names, then a line for each row; missing is empty, true and false are words."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    try:
        lines = csv.writer(_Lines(text), lineterminator=_Lines.END)
        lines.writerow([column.name for column in columns])
        rows = 0
        for batch in batches:
            lines.writerows([_plain(value, "") for value in row] for row in batch)
            rows += len(batch)
    finally:
        text.detach()
    return rows


class _Lines:
    """Ends lines with a line feed alone.

    Of the two characters that readers end a line at, Python before 3.13 quotes those alone that
    it ends lines with itself.
    """

    END = "\r\n"

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text

    def write(self, line: str) -> int:
        """Writes a line that ends with `END`."""
        return self._text.write(line.removesuffix(self.END) + "\n")


def write_json_lines(
    stream: BinaryIO, columns: Sequence[Exported], batches: Iterable[Batch]
) -> int:
    """An object on each line; decimals are texts, so that no digit is lost."""
    names = [column.name for column in columns]
    rows = 0
    for batch in batches:
        for row in batch:
            values = (_plain(value, None) for value in row)
            line = json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False)
            stream.write(f"{line}\n".encode())
        rows += len(batch)
    return rows


def write_parquet(stream: BinaryIO, columns: Sequence[Exported], batches: Iterable[Batch]) -> int:
    """A row group for each batch; `Refusal` where pyarrow is not installed."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise Refusal(
            "Parquet is written by pyarrow, which is not installed",
            "pip install 'segue-lang[arrow]', or --format csv",
        ) from None
    schema = pa.schema([pa.field(c.name, _arrow_type(pa, c)) for c in columns])
    rows = 0
    with pq.ParquetWriter(stream, schema) as writer:
        for batch in batches:
            arrays = [
                pa.array([row[place] for row in batch], field.type)
                for place, field in enumerate(schema)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            rows += len(batch)
    return rows


WRITERS: dict[str, Writer] = {
    "csv": write_csv,
    "jsonl": write_json_lines,
    "parquet": write_parquet,
}
SUFFIXES = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}


def _plain(value: Any, missing: Any) -> Any:
    """A value as CSV and JSON have it: times in UTC as ISO 8601, durations in seconds."""
    match value:
        case None:
            return missing
        case bool():
            return value if missing is None else str(value).lower()
        case datetime():
            return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
        case date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Decimal():
            return f"{value:f}"
        case _:
            return value


def _arrow_type(pa: Any, column: Exported) -> Any:
    match column.type.kind:
        case Kind.BOOL:
            return pa.bool_()
        case Kind.DECIMAL:
            return pa.decimal128(38, column.type.scale)
        case Kind.DATE:
            return pa.date32()
        case Kind.TIMESTAMP:
            return pa.timestamp("us", tz="UTC")
        case Kind.DURATION:
            return pa.duration("us")
        case kind if kind in FLOATS:
            return pa.float64()
        case kind if kind in TEXTS:
            return pa.string()
        case _:
            return pa.int64()
