"""Coverage of the conditions on events: `where` of aggregates and of the steps of sequences."""

from pathlib import Path

import pytest

from rule_coverage.test_reports import _Page
from segue.compiler.coverage.decisions import EVENTS
from segue.compiler.coverage.measure import AtomCoverage, DecisionCoverage, Outcome
from segue.runtime.coverage.lcov import as_lcov
from segue.runtime.coverage.observe import Coverage, cover
from segue.runtime.coverage.pages import write_pages
from segue.runtime.coverage.table import uncovered_lines
from segue.runtime.ruleset import load_ruleset
from segue.runtime.testing.read import read_tests
from segue.runtime.testing.run import run_cases

CATALOG = """\
entity: {name: customer, table: customers, key: id, attributes: {least: int?}}
events:
  cart:
    table: carts
    at: at
    properties: {sku: string, price: int, gift: bool, note: string?}
  buy: {table: buys, at: at, properties: {sku: string, price: int}}
"""


def coverage_of(folder: Path, rules: str, *tests: str) -> Coverage:
    """The coverage of rules by tests, each `given ⇒ expect`: flow mappings of YAML."""
    (folder / "catalog.yml").write_text(CATALOG, "utf-8")
    (folder / "rules.seg").write_text(rules, "utf-8")
    ruleset = load_ruleset(folder)
    cases = []
    for number, test in enumerate(tests):
        given, expect = test.split(" ⇒ ")
        text = f"as_of: 2025-12-01T12:00:00Z\ntests:\n  - {{name: {number}, given: {{{given}}}, "
        read, wrong = read_tests(f"{text}expect: {{{expect}}}}}\n", "t", ruleset.plan)
        assert wrong == []
        cases += read
    return cover(ruleset, run_cases(ruleset.plan, cases))


def on_events(coverage: Coverage) -> dict[str, DecisionCoverage]:
    return {c.decision.name: c for c in coverage.decisions if c.decision.kind == EVENTS}


def atoms(covered: DecisionCoverage) -> dict[str, AtomCoverage]:
    return {atom.atom.text: atom for atom in covered.atoms}


def carts(*rows: str) -> str:
    return f"events: {{cart: [{', '.join(f'{{at: 1d ago, {row}}}' for row in rows)}]}}"


GIFTS = 'metric gifts = count(cart where gift and (price >= 10 or sku == "a") over last 7d)\n'


def test_two_rows_of_one_customer_show_true_and_false(tmp_path: Path) -> None:
    test = carts("gift: true, price: 10", "gift: false, price: 10") + " ⇒ metrics: {gifts: 1}"
    (covered,) = on_events(coverage_of(tmp_path, GIFTS, test)).values()

    gift = atoms(covered)["gift"]
    assert (covered.decision.name, covered.tests) == ("gifts where", 1)
    assert gift.uncovered == ()
    assert gift.pair == (0, 0)


def test_a_row_that_another_condition_leaves_out_decides_nothing(tmp_path: Path) -> None:
    test = carts("gift: true, price: 5, sku: b", "gift: false, price: 10, sku: b")
    coverage = coverage_of(tmp_path, GIFTS, f"{test} ⇒ metrics: {{gifts: 0}}")

    found = atoms(on_events(coverage)["gifts where"])
    assert found["gift"].uncovered == (Outcome.DECIDES,)
    assert found["gift"].decides_when == {False}
    assert found["price >= 10"].decides_when == {False}


def test_rows_outside_the_window_do_not_come_into_question(tmp_path: Path) -> None:
    rows = "events: {cart: [{at: 30d ago, gift: true, price: 10}]}"
    coverage = coverage_of(tmp_path, GIFTS, f"{rows} ⇒ metrics: {{gifts: 0}}")

    assert atoms(on_events(coverage)["gifts where"])["gift"].uncovered == (
        Outcome.TRUE,
        Outcome.FALSE,
        Outcome.DECIDES,
    )


def test_a_property_may_be_missing_where_the_catalog_says_so(tmp_path: Path) -> None:
    rules = 'metric x = count(cart where note == "a" and price > least)\n'
    test = "attributes: {least: 3}, " + carts("note: a, price: 9", "price: 1")
    coverage = coverage_of(tmp_path, rules, f"{test} ⇒ metrics: {{x: 1}}")

    found = atoms(on_events(coverage)["x where"])
    assert found['note == "a"'].uncovered == (Outcome.FALSE, Outcome.DECIDES)
    # The attribute may be missing, the price may not.
    assert found["price > least"].uncovered == (Outcome.MISSING, Outcome.DECIDES)


