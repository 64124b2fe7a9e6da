"""Which aggregates go on from what they were, and what is read of the events for that."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.catalog.model import Catalog
from segue.compiler.incremental.totals import carried, closed, composes, totals
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
  call: {table: calls, key: customer, at: at, lateness: 3d}
  contact: {any_of: [order, call]}
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
        start, end = ((edge - NOW) // HOUR for edge in (window.start - 1, window.end))
        return f"({start}, {end}]"
    return f"({shown(expr.args[0])} {expr.op} {shown(expr.args[1])})"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("count(order) >= 3", "(kept + (-24, 0])"),
        ("count(order over last 7d) >= 3", "((kept + (-24, 0]) - (-192, -168])"),
        ("sum(order.amount over last 30d) >= 3", "((kept + (-24, 0]) - (-744, -720])"),
        (
            "count(order over 30d ago to 7d ago) >= 3",
            "((kept + (-192, -168]) - (-744, -720])",
        ),
        ("age(last(order.at over last 90d)) > 5d", "((-24, 0] ?? kept after -2160)"),
        ("first(order.at) is missing", "(kept ?? (-24, 0])"),
        ("count(order over this month) >= 3", "(kept + (-24, 0])"),
        ("count(order where date(at) != today over last 1 calendar day) >= 1", None),
    ],
)
def test_an_aggregate_a_day_later(condition: str, expected: str | None) -> None:
    catalog, plan, root = planned(condition)
    found = list(totals(catalog, [root]).values())
    if expected is None:
        assert found == []
        return
    (node,) = found
    before, now = closed(node, YESTERDAY, NOW - DAY), closed(node, BINDING, NOW)
    form = carried(plan.graph, node, before, now)
    assert form is not None
    assert shown(form) == expected


@pytest.mark.parametrize(
    "condition",
    [
        # All of the window is another one than yesterday.
        "count(order over last 12h) >= 3",
        # The first of yesterday's window may have fallen out.
        "first(order.at over last 7d) is missing",
    ],
)
def test_what_is_read_anew(condition: str) -> None:
    catalog, plan, root = planned(condition)
    (node,) = totals(catalog, [root]).values()
    before, now = closed(node, YESTERDAY, NOW - DAY), closed(node, BINDING, NOW)
    assert carried(plan.graph, node, before, now) is None


@pytest.mark.parametrize(
    "condition",
    [
        "min(order.amount over last 30d) > 1",
        "count_distinct(order.amount over last 30d) > 1",
        "last(order.amount) > 1",
        "count(order over last 5) > 1",
        "count(order where amount > 5 over last 5) > 1",
        "count(order followed by call within 1d over last 30d) > 1",
        "count(visit over last 30d) > 1",
        "count(contact over last 30d) > 1",
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
    assert closed(node, BINDING, NOW - 9 * DAY) == (NOW - 7 * DAY, NOW - 7 * DAY)
