"""Hover: what a word stands for, its type, who uses it and its SQL."""

from lsprotocol import types

from segue.compiler.index.index import Typed
from segue.compiler.index.targets import Target, TargetKind
from segue.compiler.plan.nodes import Aggregate, reachable
from segue.grammar import ast
from segue.grammar.diagnostics import SegueError
from segue.runtime.lsp.describe import describe, planned, type_text
from segue.runtime.lsp.targets import reference_at
from segue.runtime.lsp.workspace import Snapshot, View
from segue.runtime.window_text import window_text

MOST_SQL_LINES = 40


def hover(view: View, position: types.Position) -> types.Hover | None:
    """What is shown when the pointer rests on a place."""
    offset = view.lines.offset(position)
    found = reference_at(view, offset)
    if found is not None:
        text = _of_name(view, found.target, offset)
        return _hover(text, view.range(found.span)) if text else None
    typed = view.snapshot.index.typed_at(view.path, offset) if view.snapshot.index else None
    if typed is None:
        return None
    return _window(view, typed, offset) or _hover(_types(typed), view.range(typed.node.span))


def _of_name(view: View, target: Target, offset: int) -> str:
    parts = [describe(view.snapshot, target)]
    if target.kind is TargetKind.PARAMETER and view.snapshot.index is not None:
        typed = view.snapshot.index.typed_at(view.path, offset)
        if typed is not None and isinstance(typed.node, ast.Name):
            parts.append(_types(typed))
    if target.kind is TargetKind.DEFINITION:
        parts.append(_sql(view.snapshot, target.name))
    return "\n\n".join(part for part in parts if part)


def _types(typed: Typed) -> str:
    meanings = {str(meaning.type): meaning.type for meaning in typed.meanings}
    return "  \n".join(type_text(type) for type in meanings.values())


def _window(view: View, typed: Typed, offset: int) -> types.Hover | None:
    """What a window covers exactly, where the pointer is on one."""
    node, catalog = typed.node, view.snapshot.catalog
    for outer in view.snapshot.index.typed_in(view.path) if view.snapshot.index else ():
        call = outer.node
        if not isinstance(call, ast.Call) or call.selection is None or catalog is None:
            continue
        window = call.selection.window
        if window is None or not window.span.start <= offset <= window.span.end:
            continue
        if node is not call and not _inside(node, window):
            continue
        for expr in reachable(outer.meanings):
            if isinstance(expr.param, Aggregate):
                text = window_text(expr.param.window, catalog.timezone)
                return _hover(text, view.range(window.span))
    return None


def _inside(node: ast.Expression, window: ast.Window) -> bool:
    return window.span.start <= node.span.start and node.span.end <= window.span.end


def _sql(snapshot: Snapshot, name: str) -> str:
    """The query of one definition in the dialect of the project, as of now."""
    definition = planned(snapshot, name)
    if definition is None or snapshot.result is None or snapshot.checked is None:
        return ""
    if isinstance(definition.source, ast.Condition):
        return ""  # It is computed where a segment needs it, never for itself.
    # sqlglot takes a while to import, and most hovers come after the first.
    from segue.compiler.sql.query import Outputs, compile_query
    from segue.runtime.sql_text import binding

    plan, config = snapshot.result.known, snapshot.checked.reading.config
    target = config.targets.get(config.target or "")
    dialect = target.dialect if target else "duckdb"
    is_metric = name in plan.metrics
    outputs = Outputs(metrics=(name,)) if is_metric else Outputs(segments=(name,))
    try:
        lines = compile_query(plan, binding(plan), dialect, outputs).sql().splitlines()
    except SegueError as error:
        return f"No SQL yet: {error.diagnostics[0].message}."
    if len(lines) > MOST_SQL_LINES:
        hint = "" if is_metric else f": `segue compile --segment {name}` prints all of it"
        rest = f"\n\n… {len(lines) - MOST_SQL_LINES} more lines{hint}"
        return f"```sql\n{chr(10).join(lines[:MOST_SQL_LINES])}\n```{rest}"
    return f"```sql\n{chr(10).join(lines)}\n```"


def _hover(text: str, range: types.Range) -> types.Hover:
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), range)
