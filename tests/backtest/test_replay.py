"""A rule over many dates at once is what it is at each date by itself."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from click.testing import CliRunner, Result
from sqlglot import exp

from segue.compiler.plan.shift import shifted
from segue.compiler.plan.windows import DAY, Binding, to_microseconds
from segue.compiler.sql.query import Outputs, compile_query
from segue.compiler.sql.statements import compile_flags
from segue.runtime.backtest.dates import instants
from segue.runtime.backtest.replay import Replay, replay
from segue.runtime.backtest.subject import find_subject
from segue.runtime.cli import main
from segue.runtime.demo.shop import create_shop
from segue.runtime.membership.run import run_ruleset
from segue.runtime.refusal import Refusal
from segue.runtime.ruleset import Ruleset, load_ruleset
from segue.runtime.warehouse.duckdb import DuckDBWarehouse
from segue.runtime.warehouse.sqlite import SQLiteWarehouse
from segue.runtime.warehouse.warehouse import Warehouse

RULESETS = Path(__file__).parents[2] / "rulesets"
UNTIL = datetime(2025, 12, 1, tzinfo=UTC)
WEEKS = [to_microseconds(UNTIL - timedelta(weeks=2 * (4 - week))) for week in range(5)]


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    connection = duckdb.connect()
    create_shop(connection, customers=100, until=UNTIL)
    yield DuckDBWarehouse(connection)
    connection.close()


def ruleset(name: str) -> Ruleset:
    return load_ruleset(RULESETS / name)


def replayed(warehouse: Warehouse, rules: Ruleset, name: str, batch: int = 4) -> Replay:
    return replay(warehouse, rules.plan, find_subject(rules.plan, name), WEEKS, batch)


SEGMENTS = [
    (project, name)
    for project in ("behavioral", "vocabulary", "lifecycle", "population")
    for plan in (ruleset(project).plan,)
    for name in (*plan.segments, *plan.conditions)
]


@pytest.mark.parametrize(("project", "name"), SEGMENTS, ids=lambda part: part)
def test_each_date_is_as_if_run_then(warehouse: Warehouse, project: str, name: str) -> None:
    check_each_date(warehouse, ruleset(project), name)


def check_each_date(warehouse: Warehouse, rules: Ruleset, name: str) -> None:
    found = replayed(warehouse, rules, name)
    expr = find_subject(rules.plan, name).conditions[0]
    before: set[object] = set()
    for date, as_of in zip(found.dates, WEEKS, strict=True):
        members = members_at(warehouse, rules, name, as_of)
        assert date.as_of == as_of
        assert date.sizes[1] == len(members), (expr, as_of)
        assert (date.arrived, date.departed) == (len(members - before), len(before - members))
        before = members


def members_at(warehouse: Warehouse, rules: Ruleset, name: str, as_of: int) -> set[object]:
    """The members by the ordinary query of that instant."""
    plan = rules.plan
    binding = Binding(as_of, ZoneInfo(plan.catalog.timezone))
    if name in plan.segments:
        outputs = Outputs(segments=(name,))
        text = compile_query(plan, binding, "duckdb", outputs).sql()
    else:
        text = compile_flags(plan, binding, "duckdb", [plan.conditions[name].expr]).sql()
    return {row[0] for row in warehouse.execute_text(text) if row[1]}


def test_dates_share_scans_where_the_windows_allow(warehouse: Warehouse) -> None:
    rules = ruleset("behavioral")
    assert replayed(warehouse, rules, "high_engagement").scans == 2
    # So does a sequence whose time has passed: what follows is the same at all dates.
    assert replayed(warehouse, rules, "purchase_intent").scans == 2


MORE = """
segment bought_soon { when exists(cart_add followed by purchase within 2d over last 60d) }
segment never_bought { when exists(cart_add not followed by purchase over last 90d) }
segment left { when exists(cart_add not followed by purchase within 3d over last 30d) }
segment chain {
  when exists(page_view followed by cart_add within 1d not followed by purchase within 1d
    over last 60d)
}
segment long_chain {
  when exists(email_open followed by page_view within 5d followed by purchase within 9d
    over last 90d)
}
segment steady { when count_periods(email_open, week over last 28d) >= 2 }
segment weeks { when count_periods(email_open, week over last 4 calendar weeks) >= 2 }
segment months { when count_periods(purchase, month over last 3 calendar months) >= 2 }
segment all_at_once {
  when count_periods(page_view, week over last 5 calendar weeks) >= 2
    or exists(cart_add not followed by purchase within 1d over last 14d)
}
segment last_left { when exists(cart_add not followed by purchase within 2d over last 3) }
segment last_five { when count(purchase where amount > 50.00 over last 5) >= 2 }
"""


@pytest.fixture(scope="module")
def more(tmp_path_factory: pytest.TempPathFactory) -> Ruleset:
    folder = tmp_path_factory.mktemp("more")
    catalog = (RULESETS / "behavioral" / "catalog.yml").read_text()
    (folder / "catalog.yml").write_text(catalog.replace("timezone: UTC", "timezone: Europe/Paris"))
    (folder / "rules.seg").write_text(MORE)
    return load_ruleset(folder)


@pytest.mark.parametrize(
    "name", [line.split()[1] for line in MORE.splitlines() if "segment" in line]
)
def test_sequences_and_periods_are_as_if_run_then(
    warehouse: Warehouse, more: Ruleset, name: str
) -> None:
    check_each_date(warehouse, more, name)
    assert replayed(warehouse, more, name).scans == 2


def test_a_sequence_whose_time_has_passed_is_read_once_for_all_dates(
    warehouse: Warehouse, more: Ruleset
) -> None:
    assert tables_read(more, "left") == {"cart_adds": 1, "purchases": 1}
    # What follows is another thing at each date: still one statement, which reads it for each.
    assert tables_read(more, "bought_soon") == {"cart_adds": 3, "purchases": 3}


def tables_read(rules: Ruleset, name: str) -> dict[str, int]:
    """How often one statement for three dates names each table of events."""
    plan = rules.plan
    bindings = [Binding(as_of, ZoneInfo(plan.catalog.timezone)) for as_of in WEEKS[:3]]
    roots = [root for b in bindings for root in shifted(plan.graph, [plan.segments[name].expr], b)]
    query = compile_flags(plan, bindings[-1], "duckdb", roots).expression
    found = Counter(table.name for table in query.find_all(exp.Table))
    return {name: found[name] for name in ("cart_adds", "purchases")}


def test_a_lifecycle_is_replayed_as_runs_would_have_gone(warehouse: Warehouse) -> None:
    rules = ruleset("lifecycle")
    found = replayed(warehouse, rules, "customer")
    stages = rules.plan.lifecycles["customer"].stages
    for date in found.dates:
        outcome = run_ruleset(rules, warehouse, date.as_of)
        (count,) = outcome.lifecycles
        assert dict(zip(stages, date.sizes[1:], strict=True)) == {
            stage.stage: stage.entities for stage in count.stages
        }
        assert sum(date.moves.values()) == count.moved


def test_nothing_is_written(warehouse: Warehouse) -> None:
    tables = "SELECT table_schema, table_name FROM information_schema.tables ORDER BY ALL"
    before = warehouse.execute_text(tables)
    replayed(warehouse, ruleset("lifecycle"), "customer")
    assert warehouse.execute_text(tables) == before


def test_a_row_without_a_key_is_nobody() -> None:
    with DuckDBWarehouse(duckdb.connect()) as shop:
        shop.execute_text("CREATE TABLE purchases (customer_id INTEGER, purchased_on DATE)")
        shop.execute_text("CREATE TABLE customers AS FROM (VALUES (1), (NULL)) AS t (customer_id)")
        shop.execute_text("INSERT INTO purchases VALUES (1, '1998-01-01')")
        rules = ruleset("cdnow")
        subject = find_subject(rules.plan, "lapsed")
        day = to_microseconds(datetime(1998, 12, 1, tzinfo=UTC))
        (date,) = replay(shop, rules.plan, subject, [day], 1).dates
        assert sum(date.sizes) == 1


def test_sqlite_replays_too() -> None:
    with SQLiteWarehouse.open(":memory:") as shop:
        shop.execute_text("CREATE TABLE purchases (customer_id INTEGER, purchased_on TEXT)")
        shop.execute_text("CREATE TABLE customers (customer_id INTEGER)")
        shop.execute_text("INSERT INTO customers VALUES (1), (2)")
        shop.execute_text("INSERT INTO purchases VALUES (1, '1998-05-01'), (2, '1998-01-01')")
        rules = ruleset("cdnow")
        days = [to_microseconds(datetime(1998, month, 1, tzinfo=UTC)) for month in range(2, 9)]
        subject = find_subject(rules.plan, "lapsed")
        assert replay(shop, rules.plan, subject, days, 3).scans == 3


# ------------------------------------------------------------------------------ dates


def test_whole_days_keep_the_time_of_day_over_a_change_of_clocks() -> None:
    paris = ZoneInfo("Europe/Paris")
    first = to_microseconds(datetime(2025, 10, 20, tzinfo=paris))
    found = instants(first, first + 15 * DAY, 7 * DAY, paris)
    assert [day.hour for day in (datetime.fromtimestamp(t / 1e6, paris) for t in found)] == [0] * 3
    assert found[1] - found[0] == 7 * DAY + 3_600_000_000


def test_hours_are_hours() -> None:
    paris = ZoneInfo("Europe/Paris")
    first = to_microseconds(datetime(2025, 10, 25, 12, tzinfo=paris))
    found = instants(first, first + DAY, DAY // 2, paris)
    assert [moment - first for moment in found] == [0, DAY // 2, DAY]


@pytest.mark.parametrize(
    ("last", "every", "message"), [(-1, DAY, "before `--from`"), (DAY, 1, "more than 5000")]
)
def test_dates_that_make_no_back_test(last: int, every: int, message: str) -> None:
    with pytest.raises(Refusal, match=message):
        instants(0, last, every, ZoneInfo("UTC"))


# ------------------------------------------------------------------------ the command


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "shop.duckdb"
    create_shop(path, customers=60, until=UNTIL)
    return path


def segue(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def backtest(database: Path, rule: str, *options: str | Path) -> Result:
    span = ("--from", "2025-10-01", "--to", "2025-12-01", "--every", "2w")
    project = ("--project", RULESETS / "lifecycle", "--database", database)
    return segue("backtest", rule, *span, *project, *options)


def test_the_table_shows_a_row_for_each_date(database: Path) -> None:
    result = backtest(database, "churn_risk_medium")
    assert result.exit_code == 0, result.output
    assert "2025-10-15" in result.output
    assert "5 dates in 1 scan · 60 customers · nothing written" in result.output


def test_json_and_csv_say_the_same(database: Path) -> None:
    data = json.loads(backtest(database, "customer", "--format", "json").output)
    lines = list(
        csv.DictReader(backtest(database, "customer", "--format", "csv").output.split("\n"))
    )
    assert [date["as_of"] for date in data["dates"]] == [line["as_of"] for line in lines]
    assert data["dates"][2]["sizes"]["repeat_customer"] == int(lines[2]["repeat_customer"])


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_a_chart_is_drawn(database: Path, tmp_path: Path, suffix: str) -> None:
    chart = tmp_path / f"chart.{suffix}"
    result = backtest(database, "customer", "--chart", chart)
    assert result.exit_code == 0, result.output
    start = chart.read_bytes()[:2000]
    assert start.startswith(b"\x89PNG") if suffix == "png" else b"<svg" in start


@pytest.mark.parametrize(
    ("rule", "options", "message"),
    [
        ("custommer", (), "did you mean `customer`?"),
        ("lifetime_value", (), "nobody is in it or not"),
        ("customer", ("--every", "fortnight"), "`fortnight` is no duration"),
        ("customer", ("--chart", "a.bmp"), "no picture that can be drawn"),
    ],
)
def test_refusals(database: Path, rule: str, options: tuple[str, ...], message: str) -> None:
    result = backtest(database, rule, *options)
    assert result.exit_code == 2
    assert message in result.output


def test_tiers_put_everybody_in_one(warehouse: Warehouse) -> None:
    rules = ruleset("population")
    name = next(iter(rules.plan.tiers))
    found = replayed(warehouse, rules, name)
    assert found.subject.kind == "tiers"
    for date in found.dates:
        assert date.sizes[0] == 0
        assert sum(date.sizes) == found.entities


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York", "Pacific/Kiritimati"])
def test_dates_end_with_the_calendar(zone: str) -> None:
    last = to_microseconds(datetime(9999, 12, 31, tzinfo=UTC))
    assert instants(last - 2 * DAY, last, DAY, ZoneInfo(zone)) == [last - 2 * DAY, last - DAY, last]
    assert len(instants(last - 2 * DAY, last, 7 * DAY, ZoneInfo(zone))) == 1
