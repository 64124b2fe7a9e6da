"""A shop on every engine: two runs and an export, and each says what DuckDB says.

Not among the ordinary tests, by its name: docs/warehouses.md says how they are run.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import mariadb
import pytest
import redshift
from click.testing import CliRunner
from sqlglot import exp

from segue.runtime.cli import main
from segue.runtime.demo import create_shop
from segue.runtime.warehouse.mysql import MySQLWarehouse

RULES = Path(__file__).parents[2] / "rulesets" / "behavioral"
DAYS = ("2025-11-30", "2025-12-01")
EXPORTS = (
    ("members", "--columns", "segment,key,entered_at,email,birth_date,plan"),
    ("entries",),
    ("exits", "--columns", "segment,key,at,reason,run_id"),
    ("entries", "--since", "0", "--until", "1"),
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project, its database, and the tables of that as Parquet: opens by bucket of customers."""
    folder = tmp_path_factory.mktemp("shop")
    for name in ("catalog.yml", "metrics.seg", "segments.seg"):
        (folder / name).write_bytes((RULES / name).read_bytes())
    (folder / "segue.yml").write_text(
        "targets:\n"
        "  duckdb: {engine: duckdb, path: shop.duckdb}\n"
        f'  clickhouse: {{engine: clickhouse, dsn: "chdb://{folder}/ch"}}\n'
        "  snowflake: {engine: snowflake, account: a, user: u, password: p, database: shop}\n"
        '  mysql: {engine: mysql, dsn: "${MYSQL_URL}"}\n'
        "  bigquery: {engine: bigquery, project: shop-project, dataset: shop, "
        'keyfile: "${BIGQUERY_KEY}"}\n'
        '  redshift: {engine: redshift, dsn: "${REDSHIFT_URL}"}\n'
        '  trino: {engine: trino, host: 127.0.0.1, port: "${TRINO_PORT}", user: ann, '
        "catalog: lake, default_schema: shop}\n"
        '  spark: {engine: spark, path: lake, store: store, master: "local[2]"}\n'
    )
    create_shop(folder / "shop.duckdb", customers=100)
    (folder / "lake").mkdir()
    with duckdb.connect(str(folder / "shop.duckdb"), read_only=True) as connection:
        for name in tables(connection):
            target = f"'{folder}/lake/{name}.parquet' (FORMAT parquet)"
            source = f"(FROM {name})"
            if name == "email_opens":
                target = f"'{folder}/lake/{name}' (FORMAT parquet, PARTITION_BY (bucket))"
                source = f"(SELECT *, customer_id % 4 AS bucket FROM {name})"
            connection.execute(f"COPY {source} TO {target}")
    return folder


def tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    query = "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' ORDER BY 1"
    return [row[0] for row in connection.execute(query).fetchall()]


@pytest.fixture(scope="module")
def expected(shop: Path) -> list[str]:
    return said(shop, "duckdb")


def said(shop: Path, target: str) -> list[str]:
    """What two runs say, without their time, and the exports after them."""
    where = ["--target", target]
    found = []
    for day in DAYS:
        output = segue("run", str(shop), *where, "--as-of", day)
        found.append(output.rpartition(" · ")[0])
    return found + [segue("export", *more, "--project", str(shop), *where) for more in EXPORTS]


def segue(*arguments: str) -> str:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def loaded_clickhouse(shop: Path) -> None:
    import clickhouse_connect
    from parity.engines import clickhouse

    clickhouse.release()
    with clickhouse_connect.get_client(dsn=f"chdb://{shop}/ch") as client:
        for name in source_tables(shop):
            client.command(
                f"CREATE OR REPLACE TABLE {name} ENGINE = MergeTree ORDER BY tuple() AS "
                f"SELECT * FROM file('{parquet(shop, name)}')"
            )


def loaded_snowflake(shop: Path) -> None:
    import snowflake.connector

    with snowflake.connector.connect(
        account="a", user="u", password="p", database="shop", schema="public"
    ) as connection:
        for name in source_tables(shop):
            connection._duck_conn.execute(
                f"CREATE TABLE SHOP.PUBLIC.{name} AS SELECT * FROM '{parquet(shop, name)}'"
            )


MYSQL_TYPES = {
    "BIGINT": "BIGINT",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    "DOUBLE": "DOUBLE",
    "INTEGER": "INT",
    "TIMESTAMP": "DATETIME(6)",
    "VARCHAR": "TEXT",
}


REDSHIFT_TYPES = {"DOUBLE": "DOUBLE PRECISION", "VARCHAR": "VARCHAR(MAX)"}


def loaded_mysql(shop: Path, address: str) -> None:
    with (
        MySQLWarehouse.open(address) as warehouse,
        duckdb.connect(str(shop / "shop.duckdb"), read_only=True) as connection,
    ):
        for name in tables(connection):
            found = connection.execute(f"FROM {name}")
            columns = [
                f"`{c[0]}` {MYSQL_TYPES.get(str(c[1]), str(c[1]))}" for c in found.description
            ]
            warehouse.execute_text(f"CREATE TABLE {name} ({', '.join(columns)})")
            rows = found.fetchall()
            marks = ", ".join("%s" for _ in columns)
            with warehouse.connection.cursor() as cursor:
                cursor.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)


