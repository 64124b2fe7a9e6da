"""The engines that take long to install or to start agree with the plan too.

Not among the ordinary tests, by its name. The default run compares at least 100,000 values on
each engine:

    pip install '.[test,engines]' && python -m pytest tests/parity/heavy.py

A longer run, different each time, is had with SEGUE_PARITY_EXAMPLES=1000. Spark needs Java 17.
"""

from importlib import import_module

import pytest

from parity.engines.reference import Reference
from parity.generate.cases import cases
from parity.test_parity import ENOUGH, EXAMPLES, search
from parity.verdict import COMPARISONS

ENGINES = {
    "clickhouse": "parity.engines.clickhouse:ClickHouse",
    "bigquery": "parity.engines.bigquery:BigQuery",
    "spark": "parity.engines.spark:Spark",
}
ENTITIES = 200
"""Of each case: these engines take as long for many as for few."""


@pytest.mark.parametrize("name", ENGINES)
def test_the_engine_agrees_with_the_plan(name: str) -> None:
    module, engine = ENGINES[name].split(":")
    started = getattr(import_module(module), engine)()
    search([Reference(), started], cases(variant=2, entities=ENTITIES), examples=50)
    assert EXAMPLES or COMPARISONS[name] >= ENOUGH
