"""`segue export`, over two runs of a small shop."""

import csv
import io
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from errno import EACCES
from functools import partial
from pathlib import Path

import duckdb
import postgres
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from sqlglot import exp, parse_one

from segue.compiler.plan.windows import to_microseconds
from segue.runtime.cli import main
from segue.runtime.export import export as exporting
from segue.runtime.history.sizes import Run, runs
from segue.runtime.membership.run import run_ruleset
from segue.runtime.membership.store import Store
from segue.runtime.ruleset import load_ruleset
from segue.runtime.warehouse.connect import connect, database_target

CATALOG = """
entity:
  name: person
  table: people
  key: {column: id, type: int}
  attributes:
    email:   {type: string?, pii: true}
    country: {type: string?, default: XX}
    born:    date?
    wallet:  {type: decimal(2)}
    n:       int
    agreed:  {type: bool?, consent: true}
"""
RULES = """
segment few  { when n < 10 }
segment many { when n >= 10 }
"""
PEOPLE = (
    "(1, 'ann@x', 'DE', DATE '1990-02-03', 12.50, 1, TRUE)",
    "(2, 'bob@x', NULL, NULL, 0.10, 2, FALSE)",
    "(3, NULL, 'FR', NULL, 3.00, 3, NULL)",
    "(4, 'dan@x', 'IT', NULL, 4.00, 40, TRUE)",
    "(5, 'eve@x', 'IT', NULL, 5.00, 50, TRUE)",
)
FIRST, SECOND, THIRD = "2025-12-01", "2025-12-02", "2025-12-03"
Segue = Callable[..., Result]


@pytest.fixture(scope="module", params=["duckdb", "postgres", "sqlite"])
def after_three_runs(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    new_database: Callable[[], str],
) -> str:
    """1 goes from few to many and back, 4 from many to few, 5 is gone."""
    folder = written(tmp_path_factory.mktemp("shop"))
    match request.param:
        case "postgres":
            database = new_database()
        case "duckdb":
            database = str(folder / "shop.duckdb")
            duckdb.connect(database).close()
        case _:
            database = str(folder / "shop.sqlite")
            Path(database).touch()

    def change(*statements: str) -> None:
        with connect(database_target(database)) as warehouse:
            for statement in statements:
                warehouse.execute_text(statement)

    def run(day: str) -> None:
        assert invoked(folder, database, "run", "--as-of", day).exit_code == 0

    people = [p.replace("DATE '", "'") if request.param == "sqlite" else p for p in PEOPLE]
    change(
        "CREATE TABLE people (id BIGINT, email VARCHAR(20), country VARCHAR(2), born DATE, "
        "wallet DECIMAL(9, 2), n BIGINT, agreed BOOLEAN)",
        *(f"INSERT INTO people VALUES {row}" for row in people),
    )
    run(FIRST)
    change("UPDATE people SET n = 99 WHERE id = 1")
    run(SECOND)
    change("UPDATE people SET n = 5 WHERE id IN (1, 4)", "DELETE FROM people WHERE id = 5")
    run(THIRD)
    return database


@pytest.fixture
def database(after_three_runs: str, tmp_path: Path) -> str:
    """A copy for one test."""
    if after_three_runs.startswith("postgres"):
        return postgres.copy(after_three_runs)
    return str(shutil.copy(after_three_runs, tmp_path))


@pytest.fixture
def segue(tmp_path: Path, database: str) -> Segue:
    return partial(invoked, written(tmp_path), database)


def written(folder: Path) -> Path:
    (folder / "catalog.yml").write_text(CATALOG)
    (folder / "rules.seg").write_text(RULES)
    return folder


def invoked(folder: Path, database: str, command: str, *more: str) -> Result:
    where = ["--project", str(folder)] if command == "export" else [str(folder)]
    return CliRunner().invoke(main, [command, *more, *where, "--database", database])


def rows(result: Result) -> list[dict[str, str]]:
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_members_are_those_who_consent_with_the_instant_they_entered(segue: Segue) -> None:
    result = segue("export")
    assert result.stdout == (
        "segment,key,entered_at\nfew,1,2025-12-03T00:00:00Z\nfew,4,2025-12-03T00:00:00Z\n"
    )
    assert result.stderr == "wrote 2 members as of run 3, 2 without consent left out\n"


