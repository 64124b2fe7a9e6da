"""What the solver knows of the lifecycles of a plan: moves that cannot be, and moves without end.

Where an entity goes next follows from its stage and its data alone. So whether a move can be is
a question about all customers, and so is whether, while nothing happens, somebody keeps moving.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from segue.compiler.plan.lifecycles import Lifecycle, Stage
from segue.compiler.plan.nodes import Expr, Graph
from segue.compiler.plan.plan import Plan
from segue.compiler.python.snapshot import population_nodes
from segue.compiler.solver.claims import Claim, all_hold, exhaustive, nobody, opposite
from segue.compiler.solver.solver import Solver
from segue.compiler.solver.verdict import Proved, Refuted, Unknown, Verdict
from segue.compiler.solver.witness import Witness
from segue.compiler.types import BOOL

SHORT = 3
"""Circles of so many places are all looked into: they are few."""
MOST_LONG = 50
"""So many longer ones, the shortest first: there may be more than anybody can wait for."""
MOST_STEPS = 20_000
"""After so many steps no further way round is looked for."""
Place = str | None
"""A stage, or no stage."""
Ask = Callable[[Plan, Mapping[str, Claim]], Mapping[str, Verdict]]


@dataclass(frozen=True, slots=True)
class Move:
    """A move the rules have: from a place to another, where `condition` holds.

    `wanted` is the entry or exit condition alone; `before` are the entries that are tried first.
    `condition` is `wanted` and none of these, or None for the start in the `initial` stage.
    """

    lifecycle: Lifecycle
    source: Place
    target: Place
    wanted: Expr | None
    before: tuple[Stage, ...]
    condition: Expr


@dataclass(frozen=True, slots=True)
class Circle:
    """Places that somebody goes round and round, one at each evaluation, while nothing happens."""

    lifecycle: Lifecycle
    places: tuple[Place, ...]
    witness: Witness


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody who is in no stage, and stays so."""

    lifecycle: Lifecycle
    witness: Witness


class LifecycleSurvey:
    """The findings about all lifecycles of a plan; each kind is worked out when first asked for."""

    def __init__(self, plan: Plan, solver: Solver) -> None:
        self.plan = plan
        self._solver = solver

    @cached_property
    def impossible_entries(self) -> tuple[tuple[Lifecycle, Stage], ...]:
        """The stages whose entry condition nobody can fulfil."""
        found = {
            f"{lifecycle.name} {stage.name}": (lifecycle, stage, stage.enter)
            for lifecycle in self.plan.lifecycles.values()
            for stage in lifecycle.stages.values()
            if stage.enter is not None and lifecycle.initial != stage.name
        }
        verdicts = self._prove({key: nobody(enter) for key, (*_, enter) in found.items()})
        return tuple(found[key][:2] for key in found if isinstance(verdicts[key], Proved))

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        """Every move of every lifecycle."""
        graph = self.plan.graph
        return tuple(m for found in self.plan.lifecycles.values() for m in moves_of(graph, found))

    @cached_property
    def dead(self) -> tuple[Move, ...]:
        """The moves that nobody can make, though somebody may meet their condition."""
        impossible = {(found.name, stage.name) for found, stage in self.impossible_entries}
        tried = {
            str(place): move
            for place, move in enumerate(self.moves)
            if move.wanted is not None and (move.lifecycle.name, move.target) not in impossible
        }
        verdicts = self._prove({key: nobody(move.condition) for key, move in tried.items()})
        return tuple(move for key, move in tried.items() if isinstance(verdicts[key], Proved))

    @cached_property
    def circles(self) -> tuple[Circle, ...]:
        """The ways somebody moves at every evaluation although nothing happens, the short first."""
        ways: list[tuple[Move, ...]] = []
        for lifecycle in self.plan.lifecycles.values():
            own = [move for move in self.moves if move.lifecycle is lifecycle]
            most = len(lifecycle.stages) + 1
            many = next(circles(own, most, longer_than=SHORT), None) is not None
            apart = self._apart(own) if many else frozenset()
            ways += circles(own, SHORT, apart=apart)
            ways += islice(circles(own, most, longer_than=SHORT, apart=apart), MOST_LONG)
        found = {str(place): circle for place, circle in enumerate(ways)}
        verdicts = self._ask({key: self._nobody_makes(circle) for key, circle in found.items()})
        return tuple(
            Circle(circle[0].lifecycle, tuple(m.source for m in circle), verdict.witness)
            for key, circle in found.items()
            if isinstance(verdict := verdicts[key], Refuted)
        )

    def _apart(self, moves: Sequence[Move]) -> frozenset[tuple[int, int]]:
        """Moves, by identity, that nobody makes one after the other while nothing happens.

        To know this of pairs is cheap, and leaves few ways round to look into.
        """
        pairs = {
            f"{first} {second}": (one, other)
            for first, one in enumerate(moves)
            for second, other in enumerate(moves)
            if one.target == other.source
        }
        verdicts = self._prove({key: self._nobody_makes(pair) for key, pair in pairs.items()})
        return frozenset(
            (id(one), id(other))
            for key, (one, other) in pairs.items()
            if isinstance(verdicts[key], Proved)
        )

    def _nobody_makes(self, moves: Sequence[Move]) -> Claim:
        return nobody(all_hold(self.plan.graph, tuple(move.condition for move in moves)))

    @cached_property
    def inescapable(self) -> tuple[tuple[Lifecycle, Stage], ...]:
        """The stages that nobody can leave."""
        dead = {(m.lifecycle.name, m.source, m.target) for m in self.dead}
        impossible = {(found.name, stage.name) for found, stage in self.impossible_entries}
        ways: set[tuple[str, Place]] = set()
        for move in self.moves:
            key = (move.lifecycle.name, move.source, move.target)
            if key not in dead and (move.lifecycle.name, move.target) not in impossible:
                ways.add(key[:2])
        return tuple(
            (lifecycle, stage)
            for lifecycle in self.plan.lifecycles.values()
            for stage in lifecycle.stages.values()
            if (lifecycle.name, stage.name) not in ways
        )

    @cached_property
    def strangers(self) -> tuple[Stranger, ...]:
        """For each lifecycle without an initial stage, somebody whom no entry takes in."""
        claims: dict[str, Claim] = {}
        for name, lifecycle in self.plan.lifecycles.items():
            entries = [stage.enter for stage in lifecycle.tried_from(None)]
            if lifecycle.initial is None:
                known = tuple(entry for entry in entries if entry is not None)
                claims[name] = exhaustive(self.plan.graph, known)
        verdicts = self._ask(claims)
        return tuple(
            Stranger(self.plan.lifecycles[name], verdict.witness)
            for name, verdict in verdicts.items()
            if isinstance(verdict, Refuted)
        )

    def _prove(self, claims: Mapping[str, Claim]) -> Mapping[str, Verdict]:
        return self._verdicts(self._solver.prove, claims)

    def _ask(self, claims: Mapping[str, Claim]) -> Mapping[str, Verdict]:
        return self._verdicts(self._solver.ask, claims)

    def _verdicts(self, ask: Ask, claims: Mapping[str, Claim]) -> Mapping[str, Verdict]:
        # How somebody stands among all says nothing about one customer alone.
        alone = {k: c for k, c in claims.items() if not population_nodes([c.contradiction])}
        found = ask(self.plan, alone) if alone else {}
        among = Unknown("it compares with everybody")
        return {key: found.get(key, among) for key in claims}


