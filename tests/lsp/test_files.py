"""What is asked about a file as a whole: layout, outline, colours, hints, folds, fixes."""

from collections.abc import Callable

import pytest
from lsprotocol import types

from lsp.desk import Desk, apply
from segue.runtime.lsp.tokens import LEGEND

pytestmark = pytest.mark.asyncio(loop_scope="session")

RULES = """\
# Who reads what we send,
# and who does not.
metric opens = count(email_open over last 30d)
segment readers "Open a lot" {
  when opens >= 10
}
"""


async def test_the_layout_of_segue_fmt(desk: Callable[..., Desk]) -> None:
    shop = desk()
    crooked = 'segment "🛒"'.replace("segment ", "segment a ") + "{when   true\npriority high}\n"
    shop.open(crooked)

    edits = await shop.client.text_document_formatting_async(
        types.DocumentFormattingParams(shop.document(), types.FormattingOptions(2, True))
    )

    assert apply(crooked, list(edits or ())) == (
        'segment a "🛒" {\n  when true\n  priority high\n}\n'
    )


async def test_a_broken_file_is_not_laid_out(desk: Callable[..., Desk]) -> None:
    shop = desk()
    shop.open("segment a {when   }")

    edits = await shop.client.text_document_formatting_async(
        types.DocumentFormattingParams(shop.document(), types.FormattingOptions(2, True))
    )

    assert not edits


async def test_the_outline_of_a_file(desk: Callable[..., Desk]) -> None:
    shop = desk()
    shop.open(RULES + "tiers t by opens { high when >= 9 low otherwise }")

    found = await shop.client.text_document_document_symbol_async(
        types.DocumentSymbolParams(shop.document())
    )

    outline = [s for s in found or () if isinstance(s, types.DocumentSymbol)]
    assert [(s.name, s.detail) for s in outline] == [
        ("opens", "metric"),
        ("readers", "Open a lot"),
        ("t", "tiers"),
    ]
    assert [s.name for s in outline[2].children or ()] == ["high", "low"]


async def test_a_definition_is_found_by_some_of_its_letters(desk: Callable[..., Desk]) -> None:
    shop = desk(email__metrics="metric opens_30d = count(email_open)")
    shop.open(RULES)

    found = await shop.client.workspace_symbol_async(types.WorkspaceSymbolParams("oen3"))

    ours = [s for s in found or () if s.location.uri.startswith(shop.root.as_uri())]
    assert [s.name for s in ours] == ["email.opens_30d"]


async def test_the_types_of_metrics_stand_beside_their_names(desk: Callable[..., Desk]) -> None:
    shop = desk()
    shop.open(RULES + "metric rate = count(email_click) / count(email_send)")

    hints = await shop.client.text_document_inlay_hint_async(
        types.InlayHintParams(
            shop.document(), types.Range(types.Position(0, 0), types.Position(99, 0))
        )
    )

    assert [(h.label, h.position) for h in hints or ()] == [
        (": int", types.Position(2, 12)),
        (": ratio?", types.Position(6, 11)),
    ]


async def test_blocks_and_comments_fold(desk: Callable[..., Desk]) -> None:
    shop = desk()
    shop.open(RULES)

    found = await shop.client.text_document_folding_range_async(
        types.FoldingRangeParams(shop.document())
    )

    assert [(f.start_line, f.end_line, f.kind) for f in found or ()] == [
        (3, 5, types.FoldingRangeKind.Region),
        (0, 1, types.FoldingRangeKind.Comment),
    ]


async def test_words_are_coloured_by_what_they_stand_for(desk: Callable[..., Desk]) -> None:
    shop = desk()
    text = 'segment a "🛒" { when last(purchase.category) == "books" and opens > 1 }\n'
    shop.open(text + "metric opens = count(email_open over last 30d)")

    found = await shop.client.text_document_semantic_tokens_full_async(
        types.SemanticTokensParams(shop.document())
    )
    assert found is not None
    words, column = [], 0
    line = text.encode("utf-16-le")
    for i in range(0, len(found.data), 5):
        lines, start, length, kind, _ = found.data[i : i + 5]
        if lines:
            break
        column += start
        word = line[column * 2 : (column + length) * 2].decode("utf-16-le")
        words.append((word, LEGEND.token_types[kind]))
    assert words == [
        ("segment", "keyword"),
        ("a", "class"),
        ('"🛒"', "string"),
        ("when", "keyword"),
        ("last", "function"),
        ("purchase", "event"),
        ("category", "property"),
        ("==", "operator"),
        ('"books"', "enumMember"),
        ("and", "keyword"),
        ("opens", "variable"),
        (">", "operator"),
        ("1", "number"),
    ]