def test_all_members_are_exported_where_no_consent_is_asked(segue: Segue) -> None:
    result = segue("export", "--consent", "none", "--columns", "key")
    assert result.stdout == "key\n1\n2\n3\n4\n"
    assert "without consent" not in result.stderr


def test_whose_key_is_in_several_rows_has_no_attributes_and_no_consent(
    segue: Segue, database: str
) -> None:
    """Of two rows, one says yes and one says no: nobody can tell which of them is right."""
    with connect(database_target(database)) as warehouse:
        warehouse.execute_text("INSERT INTO people (n) VALUES (1), (2)")
        warehouse.execute_text("INSERT INTO people (id, n, agreed) VALUES (4, 1, FALSE)")
    found = segue("export", "--columns", "key,email")
    assert found.stdout == "key,email\n1,ann@x\n"
    assert "3 without consent" in found.stderr
    everybody = segue("export", "--columns", "key,email", "--consent", "none")
    assert everybody.stdout == "key,email\n1,ann@x\n2,bob@x\n3,\n4,\n"


def test_one_segment_alone(segue: Segue) -> None:
    assert rows(segue("export", "--segment", "many")) == []
    assert len(rows(segue("export", "--segment", "few", "--segment", "many"))) == 2


def test_entries_are_those_of_the_last_run(segue: Segue) -> None:
    found = rows(segue("export", "entries"))
    assert [(row["segment"], row["key"]) for row in found] == [("few", "1"), ("few", "4")]


def test_who_came_and_went_between_two_runs_is_neither(segue: Segue) -> None:
    found = rows(segue("export", "entries", "--since", "1", "--columns", "segment,key,run_id"))
    assert [tuple(row.values()) for row in found] == [("few", "4", "3")]
    left = rows(segue("export", "exits", "--since", "1", "--columns", "segment,key,reason"))
    assert [tuple(row.values()) for row in left] == [
        ("many", "4", "condition"),
        ("many", "5", "entity_gone"),
    ]


def test_changes_up_to_an_earlier_run_or_instant(segue: Segue) -> None:
    by_run = rows(segue("export", "exits", "--since", "1", "--until", "2"))
    assert [(row["segment"], row["key"]) for row in by_run] == [("few", "1")]
    by_day = rows(segue("export", "exits", "--since", FIRST, "--until", SECOND))
    assert by_day == by_run


def test_exits_of_a_segment_that_is_gone_from_the_rules(segue: Segue, tmp_path: Path) -> None:
    (tmp_path / "rules.seg").write_text(RULES.replace("segment few", "# segment few"))
    assert segue("run", "--as-of", "2025-12-04").exit_code == 0

    left = rows(segue("export", "exits", "--segment", "few", "--columns", "key,reason"))
    assert left == [{"key": str(key), "reason": "segment_removed"} for key in (1, 2, 3, 4)]
    assert segue("export", "--segment", "few").exit_code == 2


def test_changes_of_a_renamed_segment_are_exported_under_its_present_name(
    segue: Segue, tmp_path: Path
) -> None:
    (tmp_path / "rules.seg").write_text(RULES.replace("many", "plenty"))
    assert segue("run", "--as-of", "2025-12-04").exit_code == 0

    left = rows(segue("export", "exits", "--since", "1", "--segment", "plenty"))
    assert [(row["segment"], row["key"]) for row in left] == [("plenty", "4"), ("plenty", "5")]
    asked = segue("export", "exits", "--since", "1", "--segment", "many")
    assert asked.exit_code == 2
    assert "since run 4 it has another name, and is called `plenty` now" in asked.stderr


def test_who_left_under_the_old_name_and_came_back_under_the_new_one_has_not_left(
    segue: Segue, tmp_path: Path, database: str
) -> None:
    (tmp_path / "rules.seg").write_text(RULES.replace("many", "plenty"))
    with connect(database_target(database)) as warehouse:
        warehouse.execute_text("UPDATE people SET n = 44 WHERE id = 4")
    assert segue("run", "--as-of", "2025-12-04").exit_code == 0

    left = rows(segue("export", "exits", "--since", "2", "--segment", "plenty"))
    assert [row["key"] for row in left] == ["1", "5"]


