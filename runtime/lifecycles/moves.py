"""From the stages of the last run and the truths of this one to who moves, in SQL.

stages       who is in which stage of which lifecycle, and since when
transitions  one row for each move, with its reason; rows are only added
stage_rules  the stages that the last run knew, with what they meant
stage_counts for each run and stage: how many are in it, arrived, departed
"""

from collections.abc import Mapping, Sequence
from functools import reduce

from sqlglot import exp

from segue.compiler.plan.lifecycles import Lifecycle
from segue.compiler.plan.nodes import Expr
from segue.compiler.sql.lifecycles import moves
from segue.runtime.lifecycles.flags import Flags
from segue.runtime.lifecycles.outcome import LifecycleCount, MoveCount, StageCount
from segue.runtime.lifecycles.rules import Changes, Stages, changes, definitions
from segue.runtime.membership.renames import (
    Renames,
    make_renames_table,
    read_renames,
    write_renamed_stages,
)
from segue.runtime.membership.store import Store

MOVES = "segue_moves"
TABLES = {
    "stages": """CREATE TABLE IF NOT EXISTS segue.stages (
        lifecycle TEXT NOT NULL, key :key NOT NULL, stage TEXT NOT NULL,
        since TIMESTAMP NOT NULL, run_id BIGINT NOT NULL)""",
    "stage_history": """CREATE TABLE IF NOT EXISTS segue.stage_history (
        lifecycle TEXT NOT NULL, key :key NOT NULL, from_stage TEXT, to_stage TEXT,
        reason TEXT NOT NULL, at TIMESTAMP NOT NULL, run_id BIGINT NOT NULL)""",
    "stage_rules": """CREATE TABLE IF NOT EXISTS segue.stage_rules (
        lifecycle TEXT NOT NULL, stage TEXT NOT NULL, definition TEXT NOT NULL)""",
    "stage_counts": """CREATE TABLE IF NOT EXISTS segue.stage_counts (
        run_id BIGINT NOT NULL, lifecycle TEXT NOT NULL, stage TEXT NOT NULL,
        entities BIGINT NOT NULL, arrived BIGINT NOT NULL, departed BIGINT NOT NULL)""",
}
INDEXES = (
    "CREATE UNIQUE INDEX stages_key ON segue.stages (key, lifecycle)",
    "CREATE INDEX stage_history_key ON segue.stage_history (key)",
)


