"""What a population function needs to know of all entities, as of the last batch.

One entity in one process stands among the others as they were then: its own value is its own,
the values beside it are those of the snapshot, and so a value that has risen since stands
higher. A snapshot is plain data: of each function the values in order with how many there are
of each, or a number for each group. It is exact: everybody who was in the batch, with the values
of the batch, stands as the batch says.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from segue.compiler.operators.population import POPULATION
from segue.compiler.plan.identity import identities
from segue.compiler.plan.nodes import Among, Expr, Population, children, reachable
from segue.compiler.plan.plan import Plan
from segue.compiler.python.boundary import read_timestamp
from segue.grammar import ast
from segue.grammar.unparse import unparse

VERSION = 1
Group = bool | int | str | None
Entry = tuple[Group, int | float, int]
"""A group, a value of it, and how many entities have that."""
Last = tuple[int | float, int | str]
"""The value and the key of the last of the first so many."""


class NeedsSnapshot(LookupError):
    """A rule compares with all entities, and nothing is known of them."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """The different values of one group in order, and how many entities are at or below each."""

    values: Sequence[int | float]
    until: Sequence[int]

    def below(self, value: int | float) -> int:
        """How many are smaller."""
        place = bisect_left(self.values, value)
        return self.until[place - 1] if place else 0

    def above(self, value: int | float) -> int:
        """How many are greater."""
        place = bisect_right(self.values, value)
        return self.count - (self.until[place - 1] if place else 0)

    @property
    def count(self) -> int:
        """How many there are."""
        return self.until[-1] if self.until else 0

    def quantile(self, share: tuple[int, int]) -> int | float:
        """The smallest value with at least that share of all at or below it."""
        numerator, denominator = share
        wanted = max(1, -(-numerator * self.count // denominator))
        return self.values[bisect_left(self.until, wanted)]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The standings of all population functions of a ruleset, as of one instant.

    `ordered` and `numbers` are by function and group; `last` has, by function, the last of the
    first so many, or None where everybody with a value is among them.
    """

    as_of: int
    ordered: Mapping[str, Mapping[Group, Ordered]] = field(default_factory=dict)
    numbers: Mapping[str, Mapping[Group, int | float]] = field(default_factory=dict)
    last: Mapping[str, Last | None] = field(default_factory=dict)

    def age(self, as_of: datetime | int) -> timedelta:
        """How old it is at an instant (a datetime, or microseconds since the epoch)."""
        moment = as_of if isinstance(as_of, int) else read_timestamp(as_of)
        assert moment is not None
        return timedelta(microseconds=moment - self.as_of)

    def knows(self, wanted: Iterable["Standing"]) -> bool:
        """Whether it has all these standings; one of other rules may not."""
        return all(
            any(one.key in part for part in (self.ordered, self.numbers, self.last))
            for one in wanted
        )

    def to_json(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "version": VERSION,
            "as_of": self.as_of,
            "ordered": {
                name: [[g, list(o.values), list(o.until)] for g, o in groups.items()]
                for name, groups in self.ordered.items()
            },
            "numbers": {
                name: [[group, number] for group, number in groups.items()]
                for name, groups in self.numbers.items()
            },
            "last": {
                name: None if last is None else list(last) for name, last in self.last.items()
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Snapshot":
        """What `to_json` gave; `ValueError` for one of another version of Segue."""
        if data.get("version") != VERSION:
            raise ValueError("the snapshot was not written by this version of Segue")
        return cls(
            data["as_of"],
            {
                name: {group: Ordered(values, until) for group, values, until in groups}
                for name, groups in data["ordered"].items()
            },
            {name: dict(groups) for name, groups in data["numbers"].items()},
            {
                name: None if last is None else (last[0], last[1])
                for name, last in data["last"].items()
            },
        )


def population_nodes(roots: Iterable[Expr]) -> list[Expr]:
    """The population functions that the roots need, arguments first."""
    return [node for node in reachable(roots) if node.op == "population"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How an entity stands among all by one population function.

    `key` names it in snapshots; those by the same values in order share one.
    """

    asked: Population
    key: str
    text: str

    def __call__(self, snapshot: Snapshot | None, value: Any, other: Any = None) -> Any:
        """The standing of a value in its group, or of a value with its key."""
        if snapshot is None:
            raise NeedsSnapshot(f"`{self.text}` compares with everybody: it needs a snapshot")
        try:
            return self._find(snapshot, value, other)
        except KeyError:
            raise NeedsSnapshot(
                f"the snapshot knows nothing of `{self.text}`: it is of other rules"
            ) from None

    def _find(self, snapshot: Snapshot, value: Any, other: Any) -> Any:
        match self.asked.among:
            case Among.COUNT | Among.SUM:
                return snapshot.numbers[self.key].get(other, 0)
            case Among.QUANTILE:
                return snapshot.numbers[self.key].get(other)
            case Among.TOP:
                return _is_first(snapshot.last[self.key], value, other)
        groups = snapshot.ordered[self.key]
        if value is None:
            return None
        ordered = groups.get(other)
        if ordered is None:
            return 0
        return ordered.below(value) if self.asked.among is Among.BELOW else ordered.above(value)


def _is_first(last: Last | None, value: Any, key: Any) -> bool:
    if value is None or last is None:
        return value is not None
    if value != last[0]:
        return bool(value > last[0])
    return key is not None and bool(key <= last[1])


def standings(plan: Plan, nodes: Iterable[Expr]) -> dict[int, Standing]:
    """The standing of each of some population functions."""
    nodes = list(nodes)
    hashes, written = identities(nodes), _written(plan)
    found = {}
    for node in nodes:
        asked = node.param
        assert isinstance(asked, Population)
        key = hashes[node.id]
        if asked.among in (Among.BELOW, Among.ABOVE):
            key = "/".join(hashes[arg.id] for arg in node.args)
        found[node.id] = Standing(asked, key, written.get(node.id, str(asked.among)))
    return found


def _written(plan: Plan) -> dict[int, str]:
    """The call that each population function comes from."""
    found: dict[int, str] = {}
    for id, call in plan.written.items():
        if isinstance(call, ast.Call) and call.function in POPULATION:
            for node in population_nodes([plan.graph[id]]):
                found.setdefault(node.id, unparse(call))
    return found


def dependent(plan: Plan) -> frozenset[int]:
    """The expressions of a plan that need to know of all entities."""
    found: set[int] = set()
    for node in plan.graph:
        if node.op == "population" or any(child.id in found for child in children(node)):
            found.add(node.id)
    return frozenset(found)


class Survey:
    """Makes a snapshot out of the values of all entities."""

    def __init__(self, as_of: int) -> None:
        self._ordered: dict[str, dict[Group, Ordered]] = {}
        self._numbers: dict[str, dict[Group, int | float]] = {}
        self._last: dict[str, Last | None] = {}
        # Filled in place, so that functions of functions can be surveyed one after the other.
        self.snapshot = Snapshot(as_of, self._ordered, self._numbers, self._last)

    def add(self, standing: Standing, entries: Iterable[Entry]) -> None:
        """Surveys a function whose arguments are the value and the group, if any."""
        counts: dict[Group, dict[int | float, int]] = {}
        for group, value, count in entries:
            values = counts.setdefault(group, {})
            values[value] = values.get(value, 0) + count
        match standing.asked.among:
            case Among.COUNT:
                self._numbers[standing.key] = {g: sum(v.values()) for g, v in counts.items()}
            case Among.SUM:
                self._numbers[standing.key] = {
                    group: sum(value * count for value, count in values.items())
                    for group, values in counts.items()
                }
            case Among.QUANTILE:
                share = standing.asked.share
                assert share is not None
                self._numbers[standing.key] = {
                    group: _ordered(values).quantile(share) for group, values in counts.items()
                }
            case _:
                self._ordered[standing.key] = {g: _ordered(v) for g, v in counts.items()}

    def add_top(self, standing: Standing, entries: Iterable[Last]) -> None:
        """Surveys the first so many of values with their keys."""
        first = standing.asked.first
        assert first is not None
        # By key, and then, as sorting keeps the order of equals, by value from the greatest.
        in_order = sorted(sorted(entries, key=lambda e: e[1]), key=lambda e: e[0], reverse=True)
        self._last[standing.key] = in_order[first - 1] if len(in_order) >= first else None


def _ordered(counts: Mapping[int | float, int]) -> Ordered:
    values = sorted(counts)
    return Ordered(values, list(accumulate(counts[value] for value in values)))