def test_exits_leave_nobody_out_for_want_of_consent(segue: Segue, database: str) -> None:
    with connect(database_target(database)) as warehouse:
        warehouse.execute_text("UPDATE people SET agreed = FALSE WHERE id = 4")
    left = rows(segue("export", "exits", "--columns", "key,email"))
    assert left == [
        {"key": "1", "email": "ann@x"},
        {"key": "4", "email": "dan@x"},
        {"key": "5", "email": ""},
    ]


def test_columns_are_renamed_and_defaults_stand_in(segue: Segue) -> None:
    result = segue(
        "export", "--consent", "none", "--columns", "key=external_id,email=address,country,wallet"
    )
    assert result.stdout.splitlines()[:3] == [
        "external_id,address,country,wallet",
        "1,ann@x,DE,12.50",
        "2,bob@x,XX,0.10",
    ]


def test_personal_attributes_are_not_among_every_attribute(segue: Segue) -> None:
    (first, _) = rows(segue("export", "--columns", "key,*"))
    assert list(first) == ["key", "country", "born", "wallet", "n", "agreed"]
    (first, _) = rows(segue("export", "--columns", "key,email,*"))
    assert first["email"] == "ann@x"


@pytest.mark.parametrize("database", ["duckdb"], indirect=True)
@pytest.mark.parametrize("text", ["a\rb", "a\nb", "a\r\nb", 'a,"b"', " a ", "é\u2028b"])
def test_a_text_is_the_same_after_csv(segue: Segue, database: str, text: str) -> None:
    with connect(database_target(database)) as warehouse:
        update = exp.update("people", {"email": text}, where="id = 1")
        warehouse.execute(update)
    result = segue("export", "--columns", "email,key")
    assert result.exit_code == 0, result.output
    lines = list(csv.reader(io.StringIO(result.stdout_bytes.decode(), newline="")))
    assert lines[:2] == [["email", "key"], [text, "1"]]


def test_json_lines_hold_values_of_their_types(segue: Segue) -> None:
    result = segue("export", "--format", "jsonl", "--columns", "key,born,wallet,agreed,entered_at")
    assert json.loads(result.stdout.splitlines()[0]) == {
        "key": 1,
        "born": "1990-02-03",
        "wallet": "12.50",
        "agreed": True,
        "entered_at": "2025-12-03T00:00:00Z",
    }


def test_parquet_holds_values_of_their_types(segue: Segue, tmp_path: Path) -> None:
    path = tmp_path / "out" / "members.parquet"
    result = segue("export", "--to", str(path), "--columns", "key,*,entered_at")
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert pq.read_table(path).to_pylist()[0] == {
        "key": 1,
        "country": "DE",
        "born": date(1990, 2, 3),
        "wallet": Decimal("12.50"),
        "n": 5,
        "agreed": True,
        "entered_at": datetime(2025, 12, 3, tzinfo=UTC),
    }


def test_rows_are_read_a_batch_at_a_time(
    segue: Segue, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "BATCH", 1)
    assert len(rows(segue("export", "--consent", "none"))) == 4
    with connect(database_target(database)) as warehouse:
        batches = list(warehouse.stream(parse_one("SELECT id FROM people ORDER BY id"), 3))
    assert batches == [[(1,), (2,), (3,)], [(4,)]]


