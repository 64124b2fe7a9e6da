"""Text to syntax tree: the entry point of the layer."""

from dataclasses import dataclass

from segue.grammar.ast import Module
from segue.grammar.building import BUILDERS
from segue.grammar.building.context import Context
from segue.grammar.codes import UNEXPECTED
from segue.grammar.diagnostics import Diagnostic
from segue.grammar.lexer import tokenize
from segue.grammar.machine import Machine


@dataclass(frozen=True, slots=True)
class ParseResult:
    """The items that could be read, and what is wrong with the rest.

    `module` is always there; with errors it lacks the items that have them.
    """

    module: Module
    diagnostics: tuple[Diagnostic, ...] = ()


def parse(text: str, path: str) -> ParseResult:
    """Read a `.seg` text; `path` is what its spans and diagnostics call it. Never raises."""
    tokens, _ = tokenize(text, path)
    context = Context(path)
    machine = Machine(tokens, BUILDERS, context)
    if not machine.run():
        token = tokens[machine.index]
        context.report(
            Diagnostic(
                UNEXPECTED.id,
                f"unexpected `{token.text}`",
                token.span,
                help=", ".join(sorted(machine.expected())),
            )
        )
        return ParseResult(Module(()), tuple(context.diagnostics))
    return ParseResult(Module(tuple(machine.values[-1])), tuple(context.diagnostics))
