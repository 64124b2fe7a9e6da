import pytest

from membership.world import DAY, START, World, in_parts, marked_words, ungrouped_words
from segue.compiler.types import Kind
from segue.runtime.history.entity import life_of
from segue.runtime.history.sizes import segment_sizes
from segue.runtime.membership.lookup import last_change
from segue.runtime.membership.outcome import Repeats, SegmentCount
from segue.runtime.membership.store import Store
from segue.runtime.refusal import Refusal


def test_first_run_enters_everybody_who_belongs(world: World) -> None:
    world.people(ann="reader buyer", bob="reader", cas="")

    outcome = world.run("reader buyer")

    assert world.members() == {"buyer": ["ann"], "reader": ["ann", "bob"]}
    assert outcome.entities == 3
    assert outcome.counts == (
        SegmentCount("reader", members=2, entered=2, left=0, change="added"),
        SegmentCount("buyer", members=1, entered=1, left=0, change="added"),
    )


def test_only_changes_become_history(world: World) -> None:
    world.people(ann="reader buyer", bob="reader", cas="")
    world.run("reader buyer")
    world.people(ann="reader", bob="reader", cas="buyer")

    outcome = world.run("reader buyer")

    assert world.history(run=2) == [
        ("buyer", "ann", "exit", "condition"),
        ("buyer", "cas", "enter", "condition"),
    ]
    assert world.members() == {"buyer": ["cas"], "reader": ["ann", "bob"]}
    assert outcome.counts[1] == SegmentCount("buyer", members=1, entered=1, left=1)
    assert outcome.counts[0].stayed == 2


def test_members_keep_the_instant_they_entered(world: World) -> None:
    world.people(ann="reader")
    world.run("reader")
    world.people(ann="reader", bob="reader")
    world.run("reader")

    rows = world.rows("SELECT key, entered_at, run_id FROM segue.members ORDER BY key")
    found = [(key, world.warehouse.read_moment(at), run) for key, at, run in rows]
    assert found == [("ann", START + DAY, 1), ("bob", START + 2 * DAY, 2)]


def test_the_same_run_again_changes_nothing_and_is_logged(world: World) -> None:
    world.people(ann="reader")
    world.run("reader", as_of=START)

    outcome = world.run("reader", as_of=START)

    assert outcome.repeated
    assert not outcome.changed
    assert world.history(run=2) == []
    assert world.rows("SELECT run_id, entered FROM segue.runs ORDER BY 1") == [(1, 1), (2, 0)]


def test_an_entity_that_is_gone_leaves_everything(world: World) -> None:
    world.people(ann="reader buyer", bob="")
    world.run("reader buyer")
    world.people(bob="")
    world.run("reader buyer")

    assert world.history(run=2) == [
        ("buyer", "ann", "exit", "entity_gone"),
        ("reader", "ann", "exit", "entity_gone"),
    ]
    assert world.rows("SELECT * FROM segue.state") == []


def test_members_of_a_removed_segment_leave_it(world: World) -> None:
    world.people(ann="reader buyer")
    world.run("reader buyer")

    outcome = world.run("reader")

    assert world.history(run=2) == [("buyer", "ann", "exit", "segment_removed")]
    assert outcome.removed == (
        SegmentCount("buyer", members=0, entered=0, left=1, change="removed"),
    )
    assert world.rows("SELECT slot, retired_run FROM segue.segments ORDER BY 1") == [
        (0, None),
        (1, 2),
    ]


def test_a_removed_segment_that_returns_gets_its_slot_back(world: World) -> None:
    world.people(ann="reader buyer")
    world.run("reader buyer")
    world.run("buyer")
    world.run("buyer other reader")

    assert world.members() == {"buyer": ["ann"], "reader": ["ann"]}
    assert world.history(run=3) == [("reader", "ann", "enter", "segment_added")]
    rows = world.rows("SELECT slot, segment, retired_run FROM segue.segments ORDER BY 1")
    assert rows == [(0, "reader", None), (1, "buyer", None), (2, "other", None)]


def test_who_moves_because_a_rule_changed_is_told_apart(world: World) -> None:
    world.people(ann="reader", bob="")
    world.run({"reader": "opens >= 10"})
    world.people(ann="reader", bob="reader")

    outcome = world.run({"reader": "opens >= 5"})

    assert world.history(run=2) == [("reader", "bob", "enter", "rule_changed")]
    assert outcome.counts[0].change == "changed"


def test_members_of_a_renamed_segment_stay_members(world: World) -> None:
    world.people(ann="old new")
    world.run({"old": "opens >= 10"})

    outcome = world.run({"new": "opens >= 10"})

    assert outcome.renamed == {"new": "old"}
    assert world.history(run=2) == []
    assert world.rows("SELECT segment, run_id FROM segue.members") == [("new", 1)]


