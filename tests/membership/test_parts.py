"""A store kept in parts: what stands in for transactions where an engine has none."""

from collections.abc import Iterator

import duckdb
import pytest

from membership.in_parts import PartsOfDuckDB
from membership.world import World
from segue.runtime.membership.store import Store
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.parts.keeper import MOST_PARTS
from segue.runtime.warehouse.parts.manifest import (
    Column,
    Erased,
    Kept,
    Manifest,
    born_at,
    read_manifest,
)
from segue.runtime.warehouse.parts.tables import RUNS_WITH_A_NEW_VIEW


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@pytest.fixture
def parts(connection: duckdb.DuckDBPyConnection) -> World:
    return World(PartsOfDuckDB(connection))


def tables(world: World) -> list[str]:
    query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'segue'"
    return [row[0] for row in world.rows(query)]


class Stop(Exception):
    pass


def stopped(world: World) -> None:
    """A run that ends just before it would publish."""

    def stop() -> None:
        raise Stop

    with pytest.raises(Stop):
        world.run("reader buyer", survey=stop)


def test_a_manifest_is_read_as_it_was_written() -> None:
    columns = (Column("key", "TEXT", required=True), Column("word_0", "BIGINT"))
    gone = Erased("state_gone__2_ab12cd342", ("key",), 1)
    manifest = Manifest(3, {"state": Kept(columns, ("state__2_ab12cd341",), (gone,))})
    assert read_manifest(manifest.to_text()) == manifest
    assert born_at("state__2_ab12cd341") == 2


def test_a_run_that_stops_leaves_the_tables_of_the_run_before_it(parts: World) -> None:
    parts.people(ann="reader")
    parts.run("reader")
    before = sorted(tables(parts))
    parts.people(bob="reader buyer")

    stopped(parts)

    assert parts.members() == {"reader": ["ann"]}
    assert sorted(tables(parts)) == before
    parts.run("reader buyer")
    assert parts.members() == {"buyer": ["bob"], "reader": ["bob"]}


def test_what_a_killed_run_left_is_swept_away_by_later_runs(parts: World) -> None:
    parts.people(ann="reader")
    parts.run("reader")
    parts.rows("CREATE TABLE segue.members__1_dead0000 AS SELECT 1 AS nothing")
    for _ in range(3):
        assert "members__1_dead0000" in tables(parts)
        parts.run("reader")
        if "members__1_dead0000" not in tables(parts):
            break
    assert "members__1_dead0000" not in tables(parts)
    assert parts.members() == {"reader": ["ann"]}


def test_of_two_runs_at_once_the_second_to_finish_is_refused(parts: World) -> None:
    parts.people(ann="reader")
    parts.run("reader")
    parts.people(bob="reader buyer")
    another = World.__new__(World)
    another.warehouse = PartsOfDuckDB(parts.warehouse.connection.cursor())
    another.day, another.words = parts.day, parts.words

    def overtaken() -> None:
        another.run("reader buyer")

    with pytest.raises(Refusal, match="another run has finished while this one was at work"):
        parts.run("reader", survey=overtaken)

    assert parts.members() == {"buyer": ["bob"], "reader": ["bob"]}
    assert [row[0] for row in parts.rows("SELECT run_id FROM segue.runs ORDER BY 1")] == [1, 2]
    parts.run("reader buyer")
    assert [row[0] for row in parts.rows("SELECT run_id FROM segue.runs ORDER BY 1")] == [1, 2, 3]


def test_temporary_tables_of_a_transaction_that_failed_are_gone(parts: World) -> None:
    store = Store(parts.warehouse)

    def marked() -> list[tuple[object, ...]]:
        store.execute("CREATE TEMPORARY TABLE temp.marked (key TEXT)")
        store.insert("marked", ["key"], [])
        store.execute("INSERT INTO temp.marked (key) VALUES ('ann')")
        return store.fetch(store("SELECT key FROM temp.marked"))

    def fails() -> None:
        with parts.warehouse.transaction():
            marked()
            raise Stop

    with pytest.raises(Stop):
        fails()
    with parts.warehouse.transaction(keep=False):
        assert marked() == [("ann",)]
    with parts.warehouse.transaction():
        assert marked() == [("ann",)]


