"""The fast function, the careful one and the tables give the same members, for any rules."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import segue.compiler.python.tables
from segue.compiler.python.predicates import compile_predicates
from segue.runtime.columnar import evaluate_table

METRICS = """
metric opens = count(opened over last 30d)
metric rate = count(clicked over last 30d) / count(opened over last 30d)
metric since = age(last(clicked.at))
metric spend = sum(bought.amount over last 90d)
metric mean = avg(bought.weight) default 1.5
"""
NOW = datetime(2024, 6, 1, tzinfo=UTC)
COMPARISONS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])


def compared(name, *constants):
    return st.builds(
        lambda test, constant: f"{name} {test} {constant}", COMPARISONS, st.sampled_from(constants)
    )


ATOMS = st.one_of(
    compared("opens", 0, 1, 5, "2.5", "10.0"),
    compared("visits", 2, 3, 4),
    compared("rate", "0%", "15%", "50%"),
    compared("mean", "1.5", 0, 20),
    compared("rating", "2.5", 3),
    compared("spend", 0, "0.01", 50, "49.995"),
    compared("credit", "0.01", -1, 7),
    compared("since", "0d", "7d", "90d"),
    compared("country", '"FR"', '""', '"DE"'),
    compared("joined", "2024-05-01T00:00:00Z", "2024-01-01T00:00:00Z"),
    compared("born", "2000-02-29", "1990-01-01"),
    st.sampled_from(
        [
            "vip",
            "unsubscribed",
            "vip == false",
            "vip != true",
            'plan == "pro"',
            'plan != "pro"',
            'plan in ["pro", "free"]',
            "opens in [1, 5]",
            "spend in [50, 0.01]",
            "rate in [15%, 50%]",
            'country starts with "F"',
            'country contains "R"',
            'country matches "^[A-F]"',
            "country is missing",
            "rate is missing",
            "spend is missing",
            "joined is not missing",
            "age(joined) <= 60d",
            "opens > visits",
            "spend / opens >= 10",
            "rate * mean > 1",
            'lower(country) == "fr"',
            "born anniversary within 30d",
            "(if vip then opens else visits) > 3",
        ]
    ),
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda part: st.one_of(
        st.builds(lambda a: f"not ({a})", part),
        st.builds(lambda a, b, op: f"({a} {op} {b})", part, part, st.sampled_from(["and", "or"])),
    ),
    max_leaves=8,
)
MISSING = st.sampled_from([None, float("nan")])
FLOATS = st.sampled_from([0.0, -0.0, 0.15, 0.5, 1.5, 2.5, 3.0, 20.0, float("inf"), float("-inf")])
MONEY = (
    st.integers(-2, 60)
    | st.decimals(-2, 60, places=2)
    | st.sampled_from([Decimal("49.995"), Decimal("0.005"), 49.995, 0.005, 0.015, 50.0])
)
OPTIONAL = {
    "opens": st.integers(-1, 12) | st.sampled_from([5.0, 1.0]) | MISSING,
    "visits": st.integers(0, 6) | MISSING,
    "rate": FLOATS | st.floats(0, 1) | MISSING,
    "mean": FLOATS | st.integers(0, 20) | MISSING,
    "rating": FLOATS | MISSING,
    "spend": MONEY | MISSING,
    "credit": MONEY | MISSING,
    "since": st.sampled_from([timedelta(0), timedelta(7), timedelta(90, 1), None]),
    "country": st.sampled_from(["FR", "fr", "", "DE", "É"]) | MISSING,
    "plan": st.sampled_from(["pro", "free"]) | MISSING,
    "vip": st.booleans() | MISSING,
    "unsubscribed": st.booleans() | MISSING,
    "joined": st.sampled_from(
        [datetime(2024, 5, 1), datetime(2024, 5, 1, tzinfo=UTC), date(2024, 1, 1), NOW, None]
    ),
    "born": st.sampled_from([date(2000, 2, 29), date(1990, 1, 1), datetime(1990, 1, 1, 5), None]),
}


@given(
    conditions=st.lists(CONDITIONS, min_size=1, max_size=6),
    profiles=st.lists(st.fixed_dictionaries({}, optional=OPTIONAL), min_size=1, max_size=6),
    shared_by=st.sampled_from([1, 2, 64]),
)
@settings(max_examples=150, deadline=None)
def test_fast_careful_and_tables_agree(plan_of, conditions, profiles, shared_by):
    rules = "\n".join(f"segment s{i} {{ when {c} }}" for i, c in enumerate(conditions))
    plan = plan_of(METRICS + rules)
    function = compile_predicates(plan, tables=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segue.compiler.python.tables, "SHARED_BY", shared_by)
        tables = compile_predicates(plan, tables=True)
    for values in profiles:
        wanted = dict(zip(function.segments, function.careful(values, NOW), strict=True))
        fast = dict(zip(function.segments, function.evaluate(values, NOW), strict=True))
        assert fast == wanted, function.source
        found = dict(zip(tables.segments, tables.evaluate(values, NOW), strict=True))
        assert found == wanted, tables.source


@given(condition=CONDITIONS, values=st.fixed_dictionaries({}, optional=OPTIONAL))
@settings(max_examples=150, deadline=None)
def test_a_negation_is_the_exact_complement(plan_of, condition, values):
    rules = f"segment a {{ when {condition} }} segment b {{ when not ({condition}) }}"
    predicates = compile_predicates(plan_of(METRICS + rules))
    a, b = predicates.evaluate(values, NOW)
    assert bool(a) is not bool(b)
    score = predicates.scores(values, NOW)[0]
    assert (score == 1.0) is bool(a)
    assert 0.0 <= score <= 1.0


def arrow(profiles):
    """The profiles as columns: exact Arrow types where all values are of one, else floats."""
    table = {}
    for name in OPTIONAL:
        values = [values.get(name) for values in profiles]
        if name in ("joined", "born"):
            values = [None if v is None else v.isoformat() for v in values]
            moments = [None if v is None else datetime.fromisoformat(v) for v in values]
            if name == "joined":
                column = [m if m is None or m.tzinfo else m.replace(tzinfo=UTC) for m in moments]
                table[name] = pyarrow.array(column, pyarrow.timestamp("us", "UTC"))
            else:
                days = [None if m is None else m.date() for m in moments]
                table[name] = pyarrow.array(days, pyarrow.date32())
            continue
        values = [None if v != v else v for v in values]
        if name in ("spend", "credit"):
            values = [None if v is None else float(v) for v in values]
        table[name] = pyarrow.array(values)
    return pyarrow.table(table)


@given(
    conditions=st.lists(CONDITIONS, min_size=1, max_size=4),
    profiles=st.lists(st.fixed_dictionaries({}, optional=OPTIONAL), min_size=1, max_size=5),
)
@settings(max_examples=60, deadline=None)
def test_a_table_gives_the_members_of_its_rows(plan_of, conditions, profiles):
    rules = "\n".join(f"segment s{i} {{ when {c} }}" for i, c in enumerate(conditions))
    plan = plan_of(METRICS + rules)
    predicates = compile_predicates(plan)
    table = arrow(profiles)
    found = evaluate_table(plan, table, NOW).table.to_pylist()
    for row, values in zip(found, table.to_pylist(), strict=True):
        assert row == dict(zip(predicates.segments, predicates.careful(values, NOW), strict=True))


@pytest.mark.parametrize("convert", ["to_pandas", "polars"])
def test_a_data_frame_is_a_table_too(plan_of, convert):
    plan = plan_of(METRICS + "segment s { when opens >= 3 and not (rate > 50%) }")
    table = pyarrow.table(
        {"customer_id": [7, 8, 9], "opens": [3, 2, None], "rate": [None, 0.1, 0.2]}
    )
    frame = polars.from_arrow(table) if convert == "polars" else table.to_pandas()
    found = evaluate_table(plan, frame).table
    assert found.to_pydict() == {"customer_id": [7, 8, 9], "s": [True, False, False]}
