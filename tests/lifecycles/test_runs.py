"""Stages over runs, in every engine."""

from lifecycles.shop import DAY, RULES, START, Shop, plan_of
from segue.runtime.history.entity import life_of
from segue.runtime.history.lifecycle import lifecycle_history
from segue.runtime.lifecycles.outcome import MoveCount, StageCount
from segue.runtime.membership.store import Store


def test_an_entity_without_a_stage_tries_all_in_order_of_definition(shop: Shop) -> None:
    shop.customers({1: (0, None, None), 2: (2, None, None), 3: (0, None, True), 4: (5, True, True)})
    outcome = shop.run(plan_of(RULES))

    assert shop.stages() == {1: "prospect", 2: "buyer", 3: "lost", 4: "buyer"}
    (count,) = outcome.lifecycles
    assert count.stages[1] == StageCount("buyer", 2, arrived=2, departed=0, change="added")
    assert MoveCount(None, "buyer", "entered", 2) in count.moves


def test_one_evaluation_moves_one_stage_at_most(shop: Shop) -> None:
    plan = plan_of(RULES)
    shop.customers({1: (0, None, None)})
    shop.run(plan)
    shop.customers({1: (5, True, True)})
    shop.run(plan)
    assert shop.stages() == {1: "buyer"}
    # `regular` is tried before `lost`, because `next` lists it first.
    shop.run(plan)
    assert shop.stages() == {1: "regular"}
    shop.run(plan)
    assert shop.moves(run=4) == [(1, "regular", "lost", "progressed")]


def test_who_meets_the_exit_condition_and_no_entry_leaves_to_no_stage(shop: Shop) -> None:
    plan = plan_of(RULES)
    shop.customers({1: (0, None, False)})
    shop.run(plan)
    shop.customers({1: (0, None, True)})
    shop.run(plan)

    assert shop.stages() == {}
    assert shop.moves(run=2) == [(1, "prospect", None, "exited")]


def test_with_an_initial_stage_everybody_has_a_stage(shop: Shop) -> None:
    plan = plan_of(
        "lifecycle customer { initial new stage new { next buyer } "
        "stage buyer { enter when orders > 0 exit when quiet } }"
    )
    shop.customers({1: (0, None, None), 2: (1, None, None)})
    shop.run(plan)
    assert shop.moves(run=1) == [(1, None, "new", "started"), (2, None, "buyer", "entered")]

    shop.customers({1: (0, None, None), 2: (0, None, True)})
    shop.run(plan)
    assert shop.stages() == {1: "new"}
    shop.run(plan)
    assert shop.stages() == {1: "new", 2: "new"}


def test_since_is_the_instant_somebody_came(shop: Shop) -> None:
    plan = plan_of(RULES)
    shop.customers({1: (0, None, None)})
    shop.run(plan)
    shop.run(plan)
    ((since, run),) = shop.rows("SELECT since, run_id FROM segue.stages")
    assert (shop.warehouse.read_moment(since), run) == (START + DAY, 1)


def test_an_entity_that_is_gone_leaves_its_stage(shop: Shop) -> None:
    plan = plan_of(RULES)
    shop.customers({1: (0, None, None), 2: (0, None, None)})
    shop.run(plan)
    shop.customers({2: (0, None, None)})
    shop.run(plan)
    assert shop.stages() == {2: "prospect"}
    assert shop.moves(run=2) == [(1, "prospect", None, "entity_gone")]


def test_a_renamed_stage_keeps_its_people(shop: Shop) -> None:
    shop.customers({1: (2, None, None)})
    shop.run(plan_of(RULES))
    outcome = shop.run(plan_of(RULES.replace("buyer", "customer_at_last")))

    assert shop.stages() == {1: "customer_at_last"}
    assert shop.moves(run=2) == []
    assert outcome.lifecycles[0].stages[1].change == "renamed from buyer"
    assert shop.rows("SELECT run_id FROM segue.stages") == [(1,)]


def test_two_stages_may_swap_their_names(shop: Shop) -> None:
    shop.customers({1: (2, None, None), 2: (0, None, True)})
    shop.run(plan_of(RULES))
    swapped = RULES.replace("buyer", "x").replace("lost", "y")
    shop.run(plan_of(swapped))
    assert shop.stages() == {1: "x", 2: "y"}


def test_who_is_in_a_removed_stage_counts_as_without_one(shop: Shop) -> None:
    shop.customers({1: (2, None, None), 2: (2, None, True)})
    shop.run(plan_of(RULES))
    only_lost = "lifecycle customer { stage gone { enter when quiet and orders >= 1 } }"
    outcome = shop.run(plan_of(only_lost))

    assert shop.stages() == {2: "gone"}
    assert shop.moves(run=2) == [
        (1, "buyer", None, "stage_removed"),
        (2, "buyer", "gone", "stage_removed"),
    ]
    assert [stage.change for stage in outcome.lifecycles[0].stages] == ["added", "removed"]


def test_a_removed_lifecycle_is_left_by_all(shop: Shop) -> None:
    shop.customers({1: (2, None, None)})
    shop.run(plan_of(RULES))
    outcome = shop.run(plan_of("metric a = orders"))

    assert shop.stages() == {}
    assert shop.moves(run=2) == [(1, "buyer", None, "lifecycle_removed")]
    assert outcome.lifecycles[0].change == "removed"


