"""Coverage as HTML: an index, and each rule file with every condition marked.

The pages stand alone: no scripts, fonts or styles from elsewhere.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from segue.compiler.coverage.measure import (
    AtomCoverage,
    DecisionCoverage,
    Outcome,
    share,
)
from segue.runtime.coverage.observe import Coverage
from segue.runtime.coverage.table import missing_text, percent_text

INDEX = "index.html"


@dataclass(frozen=True, slots=True)
class Mark:
    """One condition on a page; `number` is its anchor."""

    number: int
    covered: AtomCoverage
    note: str

    @property
    def style(self) -> str:
        """How it is marked: everything seen, something, or nothing."""
        if not self.covered.uncovered:
            return "full"
        return "none" if len(self.covered.uncovered) == len(self.covered.outcomes) else "part"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a source line: in a condition, or between them."""

    text: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule of a page and its conditions."""

    covered: DecisionCoverage
    percent: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One rule file."""

    path: str
    file: str
    percent: str
    rules: tuple[RuleRow, ...]
    lines: tuple[tuple[Piece, ...], ...]


def write_pages(coverage: Coverage, texts: Mapping[str, str], folder: Path) -> Path:
    """Writes the pages into a folder, which is made if need be; the path of the index."""
    environment = Environment(
        loader=PackageLoader("segue.runtime", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages = _pages(coverage, texts)
    common = {"tests": coverage.tests, "outcomes": tuple(Outcome)}
    folder.mkdir(parents=True, exist_ok=True)
    template = environment.get_template("coverage_page.html.j2")
    for page in pages:
        _write(folder / page.file, template.render(page=page, index=INDEX, **common))
    index = environment.get_template("coverage_index.html.j2")
    percent = percent_text(coverage.share)
    _write(folder / INDEX, index.render(pages=pages, percent=percent, **common))
    return folder / INDEX


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _pages(coverage: Coverage, texts: Mapping[str, str]) -> list[SourcePage]:
    by_file: dict[str, list[DecisionCoverage]] = {}
    for covered in coverage.decisions:
        by_file.setdefault(covered.decision.span.path, []).append(covered)
    files = _file_names(by_file)
    return [_page(path, files[path], found, texts[path]) for path, found in by_file.items()]


def _file_names(paths: Iterable[str]) -> dict[str, str]:
    """A flat name for each page: rules may lie outside the project's folder."""
    names: dict[str, str] = {}
    for path in paths:
        name = path.replace("../", "").replace("/", ".")
        while f"{name}.html" in names.values():
            name += "_"
        names[path] = f"{name}.html"
    return names


def _page(path: str, file: str, found: list[DecisionCoverage], text: str) -> SourcePage:
    rules: list[RuleRow] = []
    number = 0
    for covered in found:
        marks = []
        for atom in covered.atoms:
            number += 1
            marks.append(Mark(number, atom, missing_text(covered, atom) if atom.uncovered else ""))
        rules.append(RuleRow(covered, percent_text(share([covered])), tuple(marks)))
    marks = sorted((m for rule in rules for m in rule.marks), key=lambda m: m.covered.atom.span)
    lines = tuple(_lines(text, marks))
    return SourcePage(path, file, percent_text(share(found)), tuple(rules), lines)


def _lines(text: str, marks: list[Mark]) -> Iterator[tuple[Piece, ...]]:
    """The source by lines, cut where conditions begin and end."""
    line: list[Piece] = []
    for piece in _cut(text, marks):
        first, *rest = piece.text.split("\n")
        line.append(Piece(first, piece.mark))
        for part in rest:
            yield tuple(p for p in line if p.text)
            line = [Piece(part, piece.mark)]
    if any(p.text for p in line):
        yield tuple(line)


def _cut(text: str, marks: list[Mark]) -> Iterator[Piece]:
    """The source, cut where a condition begins or ends. A condition on events lies inside another:
    what is in both is of the inner one."""
    edges = {edge for m in marks for edge in (m.covered.atom.span.start, m.covered.atom.span.end)}
    for start, end in pairwise(sorted({0, len(text), *edges})):
        around = [
            mark
            for mark in marks
            if mark.covered.atom.span.start <= start and end <= mark.covered.atom.span.end
        ]
        # Of equal ones the first: the bound of a tier also bounds the tiers after it.
        inner = min(around, key=_length, default=None)
        yield Piece(text[start:end], inner)


def _length(mark: Mark) -> int:
    span = mark.covered.atom.span
    return span.end - span.start
