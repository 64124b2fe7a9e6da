"""Signature help: what the call around the cursor takes, and which argument is being typed."""

from lsprotocol import types

from segue.compiler.completion.situation import OpenCall, open_call
from segue.compiler.operators.aggregates import AGGREGATES
from segue.compiler.operators.population import POPULATION
from segue.compiler.operators.registry import FUNCTIONS
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
    if call.function in AGGREGATES:
        aggregate = AGGREGATES[call.function]
        first = "event" if aggregate.takes_event else "event.property"
        names = [first, *(["period"] if aggregate.takes_unit else [])]
        by = " [by number]" if aggregate.weighted else ""
        rest = f"{by} [where …] [followed by …] [over …]"
        return _information(call.function, names, aggregate.doc, rest)
    if call.function in POPULATION:
        compared = POPULATION[call.function]
        names = ["value", *(["share"] if compared.takes_share else [])]
        return _information(call.function, names, compared.doc, " [by group]")
    if call.function in FUNCTIONS:
        operator = FUNCTIONS[call.function]
        names = [parameter.name for parameter in operator.parameters] or ["a", "b", "…"]
        return _information(call.function, names, operator.doc)
    best = view.snapshot.best
    symbol = best.symbols.find(tuple(call.function.split(".")), view.module) if best else None
    if symbol is None or not isinstance(symbol.node, ast.Define):
        return None
    return _information(call.function, [p.text for p in symbol.node.parameters], "")


def _information(
    function: str, names: list[str], doc: str, rest: str = ""
) -> types.SignatureInformation:
    return types.SignatureInformation(
        label=f"{function}({', '.join(names)}{rest})",
        documentation=doc or None,
        parameters=[types.ParameterInformation(name) for name in names],
    )
