"""The trained models of a project: `models/<score>/v3.json`.

A file is never overwritten: what was trained again is the next version, and rules that name a
version keep what they were tested with. So the folder belongs into version control.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from segue.compiler.scores.library import Header
from segue.compiler.scores.model import Model
from segue.grammar.diagnostics import Diagnostic
from segue.grammar.span import Span
from segue.runtime.layout import MODELS
from segue.runtime.refusal import ProjectError, Refusal
from segue.runtime.scores import codes
from segue.runtime.scores.artefact import (
    LARGEST,
    LONGEST_HEADER,
    Changed,
    Trained,
    header_of,
    read_artefact,
    read_header,
    write_artefact,
)
from segue.runtime.scores.plain import Unfit

_FILE = re.compile(r"v([1-9][0-9]{0,8})\.json")


@dataclass(frozen=True, slots=True)
class Kept:
    """A model that was put into the store; `is_new` is false where it was there before."""

    header: Header
    path: Path
    is_new: bool


@dataclass(frozen=True)
class ModelStore:
    """The models of the project in a folder. Nothing is read before it is asked for."""

    root: Path

    def versions(self, score: str) -> Mapping[int, Header]:
        """The models trained for a score, by version; only the first line of each is read.

        Raises `ProjectError` for a file that is no model.
        """
        if score not in self._headers:
            self._headers[score] = {
                number: self._read_header(score, number) for number in self._numbers(score)
            }
        return self._headers[score]

    def model(self, header: Header) -> Model:
        """The model of a header; raises `ProjectError` where it is not what the header says."""
        return self.trained(header).model

    def trained(self, header: Header) -> Trained:
        """The model of a header with its report."""
        if header.digest not in self._trained:
            self._trained[header.digest] = self._read(header)
        return self._trained[header.digest]

    def keep(self, score: str, trained: Trained) -> Kept:
        """Writes a model as the next version of its score, unless it is the last one again.

        Raises `Refusal` where that cannot be written.
        """
        there = self.versions(score)
        header = header_of(score, max(there, default=0) + 1, trained)
        for known in there.values():
            if known.digest == header.digest:
                return Kept(known, self._path(score, known.version), False)
        path = self._path(score, header.version)
        data = write_artefact(score, header.version, trained)
        if len(data) > LARGEST:
            raise Refusal(
                f"the model of `{score}` is too large: {len(data):,} bytes",
                "fewer or shallower trees make it smaller, as in `random_forest(depth = 8)`",
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_new(path, data)
        except FileExistsError:
            raise Refusal(
                f"`{path}` is there already", "another training has just written it: train again"
            ) from None
        except OSError as error:
            raise Refusal(f"cannot write `{path}`: {error.strerror}") from None
        self._headers.pop(score, None)
        return Kept(header, path, True)

    @cached_property
    def _headers(self) -> dict[str, dict[int, Header]]:
        return {}

    @cached_property
    def _trained(self) -> dict[str, Trained]:
        return {}

    def _path(self, score: str, version: int) -> Path:
        return self.root / MODELS / score / f"v{version}.json"

    def _numbers(self, score: str) -> list[int]:
        try:
            names = os.listdir(self.root / MODELS / score)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise Refusal(f"cannot read `{self.root / MODELS / score}`: {error.strerror}") from None
        return sorted(int(found[1]) for name in names if (found := _FILE.fullmatch(name)))

    def _read_header(self, score: str, version: int) -> Header:
        path = self._path(score, version)
        try:
            there = path.stat()
            header = _first_line(path, there.st_ino, there.st_mtime_ns, there.st_size)
            _check_place(header, score, version)
        except Unfit as unfit:
            raise self._error(path, unfit) from None
        except OSError as error:
            raise Refusal(f"cannot read `{path}`: {error.strerror}") from None
        return header

    def _read(self, header: Header) -> Trained:
        path = self._path(header.score, header.version)
        try:
            if path.stat().st_size > LARGEST:
                raise Unfit("", f"it has more than {LARGEST:,} bytes")
            found, trained = read_artefact(path.read_bytes())
            _check_place(found, header.score, header.version)
            if found != header:
                raise Changed("", "it was replaced while it was read")
        except Unfit as unfit:
            raise self._error(path, unfit) from None
        except OSError as error:
            raise Refusal(f"cannot read `{path}`: {error.strerror}") from None
        return trained

    def _error(self, path: Path, unfit: Unfit) -> ProjectError:
        name = path.relative_to(self.root).as_posix()
        changed = isinstance(unfit, Changed)
        code = codes.CHANGED_MODEL if changed else codes.NO_MODEL
        diagnostic = Diagnostic(
            code.id,
            f"this is not a model that Segue wrote: {unfit}"
            if not changed
            else f"this model was changed: {unfit}",
            Span(name, 0, 0, 1, 1),
            help="take the file from version control, or delete it and run `segue train`",
        )
        return ProjectError(self.root, [diagnostic], {})


@lru_cache(maxsize=4096)
def _first_line(path: Path, inode: int, changed: int, size: int) -> Header:
    """The header of a file as it is; an editor asks for all of them at every change of a rule."""
    with path.open("rb") as file:
        return read_header(file.readline(LONGEST_HEADER + 1))


def _check_place(header: Header, score: str, version: int) -> None:
    if (header.score, header.version) != (score, version):
        raise Unfit(
            "",
            f"it is version {header.version} of `{header.score[:80]}`, and its name says another",
        )


def _write_new(path: Path, data: bytes) -> None:
    """Writes a file that is not there yet, and leaves no half of one."""
    with path.open("xb") as file:
        try:
            file.write(data)
        except BaseException:
            path.unlink()
            raise