def moves_of(graph: Graph, lifecycle: Lifecycle) -> Iterator[Move]:
    """Every move of a lifecycle, with the condition under which it is made."""
    for source in (None, *lifecycle.stages):
        tried = lifecycle.tried_from(source)
        for place, stage in enumerate(tried):
            assert stage.enter is not None
            yield _move(graph, lifecycle, source, stage.name, stage.enter, tried[:place])
        if source is None and lifecycle.initial is not None:
            yield _move(graph, lifecycle, None, lifecycle.initial, None, tried)
        present = lifecycle.stages[source] if source is not None else None
        if present is not None and present.exit is not None:
            yield _move(graph, lifecycle, source, None, present.exit, tried)


def _move(
    graph: Graph,
    lifecycle: Lifecycle,
    source: Place,
    target: Place,
    wanted: Expr | None,
    before: Sequence[Stage],
) -> Move:
    others = tuple(opposite(graph, stage.enter) for stage in before if stage.enter is not None)
    parts = (*([] if wanted is None else [wanted]), *others)
    condition = all_hold(graph, parts) if parts else graph.make("literal", param=True, type=BOOL)
    return Move(lifecycle, source, target, wanted, tuple(before), condition)


def circles(
    moves: Sequence[Move],
    most: int,
    *,
    longer_than: int = 1,
    apart: Container[tuple[int, int]] = (),
) -> Iterator[tuple[Move, ...]]:
    """Ways round through at most so many places, none twice; each once, the short first.

    `apart` are pairs of moves, by identity, that nobody can make one after the other.
    """
    following: dict[Place, list[Move]] = {}
    for move in moves:
        following.setdefault(move.source, []).append(move)
    order = {place: number for number, place in enumerate(following)}
    steps = 0
    for length in range(longer_than + 1, most + 1):
        # The first place of a circle is the first in order, so that each is found once.
        stack: list[tuple[Move, ...]] = [(move,) for move in reversed(moves)]
        while stack:
            way = stack.pop()
            steps += 1
            if steps > MOST_STEPS:
                return
            start, end = way[0].source, way[-1].target
            if len(way) == length:
                if end == start and (id(way[-1]), id(way[0])) not in apart:
                    yield way
                continue
            if end == start or order.get(end, -1) < order[start]:
                continue
            if any(move.source == end for move in way):
                continue
            stack += [
                (*way, move)
                for move in reversed(following[end])
                if (id(way[-1]), id(move)) not in apart
            ]
