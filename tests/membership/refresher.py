"""A run in a process of its own, to be killed: `python refresher.py DATABASE AS_OF`.

Says each step on a line of its own before it begins, and waits a moment, so that the one who
kills it can choose where.
"""

import sys
import time
from zoneinfo import ZoneInfo

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.types import Kind
from segue.grammar.parser import parse
from segue.runtime.incremental.increment import Incremental
from segue.runtime.lifecycles.flags import flags_of
from segue.runtime.membership.refresh import Request, refresh
from segue.runtime.membership.slots import Segment
from segue.runtime.membership.words import words_query
from segue.runtime.warehouse.connect import connect, database_target

CATALOG = "entity: {name: person, table: people, key: key, attributes: {n: int}}"
RULES = """
segment half  { when n < 10000 }
segment small { when n < 5000 }
segment late  { when n > 19000 }
lifecycle person {
  stage first  { enter when n < 5000 next second }
  stage second { enter when n >= 5000 and n < 15000 exit when n > 19000 }
}
"""


def plan_of_people() -> Plan:
    catalog = load_catalog(CATALOG).catalog
    assert catalog is not None
    plan = analyse([Source((), parse(RULES, "rules.seg").module)], catalog).plan
    assert plan is not None
    return plan


def report(step: str) -> None:
    print(step, flush=True)
    time.sleep(0.02)


def main(database: str, as_of: int) -> None:
    plan = plan_of_people()
    lifecycles = tuple(plan.lifecycles.values())
    request = Request(
        as_of=as_of,
        ruleset="r",
        segments=[Segment(name, name) for name in plan.segments],
        entity="person",
        key=Kind.INT,
        lifecycles=lifecycles,
    )
    with connect(database_target(database)) as warehouse:
        binding = Binding(as_of, ZoneInfo("UTC"))
        flags = flags_of(lifecycles)
        words = words_query(plan, binding, warehouse.dialect, flags, warehouse.working)
        part = Incremental(plan, binding, flags, most_touched=1)
        refresh(
            warehouse, request, words, lambda: as_of, lambda step: report(step), incremental=part
        )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
