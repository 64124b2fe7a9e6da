"""Renaming a definition or a parameter in all files, or saying why that cannot be."""

import re

from lsprotocol import types

from segue.compiler.index.index import Index, Reference
from segue.compiler.index.targets import Target, TargetKind
from segue.grammar.words import RESERVED
from segue.runtime.lsp.targets import reference_at
from segue.runtime.lsp.workspace import View

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_RENAMED = (TargetKind.DEFINITION, TargetKind.PARAMETER)


class Refused(Exception):
    """Why a name cannot be changed, for the person who tried."""


def prepare(view: View, position: types.Position) -> types.PrepareRenamePlaceholder:
    """The word that would be renamed. Raises `Refused`."""
    found = _found(view, position)
    return types.PrepareRenamePlaceholder(view.range(found.span), found.target.last)


def rename(view: View, position: types.Position, new: str) -> types.WorkspaceEdit:
    """The edits that give the thing under the cursor a new name. Raises `Refused`."""
    found = _found(view, position)
    index = view.snapshot.index
    assert index is not None
    _check(view, index, found.target, new)
    changes: dict[str, list[types.TextEdit]] = {}
    for place in index.places(found.target):
        edit = types.TextEdit(view.range(place.span), new)
        changes.setdefault(view.uri_of(place.span.path), []).append(edit)
    return types.WorkspaceEdit(changes=changes)


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


def _check(view: View, index: Index, target: Target, new: str) -> None:
    if not _NAME.fullmatch(new):
        raise Refused(f"`{new}` is no name: names are made of letters a to z, digits and `_`")
    if new in RESERVED:
        raise Refused(f"`{new}` is a word of the language and cannot be a name")
    if new == target.last:
        return
    if target.kind is TargetKind.PARAMETER:
        parameters = {r.target for r in index.in_file(view.path)}
        if Target(TargetKind.PARAMETER, new, target.owner) in parameters:
            raise Refused(f"`{target.owner}` already has a parameter `{new}`")
    else:
        _check_definition(view, index, target, new)


def _check_definition(view: View, index: Index, target: Target, new: str) -> None:
    folder, dot, _ = target.name.rpartition(".")
    if f"{folder}{dot}{new}" in index.blocks:
        raise Refused(f"`{folder}{dot}{new}` is already defined")
    catalog = view.snapshot.catalog
    assert catalog is not None
    entity = catalog.entity
    taken = {*catalog.events, *entity.attributes, entity.name, entity.key.name, "as_of", "today"}
    if new in taken:
        raise Refused(
            f"`{new}` is already in the catalog"
            if new in catalog.events or new in entity.attributes
            else f"`{new}` has a meaning already"
        )
    captured = _captured(view, index, target, new)
    if captured:
        raise Refused(f"in `{captured}`, `{new}` would mean something else")


def _captured(view: View, index: Index, target: Target, new: str) -> str:
    """The first block that names the thing and would see another one under the new name."""
    assert view.snapshot.result is not None
    symbols = view.snapshot.result.symbols
    folder = target.name.rpartition(".")[0]
    for place in index.places(target):
        block = index.blocks.get(place.user)
        if block is None or place.defines:
            continue
        text = view.lines_of(place.span.path).text
        alone = text[place.span.start - 1 : place.span.start] != "."
        if not alone:
            continue
        parameters = {
            r.target.name
            for r in index.in_file(place.span.path)
            if r.target.kind is TargetKind.PARAMETER and r.target.owner == place.user
        }
        other = symbols.find((new,), block.module)
        nearer = other is not None and len(other.module) > len(folder.split(".") if folder else ())
        if new in parameters or nearer:
            return place.user
    return ""
