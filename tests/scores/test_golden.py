"""Whole statements with a score, so that a change of the SQL is seen in its diff.

`SEGUE_UPDATE=1 pytest tests/scores/test_golden.py` writes the files anew.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from scores.test_reference import FOREST
from scores.worlds import world
from segue.compiler.scores.model import Feature, Linear, Link, Model, Number, ScoreKind
from segue.compiler.sql.scores import steps
from segue.compiler.types import FLOAT

GOLDEN = Path(__file__).parent / "golden"
LOGISTIC = Model(
    ScoreKind.PROBABILITY,
    (Feature("rate", FLOAT, ""),),
    (Number(0),),
    Linear((0.25,), (0.125,), (-1.0,), ((2.5,),)),
    Link.LOGISTIC,
)


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "sqlite", "bigquery"])
@pytest.mark.parametrize(("title", "model"), [("trees", FOREST), ("logistic", LOGISTIC)])
def test_a_score(
    dialect: str, title: str, model: Model, golden: Callable[[Path, str], None]
) -> None:
    golden(GOLDEN / f"{title}.{dialect}.sql", world(model).sql(dialect, pretty=True) + "\n")


def test_trees_as_lists(
    golden: Callable[[Path, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "FEW_NODES", 0)
    text = world(FOREST).sql("duckdb", pretty=True)
    golden(GOLDEN / "lists.duckdb.sql", text + "\n")


def test_a_score_from_the_table(golden: Callable[[Path, str], None]) -> None:
    text = world(FOREST, "table").sql("duckdb", pretty=True)
    golden(GOLDEN / "served.duckdb.sql", text + "\n")
