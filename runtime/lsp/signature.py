"""Signature help: what the call around the cursor takes, and which argument is being typed."""

from lsprotocol import types

from segue.compiler.completion.callables import callables
from segue.compiler.completion.situation import OpenCall, open_call
from segue.grammar import ast
from segue.grammar.cursor import cursor_at
from segue.runtime.lsp.workspace import View


def signature_help(view: View, position: types.Position) -> types.SignatureHelp | None:
    """How the innermost open call is written."""
    cursor = cursor_at(view.text, view.lines.offset(position), view.path)
    call = open_call(cursor.values) if cursor is not None else None
    if call is None:
        return None
    signature = _signature(view, call)
    if signature is None:
        return None
    return types.SignatureHelp([signature], active_signature=0, active_parameter=call.position)


def _signature(view: View, call: OpenCall) -> types.SignatureInformation | None:
    word = callables().get(call.function)
    if word is not None:
        return _information(word.usage, word.parameters, word.doc)
    best = view.snapshot.best
    symbol = best.symbols.find(tuple(call.function.split(".")), view.module) if best else None
    if symbol is None or not isinstance(symbol.node, ast.Define):
        return None
    names = tuple(parameter.text for parameter in symbol.node.parameters)
    return _information(f"{call.function}({', '.join(names)})", names, "")


def _information(label: str, names: tuple[str, ...], doc: str) -> types.SignatureInformation:
    return types.SignatureInformation(
        label=label,
        documentation=doc or None,
        parameters=[types.ParameterInformation(name) for name in names],
    )
