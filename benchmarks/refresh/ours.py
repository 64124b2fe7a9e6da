"""Segue as a contestant: a run that computes everybody, or what can have changed."""

from collections.abc import Sequence
from datetime import datetime

from sqlglot import exp

from benchmarks.refresh.workload import Segment, binding
from segue.compiler.plan.plan import Plan
from segue.compiler.sql.statements import compile_flags
from segue.compiler.sql.working import WorkingTable
from segue.compiler.types import Kind
from segue.runtime.incremental.increment import Incremental
from segue.runtime.membership.outcome import Outcome
from segue.runtime.membership.refresh import Request, refresh
from segue.runtime.membership.slots import Segment as Slotted
from segue.runtime.membership.words import words_query
from segue.runtime.warehouse.warehouse import Warehouse


class Full:
    """Everybody is computed."""

    title = "Segue, full"
    schema = "segue_full"
    key = "key"
    is_incremental = False

    def __init__(self, warehouse: Warehouse, segments: Sequence[Segment], plan: Plan) -> None:
        self.warehouse = warehouse
        self.names = [segment.name for segment in segments]
        self.plan = plan

    def table(self, name: str) -> exp.Table:
        """A table of its store."""
        return self.warehouse.store_table(self.schema, name)

    def prepare(self, first: datetime) -> None:
        """Nothing to do: a run makes its store."""

    def compute(self, as_of: datetime) -> None:
        """Computes who is in which segment, into a working table, from those that a run makes."""
        warehouse = self.warehouse
        roots = [self.plan.segments[name].expr for name in self.names]
        words = compile_flags(
            self.plan, binding(as_of), warehouse.dialect, roots, working=warehouse.working
        )
        computed = WorkingTable(warehouse.temporary_table("segue_computed"), words.expression)
        self._drop(computed)
        for made in (*words.working, computed):
            create = exp.Create(this=made.table.copy(), kind="TABLE", expression=made.query)
            create.set("properties", exp.Properties(expressions=[exp.TemporaryProperty()]))
            warehouse.execute(create)
        for made in words.working:
            self._drop(made)

    def _drop(self, made: WorkingTable) -> None:
        self.warehouse.execute(exp.Drop(tables=[made.table.copy()], kind="TABLE", exists=True))

    def refresh(self, as_of: datetime) -> Outcome:
        """A run."""
        bound, warehouse = binding(as_of), self.warehouse
        request = Request(
            as_of=bound.as_of,
            ruleset="benchmark",
            segments=[Slotted(name, name) for name in self.names],
            entity=self.plan.catalog.entity.name,
            key=Kind.INT,
            schema=self.schema,
        )
        words = words_query(self.plan, bound, warehouse.dialect, working=warehouse.working)
        wanted = Incremental(self.plan, bound) if self.is_incremental else None
        return refresh(self.warehouse, request, words, lambda: bound.as_of, incremental=wanted)


class Part(Full):
    """What can have changed is computed."""

    title = "Segue, incremental"
    schema = "segue_part"
    is_incremental = True
