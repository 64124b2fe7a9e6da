"""`python -m benchmarks.scores`: how fast a forest is computed, for one and for many.

One profile: scikit-learn, the model walked as it is, and the compiled function. Many: scikit-learn,
the query on DuckDB, the same with its trees as CASE, and Postgres where its address is given.
Everything gives the same scores to the bit, or the run fails. Times in this process are those of
the processor, on one core; of Postgres, which is another process, those of the clock.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.scores.forest import COLUMNS, KEY, TABLE, Forest, grow
from segue.compiler.scores.python import score_function
from segue.compiler.scores.reference import predict
from segue.compiler.sql.scores import steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--trees", type=int, default=100)
    parser.add_argument("--depth", type=int, default=10)
    parser.add_argument("--case", action="store_true", help="DuckDB with CASE too: takes minutes")
    parser.add_argument("--postgres", help="the address of an empty database")
    options = parser.parse_args()
    forest = grow(options.rows, options.trees, options.depth)
    nodes = sum(tree.tree_.node_count for tree in forest.estimator.estimators_)
    print(f"{options.trees} trees, {nodes} nodes, {COLUMNS} features, {options.rows} rows")
    one(forest)
    many(forest, options)


def one(forest: Forest) -> None:
    """A profile at a time."""
    few = forest.rows[:200]
    started = time.process_time()
    function = score_function(forest.model)
    print(f"\none profile (compiled in {time.process_time() - started:.2f} s)")
    said = forest.estimator.predict_proba(few)[:, 1].tolist()
    profiles = few.tolist()
    assert [function(*row) for row in profiles] == said
    assert [predict(forest.model, row) for row in profiles] == said
    arrays = [few[i : i + 1] for i in range(len(few))]
    times = {
        "compiled": measured(lambda: [function(*row) for row in profiles], len(few)),
        "walked": measured(lambda: [predict(forest.model, row) for row in profiles], len(few)),
        "scikit-learn": measured(
            lambda: [forest.estimator.predict_proba(row) for row in arrays], len(few)
        ),
    }
    for title, seconds in times.items():
        ratio = times["scikit-learn"] / seconds
        print(f"  {title:16} {seconds * 1e6:10.1f} us   {ratio:8.1f} x as fast as scikit-learn")


def measured(run: Callable[[], object], count: int, rounds: int = 3) -> float:
    """The least time of some rounds, for one of `count`."""
    times = []
    for _ in range(rounds):
        started = time.process_time()
        run()
        times.append(time.process_time() - started)
    return min(times) / count


def many(forest: Forest, options: Any) -> None:
    """All rows at once."""
    said = forest.estimator.predict_proba(forest.rows)[:, 1].tolist()
    base = measured(lambda: forest.estimator.predict_proba(forest.rows), options.rows, 2)
    print(f"\nmany\n  {'scikit-learn':24} {1 / base:10.0f} rows/s")
    connection = in_duckdb(forest.rows)
    told("DuckDB, lists", forest, "duckdb", connection, said, base, time.process_time)
    if options.case:
        few, step = steps.FEW_NODES, steps.TREES_IN_A_STEP
        steps.FEW_NODES = steps.TREES_IN_A_STEP = 10**9
        told("DuckDB, nested CASE", forest, "duckdb", connection, said, base, time.process_time)
        steps.FEW_NODES, steps.TREES_IN_A_STEP = few, step
    if options.postgres:
        postgres = in_postgres(forest.rows, options.postgres)
        told("Postgres, CASE", forest, "postgres", postgres, said, base, time.time)


def told(
    title: str,
    forest: Forest,
    dialect: str,
    connection: Any,
    said: Sequence[float],
    base: float,
    clock: Callable[[], float],
) -> None:
    """Runs a query for nobody, which is planning it, and then for everybody."""
    started = time.process_time()
    query = forest.sql(dialect)
    compiled = time.process_time() - started
    nobody = query.replace(f'FROM "{TABLE}"', f'FROM "{TABLE}" WHERE "{KEY}" < 0')
    started = clock()
    connection.execute(nobody).fetchall()
    planned = clock() - started
    started = clock()
    rows = connection.execute(query).fetchall()
    ran = (clock() - started - planned) / len(rows)
    assert [score for _, score in sorted(rows)] == list(said), f"{title} gives other scores"
    print(
        f"  {title:24} {1 / ran:10.0f} rows/s   {base / ran:6.2f} of scikit-learn   "
        f"(written in {compiled:.1f} s, planned in {planned:.1f} s)"
    )


def in_duckdb(values: Any) -> Any:
    """A connection to DuckDB with the rows."""
    import duckdb
    import pyarrow

    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    columns = {KEY: range(len(values)), **{f"f{i}": values[:, i] for i in range(COLUMNS)}}
    connection.register("made", pyarrow.table({n: pyarrow.array(c) for n, c in columns.items()}))
    connection.execute(f"CREATE TABLE {TABLE} AS SELECT * FROM made")
    return connection


def in_postgres(values: Any, address: str) -> Any:
    """A connection to Postgres with the rows."""
    import psycopg

    connection = psycopg.connect(address, autocommit=True)
    columns = ", ".join(f"f{i} DOUBLE PRECISION" for i in range(COLUMNS))
    connection.execute(f"CREATE TEMP TABLE {TABLE} ({KEY} INTEGER, {columns})".encode())
    with connection.cursor().copy(f"COPY {TABLE} FROM STDIN".encode()) as copy:
        for key, row in enumerate(values.tolist()):
            copy.write_row([key, *row])
    # To machine code it would be compiled for minutes.
    connection.execute("SET jit = off")
    return connection


if __name__ == "__main__":
    main()