class StageKeeper:
    """The stages of one run: prepared before the words are computed, moved on after."""

    def __init__(
        self,
        store: Store,
        lifecycles: Sequence[Lifecycle],
        flags: Flags,
        *,
        run: int,
        as_of: int,
        trial: bool,
    ) -> None:
        self.store = store
        self.lifecycles = lifecycles
        self.flags = flags
        self.run = run
        self.as_of = as_of
        self.trial = trial
        self.changes = Changes({}, {}, ())
        self.among: exp.Query | None = None
        """The keys that can move, where that is not everybody."""

    def prepare(self) -> None:
        """Makes the tables where they are not there, and renames what has a new name."""
        store = self.store
        store.prepare_further(TABLES, INDEXES, self._as_of_then(), trial=self.trial)
        self.stored = self._stored_rules()
        self.changes = changes(self.stored, self.lifecycles)
        if not self.trial and (self.changes.lifecycles or self.changes.stages):
            make_renames_table(store)
            write_renamed_stages(store, self.run, self.changes.lifecycles, self.changes.stages)
        for new, old in self.changes.lifecycles.items():
            store.execute(
                "UPDATE segue.stages SET lifecycle = :new WHERE lifecycle = :old", new=new, old=old
            )
        for lifecycle, renamed in self.changes.stages.items():
            self._rename_stages(lifecycle, renamed)

    def _as_of_then(self) -> Mapping[str, exp.Expr]:
        """The stages a trial works on: those at its instant, as the history has them."""
        at = self.store.warehouse.moment(self.as_of)
        latest = """
            SELECT lifecycle, key, stage, since, run_id FROM (
              SELECT t.*, ROW_NUMBER() OVER
                (PARTITION BY t.lifecycle, t.key ORDER BY t.run_id DESC) AS place
              FROM (SELECT :lifecycle AS lifecycle, h.key AS key, :stage AS stage, h.at AS since,
                      h.run_id AS run_id
                    FROM segue.stage_history AS h WHERE h.at <= :at) AS t) AS numbered
            WHERE place = 1 AND NOT stage IS NULL"""
        renames = read_renames(self.store) if self.trial else Renames()
        lifecycle, stage = renames.lifecycle_column("h"), renames.stage_column("to_stage", "h")
        return {"stages": self.store(latest, at=at, lifecycle=lifecycle, stage=stage)}

    def _stored_rules(self) -> Mapping[str, Stages]:
        found: dict[str, dict[str, str]] = {}
        query = self.store("SELECT lifecycle, stage, definition FROM segue.stage_rules")
        for lifecycle, stage, definition in self.store.fetch(query):
            found.setdefault(lifecycle, {})[stage] = definition
        return found

    def _rename_stages(self, lifecycle: str, renamed: Mapping[str, str]) -> None:
        # At once, because one may have taken the name of another.
        cases = [
            exp.If(this=exp.column("stage").eq(old), true=exp.Literal.string(new))
            for new, old in renamed.items()
        ]
        self.store.execute(
            "UPDATE segue.stages SET stage = :stage WHERE lifecycle = :lifecycle",
            stage=exp.Case(ifs=cases, default=exp.column("stage")),
            lifecycle=lifecycle,
        )

    def compute(self) -> None:
        """A row in `segue_moves` for each entity whose stage is another one now."""
        parts = [self._moves(lifecycle) for lifecycle in self.lifecycles]
        gone = self.store(
            """SELECT lifecycle, key, stage AS from_stage, CAST(NULL AS TEXT) AS to_stage,
                 CASE WHEN lifecycle IN (:known) THEN 'entity_gone' ELSE 'lifecycle_removed' END
                   AS reason
               FROM segue.stages AS s
               WHERE NOT lifecycle IN (:known)
                 OR NOT EXISTS (SELECT 1 FROM temp.segue_words AS w WHERE w.key = s.key)""",
            known="",
        )
        assert isinstance(gone, exp.Query)
        for test in gone.find_all(exp.In):
            # The empty name of no lifecycle stays in, because a list may not be empty.
            test.expressions.extend(exp.Literal.string(found.name) for found in self.lifecycles)
        if self.among is not None:
            absent = next(gone.find_all(exp.Exists)).parent
            assert absent is not None
            some = exp.column("key", "s").isin(query=self.among.copy())
            absent.replace(exp.paren(exp.and_(absent.copy(), some)))
        table = self.store.temporary_table(MOVES)
        self.store.create_temporary(table, reduce(_union_all, [*parts, gone]))

    def _moves(self, lifecycle: Lifecycle) -> exp.Query:
        def truth(condition: Expr) -> exp.Expr:
            return self.flags.holds(condition, "w")

        words: exp.Expr = exp.alias_(self.store.temporary_table("segue_words"), "w", table=True)
        if self.among is not None:
            some = exp.select("*").from_(words).where(exp.column("key").isin(query=self.among))
            words = some.subquery("w")
        query = moves(
            lifecycle, exp.column("key", "w", quoted=True), words, self.store.table("stages"), truth
        )
        named = exp.alias_(exp.Literal.string(lifecycle.name), "lifecycle", quoted=True)
        query.set("expressions", [named, *query.expressions])
        return query

    def counts(self) -> tuple[LifecycleCount, ...]:
        """The sizes of all stages after the moves, and the moves."""
        before: dict[str, dict[str, int]] = {}
        query = self.store("SELECT lifecycle, stage, COUNT(*) FROM segue.stages GROUP BY 1, 2")
        for lifecycle, stage, size in self.store.fetch(query):
            before.setdefault(lifecycle, {})[stage] = size
        moved: dict[str, list[MoveCount]] = {}
        query = self.store(
            """SELECT lifecycle, from_stage, to_stage, reason, COUNT(*) FROM temp.segue_moves
               GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3"""
        )
        for lifecycle, *move in self.store.fetch(query):
            moved.setdefault(lifecycle, []).append(MoveCount(*move))
        names = [lifecycle.name for lifecycle in self.lifecycles]
        removed = [name for name in self.changes.removed if name in before or name in moved]
        return tuple(
            self._count(name, before.get(name, {}), moved.get(name, []))
            for name in (*names, *removed)
        )

    def _count(
        self, name: str, before: Mapping[str, int], moved: Sequence[MoveCount]
    ) -> LifecycleCount:
        lifecycle = next((found for found in self.lifecycles if found.name == name), None)
        stages = {} if lifecycle is None else definitions(lifecycle)
        stored = self.stored.get(self.changes.lifecycles.get(name, name), {})
        counts = []
        for stage in dict.fromkeys((*stages, *before)):
            arrived = sum(move.entities for move in moved if move.after == stage)
            departed = sum(move.entities for move in moved if move.before == stage)
            size = before.get(stage, 0) + arrived - departed
            change = self._change(name, stage, stages, stored)
            counts.append(StageCount(stage, size, arrived, departed, change))
        old = self.changes.lifecycles.get(name)
        change = "removed" if lifecycle is None else f"renamed from {old}" if old else ""
        return LifecycleCount(name, tuple(counts), tuple(moved), change)

    def _change(self, lifecycle: str, stage: str, stages: Stages, stored: Stages) -> str:
        """What became of a stage since the last run."""
        if stage not in stages:
            return "removed"
        old = self.changes.stages.get(lifecycle, {}).get(stage)
        if old is not None:
            return f"renamed from {old}"
        if stage not in stored:
            return "added"
        return "" if stored[stage] == stages[stage] else "changed"

    def apply(self) -> None:
        """Writes the moves: where everybody is now, and the history."""
        at = self.store.warehouse.moment(self.as_of)
        self.store.execute(
            """DELETE FROM segue.stages WHERE (lifecycle, key) IN
                 (SELECT lifecycle, key FROM temp.segue_moves WHERE NOT from_stage IS NULL)"""
        )
        self.store.execute(
            """INSERT INTO segue.stages (lifecycle, key, stage, since, run_id)
               SELECT lifecycle, key, to_stage, :at, :run FROM temp.segue_moves
               WHERE NOT to_stage IS NULL""",
            at=at,
            run=self.run,
        )
        self.store.execute(
            """INSERT INTO segue.stage_history
                 (lifecycle, key, from_stage, to_stage, reason, at, run_id)
               SELECT lifecycle, key, from_stage, to_stage, reason, :at, :run
               FROM temp.segue_moves""",
            at=at,
            run=self.run,
        )

    def log(self, counts: Sequence[LifecycleCount]) -> None:
        """Writes what this run knew of the stages, and their sizes."""
        self.store.execute("DELETE FROM segue.stage_rules")
        rules = [
            (lifecycle.name, stage, definition)
            for lifecycle in self.lifecycles
            for stage, definition in definitions(lifecycle).items()
        ]
        self.store.insert("stage_rules", ("lifecycle", "stage", "definition"), rules)
        sizes = [
            (self.run, count.name, found.stage, found.entities, found.arrived, found.departed)
            for count in counts
            for found in count.stages
        ]
        self.store.insert(
            "stage_counts",
            ("run_id", "lifecycle", "stage", "entities", "arrived", "departed"),
            sizes,
        )


def _union_all(left: exp.Query, right: exp.Query) -> exp.Query:
    return exp.union(left, right, distinct=False)