def test_what_a_renamed_segment_did_before_is_found_by_its_new_name(world: World) -> None:
    world.people(ann="old new", bob="")
    world.run({"old": "opens >= 10"})
    world.run({"new": "opens >= 10"})

    store = Store(world.warehouse)
    found = last_change(store, "new", "ann")
    assert found is not None
    assert (found.change, found.run_id) == ("enter", 1)
    assert last_change(store, "old", "ann") is None
    assert life_of(store, "ann").members == {"new": START + DAY}
    assert [(size.run_id, size.members) for size in segment_sizes(store, "new")] == [(1, 1), (2, 1)]


def test_a_name_that_is_used_again_is_that_of_the_new_segment_from_then_on(world: World) -> None:
    world.people(ann="a b", bob="")
    world.run({"a": "opens >= 10"})
    world.run({"b": "opens >= 10"})
    world.people(ann="b", bob="a")
    world.run({"b": "opens >= 10", "a": "clicks >= 10"})

    store = Store(world.warehouse)
    assert life_of(store, "ann").members == {"b": START + DAY}
    assert life_of(store, "bob").members == {"a": START + 3 * DAY}
    assert last_change(store, "a", "ann") is None
    assert [size.run_id for size in segment_sizes(store, "a")] == [3]


def test_a_segment_that_is_renamed_and_renamed_back_is_one(world: World) -> None:
    world.people(ann="a b", bob="")
    for name in ("a", "b", "a"):
        world.run({name: "opens >= 10"})
    world.people(ann="a", bob="a")
    world.run({"a": "opens >= 10"})

    store = Store(world.warehouse)
    assert life_of(store, "ann").members == {"a": START + DAY}
    assert [size.members for size in segment_sizes(store, "a")] == [1, 1, 1, 2]
    assert segment_sizes(store, "b") == []


def test_a_renamed_segment_that_was_removed_and_returns_has_its_whole_history(world: World) -> None:
    world.people(ann="a b c")
    for segments in ({"a": "opens >= 10"}, {"b": "opens >= 10", "c": "c"}, {"c": "c"}):
        world.run(segments)
    world.run({"b": "opens >= 10", "c": "c"})

    changes = life_of(Store(world.warehouse), "ann").changes
    assert [(change.run_id, change.before, change.after) for change in changes] == [
        (1, None, "b"),
        (2, None, "c"),
        (3, "b", None),
        (4, None, "b"),
    ]


def test_a_trial_renames_nothing(world: World) -> None:
    world.people(ann="a b")
    world.run({"a": "opens >= 10"})
    assert world.run({"b": "opens >= 10"}, trial=True).renamed == {"b": "a"}
    assert life_of(Store(world.warehouse), "ann").members == {"a": START + DAY}


def test_more_segments_than_one_word_holds(world: World) -> None:
    names = [f"s{n}" for n in range(130)]
    world.people(ann="s0 s61", bob="s62 s123 s124 s129")
    world.run(" ".join(names[:2]))
    world.run(" ".join(names))
    world.people(ann="s61 s129", bob="s62 s123 s124")
    world.run(" ".join(names))

    assert world.members() == {
        "s123": ["bob"],
        "s124": ["bob"],
        "s129": ["ann"],
        "s61": ["ann"],
        "s62": ["bob"],
    }
    assert [row[:3] for row in world.history(run=3)] == [
        ("s0", "ann", "exit"),
        ("s129", "ann", "enter"),
        ("s129", "bob", "exit"),
    ]


def test_a_partial_run_leaves_other_segments_alone(world: World) -> None:
    world.people(ann="reader buyer", bob="")
    world.run("reader buyer")
    world.people(ann="", bob="reader buyer")

    outcome = world.run("buyer", partial=True)

    assert world.members() == {"buyer": ["bob"], "reader": ["ann"]}
    assert [count.segment for count in outcome.counts] == ["buyer"]
    assert world.run("reader buyer").counts[0] == SegmentCount("reader", 1, entered=1, left=1)


def test_an_earlier_instant_is_refused(world: World) -> None:
    world.people(ann="reader")
    world.run("reader", as_of=START)

    with pytest.raises(Refusal, match="the last run was as of 2023-11-14T22:13:20Z"):
        world.run("reader", as_of=START - DAY)


