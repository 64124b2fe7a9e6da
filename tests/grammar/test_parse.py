"""What the parser makes of each form of the language."""

from decimal import Decimal
from typing import cast

import pytest

from segue.grammar import ast
from segue.grammar.ast import Expression, Name
from segue.grammar.parser import parse

DAY = 86_400_000_000


def item(text: str) -> ast.Item:
    result = parse(text, "x.seg")
    assert result.diagnostics == ()
    (only,) = result.module.items
    return only


def value(text: str) -> Expression:
    return cast(ast.Metric, item(f"metric m = {text}")).value


def name(text: str) -> Name:
    return Name(tuple(text.split(".")))


def words(text: str) -> tuple[ast.Identifier, ...]:
    return tuple(ast.Identifier(word) for word in text.split())


A, B, C = name("a"), name("b"), name("c")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10", ast.Number(10)),
        ("1_000", ast.Number(1000)),
        ("2.50", ast.Number(Decimal("2.50"))),
        ("12.5%", ast.Percent(Decimal("12.5"))),
        ("30d", ast.Duration(30 * DAY, "30d")),
        ("1h30min", ast.Duration(5_400_000_000, "1h30min")),
        ('"a\\"b\\u00e9\\n"', ast.String('a"b\u00e9\n')),
        ("true", ast.Boolean(True)),
        ("2024-05-01", ast.Date(2024, 5, 1)),
        ("1970-01-02T00:00:00.5Z", ast.Timestamp(DAY + 500_000, True)),
        ("1969-12-31T00:00:00", ast.Timestamp(-DAY, False)),
        ("purchase.amount", Name(("purchase", "amount"))),
    ],
)
def test_literals(text: str, expected: Expression) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a or b and not c", ast.Logical("or", (A, ast.Logical("and", (B, ast.Unary("not", C)))))),
        ("a and b and c", ast.Logical("and", (A, B, C))),
        ("(a and b) and c", ast.Logical("and", (ast.Logical("and", (A, B)), C))),
        ("a ?? b ?? c", ast.Binary("??", A, ast.Binary("??", B, C))),
        ("a - b - c", ast.Binary("-", ast.Binary("-", A, B), C)),
        ("a + b * -c", ast.Binary("+", A, ast.Binary("*", B, ast.Unary("-", C)))),
        ("a between b and c", ast.Between(A, B, C)),
        ("a not in [b, c]", ast.InList(A, (B, C), True)),
        ("not in a", ast.InSegment(A, True)),
        ("a is  not\n missing", ast.IsMissing(A, True)),
        ("a starts\twith b", ast.Binary("starts with", A, B)),
        ("if a then b else c", ast.IfElse(A, B, C)),
        ("max of (a, b)", ast.Call("max of", (A, B))),
        ("churn_risk@v3()", ast.Call("churn_risk", (), version="v3")),
    ],
)
def test_operators_and_calls(text: str, expected: Expression) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("last 5", ast.LastWindow(ast.Number(5))),
        ("next a", ast.NextWindow(A)),
        ("a ago to b ago", ast.AgoWindow(A, B)),
        ("a to b", ast.FromToWindow(A, B)),
        ("since a", ast.SinceWindow(A)),
        ("last 1 calendar day", ast.CalendarWindow(ast.Number(1), "day", False)),
        ("previous 2 calendar months", ast.CalendarWindow(ast.Number(2), "month", True)),
        ("this quarter", ast.ThisWindow("quarter")),
        ("ever", ast.EverWindow()),
    ],
)
def test_windows(text: str, expected: ast.Window) -> None:
    call = value(f"count(e over {text})")
    assert call == ast.Call("count", (name("e"),), None, ast.Selection(None, (), expected))


def test_selection_of_an_aggregate() -> None:
    assert value("f(a by b where c followed by e within 1d not followed by g where a)") == ast.Call(
        "f",
        (A,),
        B,
        ast.Selection(
            C,
            (
                ast.Step(name("e"), False, ast.Duration(DAY, "1d")),
                ast.Step(name("g"), True, None, A),
            ),
        ),
    )


def test_words_of_the_language_are_names_where_nothing_else_is_asked_for() -> None:
    words = "priority last week score state on segment when starts with missing followed by"
    for word in dict.fromkeys(words.split()):
        assert value(f"{word} + sum({word})") == ast.Binary(
            "+", name(word), ast.Call("sum", (name(word),))
        )
    assert value("starts starts with ends") == ast.Binary(
        "starts with", name("starts"), name("ends")
    )


def test_segment() -> None:
    assert item('segment s "T" { tags x owner "o" actions p, q when a cadence weekly }') == (
        ast.Segment(
            ast.Identifier("s"),
            A,
            "T",
            None,
            ast.Identifier("weekly"),
            words("p q"),
            words("x"),
            "o",
        )
    )


