"""Stages in tests: where an entity is, and where one evaluation should lead it."""

from collections.abc import Callable, Iterator
from typing import Any

from segue.compiler.catalog.yaml_tree import Mapping, Scalar
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.python.lifecycles import advance
from segue.runtime.testing.model import Case, ExpectedStage
from segue.runtime.testing.reader import Reader

NO_STAGE = "none"
"""How a test says that somebody is in no stage."""


def read_stages(reader: Reader, tree: Mapping, plan: Plan) -> dict[str, ExpectedStage]:
    """A stage for each lifecycle that is named: `{customer: prospect}`."""
    found: dict[str, ExpectedStage] = {}
    for name, node in tree.values.items():
        span = tree.keys[name]
        if not reader.known(name, span, plan.lifecycles, "lifecycle"):
            continue
        text = node.text if isinstance(node, Scalar) else ""
        if text == NO_STAGE:
            found[name] = ExpectedStage(None, node.span)
        elif reader.known(text, node.span, plan.lifecycles[name].stages, "stage"):
            found[name] = ExpectedStage(text, node.span)
    return found


def wrong_stages(
    plan: Plan, case: Case, value: Callable[[Expr], Any]
) -> Iterator[tuple[str, str, ExpectedStage]]:
    """Each lifecycle that leads elsewhere than expected: its name, what it did, the expectation."""
    for name, expected in case.expected.stages.items():
        move = advance(plan.lifecycles[name], case.given.stages.get(name), value)
        if move.after != expected.stage:
            found = f"is {move.after or 'in no stage'}"
            found += f" ({move.reason})" if move.reason is not None else " (stayed)"
            yield name, f"expected {expected.stage or 'no stage'}, {found}", expected