def test_a_trial_counts_and_writes_nothing(world: World) -> None:
    world.people(ann="reader", bob="reader")

    first = world.run("reader", trial=True)
    assert first.counts == (SegmentCount("reader", 2, entered=2, left=0, change="added"),)

    world.run("reader")
    world.people(ann="", bob="reader")
    later = world.run("reader other", trial=True, as_of=START - DAY)

    assert later.run_id is None
    assert later.counts[0] == SegmentCount("reader", 1, entered=0, left=1)
    assert world.members() == {"reader": ["ann", "bob"]}
    assert world.rows("SELECT segment FROM segue.segments") == [("reader",)]
    assert world.rows("SELECT COUNT(*) FROM segue.runs") == [(1,)]


def test_who_is_in_several_rows_stays_where_they_are(world: World) -> None:
    world.words = ungrouped_words
    world.people(ann="reader", bob="", eve="buyer")
    world.run("reader buyer")

    world.people(ann="", bob="reader", cid="reader", eve="reader")
    for key in ("ann", "cid"):
        world.repeat(key)
    found = world.run("reader buyer")

    assert found.repeats == Repeats(entities=2, rows=4, keys=("ann", "cid"))
    assert found.entities == 4
    assert world.members() == {"reader": ["ann", "bob", "eve"]}
    assert world.history(run=2) == [
        ("buyer", "eve", "exit", "condition"),
        ("reader", "bob", "enter", "condition"),
        ("reader", "eve", "enter", "condition"),
    ]


def test_who_is_in_several_rows_leaves_a_segment_that_is_removed(world: World) -> None:
    world.words = ungrouped_words
    world.people(ann="reader", bob="reader")
    world.run("reader buyer")
    world.repeat("ann")
    world.run("buyer")
    assert world.members() == {}
    assert ("reader", "ann", "exit", "segment_removed") in world.history(run=2)


def test_a_trial_leaves_aside_who_is_in_several_rows(world: World) -> None:
    world.words = ungrouped_words
    world.people(ann="reader", bob="reader")
    world.repeat("ann")
    found = world.run("reader", trial=True)
    assert found.counts[0].members == 1


def test_a_column_that_is_no_key_is_refused(world: World) -> None:
    world.words = ungrouped_words
    world.people(ann="reader")
    for _ in range(2):
        world.repeat("ann")
    with pytest.raises(Refusal, match="is not one: 1 value in 3 rows"):
        world.run("reader")


def test_segments_in_several_queries_are_as_in_one(world: World) -> None:
    world.words = in_parts(marked_words)
    world.people(ann="reader buyer", bob="reader", eve="")
    world.run("reader buyer seller")
    assert world.members() == {"buyer": ["ann"], "reader": ["ann", "bob"]}

    world.people(ann="buyer", bob="seller reader")
    world.run("reader buyer seller")
    assert world.history(run=2) == [
        ("reader", "ann", "exit", "condition"),
        ("seller", "bob", "enter", "condition"),
    ]


def test_who_is_in_several_rows_of_several_queries_is_counted_once(world: World) -> None:
    world.words = in_parts(ungrouped_words)
    world.people(ann="reader", bob="reader", eve="buyer")
    world.repeat("ann")
    found = world.run("reader buyer")
    assert found.repeats == Repeats(entities=1, rows=2, keys=("ann",))
    assert world.members() == {"buyer": ["eve"], "reader": ["bob"]}


def test_a_failed_run_leaves_the_store_as_it_was(world: World) -> None:
    world.people(ann="reader")
    world.run("reader")
    world.people(bob="reader")

    class Stop(Exception):
        pass

    from segue.runtime.membership.refresh import Request, refresh
    from segue.runtime.membership.slots import Segment

    def stop(step: str) -> None:
        if step == "writing the run":
            raise Stop

    request = Request(
        as_of=START + 9 * DAY,
        ruleset="r",
        segments=[Segment("reader", "reader")],
        entity="person",
        key=Kind.STRING,
    )
    with pytest.raises(Stop):
        refresh(world.warehouse, request, marked_words, lambda: START, stop)

    assert world.members() == {"reader": ["ann"]}
    assert world.run("reader").entered == 1


def test_another_entity_in_the_same_schema_is_refused(world: World) -> None:
    world.people(ann="reader")
    world.run("reader")
    with world.warehouse.transaction():
        Store(world.warehouse).execute("UPDATE segue.store SET entity = 'company'")

    with pytest.raises(Refusal, match="holds segments of another entity: `company`"):
        world.run("reader")


def test_more_segments_than_an_engine_has_columns(world: World) -> None:
    names = [f"s{number}" for number in range(2_001)]
    world.people(ann="s0 s1000", bob="s0 s2000")

    outcome = world.run(" ".join(names))

    found = {count.segment: count.members for count in outcome.counts if count.members}
    assert found == {"s0": 2, "s1000": 1, "s2000": 1}
