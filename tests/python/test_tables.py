"""Tables of metric values: what one row holds stops no other."""

import random
from decimal import Decimal

import pyarrow
import pytest

from segue.compiler.python.events import compile_evaluator
from segue.compiler.python.population import evaluate_population
from segue.compiler.python.predicates import compile_predicates
from segue.compiler.python.profile import Profile
from segue.compiler.python.snapshot import NeedsSnapshot, Snapshot
from segue.runtime.columnar import evaluate_table

NOW = 1_700_000_000_000_000
COMPARED = """
segment upper { when percentile(credit) >= 50% }
segment above { when credit > average(credit by country) }
segment first { when top 3 by visits }
segment second_order { when rank(percentile(credit)) <= 2 and visits > 1 }
segment plain { when visits >= 4 }
"""


def test_a_value_of_another_type_is_an_error_of_its_row(plan_of):
    plan = plan_of("segment keen { when credit >= 10.00 }")
    credits = ["12.5", None, "old"]
    table = pyarrow.table({"customer_id": [1, 2, 3, 4], "credit": pyarrow.array([*credits, "x"])})
    found = evaluate_table(plan, table)
    assert found.table["keen"].to_pylist() == [None, False, None, None]
    assert [(e.row, e.key) for e in found.errors] == [(0, 1), (2, 3), (3, 4)]
    assert found.errors[1].reason == "`credit`: a number is expected, not 'old'"


def test_a_product_beyond_64_bits_is_that_of_python(plan_of):
    plan = plan_of("segment many { when visits * visits > 5 } segment all { when visits > 0 }")
    visits = [1, 3, 2**40, 2, 2**62, 7]
    found = evaluate_table(plan, pyarrow.table({"visits": visits}))
    assert found.errors == ()
    assert found.table["many"].to_pylist() == [False, True, True, False, True, True]
    assert found.table["all"].to_pylist() == [True] * 6


def test_an_amount_beyond_64_bits_is_that_of_python(plan_of):
    plan = plan_of("segment rich { when credit > 5.00 }")
    credits = pyarrow.array([Decimal(10) ** 30, Decimal(1), None], pyarrow.decimal128(38, 2))
    found = evaluate_table(plan, pyarrow.table({"credit": credits}))
    assert found.table["rich"].to_pylist() == [True, False, False]


def people(seed: int, count: int) -> dict[int, dict[str, object]]:
    rng = random.Random(seed)
    return {
        key: {
            "credit": rng.choice([None, *(Decimal(n) / 4 for n in range(20))]),
            "country": rng.choice(["FR", "DE", None]),
            "visits": rng.choice([None, 1, 2, 3, 4, 5]),
        }
        for key in range(1, count + 1)
    }


@pytest.mark.parametrize("seed", range(5))
def test_with_a_snapshot_a_table_has_the_members_of_the_batch(plan_of, seed):
    plan = plan_of(COMPARED)
    rows = people(seed, 40)
    profiles = {key: Profile(row, {}) for key, row in rows.items()}
    batch = evaluate_population(compile_evaluator(plan), profiles, NOW)
    table = pyarrow.Table.from_pylist([{"customer_id": k, **row} for k, row in rows.items()])
    found = evaluate_table(plan, table, NOW, snapshot=batch.snapshot)
    expected = [{"customer_id": k, **e.segments} for k, e in batch.evaluations.items()]
    assert found.table.to_pylist() == expected


def test_with_a_snapshot_a_bad_row_is_an_error_and_others_are_compared(plan_of):
    plan = plan_of("segment upper { when percentile(credit) >= 50% }")
    profiles = {k: Profile(row, {}) for k, row in people(1, 30).items()}
    snapshot = evaluate_population(compile_evaluator(plan), profiles, NOW).snapshot
    table = pyarrow.table({"customer_id": [1, 2, 3], "credit": ["1", "2", None]})
    found = evaluate_table(plan, table, NOW, snapshot=snapshot)
    assert found.table["upper"].to_pylist() == [None, None, False]
    assert [e.key for e in found.errors] == [1, 2]
    predicates = compile_predicates(plan, snapshot=snapshot)
    numbers = evaluate_table(plan, pyarrow.table({"credit": [0.0, 4.0]}), NOW, snapshot=snapshot)
    assert numbers.table["upper"].to_pylist() == [
        predicates.evaluate({"credit": credit})[0] for credit in (0.0, 4.0)
    ]


def test_a_snapshot_of_other_rules_is_refused(plan_of):
    plan = plan_of("segment upper { when percentile(credit) >= 50% }")
    with pytest.raises(NeedsSnapshot, match="it is of other rules"):
        evaluate_table(plan, pyarrow.table({"credit": [1.0]}), NOW, snapshot=Snapshot(NOW))
