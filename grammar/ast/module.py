"""A file as a whole."""

from dataclasses import dataclass
from typing import TypeAlias

from segue.grammar.ast.campaigns import Campaign, Monitor
from segue.grammar.ast.definitions import Assert, Condition, Define, Metric, Segment, Tiers
from segue.grammar.ast.lifecycles import Lifecycle, Reaction, State
from segue.grammar.ast.node import Node
from segue.grammar.ast.scores import Score

Item: TypeAlias = (
    Metric
    | Condition
    | Define
    | Segment
    | Tiers
    | Lifecycle
    | Score
    | State
    | Reaction
    | Campaign
    | Monitor
    | Assert
)


@dataclass(frozen=True, slots=True)
class Module(Node):
    """One `.seg` file: its items in the order they were written."""

    items: tuple[Item, ...]
