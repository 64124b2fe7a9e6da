"""`segue compile`: SQL that runs, in every form, and says what it was bound to."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import Result

from segue.compiler.sql.dialects.registry import DIALECTS
from segue.runtime.cli import compile as command
from segue.runtime.sql_text import FORMS

Segue = Callable[..., Result]
AS_OF = "2025-11-01T00:00:00Z"


@pytest.fixture
def shop() -> Any:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE customers (customer_id BIGINT, plan TEXT, country TEXT)")
    connection.execute("INSERT INTO customers VALUES (1, 'pro', 'FR'), (2, 'pro', 'FR')")
    connection.execute("CREATE TABLE email_opens (customer_id BIGINT, opened_at TIMESTAMP)")
    connection.execute("INSERT INTO email_opens VALUES (1, '2025-10-30')")
    connection.execute(
        "CREATE TABLE purchases "
        "(customer_id BIGINT, bought_at TIMESTAMP, amount DECIMAL(9, 2), category TEXT)"
    )
    return connection


def test_members(project: Path, segue: Segue, shop: Any) -> None:
    result = segue("compile", "--as-of", AS_OF)
    assert result.exit_code == 0
    first = result.output.splitlines()[0]
    assert first == "-- as of 2025-11-01 00:00:00 UTC, calendar days of Europe/Paris; duckdb"
    assert shop.execute(result.output).fetchall() == [("newcomers", 1)]


def test_wide(project: Path, segue: Segue, shop: Any) -> None:
    rows = shop.execute(segue("compile", "--as", "wide", "--as-of", AS_OF).output)
    names = [column[0] for column in rows.description]
    assert set(names) >= {"customer_id", "opens_30d", "engaged", "newcomers", "email.buyers"}
    assert dict(zip(names, sorted(rows.fetchall())[0], strict=True))["newcomers"] is True


def test_script(project: Path, segue: Segue, shop: Any) -> None:
    shop.execute(segue("compile", "--as", "script", "--as-of", AS_OF).output)
    assert shop.execute("SELECT segment, customer_id FROM segments").fetchall() == [
        ("newcomers", 1)
    ]


def test_views(project: Path, segue: Segue, shop: Any) -> None:
    shop.execute(segue("compile", "--as", "views", "--as-of", AS_OF).output)
    assert shop.execute("SELECT customer_id FROM newcomers").fetchall() == [(1,)]
    assert shop.execute("SELECT customer_id FROM email_buyers").fetchall() == []


@pytest.mark.parametrize("dialect", command.DIALECTS)
@pytest.mark.parametrize("form", command.FORMS)
def test_every_dialect_writes_every_form(
    project: Path, segue: Segue, dialect: str, form: str
) -> None:
    (project / "life.seg").write_text(
        "lifecycle customer { stage reader { enter when opens_30d >= 1 exit when true } }",
        "utf-8",
    )
    result = segue("compile", "--dialect", dialect, "--as", form)
    assert result.exit_code == 0
    assert result.output.splitlines()[0].endswith(f"; {dialect}")


def test_stages_are_those_of_lifecycles(project: Path, segue: Segue) -> None:
    result = segue("compile", "--as", "stages")
    assert result.exit_code == 2
    assert "the rules have no lifecycle" in result.output


def test_the_choices_are_those_there_are() -> None:
    assert set(command.DIALECTS) == set(DIALECTS)
    assert set(command.FORMS) == set(FORMS)


def test_the_dialect_is_that_of_the_default_target(project: Path, segue: Segue) -> None:
    (project / "segue.yml").write_text(
        'targets: {prod: {engine: postgres, dsn: "${NOT_SET_ANYWHERE}"}}', "utf-8"
    )
    assert segue("compile").output.splitlines()[0].endswith("; postgres")


def test_one_segment_into_a_file(project: Path, segue: Segue) -> None:
    result = segue("compile", "--segment", "engaged", "--out", "engaged.sql")
    assert result.output == "wrote engaged.sql\n"
    text = (project / "engaged.sql").read_text("utf-8")
    assert "'engaged'" in text
    assert "newcomers" not in text


def test_a_segment_that_is_not_there(project: Path, segue: Segue) -> None:
    result = segue("compile", "--segment", "engage")
    assert result.exit_code == 2
    assert "did you mean `engaged`?" in result.output


def test_an_instant_that_is_none(project: Path, segue: Segue) -> None:
    result = segue("compile", "--as-of", "monday")
    assert result.exit_code == 2
    assert "2024-05-01" in result.output


def test_python(project: Path, segue: Segue) -> None:
    result = segue("compile", "--python", "--segment", "engaged")
    assert result.exit_code == 0
    compile(result.output, "predicates", "exec")
    assert "opens_30d" in result.output


def test_rules_with_errors_are_not_compiled(project: Path, segue: Segue) -> None:
    (project / "rules.seg").write_text("segment x { when nothing }", "utf-8")
    result = segue("compile")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "error[SEG010]" in result.stderr


@pytest.mark.parametrize(
    ("name", "dialect"),
    [("databricks", "spark"), ("mariadb", "mysql"), ("PostgreSQL", "postgres")],
)
def test_an_engine_has_the_dialect_that_it_is_sent(
    project: Path, segue: Segue, name: str, dialect: str
) -> None:
    first = segue("compile", "--dialect", name).output.splitlines()[0]
    assert first.endswith(f"; {dialect}")


def test_a_misspelt_dialect_is_told_the_nearest(project: Path, segue: Segue) -> None:
    result = segue("compile", "--dialect", "duckbd")
    assert result.exit_code == 2
    assert "there is no dialect `duckbd`; did you mean `duckdb`?" in result.output


@pytest.mark.parametrize("option", [("--dialect", "duckdb"), ("--as", "wide"), ("--as-of", AS_OF)])
def test_python_has_no_choice_of_sql(project: Path, segue: Segue, option: tuple[str, str]) -> None:
    result = segue("compile", "--python", *option)
    assert result.exit_code == 2
    assert "--python goes with --segment and --out alone" in result.output


def test_segments_are_named_one_by_one(project: Path, segue: Segue) -> None:
    result = segue("compile", "--segment", "newcomers,engaged")
    assert result.exit_code == 2
    assert "`--segment newcomers --segment engaged`" in result.output
