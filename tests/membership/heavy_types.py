"""The types of columns, on the engines that take long to install or to start.

Not among the ordinary tests, by its name: see `heavy.py` beside it.
"""

from zoneinfo import ZoneInfo

import pytest

from membership.heavy import world  # noqa: F401  # a fixture
from membership.types_of import KINDS, columns, kinds
from membership.world import World
from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.catalog.model import TableName
from segue.compiler.plan.windows import Binding
from segue.grammar.parser import parse
from segue.runtime.warehouse.failures import Mistyped
from segue.runtime.warehouse.mistyped import check_types

CATALOG = """
entity: {name: person, table: marks, key: {column: key, type: string}, attributes: {segment: int}}
"""
# fakesnow does not know that quotes may be left out.
TYPED = {"snowflake": '"typed"'}
MADE = {
    "clickhouse": "CREATE TABLE {} ({}) ENGINE = Memory",
    "spark": "CREATE TABLE {} ({}) USING parquet",
}
OTHERWISE = {
    "clickhouse": {
        "n": "Nullable(UInt32)",
        "name": "LowCardinality(Nullable(String))",
        "at": "DateTime64(6, 'UTC')",
        "day": "Date32",
    },
    "redshift": {"x": "DOUBLE PRECISION"},
    "spark": {"name": "STRING", "at": "TIMESTAMP_NTZ"},
}
CALLED = {"mysql": {"yes": "int"}}
"""What engines make of a type."""


def test_an_engine_says_the_types_of_columns(world: World) -> None:  # noqa: F811
    warehouse = world.warehouse
    create = MADE.get(warehouse.engine, "CREATE TABLE {} ({})")
    name = TYPED.get(warehouse.engine, "typed")
    named = columns(**OTHERWISE.get(warehouse.engine, {}))
    warehouse.execute_text(create.format(name, named))
    found = kinds(warehouse, "typed")
    warehouse.execute_text(f"DROP TABLE {name}")
    assert found == {**KINDS, **CALLED.get(warehouse.engine, {})}
    assert warehouse.column_types(TableName("typed")) == {}


def test_a_column_of_texts_that_the_catalog_calls_a_number_is_refused(
    world: World,  # noqa: F811
) -> None:
    world.people(ann="reader")
    catalog = load_catalog(CATALOG).catalog
    assert catalog is not None
    rules = parse("segment s { when segment > 3 }", "rules.seg").module
    plan = analyse([Source((), rules)], catalog).plan
    assert plan is not None
    with pytest.raises(Mistyped, match=r"`marks.segment` is of the type `int`"):
        check_types(world.warehouse, plan, Binding(0, ZoneInfo("UTC")))
