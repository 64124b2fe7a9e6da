"""Which aggregates go on from what they were, and what is read of the events for that."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.catalog.model import Catalog
from segue.compiler.incremental.totals import (
    beginning,
    closed,
    columns_of,
    composes,
    continued,
    edges,
    fold_name,
    lateness,
    lot,
    time_name,
    total_name,
    totals,
)
from segue.compiler.plan.demand import narrow
from segue.compiler.plan.nodes import KEPT, Aggregate, Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import DAY, Binding, Fixed, to_microseconds
from segue.grammar.parser import parse

CATALOG = """
lateness: 0d
entity: {name: customer, table: customers, key: id, attributes: {goal: int}}
events:
  order: {table: orders, key: customer, at: at, id: no, properties: {amount: decimal(2)}}
  visit: {table: visits, key: customer, at: at, arrived: loaded_at}
  call:
    {table: calls, key: customer, at: at, lateness: 3d, properties: {length: int}}
  contact: {any_of: [order, call]}
  either: {any_of: [order, visit]}
"""
HOUR = DAY // 24
NOW = to_microseconds(datetime(2024, 3, 20, 12, tzinfo=UTC))
BINDING = Binding(NOW, ZoneInfo("UTC"))
YESTERDAY = Binding(NOW - DAY, ZoneInfo("UTC"))


def planned(condition: str) -> tuple[Catalog, Plan, Expr]:
    catalog = load_catalog(CATALOG).catalog
    assert catalog is not None
    module = parse(f"segment s {{ when {condition} }}", "rules.seg").module
    result = analyse([Source((), module)], catalog)
    assert result.plan is not None, result.diagnostics
    (root,) = narrow(result.plan.graph, [result.plan.segments["s"].expr]).roots
    return catalog, result.plan, root


def shown(expr: Expr) -> str:
    """An expression over what is kept and what is read, in hours from now."""
    if expr.op == KEPT:
        assert isinstance(expr.param, tuple)
        fallen = expr.param[1]
        return "kept" if fallen is None else f"kept after {(fallen - NOW) // HOUR}"
    if isinstance(expr.param, Aggregate):
        window = expr.param.window
        assert isinstance(window, Fixed)
        assert window.start is not None
        assert window.end is not None
        start, end = (round((edge - NOW) / HOUR) for edge in (window.start - 1, window.end))
        return f"({start}, {end}]"
    if expr.op == "if":
        # Of two values the one that stands in a comparison with the other, or that is there.
        return shown(expr.args[0])
    return f"({shown(expr.args[0])} {expr.op} {shown(expr.args[1])})"


def strips(condition: str) -> list[tuple[int, int] | None]:
    """What the front and the back of an aggregate sweep over in a day, in hours from now."""
    catalog, _, root = planned(condition)
    (node,) = totals(catalog, [root]).values()
    late = lateness(catalog, node)
    found: list[tuple[int, int] | None] = []
    for edge in edges(node, late, BINDING):
        if edge is None:
            found.append(None)
            continue
        then = edge.at(YESTERDAY, YESTERDAY.as_of - late)
        now = edge.at(BINDING, BINDING.as_of - late)
        found.append((round((then - NOW) / HOUR), round((now - NOW) / HOUR)))
    return found


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("count(order) >= 3", [(-24, 0), None]),
        ("count(order over last 7d) >= 3", [(-24, 0), (-192, -168)]),
        ("sum(order.amount over 30d ago to 7d ago) >= 3", [(-192, -168), (-744, -720)]),
        # The time that has fallen out is seen by itself.
        ("age(last(order.at over last 90d)) > 5d", [(-24, 0), None]),
        ("last(order.amount over last 90d) > 5", [(-24, 0), None]),
        ("first(order.at) is missing", [(-24, 0), None]),
        ("first(order.amount) > 5", [(-24, 0), None]),
        ("max(order.amount) > 5", [(-24, 0), None]),
        ("min(call.at over this month) is missing", [(-96, -72), None]),
        ("count(order over this month) >= 3", [(-24, 0), (-468, -468)]),
        # Less than a day: all that it was falls out.
        ("count(order over last 12h) >= 3", [(-24, 0), (-36, -12)]),
        # Rows are closed after three days.
        ("count(call over last 7d) >= 3", [(-96, -72), (-192, -168)]),
        ("count(call over 30d ago to 7d ago) >= 3", [(-192, -168), (-744, -720)]),
        ("count(call over last 1 calendar day) >= 3", [(-96, -72), (-96, -72)]),
        # Rows that say when they arrived are never open.
        ("count(visit over last 7d) >= 3", [(-24, 0), (-192, -168)]),
        ("first(visit.at) is missing", [(-24, 0), None]),
    ],
)
def test_what_edges_sweep_over_in_a_day(
    condition: str, expected: list[tuple[int, int] | None]
) -> None:
    assert strips(condition) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("count(order over last 7d) >= 3", "kept"),
        ("count(call over last 7d) >= 3", "(kept + (-72, 0])"),
        ("age(last(call.at over last 90d)) > 5d", "((-72, 0] ?? kept after -2160)"),
        ("last(call.length over last 90d) > 5", "((-72, 0] ?? kept after -2160)"),
        ("first(call.length) > 5", "(kept ?? (-72, 0])"),
        ("first(call.at) is missing", "(kept <= (-72, 0])"),
        ("max(call.length over this month) > 5", "(kept >= (-72, 0])"),
        ("count(call over last 1 calendar day) >= 3", "(kept + (-12, 0])"),
        ("count(call over 30d ago to 7d ago) >= 3", "kept"),
    ],
)
def test_rows_that_are_open_are_read_beside_what_is_kept(condition: str, expected: str) -> None:
    catalog, plan, root = planned(condition)
    (node,) = totals(catalog, [root]).values()
    form = continued(plan.graph, node, BINDING, NOW - lateness(catalog, node))
    assert shown(form) == expected


def test_windows_that_end_now_share_the_tiles_of_their_front() -> None:
    rule = "count(order over last 7d) + count(order over last 30d) + count(order) > 3"
    catalog, plan, root = planned(rule)
    found = [edges(node, 0, BINDING) for node in totals(catalog, [root]).values()]
    names = {fold_name(plan.graph, node) for node in totals(catalog, [root]).values()}

    assert len(names) == 1
    assert len({front.name for front, _ in found}) == 1
    assert len({back.name for _, back in found if back is not None}) == 2


@pytest.mark.parametrize(
    ("condition", "begins"),
    [
        ("max(order.amount) > 5", None),
        ("max(order.amount over since 2024-03-01) > 5", -468),
        ("max(order.amount over this month) > 5", -468),
        ("first(order.amount over since 2024-03-20) > 5", -12),
        # As long as the window has not begun, nothing is inside.
        ("first(order.amount over since 2024-04-01) > 5", 0),
        # Those that fall out are seen by themselves, or taken off.
        ("last(order.amount over this month) > 5", None),
        ("count(order over this month) > 5", None),
    ],
)
def test_what_picks_the_first_or_the_greatest_goes_on_while_its_window_begins_where_it_did(
    condition: str, begins: int | None
) -> None:
    catalog, _, root = planned(condition)
    (node,) = totals(catalog, [root]).values()
    edge = beginning(node, BINDING)
    found = None if edge is None else round((edge.at(BINDING, NOW) - NOW) / HOUR)
    assert found == begins


def test_the_value_of_an_event_is_kept_beside_its_time() -> None:
    catalog, plan, root = planned("last(order.amount where amount > 5 over last 7d) > 1")
    kept = columns_of(plan.graph, totals(catalog, [root]))
    value, time = kept.values()

    assert list(kept) == [total_name(value), time_name(total_name(value))]
    assert isinstance(time.param, Aggregate)
    assert time.param.value is not None
    assert time.param.value.op == "event_time"
    # Events without a value take no part.
    assert time.param.where is not None
    assert [part.op for part in time.param.where.args] == [">", "not"]


def test_aggregates_of_one_table_are_kept_in_the_same_rows() -> None:
    rule = "count(order over last 7d) > 1 and sum(order.amount) > 1 and count(call) > 1"
    catalog, _, root = planned(rule)
    assert len({lot(catalog, node) for node in totals(catalog, [root]).values()}) == 2


@pytest.mark.parametrize(
    "condition",
    [
        "count_distinct(order.amount over last 30d) > 1",
        "mode(order.amount) > 1",
        "count(order over last 5) > 1",
        "count(order where amount > 5 over last 5) > 1",
        "count(order followed by call within 1d over last 30d) > 1",
        # A row may come late into what lies before the window.
        "first(visit.at over this month) is missing",
        "count(either over last 30d) > 1",
        "count(contact over last 30d) > 1",
        # What falls out of a window says nothing of the next one.
        "min(order.amount over last 30d) > 1",
        "first(order.amount over last 7d) > 1",
        "first(order.at over last 7d) is missing",
        "max(order.amount over last 3 calendar days) > 1",
        # All rows of the window may still be corrected.
        "count(call over last 3d) > 1",
        "count(order where date(at) != today over last 1 calendar day) >= 1",
    ],
)
def test_what_does_not_compose(condition: str) -> None:
    catalog, _, root = planned(condition)
    assert totals(catalog, [root]) == {}


def test_what_compares_with_the_entity_does_not_compose() -> None:
    catalog, plan, _ = planned("count(order where amount > 5 over last 30d) > goal")
    nodes = [node for node in plan.graph if isinstance(node.param, Aggregate)]
    assert [composes(catalog, node) for node in nodes] == [True]
    catalog, plan, _ = planned("count(order where amount > goal over last 30d) > 1")
    nodes = [node for node in plan.graph if isinstance(node.param, Aggregate)]
    assert [composes(catalog, node) for node in nodes] == [False]


def test_open_rows_are_never_kept() -> None:
    _, _, root = planned("count(call over last 7d) >= 3")
    node = root.args[0]
    assert closed(node, BINDING, NOW - 3 * DAY) == (NOW - 7 * DAY, NOW - 3 * DAY)
    assert closed(node, BINDING, NOW - 9 * DAY) == (NOW - 9 * DAY, NOW - 9 * DAY)