def test_tiers() -> None:
    tiers = item(
        "tiers t by a { hi when >= 80% actions p, q  mid when > 1 priority low lo otherwise }"
    )
    bounds = [tier.bound for tier in cast(ast.Tiers, tiers).tiers]
    assert bounds == [
        ast.TierBound(">=", ast.Percent(Decimal(80))),
        ast.TierBound(">", ast.Number(1)),
        None,
    ]


def test_stage() -> None:
    lifecycle = item(
        "lifecycle l { initial s "
        "stage s { enter when a exit when b nurture n triggers e.x next t } }"
    )
    stage = ast.Stage(ast.Identifier("s"), None, A, B, words("n"), (name("e.x"),), words("t"))
    assert lifecycle == ast.Lifecycle(ast.Identifier("l"), (stage,), ast.Identifier("s"))


def test_score() -> None:
    score = cast(
        ast.Score,
        item(
            "score s: probability { predict a from b, c with forest(trees = 10) "
            "train every 30d over last 360d holdout last 60d calibrate isotonic }"
        ),
    )
    forest = ast.Estimator(
        ast.Identifier("forest"), (ast.Argument(ast.Identifier("trees"), ast.Number(10)),)
    )
    assert (score.predict, score.features, score.model) == (A, (B, C), forest)
    assert score.training == ast.Training(
        ast.LastWindow(ast.Duration(360 * DAY, "")), ast.Duration(30 * DAY, "")
    )
    assert score.holdout == ast.LastWindow(ast.Duration(60 * DAY, ""))
    assert score.calibrate == ast.Estimator(ast.Identifier("isotonic"))


def test_score_of_tagged_metrics_among_some_served_from_a_table() -> None:
    score = cast(
        ast.Score,
        item(
            "score s: cluster { from a, all metrics tagged x, y "
            "among b train over last 30d serve table within 7d }"
        ),
    )
    assert score.predict is None
    assert (score.features, score.tagged) == ((A,), (ast.Identifier("x"), ast.Identifier("y")))
    assert score.among == B
    assert score.serving == ast.Serving(ast.Identifier("table"), ast.Duration(7 * DAY, ""))


def test_only_a_cluster_may_foretell_nothing() -> None:
    found = parse("score s: amount { from a train over last 30d }", "a.seg").diagnostics
    assert [d.message for d in found] == ["score `s` has no `predict`"]


def test_state_and_reaction() -> None:
    state = item("state s: number = 0 between 0 and 10 { on e where a add -1 on f set 5 }")
    updates = (
        ast.Update(name("e"), "add", ast.Unary("-", ast.Number(1)), A),
        ast.Update(name("f"), "set", ast.Number(5)),
    )
    zero, ten = ast.Number(0), ast.Number(10)
    assert state == ast.State(
        ast.Identifier("s"), ast.Identifier("number"), zero, updates, zero, ten
    )
    assert item("on e { do a, b start c }") == ast.Reaction(
        name("e"), None, words("a b"), words("c")
    )


def test_campaign() -> None:
    campaign = cast(
        ast.Campaign,
        item(
            "campaign c { audience a, b on entry send w after 2h on exit pause when a "
            "on a >= 8 escalate limit 1 per 7d holdout 10% "
            'content for a { subject "s" tokens x } content otherwise { body template("t") } }'
        ),
    )
    entry, leaving, threshold = campaign.triggers
    hours = ast.Duration(7_200_000_000, "2h")
    assert entry == ast.Trigger("entry", ast.Action("send", ast.Identifier("w"), hours))
    assert leaving == ast.Trigger("exit", ast.Action("pause", when=A))
    assert threshold.moment == ast.Binary(">=", A, ast.Number(8))
    assert campaign.limit == ast.Limit(ast.Number(1), ast.Duration(7 * DAY, "7d"))
    assert [content.audience for content in campaign.contents] == [(A,), ()]


def test_monitor_and_assertions() -> None:
    monitor = cast(
        ast.Monitor,
        item('monitor s { measure a control random over last 30d alert critical "t" when b }'),
    )
    assert monitor.findings == (ast.Finding("alert", ast.Identifier("critical"), B, "t"),)
    assert item("assert disjoint(a, b)") == ast.Assert(ast.Disjoint((A, B)))
    assert item('assert a implies b "why"') == ast.Assert(ast.Implies(A, B), "why")
    assert item("assert exhaustive(a, b)") == ast.Assert(ast.Exhaustive((A, B)))


def test_spans_cover_what_they_stand_for() -> None:
    text = "metric m =\n  a + sum(b.x over last 3d)"
    metric = cast(ast.Metric, item(text))
    total = cast(ast.Binary, metric.value)
    call = cast(ast.Call, total.right)
    for node, covered in ((metric, text), (total, "a + sum(b.x over last 3d)"), (call, text[17:])):
        assert text[node.span.start : node.span.end] == covered
    assert (call.span.line, call.span.column) == (2, 7)
    assert text[call.function_span.start : call.function_span.end] == "sum"
