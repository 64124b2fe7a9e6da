"""Postgres computes doubles that leave their range as all others do, and never stops; Spark is
given no operand twice."""

import math
import random
from collections.abc import Callable

import psycopg
import pytest
from sqlglot import exp

from segue.compiler.plan.magnitudes import magnitude
from segue.compiler.plan.nodes import Expr, Graph
from segue.compiler.python.support import finite
from segue.compiler.sql.dialects.postgres import Postgres
from segue.compiler.sql.dialects.spark import Spark
from segue.compiler.sql.trees import column
from segue.compiler.types import FLOAT, INT

LARGEST, SMALLEST = 1.7976931348623157e308, 5e-324
EDGES = [
    *(0.0, 1.0, 0.5, 2.0, 3.0, LARGEST, LARGEST / 2, math.nextafter(LARGEST, 0), 2.0**1023),
    *(SMALLEST, 2 * SMALLEST, 3 * SMALLEST, 2.2250738585072014e-308, 2.0**-1022, 2.0**-1021),
    *(2.0**511, 2.0**512, 2.0**513, 2.0**-511, 2.0**-537, 2.0**-538, 1e154, 1.3407807929942597e154),
    *(1e-162, 2.2227587494850775e-162, 1e300, 1e-300, 1 + 2.0**-52, 1 - 2.0**-53),
]
OPERATIONS: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "quotient": lambda a, b: a / b,
}
NODES: dict[str, Callable[..., exp.Expr]] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}


def numbers() -> list[float]:
    rng = random.Random(7)
    some = [math.ldexp(rng.random() + 0.5, rng.randint(-1073, 1024)) for _ in range(60)]
    all = [*EDGES, *some]
    return [*all, *(-n for n in all if n)]


@pytest.fixture(scope="module")
def pairs(new_database: Callable[[], str]) -> psycopg.Connection[tuple[object, ...]]:
    connection = psycopg.connect(new_database(), autocommit=True)
    connection.execute("CREATE TABLE p (a DOUBLE PRECISION, b DOUBLE PRECISION)")
    values = numbers()
    with connection.cursor() as cursor, cursor.copy("COPY p FROM STDIN") as copy:
        for a in (*values, None):
            for b in (*values, None):
                copy.write_row((a, b))
    return connection


def written(op: str, left: exp.Expr, right: exp.Expr) -> exp.Expr:
    graph, dialect = Graph(), Postgres()
    a, b = (graph.make("attribute", param=name, type=FLOAT.optional) for name in "ab")
    expr = graph.make(op, (a, b), type=FLOAT.optional)
    if op == "quotient":
        return dialect.double_quotient(left, right, expr)
    return dialect.doubles(NODES[op], left, right, expr)


@pytest.mark.parametrize("op", OPERATIONS)
@pytest.mark.parametrize("plain", [True, False], ids=["columns", "expressions"])
def test_every_pair_of_doubles(
    op: str, plain: bool, pairs: psycopg.Connection[tuple[object, ...]]
) -> None:
    left, right = (c if plain else exp.Paren(this=c) for c in (column("a"), column("b")))
    query = exp.select("a", "b", written(op, left, right)).from_("p")
    rows = pairs.execute(query.sql("postgres").encode()).fetchall()
    assert len(rows) > 10_000
    for a, b, found in rows:
        assert found == answer(op, a, b), (a, b)


def answer(op: str, a: object, b: object) -> float | None:
    if not isinstance(a, float) or not isinstance(b, float) or (op == "quotient" and b == 0):
        return None
    try:
        return finite(OPERATIONS[op](a, b))
    except OverflowError:
        return None


def test_counts_and_ratios_of_them_need_no_test() -> None:
    graph = Graph()
    count = graph.make("attribute", param="n", type=INT)
    double = graph.make("to float", (count,), type=FLOAT)
    rate = graph.make("quotient", (double, double), type=FLOAT.optional)
    product = graph.make("*", (rate, double), type=FLOAT.optional)
    tree = Postgres().doubles(exp.Mul, column("a"), column("b"), product)
    assert tree.sql("postgres") == '"a" * "b"'


def test_a_long_sum_does_not_swell() -> None:
    graph = Graph()
    total: Expr = graph.make("attribute", param="x", type=FLOAT.optional)
    leaf, tree = total, column("x")
    for _ in range(40):
        total = graph.make("+", (total, leaf), type=FLOAT.optional)
        tree = Postgres().doubles(exp.Add, tree, column("x"), total)  # type: ignore[assignment]  # grows
    assert len(tree.sql("postgres")) < 40 * 700
    assert magnitude(total).most == 1024


@pytest.mark.parametrize("op", OPERATIONS)
def test_spark_is_given_each_operand_once(op: str) -> None:
    # Its planner makes of `NULLIF` a condition that holds the operand twice.
    graph, dialect = Graph(), Spark()
    a, b = (graph.make("attribute", param=name, type=FLOAT.optional) for name in "ab")
    expr = graph.make(op, (a, b), type=FLOAT.optional)
    if op == "quotient":
        tree = dialect.double_quotient(column("a"), column("b"), expr)
    else:
        tree = dialect.doubles(NODES[op], column("a"), column("b"), expr)
    assert tree.find(exp.Nullif) is None
    assert sorted(found.name for found in tree.find_all(exp.Column)) == ["a", "b"]
