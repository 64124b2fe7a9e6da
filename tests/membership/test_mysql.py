"""What Segue makes of an address, of errors and of tables on MySQL; none of it needs a server.

Runs on a MariaDB are in `heavy.py` and `heavy_mysql.py`.
"""

import pytest
import sqlglot
from sqlglot import exp

from segue.runtime.membership.isolating import may_be_of_one
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.connect import database_target
from segue.runtime.warehouse.failures import Cause, failure
from segue.runtime.warehouse.mysql import STATES
from segue.runtime.warehouse.mysql_address import mysql_arguments
from segue.runtime.warehouse.mysql_tables import created, dropped


def test_an_address_is_taken_apart() -> None:
    assert mysql_arguments("mysql://me:hunt%40er%2F2@db.shop.example:3307/shop") == {
        "host": "db.shop.example",
        "port": 3307,
        "user": "me",
        "password": "hunt@er/2",
        "database": "shop",
    }


def test_a_server_on_this_machine_has_a_socket() -> None:
    address = mysql_arguments("mariadb://me@localhost/shop?socket=/run/mysqld/mysqld.sock")
    assert (address["port"], address["password"]) == (3306, "")
    assert address["unix_socket"] == "/run/mysqld/mysqld.sock"


def test_who_names_an_authority_wants_the_server_to_be_who_it_says() -> None:
    address = mysql_arguments("mysql://me@db.shop.example/shop?ssl_ca=/etc/ssl/shop.pem")
    assert address["ssl_verify_cert"]
    assert address["ssl_verify_identity"]


@pytest.mark.parametrize(
    "address",
    [
        "mysql://me:hunt/er2@localhost/shop",
        "mysql://me:hunt#er2@localhost/shop",
        "mysql://me:hunt?er2@localhost/shop",
        "mysql://me:hunt er2@localhost:hunter2/shop",
        "mysql://me:hunter2@localhost",
        "mysql://me:hunter2@localhost/shop?hunter2",
        "mysql://me:hunter2@[localhost/shop",
    ],
)
def test_no_part_of_an_address_that_cannot_be_read_is_shown(address: str) -> None:
    with pytest.raises(Refusal) as refused:
        mysql_arguments(address)
    assert "cannot be read" in refused.value.message
    assert "hunt" not in str(refused.value)
    assert "er2" not in str(refused.value)
    assert "mysql://user:password@host:port/database" in refused.value.hint


def test_an_option_that_there_is_not_is_named() -> None:
    with pytest.raises(Refusal, match="no option `ssl_mode`") as refused:
        mysql_arguments("mysql://me:hunter2@localhost/shop?ssl_mode=required")
    assert "ssl_ca" in refused.value.hint


@pytest.mark.parametrize("scheme", ["mysql", "mariadb"])
def test_a_database_may_be_named_by_its_address(scheme: str) -> None:
    assert database_target(f"{scheme}://me@localhost/shop").engine == "mysql"


@pytest.mark.parametrize(
    ("number", "message", "cause", "name"),
    [
        (1146, "Table 'shop.people' doesn't exist", Cause.TABLE, "people"),
        (1054, "Unknown column 'e.n' in 'SELECT'", Cause.COLUMN, "n"),
        (1054, "Unknown column 'n' in 'field list'", Cause.COLUMN, "n"),
        (
            1142,
            "SELECT command denied to user 'me'@'localhost' for table `shop`.`people`",
            Cause.RIGHT,
            "people",
        ),
        (
            1142,
            "SELECT command denied to user 'me'@'10.0.0.1' for table 'people'",
            Cause.RIGHT,
            "people",
        ),
        (
            1143,
            "SELECT command denied to user 'me'@'%' for column 'n' in table 'people'",
            Cause.RIGHT,
            "people",
        ),
        (
            1213,
            "Deadlock found when trying to get lock; try restarting transaction",
            Cause.CONFLICT,
            "",
        ),
        (1205, "Lock wait timeout exceeded; try restarting transaction", Cause.CONFLICT, ""),
        (1317, "Query execution was interrupted", Cause.CANCELLED, ""),
        (
            1969,
            "Query execution was interrupted (max_statement_time exceeded)",
            Cause.CANCELLED,
            "",
        ),
        (3024, "Query execution was interrupted, maximum statement execution time exceeded",
         Cause.CANCELLED, ""),
        (1044, "Access denied for user 'me'@'%' to database 'segue'", Cause.OTHER, ""),
    ],
)  # fmt: skip
def test_an_error_is_told_by_what_it_is_about(
    number: int, message: str, cause: Cause, name: str
) -> None:
    failed = failure(Exception(message), STATES.get(number))
    assert (failed.cause, failed.name) == (cause, name)


