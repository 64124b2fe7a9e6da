"""Tiers: everybody in exactly one, as a value and as segments."""

from analysis.plans import SHOP, plan, result
from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.types import Kind
from segue.grammar.parser import parse

BAND = """
tiers band "How much" by sum(purchase.amount over last 365d) {
  gold "Best" when >= 500.00 actions call priority high
  silver when >= 100.00
  the_rest otherwise
  owner "crm" tags value
}
"""


def test_tiers_are_a_value_of_the_names_of_their_tiers() -> None:
    band = plan(root=BAND).metrics["band"].expr

    assert band.type.kind is Kind.ENUM
    assert band.type.values == ("gold", "silver", "the_rest")
    assert not band.type.nullable


def test_each_tier_is_a_segment() -> None:
    segments = plan(root=BAND).segments

    assert list(segments) == ["gold", "silver", "the_rest"]
    gold, silver, the_rest = (segment.expr for segment in segments.values())
    assert gold.op == ">="
    assert [part.op for part in silver.args] == ["not", ">="]
    assert the_rest.op == "not"
    assert the_rest.args[0] is silver.args[1]


def test_a_tier_is_owned_by_its_tiers() -> None:
    compiled = plan(root=BAND)

    source = compiled.segments["gold"].source
    assert (source.title, source.owner) == ("Best", "crm")
    assert [tag.text for tag in source.tags] == ["value"]
    assert compiled.segments["gold"].tiers == "band"
    assert compiled.tiers["band"].segments == ("gold", "silver", "the_rest")


def test_a_tier_by_its_bare_name_is_the_value() -> None:
    compiled = plan(
        root=BAND,
        other="segment a { when band == gold } segment b { when band in [gold, silver] }",
    )

    assert compiled.segments["other.a"].expr.args[1].param == "gold"
    assert compiled.segments["other.b"].expr.param == ("gold", "silver")


def test_tiers_of_a_folder_are_known_by_their_path() -> None:
    compiled = plan(
        email=BAND, root="segment a { when email.band == email.gold or in email.silver }"
    )

    assert compiled.tiers["email.band"].segments[0] == "email.gold"
    assert compiled.segments["a"].expr.op == "or"


def test_tiers_may_be_by_other_tiers() -> None:
    compiled = plan(
        root=BAND
        + "tiers two by band { upper when == gold lower otherwise } segment s { when in lower }"
    )

    assert compiled.segments["s"].expr is compiled.segments["lower"].expr


def test_a_finding_in_a_bound_is_reported_once() -> None:
    found = result(root="tiers t by count(purchase) { a when >= 15% b when > 1 c otherwise }")

    assert [d.code for d in found.diagnostics] == ["SEG022"]


def test_only_otherwise_takes_everybody() -> None:
    compiled = plan(root="tiers t by count(purchase) { all_of_them otherwise }")

    assert compiled.segments["all_of_them"].expr.param is True


def test_tiers_that_the_parser_complained_about_say_nothing_more() -> None:
    text = "tiers t by count(purchase) { a when >= 1 b when >= 2 } segment s { when in a }"
    parsed = parse(text, "rules.seg")
    catalog = load_catalog(SHOP.read_text(encoding="utf-8")).catalog
    assert parsed.diagnostics
    assert catalog is not None

    assert analyse([Source((), parsed.module)], catalog).diagnostics == ()


def test_every_earlier_bound_counts_where_one_does_not_say_more_than_the_next() -> None:
    rules = "tiers t by count(purchase) { a when >= 1 b when < 5 c when >= 9 d otherwise }"
    segments = plan(root=rules).segments

    assert [part.op for part in segments["d"].expr.args] == ["not", "not", "not"]
    assert [part.op for part in segments["c"].expr.args] == ["not", "not", ">="]
