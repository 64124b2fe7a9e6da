"""Windows shrink to what conditions can tell apart, and not where anything else reads them."""

import pytest

from segue.compiler.plan.demand import narrow
from segue.compiler.plan.nodes import Aggregate, reachable
from segue.compiler.plan.windows import DAY, Ever, Fixed, Sliding, Window
from sql.shop import plan

AGE = "age(last(view.at))"


def windows(condition: str) -> set[Window]:
    compiled = plan(f"segment s {{ when {condition} }}")
    narrowed = narrow(compiled.graph, [compiled.segments["s"].expr])
    nodes = reachable(narrowed.roots)
    return {node.param.window for node in nodes if isinstance(node.param, Aggregate)}


@pytest.mark.parametrize(
    ("condition", "window"),
    [
        (f"{AGE} <= 7d", Sliding(7 * DAY, closed=True)),
        (f"not (7d >= {AGE})", Sliding(7 * DAY, closed=True)),
        (f"{AGE} < 7d and {AGE} <= 30d", Sliding(30 * DAY, closed=True)),
        ("age(last(view.at over last 90d)) <= 7d", Sliding(7 * DAY, closed=True)),
        ("age(last(view.at over last 3d)) <= 7d", Sliding(3 * DAY)),
        ("last(view.at) >= 1970-01-02T00:00:00Z", Fixed(DAY, None)),
        (f"{AGE} >= 30d", Ever()),
        (f"{AGE} <= 7d or {AGE} is missing", Ever()),
        ("age(first(view.at)) <= 7d", Ever()),
        (f"{AGE} <= patience", Ever()),
    ],
)
def test_window(condition: str, window: Window) -> None:
    assert windows(condition) == {window}