def test_a_test_that_expects_nothing_of_the_rule_shows_nothing_of_its_events(
    tmp_path: Path,
) -> None:
    rules = GIFTS + "segment other { when exists(buy) }\n"
    test = carts("gift: true, price: 10") + " ⇒ not_in: [other]"

    assert on_events(coverage_of(tmp_path, rules, test))["gifts where"].tests == 0


LEFT = """\
segment left {
  when exists(cart not followed by buy within 2d where sku == cart.sku over last 30d)
}
"""


def test_the_condition_of_a_step_is_about_the_rows_that_may_follow(tmp_path: Path) -> None:
    rows = "cart: [{at: 9d ago, sku: a}], buy: [{at: 8d ago, sku: %s}, {at: 1d ago, sku: a}]"
    same, other = (f"events: {{{rows % sku}}} ⇒ " for sku in "ab")

    one = on_events(coverage_of(tmp_path, LEFT, f"{same}not_in: [left]"))["left not followed"]
    assert atoms(one)["sku == cart.sku"].uncovered == (Outcome.FALSE, Outcome.DECIDES)
    both = on_events(coverage_of(tmp_path, LEFT, f"{same}not_in: [left]", f"{other}in: [left]"))[
        "left not followed"
    ]
    assert atoms(both)["sku == cart.sku"].pair == (0, 1)


def test_filters_of_one_rule_are_told_apart_and_an_average_is_one(tmp_path: Path) -> None:
    rules = "segment x { when avg(cart.price where gift) > 5.0 and exists(buy where price > 1) }\n"
    assert list(on_events(coverage_of(tmp_path, rules))) == ["x where", "x where 2"]


def test_what_a_define_asks_depends_on_its_call(tmp_path: Path) -> None:
    rules = (
        "define dear(n) = count(cart where price > n)\n"
        "segment x { when dear(3) >= 1 and dear(5) >= 1 }\n"
    )
    assert on_events(coverage_of(tmp_path, rules)) == {}


def test_stages_and_nested_aggregates(tmp_path: Path) -> None:
    rules = """\
lifecycle customer {
  stage fan {
    enter when exists(cart where price > avg(buy.price where sku == "a"))
    exit when not exists(buy where price > 1)
  }
}
"""
    assert {
        name: list(atoms(covered))
        for name, covered in on_events(coverage_of(tmp_path, rules)).items()
    } == {
        "customer.fan where": ['price > avg(buy.price where sku == "a")'],
        "customer.fan where 2": ['sku == "a"'],
        "customer.fan where 3": ["price > 1"],
    }


@pytest.fixture
def covered_gifts(tmp_path: Path) -> Coverage:
    rules = "segment keen {\n  when count(cart where gift over last 7d) >= 2\n}\n"
    test = carts("gift: true", "gift: true") + " ⇒ in: [keen]"
    return coverage_of(tmp_path, rules, test)


def test_reports_tell_of_both(covered_gifts: Coverage) -> None:
    found = [line.split(": ", 1)[1] for line in uncovered_lines(covered_gifts)]
    assert found == [
        "keen: `count(cart where gift over last 7d) >= 2` was never false",
        "keen where: `gift` was never false",
    ]
    # The line has a block for the condition, and one for that on its events.
    branches = [line for line in as_lcov(covered_gifts).splitlines() if line.startswith("BRDA")]
    assert branches == [
        *["BRDA:2,0,0,1", "BRDA:2,0,1,0", "BRDA:2,0,2,0"],
        *["BRDA:2,1,0,1", "BRDA:2,1,1,0", "BRDA:2,1,2,0"],
    ]


def test_a_page_marks_the_inner_condition_inside_the_outer(
    tmp_path: Path, covered_gifts: Coverage
) -> None:
    texts = {"rules.seg": (tmp_path / "rules.seg").read_text("utf-8")}
    write_pages(covered_gifts, texts, tmp_path / "site")
    page = _Page((tmp_path / "site" / "rules.seg.html").read_text("utf-8"))
    assert [text for _, text in page.marks] == [
        "count(cart where ",
        "gift",
        " over last 7d) >= 2",
    ]
