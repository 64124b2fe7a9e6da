"""Scores of everybody, out of a DuckDB table and into the score table, beside scikit-learn alone.

    python -m benchmarks.scores.batch --customers 200000

scikit-learn is given its matrix, in memory; Segue reads the features from the warehouse, computes
the same scores, and writes them. Times are of the processor, of all threads.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from segue.compiler.scores.library import NONE
from segue.runtime.membership.store import SCHEMA
from segue.runtime.ruleset import load_ruleset
from segue.runtime.scores.batch import read_features, score_everybody, write_scores
from segue.runtime.scores.fit import fit
from segue.runtime.scores.gather import gather
from segue.runtime.scores.store import ModelStore
from segue.runtime.scores.train import train_on
from segue.runtime.warehouse.duckdb import DuckDBWarehouse

FEATURES = 30
DAY = 86_400_000_000
NOW = 1_735_689_600_000_000  # 2025-01-01

CATALOG = """
timezone: UTC
entity:
  name: customer
  table: customers
  key: customer_id
  attributes: {%s}
events:
  visit: {table: visits, key: customer_id, at: at}
"""
RULES = """
score returns: probability {
  predict exists(visit over next 30d)
  from    %s
  with    %s
  train   over last 30d
}
"""
ESTIMATORS = (
    "random_forest(trees = 100, depth = 10)",
    "gradient_boosting(trees = 100, depth = 6)",
    "histogram_gradient_boosting(trees = 100)",
    "logistic()",
)


def make(warehouse: DuckDBWarehouse, customers: int) -> None:
    """Numbers of which a tenth is missing; who has more of the first three comes back."""
    columns = ", ".join(
        f"CASE WHEN random() < 0.1 THEN NULL ELSE random() END AS a{n}" for n in range(FEATURES)
    )
    warehouse.execute_text("SELECT setseed(0.5)")
    warehouse.execute_text(
        f"CREATE TABLE customers AS SELECT range AS customer_id, {columns} FROM range({customers})"
    )
    warehouse.execute_text(
        "CREATE TABLE visits AS SELECT customer_id, TIMESTAMP '2024-12-15' AS at FROM customers "
        "WHERE coalesce(a0, 0.5) + coalesce(a1, 0.5) * coalesce(a2, 0.5) + random() > 1.2"
    )


def measured(run: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    """The least processor time of some rounds, and what was made."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        found = run()
        times.append(time.process_time() - began)
    return min(times), found


def compare(root: Path, warehouse: DuckDBWarehouse, estimator: str, rounds: int) -> None:
    names = [f"a{n}" for n in range(FEATURES)]
    (root / "catalog.yml").write_text(CATALOG % ", ".join(f"{name}: float?" for name in names))
    (root / "rules.seg").write_text(RULES % (", ".join(names), estimator))
    ruleset = load_ruleset(root, NONE)
    definition = ruleset.plan.scores["returns"]
    training = gather(warehouse, ruleset.plan, definition, NOW)
    few = training.only(training.keys < 20_000)
    fitted = fit(definition, few)
    # Judged by few rows, for that takes the longest and is not what is measured.
    judged = train_on(ruleset, definition, training.only(training.keys < 500), NOW).trained
    trained = replace(judged, model=fitted.model)
    header = ModelStore(root).keep("returns", trained).header

    features = read_features(warehouse, ruleset.plan, definition, header, NOW)
    inputs = fitted.inputs(features.columns)
    alone, said = measured(lambda: fitted.estimator.predict_proba(inputs)[:, 1], rounds)

    def whole() -> Any:
        scored = score_everybody(warehouse, ruleset.plan, definition, trained, header, NOW)
        write_scores(warehouse, ruleset.plan, scored, SCHEMA)
        return scored

    took, scored = measured(whole, rounds)
    order, other = features.keys.argsort(), scored.keys.argsort()
    off = abs(said[order] - scored.scores[other]).max()
    rows = len(inputs)
    print(
        f"{estimator:<44} scikit-learn {rows / alone:>9,.0f} rows/s   Segue, end to end "
        f"{rows / took:>9,.0f} rows/s   {alone / took:.2f}x   most different by {off:.1g}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with DuckDBWarehouse(duckdb.connect()) as warehouse:
        make(warehouse, arguments.customers)
        for estimator in ESTIMATORS:
            with tempfile.TemporaryDirectory() as folder:
                compare(Path(folder), warehouse, estimator, arguments.rounds)


if __name__ == "__main__":
    main()
