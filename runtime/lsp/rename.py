"""Renaming a definition or a parameter in all files, or saying why that cannot be."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from lsprotocol import types

from segue.compiler.index.index import Reference
from segue.compiler.index.targets import Target, TargetKind
from segue.grammar.diagnostics import Severity
from segue.grammar.words import RESERVED
from segue.runtime.lsp.targets import reference_at
from segue.runtime.lsp.workspace import Snapshot, View

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_RENAMED = (
    TargetKind.DEFINITION,
    TargetKind.PARAMETER,
    TargetKind.LIFECYCLE,
    TargetKind.STAGE,
)


class Refused(Exception):
    """Why a name cannot be changed, for the person who tried."""


def prepare(view: View, position: types.Position) -> types.PrepareRenamePlaceholder:
    """The word that would be renamed. Raises `Refused`."""
    found = _found(view, position)
    return types.PrepareRenamePlaceholder(view.range(found.span), found.target.last)


def rename(view: View, position: types.Position, new: str) -> types.WorkspaceEdit:
    """The edits that give the thing under the cursor a new name. Raises `Refused`.

    The project is analysed as it would be afterwards: a name that is taken, or that another rule
    would then take for something else, is refused.
    """
    found = _found(view, position)
    index = view.snapshot.index
    assert index is not None
    _check_word(new)
    files: dict[str, list[Reference]] = {}
    for place in index.places(found.target):
        files.setdefault(place.span.path, []).append(place)
    after = view.workspace.suppose(
        view.snapshot, {path: _renamed(view, path, places, new) for path, places in files.items()}
    )
    _check_findings(view.snapshot, after, new)
    _check_meanings(view.snapshot, after, found.target, new)
    return types.WorkspaceEdit(
        changes={
            view.uri_of(path): [types.TextEdit(view.range(place.span), new) for place in places]
            for path, places in files.items()
        }
    )


def _renamed(view: View, path: str, places: Sequence[Reference], new: str) -> str:
    text = view.lines_of(path).text
    for place in sorted(places, key=lambda p: p.span.start, reverse=True):
        text = text[: place.span.start] + new + text[place.span.end :]
    return text


def _found(view: View, position: types.Position) -> Reference:
    found = reference_at(view, view.lines.offset(position))
    if found is None:
        raise Refused("there is no name here")
    if found.target.kind not in _RENAMED:
        raise Refused(_why_not(found.target))
    if not view.snapshot.is_sound:
        # A use in what cannot be parsed would be missed.
        raise Refused("a file of the project has a syntax error; mend it before renaming")
    return found


def _why_not(target: Target) -> str:
    if target.kind in (TargetKind.FUNCTION, TargetKind.BUILTIN, TargetKind.PERIOD):
        return f"`{target.name}` is a word of the language"
    if target.kind is TargetKind.VALUE:
        return f'"{target.name}" is a value in the data'
    return f"`{target.name}` belongs to the catalog, which names what is in the warehouse"


def _check_word(new: str) -> None:
    if not _NAME.fullmatch(new):
        raise Refused(f"`{new}` is no name: names are made of letters a to z, digits and `_`")
    if new in RESERVED:
        raise Refused(f"`{new}` is a word of the language and cannot be a name")


def _check_findings(before: Snapshot, after: Snapshot, new: str) -> None:
    known = Counter(_errors(before))
    for message in _errors(after):
        if not known[message]:
            raise Refused(f"`{new}` cannot be the name: {message}")
        known[message] -= 1


def _errors(snapshot: Snapshot) -> list[str]:
    return [d.message for d in snapshot.diagnostics if d.severity is Severity.ERROR]


def _check_meanings(before: Snapshot, after: Snapshot, target: Target, new: str) -> None:
    """Every other name must go on to mean what it meant."""
    assert before.index is not None
    folder, dot, _ = target.name.rpartition(".")
    renamed = replace(target, name=f"{folder}{dot}{new}")

    def moved(other: Target) -> Target:
        if other == target:
            return renamed
        owned = other.kind in (TargetKind.PARAMETER, TargetKind.STAGE)
        mine = owned and other.owner == target.name
        return replace(other, owner=renamed.name) if mine else other

    for source in before.sources:
        places = before.index.in_file(source.path)
        then = after.index.in_file(source.path) if after.index is not None else ()
        for place, other in zip_longest(places, then):
            if place is None or other is None or moved(place.target) != other.target:
                where = other.user if other is not None else source.path
                raise Refused(f"in `{where}`, `{new}` would mean something else")
