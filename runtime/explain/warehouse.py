"""What the warehouse itself says about one entity and one segment."""

from dataclasses import dataclass

from sqlglot import exp

from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.query import Outputs, compile_query
from segue.compiler.sql.trees import column
from segue.runtime.explain.profile import read_key
from segue.runtime.warehouse.warehouse import Warehouse

TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether the entity is in, and how near it is."""

    member: bool
    score: float

    def __str__(self) -> str:
        return f"{'in' if self.member else 'not in'} with a score of {self.score:.6f}"

    def agrees_with(self, other: "Answer") -> bool:
        """Whether both say the same."""
        return self.member == other.member and abs(self.score - other.score) <= TOLERANCE


def warehouse_answer(
    warehouse: Warehouse, plan: Plan, segment: str, key: str, binding: Binding
) -> Answer:
    """Runs the compiled query for one entity."""
    outputs = Outputs(segments=(segment,), scores=(segment,))
    compiled = compile_query(plan, binding, warehouse.dialect, outputs)
    # The comment above the query would end up inside the brackets.
    compiled.expression.comments = None
    names = [column(name) for name in compiled.columns[1:]]
    target, type = dialect(warehouse.dialect), plan.catalog.entity.key.type
    literal = target.literal(read_key(key, plan.catalog), type)
    same = exp.EQ(
        this=target.key(column(compiled.columns[0]), type), expression=target.key(literal, type)
    )
    query = exp.select(*names).from_(compiled.expression.subquery("everybody")).where(same)
    row = warehouse.fetch_one(query)
    return Answer(bool(row[0]), float(row[1])) if row is not None else Answer(False, 0.0)
