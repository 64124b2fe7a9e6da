"""Population functions and states in the plan: few kernels, each asked once."""

from analysis.plans import plan
from segue.compiler.plan.nodes import Among, Expr, Kernel, Population, State, level, reachable
from segue.compiler.types import RATIO, Kind, decimal


def metric(text: str) -> Expr:
    return plan(root=f"metric it = {text}").metrics["it"].expr


def asked(text: str) -> list[Population]:
    """What of all entities a metric needs to know."""
    found = [node.param for node in reachable([metric(text)])]
    return [param for param in found if isinstance(param, Population)]


def state(text: str) -> Expr:
    return plan(root=f"state it: number = {text}").metrics["it"].expr


def test_a_percentile_is_a_share_of_two_counts() -> None:
    expr = metric("percentile(count(purchase))")

    assert expr.type == RATIO.optional
    assert [p.among for p in asked("percentile(count(purchase))")] == [Among.BELOW, Among.COUNT]


def test_a_rank_is_one_more_than_how_many_are_greater() -> None:
    expr = metric("rank(count(purchase) by country)")

    assert expr.op == "+"
    assert expr.args[0].param == Population(Among.ABOVE)
    assert [arg.op for arg in expr.args[0].args] == ["aggregate", "attribute"]


def test_what_two_functions_ask_is_asked_once() -> None:
    compiled = plan(
        root="""
        metric a = percentile(count(purchase))
        metric b = average(count(purchase))
        metric c = percentile(count(purchase))
        """
    )

    found = [node.param for node in compiled.graph if node.op == "population"]
    assert [p.among for p in found if isinstance(p, Population)] == [
        Among.BELOW,
        Among.COUNT,
        Among.SUM,
    ]


def test_a_share_of_a_quantile_is_exact() -> None:
    assert asked("quantile(count(purchase), 12.5%)") == [Population(Among.QUANTILE, (1, 8))]


def test_the_first_so_many_are_told_apart_by_their_key() -> None:
    segment = plan(root="segment s { when top 5 by count(purchase) }").segments["s"].expr

    assert segment.param == Population(Among.TOP, first=5)
    assert segment.args[1].param == "customer_id"


def test_something_may_be_called_top() -> None:
    assert metric("count(purchase)").op == "aggregate"
    compiled = plan(root="metric top = count(purchase) segment s { when top > 3 and top 3 by top }")

    assert compiled.segments["s"].expr.op == "and"


def test_functions_of_functions_come_one_level_after_the_other() -> None:
    assert level(metric("percentile(count(purchase))")) == 2
    assert level(metric("rank(percentile(count(purchase)))")) == 3
    assert level(metric("count(purchase where amount > average(count(purchase)))")) == 3


def test_a_state_collects_what_changes_it() -> None:
    expr = state("0 between 0 and 10 { on email_open add 1 on unsubscribe add -10 }")

    assert expr.param == State(0, 0, 10, ("add", "add"))
    assert expr.type.kind is Kind.INT
    assert [arg.param.kernel for arg in expr.args] == [Kernel.COLLECT, Kernel.COLLECT]
    assert level(expr) == 1


def test_a_state_has_as_many_places_as_what_changes_it() -> None:
    expr = state("0.5 { on purchase add amount on unsubscribe set 0 }")

    assert expr.type == decimal(2)
    assert expr.param == State(50, None, None, ("add", "set"))
