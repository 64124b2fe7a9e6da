"""A name changes everywhere at once, or not at all."""

from collections.abc import Callable

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lsp.desk import Desk, apply

pytestmark = pytest.mark.asyncio(loop_scope="session")

METRICS = 'metric opens "🛒" = count(email_open over last 30d)\nmetric other = count(purchase)\n'
RULES = "segment é { when opens >= 10 }\n".replace("é", "readers")


async def rename(shop: Desk, text: str, new: str, name: str = "rules.seg") -> dict[str, str]:
    """The files after renaming what the mark is on."""
    place = shop.open(text, name)
    edit = await shop.client.text_document_rename_async(
        types.RenameParams(shop.document(name), place, new)
    )
    assert edit is not None
    assert edit.changes is not None
    changed = {}
    for uri, edits in edit.changes.items():
        file = uri.removeprefix(shop.root.as_uri() + "/")
        before = text.replace("▮", "") if file == name else (shop.root / file).read_text("utf-8")
        changed[file] = apply(before, list(edits))
    return changed


async def test_all_files_change_together(desk: Callable[..., Desk]) -> None:
    shop = desk(metrics=METRICS)

    changed = await rename(shop, RULES.replace("opens", "op▮ens"), "opens_30d")

    assert changed == {
        "metrics.seg": METRICS.replace("opens", "opens_30d"),
        "rules.seg": RULES.replace("opens", "opens_30d"),
    }


async def test_only_the_last_part_of_a_name_with_its_folder(desk: Callable[..., Desk]) -> None:
    shop = desk(email__metrics="metric opens = count(email_open)")

    changed = await rename(shop, "segment a { when email.op▮ens > 1 }", "seen")

    assert changed["rules.seg"] == "segment a { when email.seen > 1 }"


async def test_a_parameter_changes_in_its_define_alone(desk: Callable[..., Desk]) -> None:
    rules = "define many(n▮) = opens >= n\nmetric n2 = opens\nsegment a { when many(3) }"

    changed = await rename(desk(metrics=METRICS), rules, "times")

    assert changed == {
        "rules.seg": "define many(times) = opens >= times\nmetric n2 = opens\n"
        "segment a { when many(3) }"
    }


async def test_uses_in_a_define_that_nobody_calls_change_too(desk: Callable[..., Desk]) -> None:
    rules = "define many(n) = op▮ens >= n"

    changed = await rename(desk(metrics=METRICS), rules, "seen")

    assert changed["rules.seg"] == "define many(n) = seen >= n"


@pytest.mark.parametrize(
    ("rules", "new", "reason"),
    [
        (
            "segment a { when op▮ens > 1 }",
            "other",
            "`other` cannot be the name: `other` is defined twice",
        ),
        (
            "segment a { when op▮ens > 1 }",
            "country",
            "`country` cannot be the name: `country` is already an attribute of customer",
        ),
        ("segment a { when op▮ens > 1 }", "as_of", "`as_of` is already the instant of evaluation"),
        ("segment a { when op▮ens > 1 }", "not", "`not` is a word of the language"),
        ("segment a { when op▮ens > 1 }", "30d", "`30d` is no name"),
        ('segment a { when count▮ry == "FR" }', "land", "`country` belongs to the catalog"),
        ("metric a = cou▮nt(purchase)", "sum", "`count` is a word of the language"),
        ("define d(n, m) = n▮ > m", "m", "`m` is already a parameter before this one"),
        ("define d(n) = op▮ens > n", "n", "in `d`, `n` would mean something else"),
        ("segment a { when op▮ens > }", "seen", "a file of the project has a syntax error"),
    ],
)
async def test_what_cannot_be_renamed_is_refused_with_the_reason(
    desk: Callable[..., Desk], rules: str, new: str, reason: str
) -> None:
    with pytest.raises(JsonRpcException, match=reason):
        await rename(desk(metrics=METRICS), rules, new)


async def test_the_editor_is_told_which_word_it_is(desk: Callable[..., Desk]) -> None:
    shop = desk(metrics=METRICS)
    place = shop.open(RULES.replace("opens", "op▮ens"))

    found = await shop.client.text_document_prepare_rename_async(
        types.PrepareRenameParams(shop.document(), place)
    )

    assert isinstance(found, types.PrepareRenamePlaceholder)
    assert found.placeholder == "opens"
    assert found.range == types.Range(types.Position(0, 23), types.Position(0, 28))
