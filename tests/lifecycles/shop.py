"""A tiny shop: customers with a number of orders and some marks, and rules over it."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.types import Kind
from segue.grammar.parser import parse
from segue.runtime.lifecycles.flags import flags_of
from segue.runtime.membership.outcome import Outcome
from segue.runtime.membership.refresh import Request, refresh
from segue.runtime.membership.words import words_query
from segue.runtime.warehouse.warehouse import Warehouse

CATALOG = """
entity:
  name: customer
  table: customers
  key: id
  attributes: {orders: int, happy: bool?, quiet: bool?}
events:
  visit: {table: visits, at: moment}
"""
START = 1_700_000_000_000_000
DAY = 86_400_000_000

RULES = """
lifecycle customer {
  stage prospect {
    enter when orders == 0 and not quiet
    exit  when quiet
    nurture welcome_series
    triggers visit
    next buyer
  }
  stage buyer {
    enter when orders >= 1
    next  regular, lost
  }
  stage regular {
    enter when orders >= 3 and happy
    next  lost
  }
  stage lost {
    enter when quiet
    next  buyer
  }
}
"""


def plan_of(rules: str) -> Plan:
    catalog = load_catalog(CATALOG).catalog
    assert catalog is not None
    result = analyse([Source((), parse(rules, "rules.seg").module)], catalog)
    assert result.plan is not None, [d.message for d in result.diagnostics]
    return result.plan


class Shop:
    """A warehouse with customers, and runs of a lifecycle over it, a day apart."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.day = 0
        warehouse.execute_text("CREATE TABLE visits (customer_id INTEGER, moment TIMESTAMP)")
        warehouse.execute_text(
            "CREATE TABLE customers (id INTEGER, orders INTEGER, happy BOOLEAN, quiet BOOLEAN)"
        )

    def customers(self, rows: Mapping[int, Sequence[object]]) -> None:
        """`{1: (orders, happy, quiet)}`: who there is from now on."""
        self.warehouse.execute_text("DELETE FROM customers")
        for key, row in rows.items():
            values = ", ".join("NULL" if v is None else str(v).upper() for v in row)
            self.warehouse.execute_text(f"INSERT INTO customers VALUES ({key}, {values})")

    def repeat(self, *keys: int) -> None:
        """From now on each of these keys is in two rows."""
        for key in keys:
            self.warehouse.execute_text(f"INSERT INTO customers VALUES ({key}, 0, NULL, NULL)")

    def run(self, plan: Plan, *, trial: bool = False, as_of: int | None = None) -> Outcome:
        if not trial:
            self.day += 1
        moment = START + self.day * DAY if as_of is None else as_of
        lifecycles = tuple(plan.lifecycles.values())
        request = Request(
            as_of=moment,
            ruleset="rules",
            segments=[],
            entity="customer",
            key=Kind.INT,
            lifecycles=lifecycles,
            trial=trial,
            replace_others=True,
        )
        binding = Binding(moment, ZoneInfo("UTC"))
        words = words_query(
            plan,
            binding,
            self.warehouse.dialect,
            flags_of(lifecycles),
            self.warehouse.working,
        )
        return refresh(self.warehouse, request, words, clock=lambda: START)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        if self.warehouse.dialect == "sqlite":
            query = query.replace("segue.", "segue_")
        return self.warehouse.execute_text(query)

    def stages(self, lifecycle: str = "customer") -> dict[object, object]:
        rows = self.rows(f"SELECT key, stage FROM segue.stages WHERE lifecycle = '{lifecycle}'")
        return dict(rows)  # type: ignore[arg-type]  # pairs

    def moves(self, run: int) -> list[tuple[object, ...]]:
        return self.rows(
            "SELECT key, from_stage, to_stage, reason FROM segue.stage_history "
            f"WHERE run_id = {run} ORDER BY 1, 2"
        )
