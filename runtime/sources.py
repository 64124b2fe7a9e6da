"""Where the files of a project come from: the disk, or an editor that has some of them open."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from segue.compiler.catalog.load import CatalogResult, load_catalog
from segue.grammar.parser import ParseResult, parse
from segue.runtime.layout import below, rule_files

if TYPE_CHECKING:
    from segue.compiler.analysis.memory import Memory

T = TypeVar("T")


class Disk:
    """Files as they are on the disk, read and parsed each time."""

    def read(self, file: Path) -> bytes:
        """The content of a file; raises `OSError`."""
        return file.read_bytes()

    def exists(self, file: Path) -> bool:
        """Whether there is such a file."""
        return file.is_file()

    def rules(self, folder: Path, ignore: tuple[str, ...] = ()) -> list[Path]:
        """The `.seg` files in a folder and its subfolders."""
        return rule_files(folder, ignore)

    def parse(self, text: str, path: str) -> ParseResult:
        """The syntax tree of a rule file; `path` is relative to the project."""
        return parse(text, path)

    def catalog(self, text: str, path: str) -> CatalogResult:
        """What a catalog says."""
        return load_catalog(text, path)

    def memory(self, root: Path) -> "Memory | None":
        """What is remembered of the last analysis of a project."""
        return None


class Editor(Disk):
    """The disk with unsaved texts laid over it; what has not changed is not parsed again."""

    def __init__(self) -> None:
        self.open: dict[Path, str] = {}
        self._trees: dict[str, tuple[str, ParseResult]] = {}
        self._catalogs: dict[str, tuple[str, CatalogResult]] = {}
        self._memories: dict[Path, Memory] = {}

    def laid_over(self, texts: Mapping[Path, str]) -> "Editor":
        """Another one with more texts laid over, which remembers what this one does."""
        other = Editor()
        other.open = {**self.open, **texts}
        other._trees, other._catalogs = dict(self._trees), dict(self._catalogs)
        return other

    def read(self, file: Path) -> bytes:
        """The text in the editor, else the content on the disk."""
        text = self.open.get(_plain(file))
        # A lone surrogate, which an editor may send, has no bytes of its own.
        return file.read_bytes() if text is None else text.encode("utf-8", "replace")

    def exists(self, file: Path) -> bool:
        """Whether there is such a file, saved or not."""
        return _plain(file) in self.open or file.is_file()

    def rules(self, folder: Path, ignore: tuple[str, ...] = ()) -> list[Path]:
        """The `.seg` files on the disk, and those that are open and not saved yet."""
        found = rule_files(folder, ignore)
        known = set(found)
        new = [f for f in self.open if f.suffix == ".seg" and f not in known]
        return found + sorted(f for f in new if below(f, folder, ignore))

    def parse(self, text: str, path: str) -> ParseResult:
        """The syntax tree, remembered as long as the text is the same."""
        return _remember(self._trees, text, path, parse)

    def catalog(self, text: str, path: str) -> CatalogResult:
        """What a catalog says, remembered as long as the text is the same."""
        return _remember(self._catalogs, text, path, load_catalog)

    def memory(self, root: Path) -> "Memory":
        """What is remembered of the last analysis of a project."""
        # `segue fmt` reads files too, and has no use for the analysis.
        from segue.compiler.analysis.memory import Memory

        return self._memories.setdefault(root, Memory())


def _plain(file: Path) -> Path:
    """A path without `..`: a project may have the catalog of another."""
    return Path(os.path.normpath(file))


def _remember(
    known: dict[str, tuple[str, T]], text: str, path: str, read: Callable[[str, str], T]
) -> T:
    before = known.get(path)
    if before is None or before[0] != text:
        known[path] = before = (text, read(text, path))
    return before[1]
