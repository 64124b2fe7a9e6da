"""From a use to the definition, and from a definition to its uses."""

from collections.abc import Callable

import pytest
from lsprotocol import types

from lsp.desk import Desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

METRICS = "metric opens = count(email_open over last 30d)\n"
RULES = """\
segment readers { when opens >= 10 }
segment keen { when opens >= 30 and in readers }
"""


async def definition(shop: Desk, text: str) -> tuple[str, str]:
    """The file and the line where what the mark is on is defined."""
    place = shop.open(text)
    found = await shop.client.text_document_definition_async(
        types.DefinitionParams(shop.document(), place)
    )
    assert isinstance(found, types.Location)
    name = found.uri.rpartition("/")[2]
    text = (shop.root / name).read_text("utf-8")
    return name, text.split("\n")[found.range.start.line].strip()


async def test_the_definition_of_a_metric_is_in_another_file(desk: Callable[..., Desk]) -> None:
    shop = desk(metrics=METRICS)

    found = await definition(shop, RULES.replace("opens >= 10", "op▮ens >= 10"))

    assert found == ("metrics.seg", METRICS.strip())


@pytest.mark.parametrize(
    ("rules", "line"),
    [
        ("metric a = count(ema▮il_open)", "email_open:"),
        ("metric a = sum(purchase.am▮ount)", "amount: {type: decimal(2), min: 0, "),
        ('condition a = coun▮try == "FR"', "country:"),
        ('condition a = country == "F▮R"', "country:"),
    ],
)
async def test_what_the_catalog_declares(desk: Callable[..., Desk], rules: str, line: str) -> None:
    file, found = await definition(desk(), rules)

    assert file == "catalog.yml"
    assert found.startswith(line)


async def test_the_catalog_of_another_project(desk: Callable[..., Desk]) -> None:
    shop = desk(other__rules="metric a = count(email_open)")
    (shop.root / "other" / "segue.yml").write_text("catalog: ../catalog.yml", "utf-8")
    place = shop.open("metric a = count(email_o▮pen)", "other/rules.seg")

    found = await shop.client.text_document_definition_async(
        types.DefinitionParams(shop.document("other/rules.seg"), place)
    )

    assert isinstance(found, types.Location)
    assert found.uri == shop.uri("catalog.yml")


async def test_all_uses_in_all_files(desk: Callable[..., Desk]) -> None:
    shop = desk(rules=RULES)
    place = shop.open(METRICS.replace("opens", "op▮ens"), "metrics.seg")

    found = await shop.client.text_document_references_async(
        types.ReferenceParams(
            types.ReferenceContext(include_declaration=True), shop.document("metrics.seg"), place
        )
    )

    places = [(f.uri.rpartition("/")[2], f.range.start.line) for f in found or ()]
    assert places == [("metrics.seg", 0), ("rules.seg", 0), ("rules.seg", 1)]


async def test_the_uses_of_an_event_are_found_from_the_catalog(desk: Callable[..., Desk]) -> None:
    shop = desk(metrics=METRICS)
    catalog = (shop.root / "catalog.yml").read_text("utf-8")
    place = shop.open(catalog.replace("  email_open:", "  email_o▮pen:"), "catalog.yml")

    found = await shop.client.text_document_references_async(
        types.ReferenceParams(
            types.ReferenceContext(include_declaration=False), shop.document("catalog.yml"), place
        )
    )

    assert [f.uri.rpartition("/")[2] for f in found or ()] == ["metrics.seg"]


async def test_the_same_name_is_highlighted_in_the_file(desk: Callable[..., Desk]) -> None:
    shop = desk()
    place = shop.open(METRICS + RULES.replace("opens >= 10", "op▮ens >= 10"))

    found = await shop.client.text_document_document_highlight_async(
        types.DocumentHighlightParams(shop.document(), place)
    )

    assert [(h.range.start.line, h.kind) for h in found or ()] == [
        (0, types.DocumentHighlightKind.Write),
        (1, types.DocumentHighlightKind.Read),
        (2, types.DocumentHighlightKind.Read),
    ]
