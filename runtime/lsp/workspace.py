"""What the editor has open, and what is known of the projects it belongs to."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from lsprotocol import types
from pygls import uris

from segue.compiler.analysis.analysis import AnalysisResult
from segue.compiler.analysis.symbols import Source
from segue.compiler.catalog.model import Catalog
from segue.compiler.index.index import Index, index
from segue.compiler.lint.finding import Finding
from segue.grammar.diagnostics import Diagnostic
from segue.grammar.span import Span
from segue.runtime.layout import find_project
from segue.runtime.lint.linting import lint_checked
from segue.runtime.lint.outcome import Wishes
from segue.runtime.lsp.positions import Lines
from segue.runtime.project import SourceFile
from segue.runtime.refusal import Refusal
from segue.runtime.ruleset import Checked, check_project
from segue.runtime.sources import Editor


@dataclass(frozen=True)
class Snapshot:
    """A project as it was when it was last looked at.

    `checked` is None where there is no project to speak of; `refusal` says why. `sound` is the
    last snapshot in which every file could be parsed, for what is half-written now.
    """

    root: Path
    checked: Checked | None
    refusal: Refusal | None = None
    sound: "Snapshot | None" = None

    @property
    def result(self) -> AnalysisResult | None:
        """The analysis, of whatever could be parsed."""
        return self.checked.result if self.checked else None

    @property
    def best(self) -> AnalysisResult | None:
        """The analysis that knows most names: the last sound one while a file is half-written."""
        if self.is_sound or self.sound is None:
            return self.result
        return self.sound.result

    @property
    def is_sound(self) -> bool:
        """Whether every file could be parsed."""
        return self.checked is not None and self.checked.reading.project is not None

    @property
    def catalog(self) -> Catalog | None:
        """The catalog, or the last one that could be read."""
        if self.checked is not None and self.checked.reading.catalog is not None:
            return self.checked.reading.catalog
        return self.sound.catalog if self.sound else None

    @property
    def sources(self) -> tuple[SourceFile, ...]:
        """The rule files."""
        return self.checked.reading.sources if self.checked else ()

    @property
    def texts(self) -> Mapping[str, str]:
        """The text of every file by its path in the project."""
        return self.checked.texts if self.checked else {}

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is wrong with the files."""
        return self.checked.diagnostics if self.checked else ()

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """All that `segue check` finds, what its lint rules say included."""
        if self.checked is None:
            return ()
        return lint_checked(self.checked, Wishes()).findings

    @cached_property
    def index(self) -> Index | None:
        """What every name stands for."""
        if self.checked is None or self.result is None or self.checked.reading.catalog is None:
            return self.sound.index if self.sound else None
        sources = [Source(source.module, source.tree) for source in self.sources]
        return index(self.result, sources, self.checked.reading.catalog)


@dataclass(frozen=True)
class View:
    """One open file as a capability sees it: its text, its lines, and its project."""

    snapshot: Snapshot
    uri: str
    path: str
    lines: Lines
    workspace: "Workspace"

    @property
    def text(self) -> str:
        """What is in the editor."""
        return self.lines.text

    @property
    def module(self) -> tuple[str, ...]:
        """The folder of the file, as rules name it."""
        for source in self.snapshot.sources:
            if source.path == self.path:
                return source.module
        return ()

    def location(self, span: Span) -> types.Location:
        """A place in any file of the project."""
        return types.Location(self.uri_of(span.path), self.range(span))

    def uri_of(self, path: str) -> str:
        """The address of a file of the project."""
        return self.workspace.uri(self.snapshot.root / path)

    def range(self, span: Span) -> types.Range:
        """The range of a span in its own file."""
        return self.lines_of(span.path).span(span)

    def lines_of(self, path: str) -> Lines:
        """The lines of any file of the project."""
        if path == self.path:
            return self.lines
        return Lines(self.snapshot.texts.get(path, ""), self.workspace.encoding)


