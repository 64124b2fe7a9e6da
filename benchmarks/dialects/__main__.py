"""`python -m benchmarks.dialects`: how long SQL takes to write, and how large it is.

For 10 to 3,000 segments over the aggregates of `benchmarks.refresh`, in each dialect: words
of flags, which a run asks for, and rows of members. Seconds are of this process alone, so that a
busy machine matters little. A limit of the engine is named where a statement has more than a tenth
of it; a statement that is larger is written in parts, of which none may be.
"""

import argparse
import time
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.refresh import workload
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.sql.dialects.registry import DIALECTS, dialect
from segue.compiler.sql.limits import TITLES, Limits, Measures, in_parts, measure
from segue.compiler.sql.query import CompiledQuery
from segue.compiler.sql.statements import compile_flags, compile_members

HEADER = ("segments", "form", "dialect", "s", "kB", "columns", "depth", "nodes", "of limits")
NOTEWORTHY = 0.1


class Written(NamedTuple):
    """A query and its text, without layout."""

    query: CompiledQuery
    text: str


def words(
    plan: Plan, binding: Binding, dialect_name: str, segments: Sequence[str]
) -> CompiledQuery:
    return compile_flags(plan, binding, dialect_name, [plan.segments[s].expr for s in segments])


FORMS = {"words": words, "members": compile_members}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--segments", type=int, nargs="*", default=[10, 100, 1_000, 3_000])
    parser.add_argument("--dialect", choices=DIALECTS, nargs="*", default=list(DIALECTS))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(row(HEADER))
    print(row(["---"] * len(HEADER)))
    for count in options.segments:
        plan = workload.compiled_plan(workload.segments(count, options.seed))
        for form in FORMS:
            for name in options.dialect:
                print(row([f"{count:,}", form, name, *measured(plan, form, name)]), flush=True)


def measured(plan: Plan, form: str, name: str) -> list[str]:
    """The figures of one statement, or of the largest of its parts."""
    binding = workload.binding(workload.AS_OF)

    def write(some: Sequence[str]) -> Written:
        query = FORMS[form](plan, binding, name, some)
        return Written(query, query.sql(pretty=False))

    start = time.process_time()
    parts = in_parts(tuple(plan.segments), write)
    seconds = time.process_time() - start
    largest = max(parts, key=lambda part: len(part.text))
    size = len(largest.text.encode())
    found = measure(largest.query.expression)
    told = shares(dialect(name).limits, size, found)
    if len(parts) > 1:
        told.append(f"in {len(parts)} parts")
    figures = (found.columns, found.depth, found.nodes)
    return [f"{seconds:.2f}", f"{size / 1000:,.0f}", *map(str, figures), ", ".join(told)]


def shares(limits: Limits, size: int, found: Measures) -> list[str]:
    """How much of each limit a statement has, where that is much."""
    told = []
    for what, title in TITLES.items():
        limit = getattr(limits, what)
        number = size if what == "size" else getattr(found, what)
        if limit is not None and number > NOTEWORTHY * limit.most:
            assert number <= limit.most, (what, number)
            told.append(f"{number / limit.most:.0%} of {limit.most:,} {title}")
    return told


def row(cells: Sequence[str]) -> str:
    """A line of a table in Markdown."""
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
