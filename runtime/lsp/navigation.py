"""Going to where something is defined, and finding everywhere it is named."""

from lsprotocol import types

from segue.compiler.index.index import Reference
from segue.runtime.lsp.targets import reference_at
from segue.runtime.lsp.workspace import View


def definition(view: View, position: types.Position) -> types.Location | None:
    """Where the thing under the cursor is defined: in a rule file or in the catalog."""
    found = reference_at(view, view.lines.offset(position))
    if found is None or view.snapshot.index is None:
        return None
    place = view.snapshot.index.definition(found.target)
    return None if place is None else view.location(place)


def references(view: View, position: types.Position, *, definitions: bool) -> list[types.Location]:
    """Everywhere the thing under the cursor is named, in all files of the project."""
    return [
        view.location(place.span)
        for place in _places(view, position)
        if definitions or not place.defines
    ]


def highlight(view: View, position: types.Position) -> list[types.DocumentHighlight]:
    """Where the thing under the cursor is named in this file."""
    return [
        types.DocumentHighlight(
            view.range(place.span),
            types.DocumentHighlightKind.Write
            if place.defines
            else types.DocumentHighlightKind.Read,
        )
        for place in _places(view, position)
        if place.span.path == view.path
    ]


def _places(view: View, position: types.Position) -> list[Reference]:
    found = reference_at(view, view.lines.offset(position))
    if found is None or view.snapshot.index is None:
        return []
    return list(view.snapshot.index.places(found.target))
