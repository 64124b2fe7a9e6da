"""Any tree of an expression, written out and read again, is the same tree."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.grammar import ast
from segue.grammar.ast import Expression
from segue.grammar.parser import parse
from segue.grammar.unparse import duration_text, unparse


def read(text: str) -> Expression:
    result = parse(f"metric m = {text}", "x.seg")
    assert result.diagnostics == ()
    (item,) = result.module.items
    assert isinstance(item, ast.Metric)
    return item.value


names = st.sampled_from(["a", "b", "priority", "last", "week", "since", "by", "to"]).map(
    lambda n: ast.Name((n,))
)
paths = st.one_of(names, st.just(ast.Name(("purchase", "amount"))))
decimals = st.decimals(0, 10**6, allow_nan=False, places=3)
durations = st.integers(0, 10**12).map(lambda ms: ms * 1000)
leaves: st.SearchStrategy[Expression] = st.one_of(
    paths,
    st.integers(0, 2**63 - 1).map(ast.Number),
    decimals.map(ast.Number),
    decimals.map(ast.Percent),
    durations.map(lambda d: ast.Duration(d, duration_text(d))),
    st.text(st.characters(codec=None)).map(ast.String),
    st.booleans().map(ast.Boolean),
    st.dates().map(lambda d: ast.Date(d.year, d.month, d.day)),
    st.builds(ast.Timestamp, st.integers(-(10**15), 10**15), st.booleans()),
    st.builds(ast.InSegment, paths, st.booleans()),
)
units = st.sampled_from(["day", "week", "month", "quarter", "year"])
operators = st.sampled_from(
    [
        *("+", "-", "*", "/", "==", "!=", "<", "<=", ">", ">=", "??"),
        *("starts with", "ends with", "contains", "matches", "anniversary within"),
    ]
)


def windows(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[ast.Window]:
    return st.one_of(
        st.builds(ast.LastWindow, inner),
        st.builds(ast.NextWindow, inner),
        st.builds(ast.AgoWindow, inner, inner),
        st.builds(ast.FromToWindow, inner, inner),
        st.builds(ast.SinceWindow, inner),
        st.builds(ast.CalendarWindow, inner, units, st.booleans()),
        st.builds(ast.ThisWindow, units),
        st.builds(ast.EverWindow),
    )


def selections(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[ast.Selection]:
    maybe = st.none() | inner
    steps = st.lists(st.builds(ast.Step, paths, st.booleans(), maybe, maybe), max_size=2)
    chosen = st.builds(ast.Selection, maybe, steps.map(tuple), st.none() | windows(inner))
    return chosen.filter(lambda s: s != ast.Selection())


def larger(smaller: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    # Deferred, since it is named often and its description would grow with every level.
    inner: st.SearchStrategy[Expression] = st.deferred(lambda: smaller)
    some = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(ast.Unary, st.sampled_from(["-", "not"]), inner),
        st.builds(ast.Binary, operators, inner, inner),
        st.builds(
            ast.Logical, st.sampled_from(["and", "or"]), st.lists(inner, min_size=2).map(tuple)
        ),
        st.builds(ast.Between, inner, inner, inner),
        st.builds(ast.InList, inner, some, st.booleans()),
        st.builds(ast.IsMissing, inner, st.booleans()),
        st.builds(ast.IfElse, inner, inner, inner),
        st.builds(ast.Call, st.sampled_from(["min of", "max of"]), some),
        st.builds(ast.Call, st.just("f"), st.just(()), version=st.sampled_from([None, "v3"])),
        st.builds(
            ast.Call,
            st.sampled_from(["sum", "last", "priority"]),
            some,
            st.none() | inner,
            st.none() | selections(inner),
        ),
    )


@settings(max_examples=500, deadline=None)
@given(st.recursive(leaves, larger, max_leaves=12))
def test_read_again_it_is_the_same(expression: Expression) -> None:
    assert read(unparse(expression)) == expression


@pytest.mark.parametrize(
    "text",
    [
        "a and b or c",
        "a and (b or c)",
        "not (a and b)",
        "(not a) == b",
        "not (in a)",
        "f(not followed by b)",
        "a - (b - c) - d",
        "(a ?? b) + c",
        "a ?? b ?? c",
        "-(-a + b)",
        "x between 1 and 2 and y",
        "(if a then b else c) + 1",
        "min of (a, b)",
        "churn_risk@v3() >= 80%",
        'country in ["GB", "IE"]',
        "mode(view.category by view.price where a == 1 over last 3 calendar days)",
        "exists(cart_add not followed by purchase within 24h where a == b over ever)",
        "2024-05-01T12:30:00.5Z",
        "1h30min",
    ],
)
def test_no_more_brackets_than_needed(text: str) -> None:
    assert unparse(read(text)) == text


def test_superfluous_brackets_go() -> None:
    assert unparse(read("((a) + ((b * c)))")) == "a + b * c"


def test_decimals_keep_their_digits() -> None:
    assert unparse(ast.Number(Decimal("2.50"))) == "2.50"


@pytest.mark.parametrize("window", ["last 1 calendar day", "previous 2 calendar weeks"])
def test_calendar_periods_are_counted_in_english(window: str) -> None:
    written = f"count(purchase over {window})"
    assert unparse(read(written)) == written
