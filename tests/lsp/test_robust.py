"""Nothing that is half-written brings the server down, and the shipped rules are all known."""

import random
from contextlib import suppress
from pathlib import Path

import pytest
from lsprotocol import types

from segue.grammar import ast
from segue.grammar.ast.walk import walk
from segue.runtime.lsp import (
    actions,
    completion,
    diagnostics,
    folding,
    formatting,
    hints,
    hover,
    navigation,
    rename,
    signature,
    symbols,
    tokens,
)
from segue.runtime.lsp.workspace import View, Workspace

ROOT = Path(__file__).parents[2]
RULES = sorted(
    path
    for folder in (ROOT / "rulesets").iterdir()
    if (folder / "catalog.yml").is_file() or (folder / "segue.yml").is_file()
    for path in folder.rglob("*.seg")
)


def ask_everything(view: View, offset: int) -> None:
    """Every question an editor asks about a place."""
    place = view.lines.position(offset)
    hover.hover(view, place)
    completion.completion(view, place)
    signature.signature_help(view, place)
    navigation.definition(view, place)
    navigation.references(view, place, definitions=True)
    navigation.highlight(view, place)
    actions.code_actions(view, types.Range(place, place))
    with suppress(rename.Refused):
        rename.rename(view, place, "quite_another_name")


def ask_of_file(view: View) -> None:
    """Every question about a whole file."""
    formatting.formatting(view)
    folding.folding(view)
    symbols.document_symbols(view)
    tokens.semantic_tokens(view)
    hints.inlay_hints(view, view.lines.everything())


@pytest.mark.parametrize("file", RULES, ids=lambda f: f"{f.parent.name}/{f.name}")
def test_a_file_cut_off_anywhere_is_answered(file: Path) -> None:
    text = file.read_text("utf-8")
    rng = random.Random(file.name)
    workspace = Workspace()
    for _ in range(6):
        offset = rng.randrange(len(text))
        cut = text[:offset] if rng.random() < 0.5 else text[:offset] + text[offset + 9 :]
        workspace.put(file.as_uri(), cut)
        view = workspace.view(file.as_uri())
        diagnostics.all_findings(workspace)
        ask_everything(view, min(offset, len(cut)))
        ask_of_file(view)


@pytest.mark.parametrize("file", RULES, ids=lambda f: f"{f.parent.name}/{f.name}")
def test_every_name_of_the_shipped_rules_is_known(file: Path) -> None:
    view = Workspace().view(file.as_uri())
    (source,) = [s for s in view.snapshot.sources if s.path == view.path]
    names = [n for item in source.tree.items for n in walk(item) if isinstance(n, ast.Name)]
    index = view.snapshot.index
    assert index is not None

    assert names
    assert [n.text for n in names if index.at(view.path, n.span.end) is None] == []


@pytest.mark.parametrize("file", RULES, ids=lambda f: f"{f.parent.name}/{f.name}")
def test_every_definition_of_the_shipped_rules_can_be_hovered_and_renamed(file: Path) -> None:
    workspace = Workspace()
    view = workspace.view(file.as_uri())
    for block in symbols.blocks_of(view):
        place = view.lines.position(block.name_span.start)
        shown = hover.hover(view, place)
        assert shown is not None
        if block.kind not in ("score", "state", "campaign"):
            assert rename.rename(view, place, "quite_another_name").changes