def test_a_renamed_lifecycle_keeps_its_people(shop: Shop) -> None:
    shop.customers({1: (2, None, None)})
    shop.run(plan_of(RULES))
    outcome = shop.run(plan_of(RULES.replace("lifecycle customer", "lifecycle clients")))

    assert shop.stages("clients") == {1: "buyer"}
    assert shop.moves(run=2) == []
    assert outcome.lifecycles[0].change == "renamed from customer"


def test_history_before_a_lifecycle_and_a_stage_had_their_names_is_theirs(shop: Shop) -> None:
    shop.customers({1: (0, None, None)})
    shop.run(plan_of(RULES))
    shop.customers({1: (2, None, None)})
    shop.run(plan_of(RULES))
    renamed = RULES.replace("lifecycle customer", "lifecycle clients")
    shop.run(plan_of(renamed))
    renamed = renamed.replace("buyer", "client")
    shop.run(plan_of(renamed))

    store = Store(shop.warehouse)
    found = lifecycle_history(store, plan_of(renamed).lifecycles["clients"])
    assert found.matrix == {(None, "prospect"): 1, ("prospect", "client"): 1}
    assert "buyer" not in found.stages
    assert [size.sizes["client"] for size in found.sizes] == [0, 1, 1, 1]
    assert life_of(store, 1).stages == {"clients": ("client", START + 2 * DAY)}


def test_names_that_two_stages_swapped_are_told_apart_by_the_run(shop: Shop) -> None:
    between = RULES.replace("buyer", "first").replace("lost", "second")
    swapped = between.replace("first", "lost").replace("second", "buyer")
    shop.customers({1: (2, None, None), 2: (0, None, True)})
    shop.run(plan_of(RULES))
    shop.run(plan_of(between))
    shop.run(plan_of(swapped))

    store = Store(shop.warehouse)
    found = lifecycle_history(store, plan_of(swapped).lifecycles["customer"])
    assert found.matrix == {(None, "lost"): 1, (None, "buyer"): 1}
    assert [size.sizes["lost"] for size in found.sizes] == [1, 1, 1]
    assert life_of(store, 2).stages == {"customer": ("buyer", START + DAY)}


def test_a_trial_in_the_past_knows_the_stages_that_have_other_names_now(shop: Shop) -> None:
    renamed = plan_of(RULES.replace("buyer", "client"))
    shop.customers({1: (2, None, None)})
    shop.run(plan_of(RULES))
    shop.run(renamed)
    shop.customers({1: (3, True, None)})
    earlier = shop.run(renamed, trial=True, as_of=START + DAY)
    assert earlier.lifecycles[0].moves == (MoveCount("client", "regular", "progressed", 1),)


def test_two_lifecycles_are_kept_apart(shop: Shop) -> None:
    plan = plan_of(
        "lifecycle a { stage one { enter when orders >= 1 } }\n"
        "lifecycle b { stage one { enter when orders >= 2 } stage two { enter when true } }"
    )
    shop.customers({1: (1, None, None), 2: (2, None, None), 3: (0, None, None)})
    shop.run(plan)
    assert shop.stages("a") == {1: "one", 2: "one"}
    assert shop.stages("b") == {1: "two", 2: "one", 3: "two"}


def test_a_trial_counts_moves_and_writes_nothing(shop: Shop) -> None:
    plan = plan_of(RULES)
    shop.customers({1: (0, None, None)})
    first = shop.run(plan, trial=True)
    assert first.lifecycles[0].moves == (MoveCount(None, "prospect", "entered", 1),)

    shop.run(plan)
    shop.customers({1: (1, None, None)})
    shop.run(plan)
    shop.customers({1: (3, True, None)})
    later = shop.run(plan, trial=True)
    assert later.lifecycles[0].moves == (MoveCount("buyer", "regular", "progressed", 1),)
    assert shop.stages() == {1: "buyer"}


def test_a_trial_in_the_past_starts_from_the_stages_of_that_time(shop: Shop) -> None:
    plan = plan_of(RULES)
    shop.customers({1: (0, None, None)})
    shop.run(plan)
    shop.customers({1: (1, None, None)})
    shop.run(plan)
    earlier = shop.run(plan, trial=True, as_of=START + DAY)
    assert earlier.lifecycles[0].moves == (MoveCount("prospect", "buyer", "progressed", 1),)


def test_who_is_in_several_rows_keeps_their_stage(shop: Shop) -> None:
    plan = plan_of(RULES)
    shop.customers({1: (0, None, None), 2: (0, None, None)})
    shop.run(plan)
    shop.customers({1: (5, True, True), 2: (5, True, True), 3: (0, None, None)})
    shop.repeat(1, 3)
    outcome = shop.run(plan)

    assert outcome.repeats is not None
    assert outcome.repeats.keys == (1, 3)
    assert shop.stages() == {1: "prospect", 2: "buyer"}
    assert shop.moves(run=2) == [(2, "prospect", "buyer", "progressed")]
