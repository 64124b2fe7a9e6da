"""A real `dbt build` finds the members that `segue run` finds.

Needs dbt with its adapter for DuckDB, which do not go well with the tools of a development
environment: `SEGUE_DBT` names the `dbt` of one of their own, otherwise the one on the path is
taken. Without any, these tests are skipped.
"""

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
import yaml
from click.testing import CliRunner, Result

from segue.compiler.catalog.load import load_catalog
from segue.compiler.catalog.model import TableEvent
from segue.runtime.cli import main
from segue.runtime.demo.shop import create_shop

DBT = os.environ.get("SEGUE_DBT") or shutil.which("dbt")
RULESETS = Path(__file__).parents[2] / "rulesets"
UNTIL = datetime(2025, 12, 1, tzinfo=UTC)
STAGING = """
SELECT customer_id, purchase_id, purchased_at, amount, category
FROM {{ source("raw", "purchases") }}
"""
SCHEMA = """
sources:
  - name: raw
    schema: main
    tables:
      - name: purchases
        columns: [{name: customer_id}, {name: purchase_id}, {name: amount}]
models:
  - name: stg_purchases
    columns:
      - name: purchase_id
        data_type: integer
        data_tests: [unique, not_null]
      - name: customer_id
        data_type: integer
        data_tests:
          - not_null
          - relationships: {arguments: {to: ref("customers"), field: customer_id}}
      - {name: purchased_at, data_type: timestamp, data_tests: [not_null]}
      - name: amount
        data_type: decimal(10,2)
        description: What was paid, "with" taxes.
        data_tests: [not_null]
      - name: category
        data_type: varchar
        data_tests: [{accepted_values: {arguments: {values: [books, toys]}}}]
seeds:
  - name: customers
    columns:
      - {name: customer_id, data_type: integer, data_tests: [unique, not_null]}
      - {name: country, data_type: varchar}
      - {name: nickname, data_type: varchar, config: {meta: {pii: true}}}
"""

pytestmark = pytest.mark.skipif(DBT is None, reason="no dbt: set SEGUE_DBT")


def segue(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def dbt(folder: Path, command: str, *options: str) -> str:
    assert DBT is not None
    environment = {**os.environ, "DO_NOT_TRACK": "1", "DBT_PROFILES_DIR": str(folder)}
    done = subprocess.run(
        [DBT, command, *options],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def dbt_project(folder: Path, database: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dbt_project.yml").write_text("name: shop\nprofile: shop\nversion: '1.0'\n")
    output = {"type": "duckdb", "path": str(database)}
    profile = {"shop": {"target": "dev", "outputs": {"dev": output}}}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profile))
    return folder


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.duckdb"
    create_shop(path, customers=300, until=UNTIL)
    return path


def members_of_run(project: Path, database: Path, as_of: str) -> dict[str, set[int]]:
    result = segue("run", project, "--database", database, "--as-of", as_of)
    assert result.exit_code in (0, 1), result.output
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute("SELECT segment, key FROM segue.members").fetchall()
    found: dict[str, set[int]] = {}
    for segment, key in rows:
        found.setdefault(segment, set()).add(key)
    return found


def members_of_dbt(models: Path, database: Path) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    with duckdb.connect(str(database), read_only=True) as connection:
        for model in models.glob("segment_*.sql"):
            rows = connection.execute(f'SELECT customer_id FROM "{model.stem}"').fetchall()
            if rows:
                found[model.stem.removeprefix("segment_")] = {key for (key,) in rows}
    return found


@pytest.mark.parametrize("name", ["behavioral", "population"])
def test_dbt_build_finds_the_members_that_segue_run_finds(
    name: str, shop: Path, tmp_path: Path
) -> None:
    project = dbt_project(tmp_path / "dbt", shop)
    models = project / "models" / "segue"
    written = segue("compile", RULESETS / name, "--dbt", models, "--dialect", "duckdb")
    assert written.exit_code == 0, written.output

    for as_of in ("2025-12-01T00:00:00Z", "2026-01-10"):
        out = dbt(project, "build", "--vars", f"as_of: {as_of}")
        assert "ERROR=0" in out
        assert "WARN=0" in out
        assert members_of_dbt(models, shop) == members_of_run(RULESETS / name, shop, as_of)


def test_a_dbt_project_becomes_a_catalog_and_gets_its_segments(tmp_path: Path, shop: Path) -> None:
    with duckdb.connect(str(shop)) as connection:
        connection.execute("DROP TABLE customers")
        connection.execute("ALTER TABLE purchases ADD COLUMN IF NOT EXISTS purchase_id INTEGER")
        connection.execute("UPDATE purchases SET purchase_id = rowid, category = 'books'")
    project = dbt_project(tmp_path / "dbt", shop)
    (project / "models").mkdir()
    (project / "seeds").mkdir()
    (project / "models" / "stg_purchases.sql").write_text(STAGING)
    (project / "models" / "schema.yml").write_text(SCHEMA)
    rows = "".join(f"{key},FR,n{key}\n" for key in range(1, 301))
    (project / "seeds" / "customers.csv").write_text(f"customer_id,country,nickname\n{rows}")
    dbt(project, "build")

    made = segue("init", tmp_path / "rules", "--from-dbt", project / "target" / "manifest.json")
    assert made.exit_code == 0, made.output
    catalog = load_catalog((tmp_path / "rules" / "catalog.yml").read_text()).catalog
    assert catalog is not None
    assert catalog.entity.table.name == "customers"
    assert catalog.entity.attributes["nickname"].pii
    (event,) = catalog.events.values()
    assert isinstance(event, TableEvent)
    assert event.table.name == "stg_purchases"
    amount, category = event.properties["amount"], event.properties["category"]
    assert (str(amount.type), amount.description) == ("decimal(2)", 'What was paid, "with" taxes.')
    assert category.type.values == ("books", "toys")

    models = project / "models" / "segue"
    assert segue("compile", tmp_path / "rules", "--dbt", models).exit_code == 0
    assert '{{ ref("stg_purchases") }}' in (models / "customer_segments.sql").read_text()
    dbt(project, "build", "--vars", "as_of: 2025-11-15")
    manifest = json.loads((project / "target" / "manifest.json").read_text())
    parents = manifest["parent_map"]["model.shop.customer_segments"]
    assert set(parents) == {"seed.shop.customers", "model.shop.stg_purchases"}
    found = members_of_dbt(models, shop)
    assert found == members_of_run(tmp_path / "rules", shop, "2025-11-15")
    assert found["active"]


def test_segments_may_be_called_like_words_of_sql(shop: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    shutil.copy(RULESETS / "behavioral" / "catalog.yml", rules)
    (rules / "rules.seg").write_text(
        """
segment select "It is {{ braces }}" { when plan == "pro" actions mail owner "Lea {{x}}" }
segment group { when exists(purchase over last 90d) }
tiers band by count(purchase) { user when >= 2  end otherwise }
""",
        "utf-8",
    )
    project = dbt_project(tmp_path / "dbt", shop)
    models = project / "models" / "segue"
    assert segue("compile", rules, "--dbt", models).exit_code == 0
    assert "ERROR=0" in dbt(project, "build", "--vars", "as_of: 2025-12-01T00:00:00Z")
    assert members_of_dbt(models, shop) == members_of_run(rules, shop, "2025-12-01T00:00:00Z")
