"""Somebody at an editor: opens files, types, and points at places marked with `▮`."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from lsprotocol import types
from pytest_lsp import LanguageClient

MARK = "▮"


def units(text: str) -> int:
    """The length of a text in UTF-16, as editors count."""
    return len(text.encode("utf-16-le")) // 2


def position(text: str) -> types.Position:
    """The end of a text as a position."""
    *before, last = text.split("\n")
    return types.Position(len(before), units(last))


class Desk:
    """One project, seen through the client."""

    def __init__(self, client: LanguageClient, root: Path) -> None:
        self.client = client
        self.root = root
        self.version = 1

    def uri(self, name: str = "rules.seg") -> str:
        return (self.root / name).as_uri()

    def document(self, name: str = "rules.seg") -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier(self.uri(name))

    def open(self, text: str, name: str = "rules.seg") -> types.Position:
        """Opens a file with this text; answers where its mark was."""
        before, _, after = text.partition(MARK)
        language = "segue" if name.endswith(".seg") else "yaml"
        item = types.TextDocumentItem(self.uri(name), language, 1, before + after)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return position(before)

    def type(self, place: types.Position, text: str, name: str = "rules.seg") -> None:
        """Inserts text, as a keystroke does."""
        self.version += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(uri=self.uri(name), version=self.version),
                [types.TextDocumentContentChangePartial(types.Range(place, place), text)],
            )
        )

    async def findings(self, name: str = "rules.seg", *, count: int) -> list[types.Diagnostic]:
        """The errors of a file, as soon as there are so many."""
        return await self._published(name, count, lambda d: str(d.code or "") < "SEG1")

    async def advice(self, code: str, *, count: int) -> list[types.Diagnostic]:
        """What a lint rule says of the file, as soon as it says it so many times."""
        return await self._published("rules.seg", count, lambda d: d.code == code)

    async def _published(
        self, name: str, count: int, wanted: Callable[[types.Diagnostic], bool]
    ) -> list[types.Diagnostic]:
        for _ in range(500):
            everything = self.client.diagnostics.get(self.uri(name))
            found = [d for d in everything or () if wanted(d)]
            if everything is not None and len(found) == count:
                return found
            await asyncio.sleep(0.02)
        raise AssertionError(f"still {everything}")

    async def hover(self, text: str, name: str = "rules.seg") -> str:
        """What is shown where the mark is."""
        place = self.open(text, name)
        found = await self.client.text_document_hover_async(
            types.HoverParams(self.document(name), place)
        )
        if found is None:
            return ""
        assert isinstance(found.contents, types.MarkupContent)
        return found.contents.value

    async def completions(self, text: str, name: str = "rules.seg") -> list[types.CompletionItem]:
        """What is offered where the mark is, the nearest first."""
        place = self.open(text, name)
        found = await self.client.text_document_completion_async(
            types.CompletionParams(self.document(name), place)
        )
        assert isinstance(found, types.CompletionList)
        return sorted(found.items, key=lambda item: item.sort_text or "")

    async def offered(self, text: str, name: str = "rules.seg") -> list[str]:
        """The labels of what is offered where the mark is."""
        return [item.label for item in await self.completions(text, name)]


def apply(text: str, edits: list[types.TextEdit]) -> str:
    """A text after edits, as an editor makes them."""
    lines = text.split("\n")

    def offset(place: types.Position) -> int:
        before = sum(len(line) + 1 for line in lines[: place.line])
        line = lines[place.line].encode("utf-16-le")[: place.character * 2]
        return before + len(line.decode("utf-16-le"))

    for edit in sorted(edits, key=lambda e: offset(e.range.start), reverse=True):
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text