class Workspace:
    """The open texts, and a snapshot of each project that one of them is in."""

    def __init__(self) -> None:
        self.encoding = "utf-16"
        self.snippets = False
        self._editor = Editor()
        self._texts: dict[str, str] = {}
        self._uris: dict[Path, str] = {}
        self._snapshots: dict[Path, Snapshot] = {}
        self._stale: set[Path] = set()
        self._linted: dict[Path, Snapshot] = {}

    def put(self, uri: str, text: str) -> None:
        """A text was opened or changed."""
        self._texts[uri] = text
        file = _file(uri)
        if file is not None:
            self._editor.open[file] = text
            self._uris[file] = uri
        self.forget()

    def close(self, uri: str) -> None:
        """A text is no longer open: what is on the disk counts."""
        self._texts.pop(uri, None)
        file = _file(uri)
        if file is not None:
            self._editor.open.pop(file, None)
            self._uris.pop(file, None)
        self.forget()

    def forget(self) -> None:
        """Something changed: look again when next asked."""
        self._stale |= set(self._snapshots)

    @property
    def open(self) -> Iterable[str]:
        """The addresses of the open texts."""
        return tuple(self._texts)

    def uri(self, file: Path) -> str:
        """The address of a file: as the editor wrote it, where it is open."""
        file = Path(os.path.normpath(file))
        return self._uris.get(file) or uris.from_fs_path(str(file)) or file.as_uri()

    def view(self, uri: str, *, settled: bool = True) -> View:
        """An open file. Unless `settled`, its project may be as it was a moment ago."""
        root = self.root(uri)
        snapshot = self._snapshots.get(root)
        if snapshot is None or (settled and root in self._stale):
            snapshot = self.look(root)
        file = _file(uri)
        path = uri if file is None else os.path.relpath(file, root).replace(os.sep, "/")
        return View(snapshot, uri, path, Lines(self._text(uri), self.encoding), self)

    def root(self, uri: str) -> Path:
        """The folder of the project that a file is in, or its own folder where it is in none."""
        file = _file(uri)
        if file is None:
            return Path()
        folder = next((parent for parent in file.parents if parent.is_dir()), file.parent)
        try:
            return find_project(folder)
        except Refusal:
            return file.parent

    def look(self, root: Path) -> Snapshot:
        """The project in a folder as it is now, unsaved texts included."""
        before = self._snapshots.get(root)
        try:
            snapshot = Snapshot(root, check_project(find_project(root), self._editor))
        except Refusal as refusal:
            snapshot = Snapshot(root, None, refusal)
        except Exception as error:
            # Whatever goes wrong with one project, the others are answered.
            snapshot = Snapshot(root, None, _crash(error))
        if before is not None and not snapshot.is_sound:
            sound = before if before.is_sound else before.sound
            snapshot = replace(snapshot, sound=sound)
        self._snapshots[root] = snapshot
        self._stale.discard(root)
        return snapshot

    def lint(self, snapshot: Snapshot) -> tuple[Finding, ...]:
        """All findings of a snapshot; remembers that it is the last the lint rules saw."""
        found = snapshot.findings
        self._linted[snapshot.root] = snapshot
        return found

    def linted(self, root: Path) -> Snapshot | None:
        """The last snapshot of a project that the lint rules saw."""
        return self._linted.get(root)

    def suppose(self, snapshot: Snapshot, texts: Mapping[str, str]) -> Snapshot:
        """The project as it would be if these files of it held other texts."""
        files = {snapshot.root / path: text for path, text in texts.items()}
        return Snapshot(snapshot.root, check_project(snapshot.root, self._editor.laid_over(files)))

    def roots(self) -> set[Path]:
        """The folders of all projects with an open file."""
        return {self.root(uri) for uri in self._texts}

    def snapshots(self) -> Iterable[Snapshot]:
        """Every project with an open file, as it is now."""
        for root in sorted(self.roots()):
            known = self._snapshots.get(root)
            yield self.look(root) if known is None or root in self._stale else known

    def _text(self, uri: str) -> str:
        if uri in self._texts:
            return self._texts[uri]
        file = _file(uri)
        try:
            return file.read_bytes().decode("utf-8-sig", "replace") if file is not None else ""
        except OSError:
            return ""


def _crash(error: Exception) -> Refusal:
    return Refusal(
        f"Segue failed with {type(error).__name__}",
        "`segue --traceback check` shows where; please report it",
    )


def _file(uri: str) -> Path | None:
    path = uris.to_fs_path(uri)
    return None if path is None else Path(path).resolve()
