"""Columns of many types, on the engines that take long to install."""

from segue.compiler.catalog.model import TableName
from segue.runtime.introspection import catalog_type
from segue.runtime.warehouse.warehouse import Warehouse

KINDS = {
    "n": "int",
    "x": "float",
    "amount": "decimal",
    "name": "string",
    "at": "timestamp",
    "day": "date",
    "yes": "bool",
}
WORDS = {
    "n": "BIGINT",
    "x": "DOUBLE",
    "amount": "DECIMAL(9, 2)",
    "name": "VARCHAR(20)",
    "at": "TIMESTAMP",
    "day": "DATE",
    "yes": "BOOLEAN",
}
"""The types of the columns, as most engines call them."""


def columns(**others: str) -> str:
    """What `CREATE TABLE` has in its brackets; `others` are types that are called otherwise."""
    return ", ".join(f"{name} {type}" for name, type in {**WORDS, **others}.items())


def kinds(warehouse: Warehouse, table: str) -> dict[str, str]:
    """The kinds of types that the engine says the columns have."""
    types = warehouse.column_types(TableName(table))
    assert types is not None
    return {name.lower(): catalog_type(type).partition("(")[0] for name, type in types.items()}
