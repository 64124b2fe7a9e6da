"""Any sequence of evaluations of any lifecycle: SQL in two engines and Python, the same stages."""

from typing import Any

import duckdb
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lifecycles.shop import START, Shop, plan_of
from segue.compiler.plan.plan import Plan
from segue.compiler.python.events import compile_evaluator
from segue.compiler.python.lifecycles import advance
from segue.compiler.python.profile import Profile
from segue.runtime.lifecycles.rules import changes, definitions
from segue.runtime.warehouse.duckdb import DuckDBWarehouse
from segue.runtime.warehouse.sqlite import SQLiteWarehouse

NAMES = ("a", "b", "c", "d", "e")
CONDITIONS = (
    "orders == 0",
    "orders >= 1",
    "orders >= 2 and happy",
    "quiet",
    "not quiet",
    "happy is missing",
    "orders < 3 or quiet",
    "not (happy and quiet)",
    "true",
    "false",
)
ROWS = st.tuples(
    st.integers(0, 3), st.sampled_from([True, False, None]), st.sampled_from([True, False, None])
)


@st.composite
def lifecycles(draw: st.DrawFn) -> str:
    """The text of a lifecycle with up to five stages, any of them in any order."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    initial = draw(st.sampled_from([None, *names]))
    entered = [n for n in names if n != initial or draw(st.booleans())]
    parts = [f"initial {initial}"] if initial is not None else []
    for name in names:
        body = []
        if name in entered:
            body.append(f"enter when {draw(st.sampled_from(CONDITIONS))}")
        if draw(st.booleans()):
            body.append(f"exit when {draw(st.sampled_from(CONDITIONS))}")
        others = [other for other in entered if other != name]
        following = draw(st.lists(st.sampled_from(others), unique=True)) if others else []
        if following:
            body.append(f"next {', '.join(following)}")
        parts.append(f"stage {name} {{ {' '.join(body)} }}")
    return f"lifecycle customer {{ {' '.join(parts)} }}"


class Evaluations(RuleBasedStateMachine):
    """A shop in DuckDB, the same in SQLite, and stages kept in a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.shops = [
            Shop(DuckDBWarehouse(duckdb.connect())),
            Shop(SQLiteWarehouse.open(":memory:")),
        ]
        self.rows: dict[int, tuple[object, ...]] = {}
        self.stages: dict[int, str] = {}
        self.moves: list[tuple[int, str | None, str | None, str]] = []
        self.runs = 0

    def teardown(self) -> None:
        for shop in self.shops:
            shop.warehouse.close()

    @initialize(rules=lifecycles(), rows=st.dictionaries(st.integers(1, 5), ROWS))
    def open(self, rules: str, rows: dict[int, tuple[object, ...]]) -> None:
        self.plan = plan_of(rules)
        self.rows = rows
        for shop in self.shops:
            shop.customers(rows)

    @rule(changed=st.dictionaries(st.integers(1, 5), ROWS | st.none(), max_size=5))
    def evaluate(self, changed: dict[int, Any]) -> None:
        """Some customers change, come or go; then a run."""
        self.rows = {k: v for k, v in {**self.rows, **changed}.items() if v is not None}
        for shop in self.shops:
            shop.customers(self.rows)
            shop.run(self.plan)
        self.runs += 1
        self._advance()

    @rule(rules=lifecycles())
    def rewrite(self, rules: str) -> None:
        """The rules change: stages come, go, and are told apart by what they mean."""
        before, self.plan = self.plan, plan_of(rules)
        if self.runs == 0:
            return
        stored = {name: definitions(found) for name, found in before.lifecycles.items()}
        found = changes(stored, tuple(self.plan.lifecycles.values()))
        names = {old: new for new, old in found.stages.get("customer", {}).items()}
        self.stages = {key: names.get(stage, stage) for key, stage in self.stages.items()}
        self.evaluate({})

    def _advance(self) -> None:
        self.moves = [
            (key, stage, None, "entity_gone")
            for key, stage in self.stages.items()
            if key not in self.rows
        ]
        after = {}
        for key, row in self.rows.items():
            move = advance_one(self.plan, self.stages.get(key), row)
            if move.after is not None:
                after[key] = move.after
            if move.reason is not None:
                self.moves.append((key, move.before, move.after, str(move.reason)))
        self.stages = after

    @invariant()
    def same_stages(self) -> None:
        if not self.runs:
            return
        for shop in self.shops:
            assert shop.stages() == self.stages
            assert shop.moves(run=shop.day) == sorted(self.moves, key=lambda move: move[0])


def advance_one(plan: Plan, stage: str | None, row: tuple[object, ...]) -> Any:
    attributes = dict(zip(("orders", "happy", "quiet"), row, strict=True))
    evaluation = compile_evaluator(plan).evaluate(Profile(attributes), START)
    return advance(plan.lifecycles["customer"], stage, evaluation.value)


TestEvaluations = Evaluations.TestCase
TestEvaluations.settings = settings(max_examples=25, stateful_step_count=8, deadline=None)