def test_an_interruption_after_publishing_keeps_what_was_published(
    parts: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.people(ann="reader")
    publish = PartsOfDuckDB.publish

    def interrupted(self: PartsOfDuckDB, schema: str, manifest: Manifest) -> bool:
        publish(self, schema, manifest)
        raise KeyboardInterrupt

    monkeypatch.setattr(PartsOfDuckDB, "publish", interrupted)
    with pytest.raises(KeyboardInterrupt):
        parts.run("reader")
    monkeypatch.undo()

    found = Store(PartsOfDuckDB(parts.warehouse.connection))
    assert found.fetch(found("SELECT segment, key FROM segue.members")) == [("reader", "ann")]
    assert parts.run("reader").run_id == 2


def test_a_table_of_many_parts_becomes_one(parts: World) -> None:
    for day in range(MOST_PARTS + 2):
        parts.people(**{f"p{day}": "reader"})
        parts.run("reader")
    manifest = parts.warehouse.head("segue")
    assert len(manifest.tables["history"].parts) == 2
    assert len(manifest.tables["members"].parts) <= 2
    assert len(parts.rows("SELECT * FROM segue.runs")) == MOST_PARTS + 2
    assert len(parts.rows("SELECT * FROM segue.history")) == 2 * (MOST_PARTS + 2) - 1


def test_readers_keep_to_the_run_they_began_with(parts: World) -> None:
    parts.people(ann="reader")
    parts.run("reader")
    reader = Store(PartsOfDuckDB(parts.warehouse.connection.cursor()))
    assert reader.last_run()[0] == 1
    parts.people(bob="reader")
    parts.run("reader")
    assert reader.last_run()[0] == 1
    assert reader.fetch(reader("SELECT key FROM segue.members")) == [("ann",)]


def test_a_table_that_is_dropped_is_there_until_the_run_ends_well(parts: World) -> None:
    parts.people(ann="reader")
    parts.run("reader")
    store = Store(parts.warehouse)

    def dropped(*, keep: bool) -> bool:
        with parts.warehouse.transaction(keep=keep):
            store.execute("DROP TABLE segue.counts")
            store.execute("DROP TABLE IF EXISTS segue.counts")
            assert not parts.warehouse.has_table(store.table("counts"))
        return "counts" not in tables(parts)

    assert not dropped(keep=False)
    assert parts.warehouse.has_table(store.table("counts"))
    assert dropped(keep=True)


def test_tables_that_are_there_for_runs_alone_have_no_view(parts: World) -> None:
    store = Store(parts.warehouse)
    with parts.warehouse.transaction():
        parts.warehouse.create_schema("segue")
        store.execute("CREATE TABLE segue.kept_things (key TEXT)")
        store.execute("CREATE TABLE segue.things (key TEXT)")
    assert "things" in tables(parts)
    assert "kept_things" not in tables(parts)
    assert parts.warehouse.has_table(store.table("kept_things"))


def views_made(world: World, name: str) -> int:
    begin = f'CREATE OR REPLACE VIEW "segue"."{name}"'
    return sum(text.startswith(begin) for text in world.warehouse.statements)


def test_a_view_is_made_anew_by_the_runs_after_its_table_changed(parts: World) -> None:
    parts.people(ann="reader")
    for _ in range(RUNS_WITH_A_NEW_VIEW + 3):
        parts.run("reader")
    assert views_made(parts, "members") == RUNS_WITH_A_NEW_VIEW
    assert views_made(parts, "runs") == RUNS_WITH_A_NEW_VIEW + 3


def test_a_view_that_a_killed_run_did_not_make_is_made_by_the_next_one(
    parts: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*given: object) -> None:
        raise KeyboardInterrupt

    parts.people(ann="reader")
    parts.run("reader")
    parts.people(bob="reader")
    monkeypatch.setattr(PartsOfDuckDB, "expose", killed)
    with pytest.raises(KeyboardInterrupt):
        parts.run("reader")
    monkeypatch.undo()
    assert parts.members() == {"reader": ["ann"]}
    parts.run("reader")
    assert parts.members() == {"reader": ["bob"]}


MANY = {f"p{number:02}": "reader" for number in range(20)}


def members_table(world: World) -> Kept:
    return world.warehouse.head("segue").tables["members"]


def entered(world: World, key: str) -> list[tuple[object, ...]]:
    return world.rows(f"SELECT run_id FROM segue.members WHERE key = '{key}'")


def test_who_leaves_is_said_beside_the_members_and_these_stay_as_they_are(parts: World) -> None:
    parts.people(**MANY)
    parts.run("reader")
    (whole,) = members_table(parts).parts
    parts.people(**{**MANY, "p03": "", "zoe": "reader"})
    parts.run("reader")

    table = members_table(parts)
    assert table.parts[0] == whole
    assert [(gone.columns, gone.before) for gone in table.erased] == [(("segment", "key"), 1)]
    assert parts.members() == {"reader": sorted({*MANY, "zoe"} - {"p03"})}


def test_who_left_and_came_back_is_a_member_once_and_since_then(parts: World) -> None:
    for marks in (MANY, {**MANY, "p03": ""}, MANY):
        parts.people(**marks)
        parts.run("reader")
    assert len(members_table(parts).erased) == 1
    assert entered(parts, "p03") == [(3,)]
    parts.people(**{**MANY, "p03": ""})
    parts.run("reader")
    assert len(members_table(parts).erased) == 2
    assert entered(parts, "p03") == []
    assert len(parts.members()["reader"]) == 19


def test_who_left_one_segment_stays_in_the_others(parts: World) -> None:
    parts.people(**{**MANY, "ann": "reader buyer"})
    parts.run("reader buyer")
    parts.people(**{**MANY, "ann": "buyer"})
    parts.run("reader buyer")
    assert len(members_table(parts).erased) == 1
    assert parts.members() == {"buyer": ["ann"], "reader": sorted(MANY)}


def test_members_are_written_as_one_when_many_have_left(parts: World) -> None:
    parts.people(**MANY)
    parts.run("reader")
    for left in range(1, 8):
        parts.people(**{key: "" if key < f"p{left:02}" else "reader" for key in MANY})
        parts.run("reader")
        assert len(members_table(parts).erased) == (left if left <= 6 else 0)
        assert len(parts.members()["reader"]) == 20 - left


def test_members_are_written_as_one_after_many_runs(parts: World) -> None:
    many = {f"p{number:03}": "reader" for number in range(200)}
    parts.people(**many)
    parts.run("reader")
    for left in range(1, MOST_PARTS + 1):
        parts.people(**{key: "" if key < f"p{left:03}" else "reader" for key in many})
        parts.run("reader")
    assert len(members_table(parts).erased) == 0
    assert len(members_table(parts).parts) == 1
    assert len(parts.members()["reader"]) == 200 - MOST_PARTS


def test_a_run_that_stops_leaves_nothing_of_who_left_in_it(parts: World) -> None:
    parts.people(**MANY)
    parts.run("reader buyer")
    before = sorted(tables(parts))
    parts.people(**{**MANY, "p03": "buyer"})
    stopped(parts)
    assert sorted(tables(parts)) == before
    assert parts.members() == {"reader": sorted(MANY)}


def test_who_left_is_left_out_where_a_segment_is_renamed(parts: World) -> None:
    parts.people(**MANY)
    parts.run({"reader": "reading"})
    parts.people(**{**MANY, "p03": ""})
    parts.run({"reader": "reading"})
    assert len(members_table(parts).erased) == 1
    store = Store(parts.warehouse)
    with parts.warehouse.transaction():
        store.execute("UPDATE segue.members SET segment = 'r' WHERE segment = 'reader'")
    assert parts.members() == {"r": sorted({*MANY} - {"p03"})}
    assert not members_table(parts).erased


def test_rows_that_are_added_after_others_went_are_not_taken_for_these(parts: World) -> None:
    parts.people(**MANY)
    parts.run("reader")
    store = Store(parts.warehouse)
    with parts.warehouse.transaction():
        store.execute(
            """INSERT INTO segue.members (segment, key, entered_at, run_id)
               SELECT 'x', key, entered_at, run_id FROM segue.members"""
        )
        for _ in range(2):
            store.execute(
                """DELETE FROM segue.members WHERE (segment, key) IN
                     (SELECT segment, key FROM segue.members WHERE key = 'p03')"""
            )
            store.execute(
                """INSERT INTO segue.members (segment, key, entered_at, run_id)
                   SELECT 'x', 'p03', entered_at, 9 FROM segue.members WHERE key = 'p04'
                     AND segment = 'x'"""
            )
    assert entered(parts, "p03") == [(9,)]
    assert len(parts.members()["x"]) == 20


def test_the_view_of_members_is_made_anew_where_somebody_only_left(parts: World) -> None:
    parts.people(**MANY)
    for _ in range(RUNS_WITH_A_NEW_VIEW + 1):
        parts.run("reader")
    made = views_made(parts, "members")
    parts.people(**{**MANY, "p03": ""})
    parts.run("reader")
    assert views_made(parts, "members") == made + 1
