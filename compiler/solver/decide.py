"""Decides one claim: looks for a customer who contradicts it, and for a proof that none does."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from segue.compiler.catalog.model import Catalog
from segue.compiler.operators.solver_terms import truth, z3
from segue.compiler.plan.nodes import Expr, Graph, reachable
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.python.events import compile_evaluator
from segue.compiler.python.population import evaluate_alone
from segue.compiler.python.profile import profile_of_rows
from segue.compiler.solver.bounded import BoundedHistory
from segue.compiler.solver.cells import CellHistory
from segue.compiler.solver.instants import instants_for
from segue.compiler.solver.smallest import modest_models, smaller_models
from segue.compiler.solver.verdict import Proved, Refuted, Unknown, Verdict
from segue.compiler.solver.witness import Witness, read_witness, rows_of
from segue.compiler.solver.world import World, finished

# Few rows are found fast and read well; more are tried where they do not do.
ROWS = (2, 4)
TRIES = 3
MOST_EVENTS = 50_000
"""A customer with more, which a first model may have, is not evaluated: it takes all memory."""
TOO_LONG = "it took too long"
EFFORT_OF_A_MILLISECOND = 2_000
"""In the units in which z3 counts its work, roughly."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard to try: `step` is for each question to z3, in milliseconds."""

    step: int = 1_000


DEFAULT = Limits()
_Choose = Callable[[Any, Any, World, BoundedHistory], Iterable[Any]]


def decide(catalog: Catalog, contradiction: Expr, limits: Limits = DEFAULT) -> Verdict:
    """Whether some customer fulfils the contradiction of a claim, with as small a one as can be."""
    return _decide(catalog, contradiction, limits, smaller_models)


def explore(catalog: Catalog, contradiction: Expr, limits: Limits = DEFAULT) -> Verdict:
    """Whether some customer fulfils the contradiction of a claim, with the first that is found."""
    return _decide(catalog, contradiction, limits, modest_models)


def _decide(catalog: Catalog, contradiction: Expr, limits: Limits, choose: _Choose) -> Verdict:
    if any(node.op in ("population", "score") for node in reachable([contradiction])):
        # One customer shows nothing of how they stand among all, and a model says what it says.
        return prove(catalog, contradiction, limits)
    why, zone = "", ZoneInfo(catalog.timezone)
    unconfirmed = False
    for rows in ROWS:
        for instant in instants_for([contradiction]):
            search = _Search(catalog, contradiction, Binding(instant, zone), rows, limits)
            for witness in search.witnesses(choose):
                if witness.size <= MOST_EVENTS and confirms(catalog, contradiction, witness):
                    return Refuted(witness)
                unconfirmed = True
            if not why:
                impossible = _is_impossible(catalog, contradiction, limits)
                if impossible is True:
                    return Proved()
                why = impossible
    if unconfirmed and search.world.opaque:
        return Unknown(_not_looked_into(search.world))
    if unconfirmed:
        return Unknown("no example that was found stands up to an evaluation of the rules")
    return _unknown(why)


def prove(catalog: Catalog, contradiction: Expr, limits: Limits = DEFAULT) -> Verdict:
    """Whether there is a proof that no customer fulfils the contradiction of a claim."""
    impossible = _is_impossible(catalog, contradiction, limits)
    return Proved() if impossible is True else _unknown(impossible)


def _unknown(why: str) -> Unknown:
    return Unknown(why, late=why == TOO_LONG)


def _is_impossible(catalog: Catalog, contradiction: Expr, limits: Limits) -> Any:
    """True where it is proved, else why not."""
    world = World(catalog, [contradiction], None)
    history = world.history = CellHistory(world)
    goal = finished(truth(world.lower(contradiction)))
    answer, reason = _check(_solver(world, goal, limits))
    if answer == z3.unsat:
        return True
    if answer == z3.unknown:
        return "it is too much work" if "resource" in reason else TOO_LONG
    if history.too_wide:
        return f"too many different selections of `{history.too_wide[0]}` take part"
    if world.opaque:
        return _not_looked_into(world)
    return "no proof, and no example with few events"


def _not_looked_into(world: World) -> str:
    operator = next(iter(world.opaque))
    what = {
        "population": "functions of the population",
        "state": "states",
        "score": "the models of scores",
    }
    return f"the solver does not look into {what.get(operator, f'`{operator}`')}"


class _Search:
    """The search for a customer with few events."""

    def __init__(
        self, catalog: Catalog, contradiction: Expr, binding: Binding, rows: int, limits: Limits
    ) -> None:
        self.world = World(catalog, [contradiction], binding)
        self.history = self.world.history = BoundedHistory(self.world, rows)
        goal = finished(truth(self.world.lower(contradiction)))
        self.solver = _solver(self.world, goal, limits)

    def witnesses(self, choose: _Choose) -> Iterator[Witness]:
        """Customers as small as can be found, the later ones differing from the earlier."""
        for _ in range(TRIES):
            answer, _ = _check(self.solver)
            if answer != z3.sat:
                return
            found = self.solver.model()
            for model in choose(self.solver, found, self.world, self.history):
                yield read_witness(model, self.world, self.history)
            self.solver.add(_another(found, self.world))


def _another(model: Any, world: World) -> Any:
    """Something is different from a model: the attributes, or what was opaque."""
    values = [term.value for term, _ in world.attributes.values()]
    return z3.Or(*(value != model.eval(value, True) for value in values)) if values else False


def _solver(world: World, goal: Any, limits: Limits) -> Any:
    solver = z3.Solver()
    # The same effort on every machine gives the same verdicts; the clock is for emergencies.
    solver.set("rlimit", limits.step * EFFORT_OF_A_MILLISECOND)
    solver.set("timeout", limits.step * 2)
    solver.add(*world.all_facts())
    solver.add(goal)
    return solver


def _check(solver: Any) -> tuple[Any, str]:
    answer = solver.check()
    return answer, solver.reason_unknown() if answer == z3.unknown else ""


def confirms(catalog: Catalog, condition: Expr, witness: Witness) -> bool:
    """Whether the Python backend says that the customer fulfils a condition."""
    profile = profile_of_rows(witness.attributes, rows_of(witness, catalog), catalog)
    evaluator = compile_evaluator(Plan(catalog, Graph()))
    evaluation = evaluate_alone(evaluator, profile, witness.as_of, [condition])
    return evaluation.value(condition) is True
