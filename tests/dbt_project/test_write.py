"""What is read of a manifest and written into a dbt project, without dbt."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from segue.compiler.catalog.load import load_catalog
from segue.compiler.catalog.model import TableEvent, TableName
from segue.runtime.cli import main
from segue.runtime.dbt.manifest import find_relation, read_manifest
from segue.runtime.dbt.tables import read_tables
from segue.runtime.refusal import Refusal

CATALOG = """
entity: {name: customer, table: customers, key: id}
events: {visit: {table: [web, visits], key: customer_id, at: at}}
"""
RULES = """
segment regular "Comes often" { when count(visit over last 30d) >= 3 actions mail owner "Lea" }
segment email_fan { when count(visit over last 7d) >= 9 }
"""


def segue(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def node(name: str, kind: str = "model", **more: Any) -> dict[str, Any]:
    return {"resource_type": kind, "name": name, "schema": "main", "database": "shop", **more}


def test_of(name: str, table: str, column: str, **kwargs: Any) -> dict[str, Any]:
    return {
        "resource_type": "test",
        "test_metadata": {"name": name, "kwargs": kwargs},
        "column_name": column,
        "attached_node": table,
        "depends_on": {"nodes": [table, *kwargs.pop("others", [])]},
    }


test_of.__test__ = False  # type: ignore[attr-defined]  # it makes one of dbt's


def manifest(folder: Path, nodes: dict[str, Any], sources: dict[str, Any] | None = None) -> Path:
    path = folder / "target" / "manifest.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    data = {"metadata": {"adapter_type": "duckdb"}, "nodes": nodes, "sources": sources or {}}
    path.write_text(json.dumps(data), "utf-8")
    return path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "catalog.yml").write_text(CATALOG, "utf-8")
    (tmp_path / "rules" / "rules.seg").write_text(RULES, "utf-8")
    (tmp_path / "dbt_project.yml").write_text("name: shop\n", "utf-8")
    return tmp_path


def columns(**types: str) -> dict[str, Any]:
    return {name: {"name": name, "data_type": type} for name, type in types.items()}


def test_tests_of_dbt_say_what_the_key_is_and_what_may_be_missing(tmp_path: Path) -> None:
    customers = node("customers", columns=columns(id="bigint", plan="varchar", mail="text"))
    customers["columns"]["mail"]["meta"] = {"pii": True}
    orders = node(
        "stg_orders",
        columns=columns(buyer="bigint", day="date", paid="numeric(9,2)"),
        alias="orders",
    )
    path = manifest(
        tmp_path,
        {
            "model.shop.customers": customers,
            "model.shop.stg_orders": orders,
            "a": test_of("unique", "model.shop.customers", "id"),
            "b": test_of("not_null", "model.shop.customers", "plan"),
            "c": test_of("accepted_values", "model.shop.customers", "plan", values=["free", "pro"]),
            "d": test_of("not_null", "model.shop.stg_orders", "day"),
            "e": test_of(
                "relationships", "model.shop.stg_orders", "buyer", others=["model.shop.customers"]
            ),
        },
    )
    assert segue("init", tmp_path / "rules", "--from-dbt", path).exit_code == 0
    catalog = load_catalog((tmp_path / "rules" / "catalog.yml").read_text()).catalog
    assert catalog is not None
    plan, mail = catalog.entity.attributes["plan"], catalog.entity.attributes["mail"]
    assert (catalog.entity.key.name, plan.type.values, plan.type.nullable) == (
        *("id", ("free", "pro")),
        False,
    )
    assert (mail.pii, mail.type.nullable) == (True, True)
    (event,) = catalog.events.values()
    assert isinstance(event, TableEvent)
    assert event.name == "order"
    assert (event.table.name, event.key, event.at.name) == ("orders", "buyer", "day")
    assert str(event.properties["paid"].type) == "decimal(2)?"


def test_types_come_from_the_catalog_that_dbt_docs_writes(tmp_path: Path) -> None:
    path = manifest(tmp_path, {"model.shop.people": node("dim_people")})
    failed = segue("init", tmp_path / "rules", "--from-dbt", path)
    assert failed.exit_code == 2
    assert "says nothing of the types of columns" in failed.stderr
    assert "dbt docs generate" in failed.stderr

    found = {"id": {"type": "BIGINT"}, "joined": {"type": "TIMESTAMP"}}
    beside = {"nodes": {"model.shop.people": {"columns": found}}, "sources": {}}
    (tmp_path / "target" / "catalog.json").write_text(json.dumps(beside), "utf-8")
    assert segue("init", tmp_path / "rules", "--from-dbt", path).exit_code == 0
    written = (tmp_path / "rules" / "catalog.yml").read_text()
    assert "name: people" in written
    assert "table: dim_people" in written
    assert "joined: timestamp?" in written


CUSTOMERS = node("customers", columns=columns(customer_id="bigint", plan="varchar"))


def made_of(*parents: str) -> dict[str, Any]:
    return {"nodes": list(parents)}


def tables(folder: Path, nodes: dict[str, Any], sources: dict[str, Any] | None = None) -> list[str]:
    found = read_manifest(manifest(folder, nodes, sources))
    return [str(table.name) for table in read_tables(found)]


def test_a_mart_stands_for_its_staging_models_also_behind_an_ephemeral_one(tmp_path: Path) -> None:
    """`fct_orders` has the rows of `stg_orders`, and columns of `stg_payments` but not its rows."""
    staged = columns(order_id="bigint", customer_id="bigint", status="varchar")
    paid = columns(payment_id="bigint", order_id="bigint", amount="double")
    joined = {"config": {"materialized": "ephemeral"}, "depends_on": made_of("o", "p")}
    found = tables(
        tmp_path,
        {
            "model.shop.customers": CUSTOMERS,
            "o": node("stg_orders", columns=staged),
            "p": node("stg_payments", columns=paid),
            "i": node("int_paid_orders", **joined),
            "m": node("fct_orders", columns={**staged, **paid}, depends_on=made_of("i")),
        },
    )
    assert found == ["customers", "stg_payments", "fct_orders"]


def test_a_staging_model_may_rename_the_id_of_its_source(tmp_path: Path) -> None:
    raw = node("raw_orders", columns=columns(id="bigint", customer_id="bigint", status="varchar"))
    staged = columns(order_id="bigint", customer_id="bigint", status="varchar")
    model = node("stg_orders", columns=staged, depends_on=made_of("r"))
    assert tables(tmp_path, {"r": raw, "s": model}) == ["stg_orders"]


def test_a_snapshot_does_not_stand_for_what_it_remembers(tmp_path: Path) -> None:
    seen = node("seen", "snapshot", columns=CUSTOMERS["columns"], depends_on=made_of("c"))
    found = tables(tmp_path, {"c": CUSTOMERS, "snapshot.shop.seen": seen})
    assert found == ["customers", "seen"]


def test_tests_of_a_source_are_read_also_of_columns_in_quotes(tmp_path: Path) -> None:
    ticket = node("raw_tickets", "source", source_name="raw", schema="raw")
    ticket["columns"] = columns(**{"Opened By": "bigint", "opened at": "timestamp"})
    ticket["description"] = "What people ask.\nAnd complain of."
    whose = test_of("relationships", "source.t", '"Opened By"', others=["model.shop.customers"])
    path = manifest(
        tmp_path,
        {"model.shop.customers": CUSTOMERS, "test": {**whose, "attached_node": None}},
        {"source.t": ticket},
    )
    assert segue("init", tmp_path / "rules", "--from-dbt", path).exit_code == 0
    catalog = load_catalog((tmp_path / "rules" / "catalog.yml").read_text()).catalog
    assert catalog is not None
    event = catalog.events["ticket"]
    assert isinstance(event, TableEvent)
    assert (event.key, event.at.name) == ("Opened By", "opened at")
    assert event.description == "What people ask. And complain of."


def test_a_seed_that_is_a_source_as_well_is_one_table(tmp_path: Path) -> None:
    seed = node("visits", "seed", columns=columns(customer_id="bigint"))
    source = node("visits", "source", source_name="raw", columns=columns(customer_id="bigint"))
    nodes, sources = {"seed.shop.visits": seed}, {"source.shop.raw.visits": source}
    assert tables(tmp_path, nodes, sources) == ["visits"]
    relation = find_relation(read_manifest(manifest(tmp_path, nodes, sources)), TableName("visits"))
    assert relation is not None
    assert relation.call == 'ref("visits")'


def test_a_version_and_a_package_are_named_where_a_name_is_not_enough(tmp_path: Path) -> None:
    nodes = {
        "a": node("people", alias="people_v1", version=1, package_name="shop"),
        "b": node("people", alias="people_v2", version=2, package_name="shop"),
        "c": node("visits", package_name="shop"),
        "d": node("visits", package_name="web", schema="web"),
    }
    found = read_manifest(manifest(tmp_path, nodes))
    assert [relation.call for relation in found.relations] == [
        *('ref("people", v=1)', 'ref("people", v=2)'),
        *('ref("shop", "visits")', 'ref("web", "visits")'),
    ]


@pytest.mark.parametrize("name", ["segment_regular", "customer_segments"])
def test_a_model_that_the_project_has_already_is_refused(project: Path, name: str) -> None:
    manifest(project, {"model.shop.theirs": node(name)})
    result = segue("compile", project / "rules", "--dbt", project / "models" / "segue")
    assert result.exit_code == 2
    assert f"the dbt project has a model `{name}` of its own" in result.stderr
    assert not (project / "models").exists()


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"metadata": {}}'])
def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text, "utf-8")
    result = segue("init", tmp_path / "rules", "--from-dbt", tmp_path / "manifest.json")
    assert result.exit_code == 2
    assert "manifest.json` is not" in result.stderr


def test_tables_that_dbt_knows_are_called_by_its_names(project: Path) -> None:
    visits = node("page_views", "source", source_name="raw", identifier="visits")
    visits["schema"] = "web"
    manifest(project, {"model.shop.customers": node("customers")}, {"s": visits})
    result = segue("compile", project / "rules", "--dbt", project / "models" / "segue")
    assert result.exit_code == 0, result.output
    model = (project / "models" / "segue" / "customer_segments.sql").read_text()
    assert '{{ ref("customers") }}' in model
    assert '{{ source("raw", "page_views") }}' in model
    assert "sources:" not in (project / "models" / "segue" / "segments.yml").read_text()


def test_a_table_that_may_be_two_is_refused(tmp_path: Path) -> None:
    two = {"a": node("visits", alias="visits"), "b": node("seen", alias="visits")}
    found = read_manifest(manifest(tmp_path, two))
    with pytest.raises(Refusal, match=r'may be `ref\("visits"\)`, `ref\("seen"\)`'):
        find_relation(found, TableName("visits"))


def test_tables_that_dbt_does_not_know_become_sources(project: Path) -> None:
    segue("compile", project / "rules", "--dbt", project / "models" / "segue")
    text = (project / "models" / "segue" / "segments.yml").read_text()
    assert "- name: segue_web\n  schema: web\n" in text
    assert "schema: '{{ target.schema }}'" in text
    assert "owner:\n    name: Lea\n" in text


def test_a_source_has_the_database_that_the_catalog_names(project: Path) -> None:
    catalog = CATALOG.replace("[web, visits]", "lake.web.visits").replace(
        "table: customers", "table: crm.web.customers"
    )
    (project / "rules" / "catalog.yml").write_text(catalog, "utf-8")
    # In a database of the project is a table of that name, too.
    manifest(project, {"model.shop.customers": {**node("customers"), "schema": "web"}})
    folder = project / "models" / "segue"
    segue("compile", project / "rules", "--dbt", folder)
    text = (folder / "segments.yml").read_text()
    assert "- name: segue_lake_web\n  database: lake\n  schema: web\n" in text
    assert "- name: segue_crm_web\n  database: crm\n  schema: web\n" in text
    model = (folder / "customer_segments.sql").read_text()
    assert '{{ source("segue_crm_web", "customers") }}' in model
    assert '{{ source("segue_lake_web", "visits") }}' in model


def test_a_table_in_another_database_than_the_project_is_named_with_it(tmp_path: Path) -> None:
    elsewhere = {**node("visits", "source", source_name="raw"), "database": "lake"}
    here = {**node("seen", "source", source_name="here"), "schema": "raw"}
    found = read_manifest(manifest(tmp_path, {"m": node("customers")}, {"a": elsewhere, "b": here}))
    names = {str(relation.name) for relation in found.relations}
    assert names == {"customers", "lake.main.visits", "raw.seen"}
    # A catalog that says less still means it.
    for name in (TableName("visits", "main", "lake"), TableName("visits")):
        relation = find_relation(found, name)
        assert relation is not None
        assert relation.call == 'source("raw", "visits")'
    assert find_relation(found, TableName("visits", "main", "other")) is None


def test_columns_that_sql_reads_in_quotes_alone_are_quoted_in_tests_of_dbt(project: Path) -> None:
    catalog = CATALOG.replace("key: id", "key: customerId")
    (project / "rules" / "catalog.yml").write_text(catalog, "utf-8")
    rules = RULES.replace("email_fan", "group")
    (project / "rules" / "rules.seg").write_text(rules, "utf-8")

    def of_columns(dialect: str) -> dict[str, dict[str, Any]]:
        folder = project / "models" / dialect
        segue("compile", project / "rules", "--dbt", folder, "--dialect", dialect)
        wide = yaml.safe_load((folder / "segments.yml").read_text())["models"][0]
        return {column["name"]: column for column in wide["columns"]}

    written = of_columns("postgres")
    assert {name for name, column in written.items() if column.get("quote")} == {
        *("customerId", "group")
    }
    relationship = written["customerId"]["data_tests"][-1]["relationships"]
    assert relationship["arguments"]["field"] == '{{ adapter.quote("customerId") }}'
    # Snowflake keeps a name in small letters in large ones.
    assert of_columns("snowflake")["GROUP"]["quote"] is True


def test_braces_of_an_owner_are_no_jinja(project: Path) -> None:
    (project / "rules" / "rules.seg").write_text(RULES.replace("Lea", "Lea {{x}}"), "utf-8")
    segue("compile", project / "rules", "--dbt", project / "models")
    text = (project / "models" / "segments.yml").read_text()
    assert "{{x}}" not in text
    assert text.count('owner: Lea {{ "{" }}{x}}') == 1
    assert text.count('name: Lea {{ "{" }}{x}}') == 1


def test_files_of_somebody_else_may_be_anything(project: Path) -> None:
    folder = project / "models"
    folder.mkdir()
    (folder / "notes.sql").write_bytes(b"\xff\xfe")
    (folder / "folder.yml").mkdir()
    assert segue("compile", project / "rules", "--dbt", folder).exit_code == 0
    assert (folder / "notes.sql").read_bytes() == b"\xff\xfe"


def test_a_segment_that_is_gone_takes_its_model_along_and_no_other_file(project: Path) -> None:
    folder = project / "models" / "segue"
    segue("compile", project / "rules", "--dbt", folder)
    (folder / "mine.sql").write_text("SELECT 1\n", "utf-8")
    (project / "rules" / "rules.seg").write_text(RULES.splitlines()[1] + "\n", "utf-8")
    segue("compile", project / "rules", "--dbt", folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        *("customer_segments.sql", "mine.sql", "segment_regular.sql", "segments.yml")
    ]


def test_a_file_of_somebody_else_is_never_replaced(project: Path) -> None:
    (project / "models").mkdir()
    (project / "models" / "segments.yml").write_text("version: 2\n", "utf-8")
    result = segue("compile", project / "rules", "--dbt", project / "models")
    assert result.exit_code == 2
    assert "was not written by Segue" in result.stderr
    assert (project / "models" / "segments.yml").read_text() == "version: 2\n"


def test_what_does_not_go_with_models_is_said(project: Path) -> None:
    result = segue("compile", project / "rules", "--dbt", project / "m", "--as-of", "2025-01-01")
    assert result.exit_code == 2
    assert "--dbt goes with" in result.stderr