@pytest.mark.parametrize(
    ("written", "mended"),
    [
        ("when ▮opns > 1", "when opens > 1"),
        ("when in ▮reders", "when in readers"),
        ("when count(▮email_opne) > 1", "when count(email_open) > 1"),
        ("when sum(▮purchase.amont) > 1", "when sum(purchase.amount) > 1"),
        (
            'when exists(purchase where category == ▮"boks")',
            'when exists(purchase where category == "books")',
        ),
        ("when ▮cuont(purchase) > 1", "when count(purchase) > 1"),
        ("when count(email_click) / count(email_send) > ▮15", None),
        ("when opens > 1 ▮&& true", "when opens > 1 and true"),
        ('when country ▮= "FR"', 'when country == "FR"'),
        ("when country == ▮'FR'", 'when country == "FR"'),
        ("when opens > 1 ▮AND true", "when opens > 1 and true"),
        ("when true ▮priorty high", "when true priority high"),
    ],
)
async def test_a_finding_is_mended_at_a_click(
    desk: Callable[..., Desk], written: str, mended: str | None
) -> None:
    shop = desk(other=RULES)
    text = f"segment a {{\n  {written}\n}}".replace(" ▮priorty", "\n  ▮priorty")
    place = shop.open(text)
    text = text.replace("▮", "")

    found = await shop.client.text_document_code_action_async(
        types.CodeActionParams(
            shop.document(), types.Range(place, place), types.CodeActionContext([])
        )
    )

    (action,) = [a for a in found or () if isinstance(a, types.CodeAction)]
    assert action.edit is not None
    assert action.edit.changes is not None
    after = apply(text, list(action.edit.changes[shop.uri()]))
    wanted = written.replace("▮15", "15%") if mended is None else mended
    assert " ".join(after.split()) == f"segment a {{ {wanted} }}"
    shop.open(after)
    assert await shop.findings(count=0) == []


async def actions(shop: Desk, place: types.Position) -> dict[str, types.CodeAction]:
    """What can be done at a place, by title."""
    found = await shop.client.text_document_code_action_async(
        types.CodeActionParams(
            shop.document(), types.Range(place, place), types.CodeActionContext([])
        )
    )
    return {a.title: a for a in found or () if isinstance(a, types.CodeAction)}


def after(shop: Desk, text: str, action: types.CodeAction) -> str:
    assert action.edit is not None
    assert action.edit.changes is not None
    return apply(text, list(action.edit.changes[shop.uri()]))


async def test_a_rule_says_what_could_be_better(desk: Callable[..., Desk]) -> None:
    shop = desk()
    shop.open("metric unused = count(email_open)\nsegment a { when true }")

    (found,) = await shop.advice("SEG401", count=1)

    assert found.code == "SEG401"
    assert found.severity is types.DiagnosticSeverity.Warning
    assert found.code_description is not None


async def test_the_fix_of_a_rule_is_made_at_a_click(desk: Callable[..., Desk]) -> None:
    shop = desk()
    text = "metric unused = count(email_open)\nsegment a { when true }"
    shop.open(text)

    action = (await actions(shop, types.Position(0, 8)))["Delete `unused` (look at it)"]

    assert after(shop, text, action) == "segment a { when true }"
    assert action.is_preferred is not True


async def test_a_rule_is_silenced_by_a_comment(desk: Callable[..., Desk]) -> None:
    shop = desk()
    text = "metric unused = count(email_open)\nsegment a { when true }"
    shop.open(text)

    action = (await actions(shop, types.Position(0, 8)))["Ignore SEG401 here"]

    silenced = after(shop, text, action)
    assert silenced.split("\n")[0] == (
        "metric unused = count(email_open)  # segue: ignore[SEG401] because …"
    )
    shop.open(silenced)
    await shop.advice("SEG401", count=0)
    # Until somebody has written why.
    await shop.advice("SEG902", count=1)
    shop.open(silenced.replace("because …", "read by the dashboard"))
    await shop.advice("SEG902", count=0)


async def test_a_silencing_comment_stands_above_a_line_that_has_one(
    desk: Callable[..., Desk],
) -> None:
    shop = desk()
    text = "metric unused = count(email_open)  # why\nsegment a { when true }"
    shop.open(text)

    action = (await actions(shop, types.Position(0, 8)))["Ignore SEG401 here"]

    assert after(shop, text, action) == f"# segue: ignore[SEG401] because …\n{text}"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("segment a { when sum(purchase.amount) > 100 USD }", "100"),
        ("segment a { when count(*) > 0 }", "count(purchase)"),
        # What to write is more than the word that the finding points at.
        ("metric products = count(distinct purchase.sku)", None),
    ],
)
async def test_what_to_write_is_offered_where_it_mends_the_file(
    desk: Callable[..., Desk], text: str, written: str | None
) -> None:
    shop = desk()
    shop.open(text)
    column = text.index("USD") if "USD" in text else text.index("(") + 2

    found = await actions(shop, types.Position(0, column))

    assert [title for title in found if title.startswith("Write")] == (
        [f"Write `{written}`"] if written else []
    )


async def test_the_call_around_the_cursor_says_what_it_takes(desk: Callable[..., Desk]) -> None:
    shop = desk()
    place = shop.open("define many(what, times) = count(what) >= times\nsegment a { when many(x, ▮")

    found = await shop.client.text_document_signature_help_async(
        types.SignatureHelpParams(shop.document(), place)
    )

    assert found is not None
    assert found.signatures[0].label == "many(what, times)"
    assert found.active_parameter == 1


async def test_aggregates_say_what_they_fold(desk: Callable[..., Desk]) -> None:
    shop = desk()
    place = shop.open("metric a = mode(purchase.▮")

    found = await shop.client.text_document_signature_help_async(
        types.SignatureHelpParams(shop.document(), place)
    )

    assert found is not None
    assert found.signatures[0].label == (
        "mode(event.property [by number] [where …] [followed by …] [over …])"
    )
