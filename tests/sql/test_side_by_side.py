"""Every example in all dialects, laid out so that what differs between them can be seen.

`side_by_side/` has a file for each rule of `test_golden`, one for the examples of each family of
the reference manual, and `spellings.txt`. `SEGUE_UPDATE=1 pytest tests/sql/test_side_by_side.py`
writes the files anew.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from zoneinfo import ZoneInfo

import pytest
from cli.test_reference import HERE, PLACES, catalog
from sqlglot import exp

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.operators.aggregates import AGGREGATES
from segue.compiler.operators.population import POPULATION
from segue.compiler.operators.registry import OPERATORS
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.sql.dialects.registry import DIALECTS
from segue.compiler.sql.query import Outputs, compile_query
from segue.grammar.diagnostics import SegueError
from segue.grammar.parser import parse
from sql.shop import binding, plan
from sql.side_by_side import side_by_side, spellings
from sql.test_golden import RULES, golden


def families() -> Iterator[tuple[str, list[str]]]:
    """The examples of the reference manual by family."""
    operators = sorted(OPERATORS.values(), key=lambda operator: operator.family)
    for family, members in groupby(operators, key=lambda operator: operator.family):
        examples = [operator.example for operator in members if operator.example]
        if examples:
            yield family, examples
    yield "Aggregates", [aggregate.example for aggregate in AGGREGATES.values()]
    yield "Population", [function.example for function in POPULATION.values()]


def example_plan(example: str) -> Plan:
    """The plan of an example where it may stand."""
    metrics = parse((HERE / "metrics.seg").read_text("utf-8"), "metrics.seg")
    for place in PLACES:
        parsed = parse(place.format(example), "example.seg")
        sources = [Source((), metrics.module), Source((), parsed.module)]
        result = analyse(sources, catalog())
        if result.plan is not None:
            return result.plan
    raise AssertionError(example)


def queries(compiled: Plan, outputs: Outputs, at: Binding) -> dict[str, exp.Query | str]:
    """A query in each dialect, or why there is none."""
    found: dict[str, exp.Query | str] = {}
    for name, target in DIALECTS.items():
        try:
            found[name] = compile_query(compiled, at, name, outputs).expression
        except SegueError as refused:
            found[name] = str(refused).replace(target.title, "The engine")
    return found


FAMILIES = dict(families())


@pytest.mark.parametrize("name", RULES)
def test_a_rule(name: str) -> None:
    compiled = plan(RULES[name])
    text = side_by_side(queries(compiled, Outputs.everything(compiled), binding()))
    golden(f"side_by_side/{name}.txt", text)


@pytest.mark.parametrize(("family", "examples"), FAMILIES.items(), ids=FAMILIES)
def test_the_examples_of_the_reference(family: str, examples: list[str]) -> None:
    # Without jumps of the clock, which would take up most of the lines.
    at = replace(binding(), zone=ZoneInfo("UTC"))
    parts = []
    for example in examples:
        found = queries(example_plan(example), Outputs(metrics=("example",)), at)
        title = f"{example}\n{'=' * len(example)}"
        parts.append(f"{title}\n\n{side_by_side(found)}")
    name = family.lower().replace(" ", "_")
    golden(f"side_by_side/reference/{name}.txt", "\n".join(parts))


def test_spellings() -> None:
    golden("side_by_side/spellings.txt", spellings())
