"""What a dbt project says of its tables in `target/manifest.json`.

Names, descriptions and tests are in the manifest; the types of columns are there where the
project writes them down (`data_type`), and otherwise in `target/catalog.json` beside it, which
`dbt docs generate` writes. Nothing here asks dbt or a database.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from segue.compiler.catalog.model import TableName
from segue.runtime.refusal import Refusal

OURS = "segue"
"""The name of the source, and the tag of the models, that `segue compile --dbt` writes."""
_MODELS = frozenset({"model", "seed", "snapshot"})
_DUCKDB_ENDS = (".duckdb", ".db", ".ddb")
_DEFAULT_SCHEMAS = {"duckdb": "main", "postgres": "public"}


@dataclass(frozen=True, slots=True)
class Relation:
    """A table of a dbt project: how SQL names it, and how a model does (`ref("customers")`).

    `parents` are the tables it is made of, seen through models that are none (`ephemeral`),
    `partitions` the columns by which its model says to partition it. `database` is where it is;
    its name has that only where most of the project is somewhere else.
    """

    id: str
    name: TableName
    call: str
    parents: tuple[str, ...] = ()
    columns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    description: str = ""
    partitions: tuple[str, ...] = ()
    database: str = ""


@dataclass(frozen=True)
class Manifest:
    """A dbt project: the engine it runs on, its tables, and the names its own models have."""

    engine: str
    relations: tuple[Relation, ...]
    names: frozenset[str] = frozenset()
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
    names = frozenset(_names(nodes, data["metadata"].get("project_name")))
    tests = tuple(node for node in nodes.values() if node.get("resource_type") == "test")
    databases = {str(node["database"]) for node in nodes.values() if node.get("database")}
    beside = path.with_name("catalog.json")
    types = _types(_json(beside)) if beside.is_file() else {}
    return Manifest(engine, found, names, tests, types, tuple(sorted(databases)))


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
    packages: dict[str, set[Any]] = {}
    for node in nodes.values():
        if node.get("resource_type") in _MODELS:
            packages.setdefault(node["name"], set()).add(node.get("package_name"))
    here = _most_used_database(nodes)
    for id, node in nodes.items():
        if not _is_used(node) or _is_ephemeral(node):
            continue
        if node["resource_type"] == "source":
            name = node.get("identifier") or node["name"]
            call = f"source({json.dumps(node['source_name'])}, {json.dumps(node['name'])})"
        else:
            name = node.get("alias") or node["name"]
            call = _ref(node, shared=len(packages[node["name"]]) > 1)
        schema = node.get("schema")
        database = str(node.get("database") or "")
        elsewhere = schema is not None and database not in ("", here)
        usual = schema == _DEFAULT_SCHEMAS.get(engine) and not elsewhere
        table = TableName(name, None if usual else schema, database if elsewhere else None)
        parents = tuple(dict.fromkeys(_parents(nodes, node)))
        columns, said = node.get("columns") or {}, str(node.get("description") or "")
        parted = tuple(_partitions(node.get("config") or {}))
        yield Relation(id, table, call, parents, columns, said, parted, database)


def _most_used_database(nodes: Mapping[str, Any]) -> str:
    """The database of most models; of most sources, where the project has no model."""
    used = [node for node in nodes.values() if node.get("database") and _is_used(node)]
    models = [node for node in used if node["resource_type"] != "source"]
    counted = Counter(str(node["database"]) for node in models or used)
    return max(counted, key=lambda name: (counted[name], name), default="")


def _partitions(config: Mapping[str, Any]) -> Iterator[str]:
    """The columns of `partition_by`, as the adapters of Spark, Databricks and BigQuery have it,
    and of Athena's `partitioned_by`."""
    for said in (config.get("partition_by"), config.get("partitioned_by")):
        if isinstance(said, Mapping):
            said = said.get("field")
        for name in [said] if isinstance(said, str) else said or ():
            if isinstance(name, str):
                yield name


def _is_used(node: Mapping[str, Any]) -> bool:
    """Whether a node is a model or source of the project that Segue has not written itself."""
    known = node.get("resource_type") in {*_MODELS, "source"}
    enabled = (node.get("config") or {}).get("enabled", True)
    return known and enabled and OURS not in (node.get("source_name"), *(node.get("tags") or ()))


def _is_ephemeral(node: Mapping[str, Any]) -> bool:
    return (node.get("config") or {}).get("materialized") == "ephemeral"


def _ref(node: Mapping[str, Any], *, shared: bool) -> str:
    """How a model is referred to: with its package where others have its name, its version."""
    parts = [json.dumps(node["name"])]
    if shared and node.get("package_name"):
        parts.insert(0, json.dumps(node["package_name"]))
    if node.get("version") is not None:
        parts.append(f"v={json.dumps(node['version'])}")
    return f"ref({', '.join(parts)})"


def _parents(nodes: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[str]:
    for parent in (node.get("depends_on") or {}).get("nodes") or ():
        if parent in nodes and _is_ephemeral(nodes[parent]):
            yield from _parents(nodes, nodes[parent])
        else:
            yield parent


def _names(nodes: Mapping[str, Any], project: str | None) -> Iterator[str]:
    """The names of the models of the project itself: those of packages may be the same."""
    for node in nodes.values():
        ours = node.get("package_name") == project
        if ours and node.get("resource_type") in _MODELS and _is_used(node):
            yield node["name"]


def _types(catalog: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The types of columns by the id of their table, as `dbt docs generate` found them."""
    return {
        id: {name: str(column.get("type") or "") for name, column in node["columns"].items()}
        for part in ("nodes", "sources")
        for id, node in (catalog.get(part) or {}).items()
        if isinstance(node, dict) and isinstance(node.get("columns"), dict)
    }


def find_relation(manifest: Manifest, name: TableName) -> Relation | None:
    """The table of the project that a catalog calls so; `Refusal` where several might be."""
    found = [r for r in manifest.relations if r.name.name.lower() == name.name.lower()]
    if name.catalog is not None:
        found = [r for r in found if r.database.lower() in ("", name.catalog.lower())]
    if name.schema is not None:
        found = [r for r in found if (r.name.schema or "").lower() == name.schema.lower()] or [
            r for r in found if r.name.schema is None
        ]
    if len(found) > 1 and name.schema is None:
        found = [r for r in found if r.name.schema is None] or found
    if len({relation.name for relation in found}) == 1:
        # What is a source as well as a model or seed is built by dbt before it is read.
        found = [r for r in found if not r.id.startswith("source.")] or found
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
