"""The tables of a dbt project that a catalog can be made of, and what its tests say of them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from segue.compiler.catalog.guess import singular
from segue.compiler.catalog.tables import ColumnInfo, TableInfo
from segue.runtime.dbt.manifest import Manifest, Relation
from segue.runtime.introspection import catalog_type

_LAYER = re.compile(r"^(raw|src|stg|base|int|dim|fct|fact|mart)_+(?=.)", re.IGNORECASE)
"""What names of models begin with to say what they are for."""
_QUOTES = '"`[]'


def read_tables(manifest: Manifest) -> list[TableInfo]:
    """The tables a catalog can be made of, with what the tests of the project say of them.

    Of a table that another one takes over (a source behind its staging model, that one behind
    its mart) the last one is meant, and a seed that is a source as well is one table.
    """
    tables = {relation.id: _table(manifest, relation) for relation in manifest.relations}
    over = set(_taken_over(manifest, tables))
    found = {table.name: table for id, table in tables.items() if id not in over and table.columns}
    return list(found.values())


def _taken_over(manifest: Manifest, tables: Mapping[str, TableInfo]) -> Iterator[str]:
    for relation in manifest.relations:
        # A snapshot has a row for each time that a row was another one.
        parents = () if relation.id.startswith("snapshot.") else relation.parents
        for parent in parents:
            if parent in tables and _takes_over(tables[relation.id], tables[parent]):
                yield parent


def _takes_over(table: TableInfo, parent: TableInfo) -> bool:
    """Whether a table has the rows of another one: its key, and most of its columns."""
    after = {column.name.lower() for column in table.columns}
    before = {column.name.lower() for column in parent.columns}
    keys = [[name.lower() for name in one.primary_key] for one in (table, parent)]
    # A staging model gives an `id` the name that others call it by.
    same_rows = not all(keys) or keys[0] == keys[1] or keys[1] == ["id"]
    return same_rows and len(before & after) * 2 > len(before)


def _table(manifest: Manifest, relation: Relation) -> TableInfo:
    types = manifest.types.get(relation.id, {})
    spelled = {name.lower(): name for name in types}
    # The catalog has all columns, in their order and as the database spells them.
    names = dict.fromkeys((*types, *(n for n in relation.columns if n.lower() not in spelled)))
    declared = {name.lower(): column for name, column in relation.columns.items()}
    said = _said(manifest, relation.id)
    columns = tuple(
        _column(name, types.get(name), declared.get(name.lower(), {}), said.get(name.lower(), {}))
        for name in names
    )
    title = _LAYER.sub("", relation.name.name)
    keys = [column.name for column in columns if column.unique]
    # Without a test, the name has to do: `id`, or `customer_id` of `dim_customers`.
    likely = ("id", f"{singular(title).lower()}_id")
    keys += [column.name for column in columns if column.name.lower() in likely]
    return TableInfo(
        relation.name,
        columns,
        primary_key=tuple(keys[:1]),
        title=title,
        description=relation.description,
        partitions=relation.partitions,
    )


def _said(manifest: Manifest, id: str) -> dict[str, dict[str, Any]]:
    """What generic tests say of the columns of a table: by column, the arguments by test."""
    found: dict[str, dict[str, Any]] = {}
    names = {relation.id: relation.name.name for relation in manifest.relations}
    for test in manifest.tests:
        about = test.get("test_metadata")
        column = test.get("column_name")
        if not about or not column or _limited(test):
            continue
        depends = (test.get("depends_on") or {}).get("nodes") or ()
        if id in depends and _is_about(test, id):
            name = str(column).strip(_QUOTES).lower()
            found.setdefault(name, {})[str(about.get("name"))] = {
                **(about.get("kwargs") or {}),
                "other": next((names.get(node) for node in depends if node != id), None),
            }
    return found


def _is_about(test: Mapping[str, Any], id: str) -> bool:
    """Whether a test is one of this table, where it names two. dbt does not say of a source."""
    attached = test.get("attached_node")
    depends = test["depends_on"]["nodes"]
    return attached == id if attached else id.startswith("source.") or len(depends) == 1


def _limited(test: Mapping[str, Any]) -> bool:
    """Whether a test looks at some rows only."""
    return bool((test.get("config") or {}).get("where"))


def _column(
    name: str, found: str | None, declared: Mapping[str, Any], said: Mapping[str, Any]
) -> ColumnInfo:
    constraints = {c.get("type") for c in declared.get("constraints") or ()}
    unique = "unique" in said or bool(constraints & {"unique", "primary_key"})
    present = "not_null" in said or bool(constraints & {"not_null", "primary_key"})
    values = said.get("accepted_values", {}).get("values") or ()
    meta = declared.get("meta") or (declared.get("config") or {}).get("meta") or {}
    return ColumnInfo(
        name=name,
        type=catalog_type(found or declared.get("data_type") or ""),
        nullable=not present,
        unique=unique,
        values=tuple(str(value) for value in values),
        references=said.get("relationships", {}).get("other"),
        declared=True,
        description=str(declared.get("description") or ""),
        private=bool(meta.get("pii")) or "pii" in (declared.get("tags") or ()),
    )
