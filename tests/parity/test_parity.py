"""Every backend gives the same members, values and match scores as the plan read literally.

The default run compares at least 100,000 values on every engine, the same ones each time. A
longer run, different each time:

    SEGUE_PARITY_EXAMPLES=5000 python -m pytest tests/parity/test_parity.py

SEGUE_PARITY_TABLE=1 adds a table of how often each operator was in rules that were compared.
A disagreement is printed as a case that can be pasted into `regressions/`.
"""

import os
import warnings

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from parity.case import Case
from parity.census import declared
from parity.engines.base import Engine
from parity.engines.duckdb import DuckDB
from parity.engines.forms import Forms
from parity.engines.postgres import Postgres
from parity.engines.python import Evaluator, PredicateEngine
from parity.engines.reference import Reference
from parity.engines.sqlite import SQLite
from parity.generate.cases import TALLY, cases
from parity.generate.text import source
from parity.verdict import COMPARISONS, WRITTEN, Disagreement, compare, report
from segue.grammar.format import format_source
from segue.grammar.parser import parse

EXAMPLES = int(os.environ.get("SEGUE_PARITY_EXAMPLES", "0"))
ENOUGH = 100_000
ENTITIES = 100
"""Of each case: to compile its rules takes longer than to compute them for so many."""
MOST_DISCARDED = 0.2


def test_every_backend_agrees_with_the_plan() -> None:
    engines = [Evaluator(), DuckDB(), SQLite(), Postgres()]
    search([Reference(), *engines], cases(entities=ENTITIES), examples=150)
    for engine in engines:
        assert EXAMPLES or COMPARISONS[engine.name] >= ENOUGH, engine.name
    assert EXAMPLES or [name for name in declared() if not WRITTEN[name]] == []


def test_every_form_of_a_statement_agrees_with_the_plan() -> None:
    # Not every engine has each of them, and they say less than whole statements do.
    forms = [Forms(engine) for engine in (DuckDB(), SQLite(), Postgres())]
    search([Reference(), *forms], cases(variant=5, entities=ENTITIES), examples=50)


def test_predicates_agree_with_the_plan() -> None:
    # They answer for segments alone, and only for those whose aggregates have names.
    predicates = PredicateEngine()
    search([Reference(), predicates], cases(variant=1, entities=ENTITIES), examples=210)
    assert EXAMPLES or COMPARISONS[predicates.name] >= ENOUGH


def search(engines: list[Engine], strategy: SearchStrategy[Case], examples: int) -> None:
    """Raises a failure that tells everything where two engines disagree."""

    @settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        # A failing case is cut down by `parity.reduce`, which knows rules from rows.
        phases=(Phase.generate,),
    )
    @given(strategy)
    def agree(case: Case) -> None:
        written = source(case.rules)
        parsed = parse(written, "rules.seg")
        assert not parsed.diagnostics
        assert parsed.module == case.rules
        formatted = format_source(written, "rules.seg")
        assert parse(formatted, "rules.seg").module == case.rules
        compare(case, engines)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            agree()
    except Disagreement as found:
        pytest.fail(f"{found}\n\n{report(found)}", pytrace=False)
    assert TALLY.rate < MOST_DISCARDED