@contextmanager
def loaded_bigquery(shop: Path) -> Iterator[None]:
    import bigquery
    import bigquery_server
    from parity.tables import Store

    types = {
        "BIGINT": Store.INT,
        "BOOLEAN": Store.BOOL,
        "DATE": Store.DATE,
        "DOUBLE": Store.FLOAT,
        "INTEGER": Store.INT,
        "TIMESTAMP": Store.UTC,
        "VARCHAR": Store.TEXT,
    }
    project = bigquery.BigQuery()
    with duckdb.connect(str(shop / "shop.duckdb"), read_only=True) as connection:
        for name in tables(connection):
            found = connection.execute(f"FROM {name}")
            columns = {c[0]: types.get(str(c[1]), Store.DECIMAL) for c in found.description}
            project.load(name, columns, found.fetchall())
    with bigquery_server.served(project) as address, pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIGQUERY_EMULATOR_HOST", address)
        patch.setenv("BIGQUERY_KEY", str(bigquery_server.keyfile(shop, address)))
        yield


def loaded_redshift(shop: Path, address: str) -> None:
    from segue.runtime.warehouse.redshift import RedshiftWarehouse

    with (
        RedshiftWarehouse.open(address) as warehouse,
        duckdb.connect(str(shop / "shop.duckdb"), read_only=True) as connection,
    ):
        for name in tables(connection):
            found = connection.execute(f"FROM {name}")
            columns = [
                f'"{c[0]}" {REDSHIFT_TYPES.get(str(c[1]), str(c[1]))}' for c in found.description
            ]
            warehouse.execute_text(f"CREATE TABLE {name} ({', '.join(columns)})")
            rows = found.fetchall()
            for start in range(0, len(rows), 500):
                some = exp.values(rows[start : start + 500])
                warehouse.execute(exp.insert(some, exp.to_table(name)))


def source_tables(shop: Path) -> list[str]:
    return [path.name.removesuffix(".parquet") for path in sorted((shop / "lake").iterdir())]


def parquet(shop: Path, name: str) -> str:
    file = shop / "lake" / f"{name}.parquet"
    return str(file if file.exists() else shop / "lake" / name / "*" / "*.parquet")


LOADED: dict[str, Callable[[Path], None]] = {
    "bigquery": lambda shop: None,
    "clickhouse": loaded_clickhouse,
    "mysql": lambda shop: None,
    "redshift": lambda shop: None,
    "snowflake": loaded_snowflake,
    "spark": lambda shop: None,
    "trino": lambda shop: None,
}


@pytest.fixture(params=LOADED)
def target(request: pytest.FixtureRequest, shop: Path) -> Iterator[str]:
    if request.param == "snowflake":
        fakesnow = pytest.importorskip("fakesnow")
        with fakesnow.patch():
            loaded_snowflake(shop)
            yield "snowflake"
        return
    if request.param == "mysql":
        pytest.importorskip("pymysql")
        if (absent := mariadb.missing()) is not None:
            pytest.skip(absent)
        with mariadb.new_address() as address, pytest.MonkeyPatch.context() as patch:
            loaded_mysql(shop, address)
            patch.setenv("MYSQL_URL", address)
            yield "mysql"
        return
    if request.param == "bigquery":
        pytest.importorskip("google.cloud.bigquery")
        pytest.importorskip("zetasql")
        with loaded_bigquery(shop):
            yield "bigquery"
        return
    if request.param == "redshift":
        pytest.importorskip("redshift_connector")
        address = redshift.new_address()
        loaded_redshift(shop, address)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("REDSHIFT_URL", address)
            yield "redshift"
        return
    if request.param == "trino":
        pytest.importorskip("trino")
        from trino_server import TrinoServer

        with TrinoServer() as server, pytest.MonkeyPatch.context() as patch:
            for name in source_tables(shop):
                server.cursor().execute(f"CREATE TABLE {name} AS FROM '{parquet(shop, name)}'")
            patch.setenv("TRINO_PORT", str(server.port))
            yield "trino"
        return
    pytest.importorskip("pyspark" if request.param == "spark" else "clickhouse_connect")
    LOADED[request.param](shop)
    yield request.param


def test_an_engine_says_what_duckdb_says(shop: Path, target: str, expected: list[str]) -> None:
    assert said(shop, target) == expected


@pytest.mark.parametrize("what", ["estimate", "dry-run"])
def test_an_estimate_is_given_and_nothing_written(shop: Path, what: str) -> None:
    pytest.importorskip("clickhouse_connect")
    loaded_clickhouse(shop)
    before = runs(shop)
    output = segue("run", str(shop), "--target", "clickhouse", "--as-of", "2025-12-24", f"--{what}")
    assert "EXPLAIN ESTIMATE of ClickHouse" in output
    assert runs(shop) == before


def runs(shop: Path) -> int:
    result = CliRunner().invoke(
        main, ["history", "--project", str(shop), "--target", "clickhouse", "--format", "json"]
    )
    return result.output.count("run_id")
