"""Engines whose driver is not installed, and what is said of a connection that fails."""

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from segue.runtime.cli import main
from segue.runtime.configuration import Target
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.connect import connect

TARGETS = {
    "postgres": ("psycopg", {"dsn": "postgresql://localhost/shop"}),
    "mysql": ("pymysql", {"dsn": "mysql://localhost/shop"}),
    "clickhouse": ("clickhouse_connect", {"dsn": "clickhouse://localhost/shop"}),
    "bigquery": ("google", {"project": "shop"}),
    "redshift": ("redshift_connector", {"dsn": "redshift://localhost/shop"}),
    "snowflake": ("snowflake", {"account": "a", "user": "u", "database": "d"}),
    "spark": ("pyspark", {"path": "lake"}),
    "databricks": ("databricks", {"host": "localhost", "http_path": "sql"}),
    "trino": ("trino", {"host": "localhost", "user": "me", "catalog": "lake"}),
}


@pytest.mark.parametrize("engine", TARGETS)
def test_a_driver_that_is_missing_is_named_with_how_to_install_it(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, settings = TARGETS[engine]
    for name in list(sys.modules):
        if name.split(".")[0] == module:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(Refusal) as refused:
        connect(Target("prod", engine, settings))
    assert "is not installed" in refused.value.message
    assert refused.value.hint == f"pip install 'segue-lang[{engine}]'"


def project(tmp_path: Path, target: str) -> Path:
    (tmp_path / "catalog.yml").write_text("entity: {name: person, table: people, key: id}")
    (tmp_path / "rules.seg").write_text("segment all { when 1 < 2 }")
    (tmp_path / "segue.yml").write_text(f"targets:\n  prod: {target}\n")
    return tmp_path


@pytest.mark.parametrize(
    "target",
    [
        '{engine: postgres, dsn: "postgres://me:${PASSWORD}@localhost:1/shop"}',
        '{engine: postgres, dsn: "host=localhost port=1 user=me password=${PASSWORD}"}',
        '{engine: mysql, dsn: "mysql://me:${PASSWORD}@127.0.0.1:1/shop"}',
        '{engine: clickhouse, dsn: "clickhouse://me:${PASSWORD}@localhost:1/shop"}',
        '{engine: trino, host: localhost, port: 1, user: me, catalog: a, password: "${PASSWORD}"}',
        '{engine: trino, host: localhost, port: 1, user: me, catalog: a, token: "${PASSWORD}"}',
    ],
)
def test_a_password_from_the_environment_is_never_shown(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "clickhouse" in target:
        pytest.importorskip("clickhouse_connect")
    if "mysql" in target:
        pytest.importorskip("pymysql")
    if "trino" in target:
        pytest.importorskip("trino")
    monkeypatch.setenv("PASSWORD", "hunter2")
    where = str(project(tmp_path, target))
    for command in (["run"], ["run", "--dry-run"], ["history", "--project"]):
        result = CliRunner().invoke(main, [*command, where, "--target", "prod"])
        assert result.exit_code == 2, result.output
        assert "cannot connect to" in result.output
        assert "hunter2" not in result.output
        assert "hunter2" not in repr(result.exception)


@pytest.mark.parametrize(
    "target",
    [
        "{engine: clickhouse, dsn: 'clickhouse://localhost/shop', schema: kept, timeout: 10min}",
        "{engine: mysql, dsn: 'mysql://localhost/shop', schema: kept, timeout: 10min}",
        "{engine: bigquery, project: p, dataset: d, keyfile: k, location: EU, schema: kept}",
        "{engine: redshift, dsn: 'redshift://localhost/shop', schema: kept, timeout: 10min}",
        "{engine: snowflake, account: a, user: u, database: d, role: r, warehouse: w}",
        "{engine: spark, path: lake, store: kept, master: yarn}",
        "{engine: databricks, host: h, http_path: p, catalog: c, default_schema: d, auth_type: a}",
        "{engine: trino, host: h, user: u, catalog: c, port: 443, default_schema: shop}",
        "{engine: trino, host: h, user: u, catalog: c, http_scheme: http, store_catalog: d}",
    ],
)
def test_the_settings_of_each_engine_are_known(target: str, tmp_path: Path) -> None:
    where = project(tmp_path, target)
    (where / "rules.seg").write_text('segment all "Everybody" { when true }')
    result = CliRunner().invoke(main, ["check", str(where)])
    assert result.exit_code == 0, result.output


def test_a_timeout_that_is_none_is_found_by_check(tmp_path: Path) -> None:
    where = project(tmp_path, "{engine: duckdb, path: a.duckdb, timeout: soon}")
    result = CliRunner().invoke(main, ["check", str(where)])
    assert result.exit_code == 1
    assert "`timeout` should be a length of time, not `soon`" in result.output
    assert "timeout: 10min" in result.output


def test_a_timeout_on_the_command_line_is_a_length_of_time(tmp_path: Path) -> None:
    where = project(tmp_path, '{engine: sqlite, path: ":memory:"}')
    result = CliRunner().invoke(main, ["run", str(where), "--timeout", "soon"])
    assert result.exit_code == 2
    assert "`soon` is no length of time" in result.output


def test_ctrl_c_kills_the_statement_on_a_clickhouse_server() -> None:
    pytest.importorskip("clickhouse_connect")
    from segue.runtime.warehouse.clickhouse import ClickHouseWarehouse

    class Client:
        """A server that is told to stop in the middle of a statement."""

        def __init__(self) -> None:
            self.told: list[str] = []

        def __enter__(self) -> "Client":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def set_client_setting(self, name: str, value: object) -> None:
            pass

        def query(self, text: str, settings: dict[str, str]) -> None:
            self.told.append(settings["query_id"])
            raise KeyboardInterrupt

        def command(self, text: str) -> None:
            self.told.append(text)

    session, another = Client(), Client()
    warehouse = ClickHouseWarehouse(session, lambda: another)  # type: ignore[arg-type]  # a stand-in
    with pytest.raises(KeyboardInterrupt):
        warehouse.execute_text("SELECT 1")
    assert another.told == [f"KILL QUERY WHERE query_id = '{session.told[0]}' ASYNC"]
