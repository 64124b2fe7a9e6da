"""Hover says what a word stands for, its type, who uses it and its SQL."""

from collections.abc import Callable

import pytest

from lsp.desk import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

RULES = """\
metric opens "Opens, lately" = count(email_open over last 30d)
metric click_rate = count(email_click over last 30d) / count(email_send over last 30d)
condition reachable = email_subscribed
segment readers "Open a lot" { when opens >= 10 and click_rate >= 15% and reachable }
"""


async def test_a_metric(desk: Callable[..., Desk]) -> None:
    text = await desk().hover(RULES.replace("when opens", "when op▮ens"))

    assert text.startswith(
        '```seg\nmetric opens "Opens, lately" = count(email_open over last 30d)\n```\n\n'
        "`int`: a whole number\n\n"
        "Opens, lately\n\n"
        "- `email_open`: sliding: from 30d ago (not included) to now (included), a day being 24 "
        "hours\n\n"
        "Used by `readers`.\n\n"
        "```sql\n"
    )
    assert 'COUNT(*) AS "opens"' in text


async def test_a_ratio_says_its_unit_and_that_it_may_be_missing(desk: Callable[..., Desk]) -> None:
    text = await desk().hover(RULES.replace("and click_rate", "and cl▮ick_rate"))

    assert "`ratio?`: a ratio between 0 and 1, may be missing" in text


async def test_a_segment_shows_its_sql(desk: Callable[..., Desk]) -> None:
    text = await desk().hover(RULES.replace("segment readers", "segment read▮ers"))

    assert 'WITH "email_opens_scan" AS (' in text.partition("```sql")[2]
    assert "`segue compile --segment readers` prints all of it" in text
    assert "Used by nothing." in text


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("metric a = count(email_▮open)", "`email_open`: an event, a row of "),
        ("metric a = sum(purchase.am▮ount)", "`amount`: a property of `purchase`"),
        ("metric a = sum(purchase.am▮ount)", "`decimal(2)`: an amount"),
        ("metric a = sum(purchase.am▮ount)", "euros"),
        ("metric a = age(last(purchase.a▮t))", "`purchase.at`: when it happened"),
        ('condition a = count▮ry == "FR"', "`country`: an attribute of `customer`"),
        ('condition a = country == "F▮R"', '`"FR"`: a value of `country`'),
        ("metric a = cou▮nt(purchase)", "How many events"),
        ("metric a = perc▮entile(count(purchase))", "percentile("),
        ("metric a = cl▮amp(count(purchase), 0, 1)", "clamp("),
        ("metric a = age(as_▮of)", "The instant of evaluation"),
        ("metric a = count(purchase) ▮+ 1", "`int`: a whole number"),
        ("condition a = count(purchase) ▮>= 1", "`bool`: true or false"),
        ("metric a = count(purchase over la▮st 7d)", "sliding: from 7d ago"),
        ("metric a = count(purchase over this mon▮th)", "calendar: this month"),
        ("define d(n) = n▮ + 1\nmetric a = d(2)", "`n`: a parameter of `d`"),
        ("define d(n) = n▮ + 1\nmetric a = d(2)", "`int`: a whole number"),
    ],
)
async def test_every_word_can_be_pointed_at(
    desk: Callable[..., Desk], rules: str, said: str
) -> None:
    assert said in await desk().hover(rules)


async def test_a_broken_file_still_answers(desk: Callable[..., Desk]) -> None:
    broken = "segment broken { when op▮ens >= and }\n" + RULES

    assert "`int`: a whole number" in await desk().hover(broken)


async def test_the_catalog_answers_too(desk: Callable[..., Desk]) -> None:
    shop = desk(rules=RULES)
    catalog = (shop.root / "catalog.yml").read_text("utf-8")

    text = await shop.hover(catalog.replace("  email_open:", "  email_o▮pen:"), "catalog.yml")

    assert "Used by `opens`." in text