def test_who_may_not_keep_runs_is_told_what_to_grant() -> None:
    for message in (
        "Access denied for user 'me'@'%' to database 'segue'",
        "CREATE command denied to user 'me'@'%' for table 'store'",
    ):
        assert "GRANT ALL ON segue.*" in failure(Exception(message)).hint


@pytest.mark.parametrize(
    "message",
    [
        "BIGINT value is out of range in '`n` * `n`'",
        "DOUBLE value is out of range in '`x` * `x`'",
        "Data too long for column 'key' at row 7",
    ],
)
def test_what_a_value_of_one_entity_does_is_told_with_a_way_round(message: str) -> None:
    failed = failure(Exception(message))
    assert failed.hint
    assert may_be_of_one(failed) == ("out of range" in message)


def texts(statement: exp.Expr) -> list[str]:
    return [s.sql("mysql", identify=True) for s in created(statement, "utf8mb4_nopad_bin")]


def test_texts_of_a_store_have_a_length_and_are_compared_exactly() -> None:
    create = sqlglot.parse_one(
        "CREATE TABLE segue.members (segment TEXT NOT NULL, key TEXT NOT NULL, "
        "entered_at TIMESTAMP NOT NULL, body TEXT NOT NULL, run_id BIGINT NOT NULL)"
    )
    assert texts(create) == [
        "CREATE TABLE `segue`.`members` (`segment` VARCHAR(255) NOT NULL, "
        "`key` VARCHAR(512) NOT NULL, `entered_at` DATETIME(6) NOT NULL, "
        "`body` LONGTEXT NOT NULL, `run_id` BIGINT NOT NULL) "
        "CHARACTER SET=utf8mb4 COLLATE=utf8mb4_nopad_bin"
    ]


def test_a_working_table_is_indexed_as_it_is_made_and_filled_query_by_query() -> None:
    create = sqlglot.parse_one(
        "CREATE TEMPORARY TABLE moves AS SELECT CAST(key AS TEXT) AS key, 'a' AS reason FROM w "
        "UNION ALL SELECT key, 'longer' AS reason FROM w UNION ALL SELECT key, 'b' FROM v"
    )
    assert texts(create) == [
        "CREATE TEMPORARY TABLE `moves` (`key` VARCHAR(512), `reason` VARCHAR(255), "
        "INDEX (`key`)) CHARACTER SET=utf8mb4 COLLATE=utf8mb4_nopad_bin AS "
        "SELECT CAST(`key` AS CHAR) AS `key`, 'a' AS `reason` FROM `w`",
        "INSERT INTO `moves` (`key`, `reason`) SELECT `key`, 'longer' AS `reason` FROM `w`",
        "INSERT INTO `moves` (`key`, `reason`) SELECT `key`, 'b' FROM `v`",
    ]


def test_only_working_tables_are_dropped_as_temporary_ones() -> None:
    working = exp.Drop(tables=[exp.to_table("moves")], kind="TABLE")
    kept = exp.Drop(tables=[exp.to_table("segue.moves")], kind="TABLE")
    assert dropped(working).sql("mysql") == "DROP TEMPORARY TABLE moves"
    assert dropped(kept).sql("mysql") == "DROP TABLE segue.moves"
