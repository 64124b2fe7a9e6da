"""What Trino and Databricks say, and what is made of it. No server is asked."""

import pytest

from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.failures import Cause, failure


@pytest.mark.parametrize(
    ("message", "cause", "name"),
    [
        (
            "line 1:15: Table 'lake.shop.people' does not exist (TABLE_NOT_FOUND)",
            Cause.TABLE,
            "people",
        ),
        (
            "line 1:8: Column 'p.n' cannot be resolved (COLUMN_NOT_FOUND)",
            Cause.COLUMN,
            "n",
        ),
        (
            "Access Denied: Cannot select from columns [key, n] in table or view lake.shop.people "
            "(PERMISSION_DENIED)",
            Cause.RIGHT,
            "people",
        ),
        (
            "Access Denied: Cannot select from table lake.shop.people (PERMISSION_DENIED)",
            Cause.RIGHT,
            "people",
        ),
        (
            "[TABLE_OR_VIEW_NOT_FOUND] The table or view `shop`.`people` cannot be found. Verify",
            Cause.TABLE,
            "people",
        ),
        (
            "[INSUFFICIENT_PERMISSIONS] Insufficient privileges: User does not have permission "
            "SELECT on table 'people'. SQLSTATE: 42501",
            Cause.RIGHT,
            "people",
        ),
        (
            "PERMISSION_DENIED: User does not have SELECT on Table 'main.shop.people'.",
            Cause.RIGHT,
            "people",
        ),
    ],
)
def test_what_is_missing_is_understood(message: str, cause: Cause, name: str) -> None:
    failed = failure(Exception(message))
    assert (failed.cause, failed.name) == (cause, name)


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("Access Denied: Cannot create schema segue (PERMISSION_DENIED)", "make and drop tables"),
        ("Access Denied: Cannot create table lake.segue.a (PERMISSION_DENIED)", "make and drop"),
        (
            "PERMISSION_DENIED: User does not have CREATE SCHEMA on Catalog 'main'.",
            "GRANT CREATE SCHEMA ON CATALOG",
        ),
        ("bigint multiplication overflow: 9 * 9 (NUMERIC_VALUE_OUT_OF_RANGE)", "64 bits"),
    ],
)
def test_what_may_be_done_is_said(message: str, hint: str) -> None:
    assert hint in failure(Exception(message)).hint


def test_a_token_of_databricks_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    sql = pytest.importorskip("databricks.sql")
    from segue.runtime.warehouse.databricks import DatabricksWarehouse

    def connect(**given: str) -> None:
        raise sql.exc.RequestError(f"Invalid access token {given['access_token']}\nhunter2")

    monkeypatch.setattr(sql, "connect", connect)
    settings = {"host": "localhost", "http_path": "sql", "token": "hunter2"}
    with pytest.raises(Refusal) as refused:
        DatabricksWarehouse.open(settings)
    assert refused.value.message == "cannot connect to Databricks: Invalid access token ***"


def test_a_port_of_trino_is_a_number() -> None:
    pytest.importorskip("trino")
    from segue.runtime.warehouse.trino import TrinoWarehouse

    settings = {"host": "localhost", "user": "ann", "catalog": "lake", "port": "https"}
    with pytest.raises(Refusal, match="`https` is no port"):
        TrinoWarehouse.open(settings)
