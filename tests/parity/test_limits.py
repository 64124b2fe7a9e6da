"""Where engines stop a query instead of giving an answer, as the guide says."""

from typing import Any

import pytest

from parity.case import Case
from parity.engines.duckdb import DuckDB
from parity.engines.postgres import Postgres
from parity.written import load_case
from segue.runtime.warehouse.failures import failure

CATALOG = {
    "entity": {
        "name": "user",
        "table": "users",
        "key": {"column": "id", "type": "int"},
        "attributes": {"x": "float?", "n": "int?"},
    },
    "events": {},
}


def case(rules: str, **row: Any) -> Case:
    return load_case(
        {
            "catalog": CATALOG,
            "as_of": "2024-03-20T12:00:00Z",
            "tables": {"users": [{"id": 1, **row}, {"id": 2}]},
            "rules": rules,
        }
    )


@pytest.mark.parametrize("engine", [DuckDB, Postgres])
def test_whole_numbers_beyond_64_bits_stop_a_query(engine: type[DuckDB | Postgres]) -> None:
    with pytest.raises(Exception, match=r"(?i)out of range|overflow") as stopped:
        engine().evaluate(case("metric m = n * n", n=2**62))
    assert "64 bits" in failure(stopped.value).hint
