"""What a dbt project says of its tables in `target/manifest.json`.

Names, descriptions and tests are in the manifest; the types of columns are there where the
project writes them down (`data_type`), and otherwise in `target/catalog.json` beside it, which
`dbt docs generate` writes. Nothing here asks dbt or a database.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from segue.compiler.catalog.guess import singular
from segue.compiler.catalog.model import TableName
from segue.compiler.catalog.tables import ColumnInfo, TableInfo
from segue.runtime.introspection import catalog_type
from segue.runtime.refusal import Refusal

OURS = "segue"
"""The name of the source, and the tag of the models, that `segue compile --dbt` writes."""
_LAYER = re.compile(r"^(stg|base|int|dim|fct|fact|mart)_+(?=.)", re.IGNORECASE)
"""What names of models begin with to say what they are for."""
_TABLES = frozenset({"model", "seed", "snapshot", "source"})
_DUCKDB_ENDS = (".duckdb", ".db", ".ddb")
_DEFAULT_SCHEMAS = {"duckdb": "main", "postgres": "public"}


@dataclass(frozen=True, slots=True)
class Relation:
    """A table of a dbt project: how SQL names it, and how a model does (`ref("customers")`)."""

    id: str
    name: TableName
    call: str
    parents: tuple[str, ...] = ()
    columns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """A dbt project: the engine it runs on, and its tables."""

    engine: str
    relations: tuple[Relation, ...]
    tests: tuple[Mapping[str, Any], ...] = ()
    types: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    databases: tuple[str, ...] = ()


def read_manifest(path: Path) -> Manifest:
    """The project of a manifest; `Refusal` where the file is none."""
    data = _json(path)
    try:
        engine = str(data["metadata"]["adapter_type"])
        nodes = {**data["nodes"], **data["sources"]}
    except (KeyError, TypeError):
        raise Refusal(
            f"`{path}` is not a manifest of dbt", "`dbt parse` writes one: target/manifest.json"
        ) from None
    found = tuple(_relations(nodes, engine))
    tests = tuple(node for node in nodes.values() if node.get("resource_type") == "test")
    databases = {str(node["database"]) for node in nodes.values() if node.get("database")}
    beside = path.with_name("catalog.json")
    types = _types(_json(beside)) if beside.is_file() else {}
    return Manifest(engine, found, tests, types, tuple(sorted(databases)))


def _json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise Refusal(f"cannot read `{path}`: {error.strerror}") from None
    except ValueError:
        raise Refusal(
            f"`{path}` is not JSON", "`dbt parse` writes the manifest: target/manifest.json"
        ) from None
    if not isinstance(data, dict):
        raise Refusal(f"`{path}` is not a manifest of dbt")
    return data


def _relations(nodes: Mapping[str, Any], engine: str) -> Iterator[Relation]:
    for id, node in nodes.items():
        kind = node.get("resource_type")
        config = node.get("config") or {}
        if kind not in _TABLES or not config.get("enabled", True):
            continue
        if config.get("materialized") == "ephemeral":
            continue
        if OURS in (node.get("source_name"), *(node.get("tags") or ())):
            continue
        if kind == "source":
            name = node.get("identifier") or node["name"]
            call = f'source("{node["source_name"]}", "{node["name"]}")'
        else:
            name = node.get("alias") or node["name"]
            call = f'ref("{node["name"]}")'
        schema = node.get("schema")
        shown = None if schema == _DEFAULT_SCHEMAS.get(engine) else schema
        parents = tuple((node.get("depends_on") or {}).get("nodes") or ())
        yield Relation(id, TableName(name, shown), call, parents, node.get("columns") or {})


def _types(catalog: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The types of columns by the id of their table, as `dbt docs generate` found them."""
    return {
        id: {name: str(column.get("type") or "") for name, column in node["columns"].items()}
        for part in ("nodes", "sources")
        for id, node in (catalog.get(part) or {}).items()
        if isinstance(node, dict) and isinstance(node.get("columns"), dict)
    }


def read_tables(manifest: Manifest) -> list[TableInfo]:
    """The tables a catalog can be made of, with what the tests of the project say of them.

    Of a table that another one only takes over column by column (a source behind its staging
    model) the later one is meant.
    """
    tables = {relation.id: _table(manifest, relation) for relation in manifest.relations}
    over = set(_taken_over(manifest, tables))
    return [table for id, table in tables.items() if id not in over and table.columns]


def _taken_over(manifest: Manifest, tables: Mapping[str, TableInfo]) -> Iterator[str]:
    for relation in manifest.relations:
        if len(relation.parents) != 1 or relation.parents[0] not in tables:
            continue
        before = {column.name.lower() for column in tables[relation.parents[0]].columns}
        after = {column.name.lower() for column in tables[relation.id].columns}
        if before and len(before & after) * 2 > len(before):
            yield relation.parents[0]


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
    return TableInfo(relation.name, columns, primary_key=tuple(keys[:1]), title=title)


def _said(manifest: Manifest, id: str) -> dict[str, dict[str, Any]]:
    """What generic tests say of the columns of a table: by column, the arguments by test."""
    found: dict[str, dict[str, Any]] = {}
    names = {relation.id: relation.name.name for relation in manifest.relations}
    for test in manifest.tests:
        about = test.get("test_metadata")
        column = test.get("column_name")
        if not about or not column or test.get("attached_node", id) != id:
            continue
        depends = (test.get("depends_on") or {}).get("nodes") or ()
        if id in depends and not _limited(test):
            found.setdefault(str(column).lower(), {})[str(about.get("name"))] = {
                **(about.get("kwargs") or {}),
                "other": next((names.get(node) for node in depends if node != id), None),
            }
    return found


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


def find_relation(manifest: Manifest, name: TableName) -> Relation | None:
    """The table of the project that a catalog calls so; `Refusal` where several might be."""
    found = [r for r in manifest.relations if r.name.name.lower() == name.name.lower()]
    if name.schema is not None:
        found = [r for r in found if (r.name.schema or "").lower() == name.schema.lower()] or [
            r for r in found if r.name.schema is None
        ]
    if len(found) > 1 and name.schema is None:
        found = [r for r in found if r.name.schema is None] or found
    if len(found) > 1:
        calls = ", ".join(f"`{relation.call}`" for relation in found)
        raise Refusal(
            f"the table `{name}` of the catalog may be {calls}",
            "name its schema in the catalog, as in `table: marts.customers`",
        )
    return found[0] if found else None


def database_file(manifest: Manifest, path: Path) -> Path | None:
    """The DuckDB file of the project, where its name tells; None for other engines.

    dbt calls a database of DuckDB by the name of its file, which is beside the project more
    often than not.
    """
    if manifest.engine != "duckdb":
        return None
    root = path.resolve().parent.parent
    stem = manifest.databases[0] if manifest.databases else "dev"
    places = [folder / f"{stem}{end}" for folder in (root, root.parent) for end in _DUCKDB_ENDS]
    return next((place for place in places if place.is_file()), places[0])
