"""Text to syntax tree: the entry point of the layer."""

from dataclasses import dataclass

from segue.grammar.ast import Module
from segue.grammar.building import BUILDERS
from segue.grammar.building.context import Context
from segue.grammar.diagnostics import Diagnostic
from segue.grammar.lexer import tokenize
from segue.grammar.machine import Machine
from segue.grammar.span import Span

# A file with more errors than this is something else than a rule file.
MOST_ERRORS = 100


@dataclass(frozen=True, slots=True)
class ParseResult:
    """The items that could be read, and what is wrong with the rest.

    `module` is always there; with errors it may lack the items that have them.
    """

    module: Module
    diagnostics: tuple[Diagnostic, ...] = ()


def parse(text: str, path: str) -> ParseResult:
    """Read a `.seg` text; `path` is what its spans and diagnostics call it. Never raises."""
    tokens, _ = tokenize(text, path)
    context = Context(path)
    machine = Machine(tokens, BUILDERS, context)
    if not machine.run():
        _go_on(machine, context)
    items = machine.values[1] if len(machine.values) > 1 else []
    module = Module(tuple(items), span=Span(path, 0, len(text), 1, 1))
    found = sorted(dict.fromkeys(context.diagnostics), key=lambda d: d.span.start)
    return ParseResult(module, tuple(found))


def _go_on(machine: Machine, context: Context) -> None:
    """Report each error and go on after it. Imported late: a sound file needs none of this."""
    from segue.grammar.diagnosis import diagnose
    from segue.grammar.recovery import Recovery
    from segue.grammar.stop import Stop

    recovery = Recovery(machine)
    while True:
        mistake = diagnose(Stop(machine))
        context.report(mistake.diagnostic)
        if len(context.diagnostics) >= MOST_ERRORS:
            return
        recovery.go_on(mistake.repair)
        if machine.run():
            return
