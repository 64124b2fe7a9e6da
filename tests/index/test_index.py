"""What stands at a place of the rules, and where else the same thing is named."""

from pathlib import Path

import pytest

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.load import load_catalog
from segue.compiler.index.index import Index, index
from segue.compiler.index.targets import Target, TargetKind, definition, event, property_of
from segue.grammar.parser import parse

SHOP = Path(__file__).parents[2] / "rulesets" / "behavioral" / "catalog.yml"
RULES = """\
metric opens = count(email_open over last 30d)
metric spend = sum(purchase.amount where category == "books" over last 90d)

segment readers "Open a lot" { when opens >= 10 and country in ["FR", "DE"] }

segment rich { when in readers and spend > 100.00 or opens >= 3 }
"""


def index_of(**files: str) -> Index:
    """The index of files by the path of their module, `root` for the outermost."""
    catalog = load_catalog(SHOP.read_text(encoding="utf-8"), "catalog.yml").catalog
    assert catalog is not None
    sources = []
    for path, text in files.items():
        module = () if path == "root" else tuple(path.split("__"))
        sources.append(Source(module, parse(text, f"{path}.seg").module))
    return index(analyse(sources, catalog), sources, catalog)


def target(text: str, word: str, nth: int = 0) -> Target | None:
    """What the `nth` occurrence of a word means, the cursor standing inside it."""
    offset = -1
    for _ in range(nth + 1):
        offset = text.index(word, offset + 1)
    found = index_of(root=text).at("root.seg", offset + 1)
    return None if found is None else found.target


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("opens >=", definition("opens")),
        ("readers and", definition("readers")),
        ("email_open", event("email_open")),
        ("purchase.", event("purchase")),
        ("amount", property_of("purchase", "amount")),
        ("category", property_of("purchase", "category")),
        ("country", Target(TargetKind.ATTRIBUTE, "country")),
        ('"books"', Target(TargetKind.VALUE, "books", "purchase.category")),
        ('"DE"', Target(TargetKind.VALUE, "DE", "country")),
        ("sum", Target(TargetKind.FUNCTION, "sum")),
        ("over", None),
    ],
)
def test_every_word_stands_for_something(word: str, meaning: Target | None) -> None:
    assert target(RULES, word) == meaning


def test_a_definition_is_found_wherever_it_is_named() -> None:
    found = index_of(root=RULES)

    places = found.places(definition("opens"))

    assert [(p.span.line, p.user, p.defines) for p in places] == [
        (1, "opens", True),
        (4, "readers", False),
        (6, "rich", False),
    ]
    assert found.users(definition("opens")) == ("readers", "rich")
    assert found.uses("rich") == ("readers", "spend", "opens")


def test_what_the_catalog_declares_is_defined_there() -> None:
    found = index_of(root=RULES)

    amount = found.definition(property_of("purchase", "amount"))
    value = found.definition(Target(TargetKind.VALUE, "FR", "country"))

    lines = SHOP.read_text("utf-8").split("\n")
    assert amount is not None
    assert value is not None
    assert lines[amount.line - 1].strip().startswith("amount:")
    assert lines[value.line - 1].strip().startswith("country:")


def test_only_the_last_part_of_a_name_of_another_folder_is_the_definition() -> None:
    rules = "segment a { when email.opens >= 3 }"
    found = index_of(email="metric opens = count(email_open)", root=rules)

    (_, use) = found.places(definition("email.opens"))

    assert rules[use.span.start : use.span.end] == "opens"


def test_the_same_word_means_the_nearest_definition() -> None:
    found = index_of(
        root="metric n = count(purchase)",
        email="metric n = count(email_open) segment a { when n > 1 }",
    )

    assert [p.span.path for p in found.places(definition("email.n"))] == ["email.seg"] * 2
    assert len(found.places(definition("n"))) == 1


def test_a_parameter_is_one_thing_in_all_calls_of_a_define() -> None:
    rules = (
        "define many(what, times) = count(what over last 9d) >= times\n"
        "segment a { when many(purchase, 3) or many(email_open, 9) }"
    )
    found = index_of(root=rules)

    what = found.places(Target(TargetKind.PARAMETER, "what", "many"))
    times = found.typed_at("root.seg", rules.index("times\n"))

    assert [p.span.column for p in what] == [13, 34]
    assert times is not None
    assert times.types == ("int",)


def test_an_expression_of_a_define_has_the_types_of_its_calls() -> None:
    rules = (
        "define twice(x) = x + x\n"
        "segment a { when twice(1) > 1 and twice(2d) > age(signed_up_at) and twice(3) > 1 }"
    )

    found = index_of(root=rules).typed_at("root.seg", rules.index("x + x") + 2)

    assert found is not None
    assert found.types == ("int", "duration")


@pytest.mark.parametrize(
    ("rules", "word"),
    [
        ("define unused(n) = opens >= n", "opens >="),
        ("segment a { when spend >= opens + 1d }", "opens +"),
        ('segment a { when contains_nothing(opens) and country == "FR" }', "opens)"),
        ("score s: probability { predict opens > 1 from opens }", "opens >"),
        ("lifecycle l { stage new { enter when opens > 1 } }", "opens >"),
    ],
)
def test_names_that_the_analysis_does_not_reach_are_found_too(rules: str, word: str) -> None:
    text = f"metric opens = count(email_open)\n{rules}"

    assert target(text, word) == definition("opens")


def test_rows_in_sight_are_known_where_the_analysis_does_not_reach() -> None:
    text = "define unused(n) = count(purchase where amount > n followed by email_open)"

    assert target(text, "amount") == property_of("purchase", "amount")
    assert target(text, "email_open") == event("email_open")


def test_the_smallest_expression_around_a_place_has_the_type() -> None:
    found = index_of(root=RULES)

    amount = found.typed_at("root.seg", RULES.index("100.00") + 1)
    whole = found.typed_at("root.seg", RULES.index("> 100"))

    assert amount is not None
    assert whole is not None
    assert amount.types == ("decimal(2)",)
    assert whole.types == ("bool",)