@pytest.mark.parametrize("after_three_runs", ["postgres", "sqlite"], indirect=True)
def test_an_export_is_all_of_the_run_that_it_names_whatever_ends_meanwhile(
    segue: Segue, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = segue("export")
    ruleset = load_ruleset(tmp_path)

    def overtaken(store: Store) -> list[Run]:
        found = runs(store)
        with connect(database_target(database)) as other:
            other.execute_text("UPDATE people SET n = 99")
            run_ruleset(ruleset, other, to_microseconds(datetime(2025, 12, 4, tzinfo=UTC)))
        return found

    with connect(database_target(database)) as warehouse:
        if warehouse.dialect == "sqlite":
            # Else SQLite lets nobody write while somebody reads.
            warehouse.execute_text("PRAGMA journal_mode = WAL")
    monkeypatch.setattr("segue.runtime.cli.export.runs", overtaken)
    meanwhile = segue("export")
    monkeypatch.undo()
    assert meanwhile.output == before.output
    assert "as of run 3" in meanwhile.stderr
    assert "as of run 4" in segue("export").stderr


@pytest.mark.parametrize("after_three_runs", ["duckdb", "postgres"], indirect=True)
def test_an_attribute_of_another_type_is_refused_where_it_is_exported(
    segue: Segue, database: str
) -> None:
    with connect(database_target(database)) as warehouse:
        warehouse.execute_text("ALTER TABLE people ALTER n TYPE VARCHAR(20)")
    assert segue("export", "--columns", "key").exit_code == 0
    result = segue("export", "--columns", "key,n")
    assert result.exit_code == 2
    assert "SEG074" in result.stderr
    assert "`people.n` is of the type `int`" in result.stderr


def test_a_file_is_whole_or_not_there(
    segue: Segue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "members.csv"
    path.write_text("as it was\n")

    def stops(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("segue.runtime.cli.export.export", stops)
    assert segue("export", "--to", str(path)).exit_code == 130
    assert path.read_text() == "as it was\n"
    assert [p for p in tmp_path.iterdir() if p.name.startswith(".members")] == []


@pytest.mark.parametrize("after_three_runs", ["duckdb"], indirect=True)
def test_a_pipe_is_written_to_and_not_replaced(segue: Segue, tmp_path: Path) -> None:
    pipe = tmp_path / "members.csv"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as reader:
        text = reader.submit(pipe.read_text)
        assert segue("export", "--columns", "key", "--to", str(pipe)).exit_code == 0
        assert text.result() == "key\n1\n4\n"
    assert pipe.is_fifo()


@pytest.mark.parametrize("after_three_runs", ["duckdb"], indirect=True)
def test_a_file_may_be_read_by_whom_the_one_before_it_may(segue: Segue, tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.touch(0o640)
    assert segue("export", "--to", str(path)).exit_code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("after_three_runs", ["duckdb"], indirect=True)
def test_a_folder_is_named_where_a_file_was_meant(segue: Segue, tmp_path: Path) -> None:
    result = segue("export", "--to", str(tmp_path))
    assert result.exit_code == 2
    assert f"Is a directory: {tmp_path}\n" in result.stderr


@pytest.mark.parametrize("after_three_runs", ["duckdb"], indirect=True)
def test_a_folder_that_cannot_be_written_to_is_named_as_it_was_given(
    segue: Segue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(suffix: str | None, prefix: str, dir: Path) -> str:
        raise PermissionError(EACCES, os.strerror(EACCES), f"{dir}/{prefix}x7k2")

    # Whoever is root may write everywhere.
    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    monkeypatch.chdir(tmp_path)
    result = segue("export", "--to", "out/members.csv")
    assert result.exit_code == 2
    assert result.stderr.endswith("Permission denied: out\n")


@pytest.mark.parametrize("after_three_runs", ["duckdb"], indirect=True)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--columns", "emial"), "did you mean `email`?"),
        (("--columns", "key,reason"), "there is no column `reason` to export"),
        (("--columns", "key=id,n=id"), "two columns are called `id`"),
        (("--columns", "key="), "`key=` has no name"),
        (("--columns", ""), "`--columns` names no column"),
        (("--to", "members.xlsx"), "`members.xlsx` does not say a format"),
        (("entries", "--until", "2020-01-01"), "there was no run until `2020-01-01`"),
        (("--consent", "n"), "`n` does not stand for consent"),
        (("--segment", "fwe"), "did you mean `few`?"),
        (("entries", "--since", "9"), "there is no run 9"),
        (("entries", "--since", "3", "--until", "2"), "run 3 is after run 2"),
        (("entries", "--since", "soon"), "`soon` is no instant"),
        (("--since", "1"), "--since and --until are of entries and exits"),
        (("everybody",), "members, entries or exits"),
    ],
)
def test_what_cannot_be_exported_is_refused(
    segue: Segue, arguments: tuple[str, ...], message: str
) -> None:
    result = segue("export", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_before_the_first_run_there_is_nothing_to_export(tmp_path: Path) -> None:
    path = str(tmp_path / "new.duckdb")
    duckdb.connect(path).close()
    result = invoked(written(tmp_path), path, "export")
    assert result.exit_code == 2
    assert "no run has written" in result.stderr
