"""What can be asked of the solver: claims about all customers, each as what would contradict it."""

from dataclasses import dataclass

from segue.compiler.plan.nodes import Expr, Graph
from segue.compiler.types import BOOL


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim about all customers. Whoever fulfils `contradiction` refutes it."""

    contradiction: Expr


def nobody(condition: Expr) -> Claim:
    """Nobody fulfils the condition. A witness is somebody who does."""
    return Claim(condition)


def everybody(graph: Graph, condition: Expr) -> Claim:
    """Everybody fulfils the condition. A witness is somebody who does not."""
    return Claim(opposite(graph, condition))


def implies(graph: Graph, left: Expr, right: Expr) -> Claim:
    """Whoever fulfils the left fulfils the right. A witness fulfils the left only."""
    return Claim(all_hold(graph, (left, opposite(graph, right))))


def disjoint(graph: Graph, left: Expr, right: Expr) -> Claim:
    """Nobody fulfils both. A witness does: so this is also how to ask whether both can hold."""
    return Claim(all_hold(graph, (left, right)))


def exhaustive(graph: Graph, conditions: tuple[Expr, ...]) -> Claim:
    """Everybody fulfils at least one. A witness fulfils none."""
    return Claim(all_hold(graph, tuple(opposite(graph, condition) for condition in conditions)))


def differs(graph: Graph, left: Expr, right: Expr) -> Expr:
    """The condition that two values of one type differ, a missing one from one that is there."""
    if left.type.kind is right.type.kind is BOOL.kind and not (
        left.type.nullable or right.type.nullable
    ):
        return opposite(
            graph, _or(graph, all_hold(graph, (left, right)), _neither(graph, left, right))
        )
    neither = (missing(graph, left), missing(graph, right))
    equal = graph.make("==", (left, right), type=BOOL)
    return opposite(graph, _or(graph, equal, all_hold(graph, neither)))


def missing(graph: Graph, value: Expr) -> Expr:
    """The condition that there is no value."""
    return graph.make("is missing", (value,), type=BOOL)


def _neither(graph: Graph, left: Expr, right: Expr) -> Expr:
    return all_hold(graph, (opposite(graph, left), opposite(graph, right)))


def opposite(graph: Graph, condition: Expr) -> Expr:
    """The complement of a condition."""
    return graph.make("not", (condition,), type=BOOL)


def all_hold(graph: Graph, conditions: tuple[Expr, ...]) -> Expr:
    """The conjunction of some conditions."""
    return conditions[0] if len(conditions) == 1 else graph.make("and", conditions, type=BOOL)


def _or(graph: Graph, *conditions: Expr) -> Expr:
    return graph.make("or", conditions, type=BOOL)
