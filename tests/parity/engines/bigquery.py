"""GoogleSQL's reference implementation (zetasql): the meaning of BigQuery, in this process.

Google's own analyzer and evaluator, compiled to WebAssembly. The wheel's conversion of results is
incomplete, so requests and answers are its protocol buffers themselves.
"""

import ctypes
import fcntl
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from wasmtime import Config
from zetasql.api import CatalogBuilder, TableBuilder
from zetasql.core import ZetaSqlLocalService, wasm_client
from zetasql.types import (
    AnalyzerOptions,
    LanguageOptions,
    TypeKind,
    ZetaSQLBuiltinFunctionOptions,
)
from zetasql.wasi import get_wasm_path
from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as service
from zetasql.wasi._pb2.zetasql.public.value_pb2 import ValueProto

from parity.case import Case
from parity.engines.base import Answers
from parity.engines.sql import ask
from parity.tables import Store, Table
from segue.compiler.plan.windows import to_microseconds

TYPES = {
    Store.BOOL: TypeKind.TYPE_BOOL,
    Store.INT: TypeKind.TYPE_INT64,
    Store.INT32: TypeKind.TYPE_INT64,
    Store.DECIMAL: TypeKind.TYPE_NUMERIC,
    Store.FLOAT: TypeKind.TYPE_DOUBLE,
    Store.TEXT: TypeKind.TYPE_STRING,
    Store.DATE: TypeKind.TYPE_DATE,
    Store.UTC: TypeKind.TYPE_DATETIME,
    Store.INSTANT: TypeKind.TYPE_TIMESTAMP,
}
EPOCH_DAY = date(1970, 1, 1)
NUMERIC_PLACES = 9


def _write(client: Any, pointer: int, data: bytes) -> None:
    ctypes.memmove(_address(client) + pointer, bytes(data), len(data))


def _read(client: Any, pointer: int, size: int) -> bytes:
    return ctypes.string_at(_address(client) + pointer, size)


def _address(client: Any) -> int:
    return ctypes.addressof(client.memory.data_ptr().contents)


# As shipped they copy one byte at a time.
wasm_client.WasmClient.write_bytes = _write
wasm_client.WasmClient.read_bytes = _read


class _Kept(Config):
    """Machine code is kept for the processes to come, in wasmtime's own folder."""

    def __init__(self) -> None:
        super().__init__()
        self.cache = True


wasm_client.Config = _Kept


def _service() -> Any:
    """The evaluator. To compile it takes most of a minute, so that one process does it for all."""
    with open(get_wasm_path(), "rb") as program:
        fcntl.flock(program, fcntl.LOCK_EX)
        return ZetaSqlLocalService.get_instance().wasm_client


class BigQuery:
    """See the module."""

    name = "bigquery"

    def __init__(self) -> None:
        self.client = _service()
        language = LanguageOptions.maximum_features()
        self.functions = ZetaSQLBuiltinFunctionOptions(language_options=language)
        # No zone of the session may change what an instant means.
        options = AnalyzerOptions(language_options=language, default_timezone="America/New_York")
        self.options = options.to_proto()
        self.registered: int | None = None

    def load(self, case: Case) -> None:
        """Registers the tables of a case, in place of those before."""
        if self.registered is not None:
            request = service.UnregisterRequest(registered_id=self.registered)
            self._call(
                "UnregisterCatalog", request, service.google_dot_protobuf_dot_empty__pb2.Empty
            )
        builder = CatalogBuilder("parity").with_builtin_functions(self.functions)
        for table in case.tables.values():
            builder = builder.add_table(_described(table))
        request = service.RegisterCatalogRequest(
            simple_catalog=builder.build().to_proto(),
            table_content={table.name: _content(table) for table in case.tables.values()},
        )
        answer = self._call("RegisterCatalog", request, service.RegisterResponse)
        self.registered = answer.registered_id

    def evaluate(self, case: Case) -> Answers:
        """The answers for every entity."""
        return ask(self, case)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that a query gives."""
        request = service.EvaluateQueryRequest(
            sql=sql, options=self.options, registered_catalog_id=self.registered
        )
        answer = self._call("EvaluateQuery", request, service.EvaluateQueryResponse)
        rows = answer.content.table_data.row
        return [tuple(_value(cell) for cell in row.cell) for row in rows]

    def _call(self, method: str, request: Any, response: Any) -> Any:
        return self.client.call_grpc_func(f"ZetaSqlLocalService_{method}", request, response)


def _described(table: Table) -> Any:
    builder = TableBuilder(table.name)
    for name, (store, _) in table.columns.items():
        builder = builder.add_column(name, TYPES[store])
    return builder.build()


def _content(table: Table) -> Any:
    rows = [
        service.TableData.Row(
            cell=[cell(row[name], store) for name, (store, _) in table.columns.items()]
        )
        for row in table.rows
    ]
    return service.TableContent(table_data=service.TableData(row=rows))


def cell(value: Any, store: Store) -> ValueProto:
    """A value as the evaluator takes it."""
    if value is None:
        return ValueProto()
    match store:
        case Store.BOOL:
            return ValueProto(bool_value=value)
        case Store.INT | Store.INT32:
            return ValueProto(int64_value=value)
        case Store.FLOAT:
            return ValueProto(double_value=value)
        case Store.TEXT:
            return ValueProto(string_value=value)
        case Store.DATE:
            return ValueProto(date_value=(value - EPOCH_DAY).days)
        case Store.DECIMAL:
            return ValueProto(numeric_value=_numeric(value))
        case Store.UTC:
            return ValueProto(datetime_value=_datetime(value))
        case Store.INSTANT:
            found = ValueProto()
            seconds, microseconds = divmod(to_microseconds(value), 1_000_000)
            found.timestamp_value.seconds = seconds
            found.timestamp_value.nanos = microseconds * 1000
            return found


def _numeric(value: Decimal) -> bytes:
    scaled = int(value.scaleb(NUMERIC_PLACES))
    return scaled.to_bytes(max(1, (scaled.bit_length() + 8) // 8), "little", signed=True)


def _datetime(value: datetime) -> Any:
    fields = ((value.year, 26), (value.month, 22), (value.day, 17), (value.hour, 12))
    bits = sum(field << shift for field, shift in (*fields, (value.minute, 6), (value.second, 0)))
    return ValueProto.Datetime(bit_field_datetime_seconds=bits, nanos=value.microsecond * 1000)


def _value(cell: Any) -> Any:
    held = cell.WhichOneof("value")
    return None if held is None else getattr(cell, held)
