"""Findings while analysing: raised at the smallest place, collected per definition."""

from segue.grammar.codes import Code
from segue.grammar.diagnostics import Diagnostic, Label
from segue.grammar.span import Span


class Problem(Exception):
    """One finding that ends the analysis of the expression it is in."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic
        super().__init__(diagnostic.message)


class Blocked(Exception):
    """The expression needs a definition that has a finding of its own, already reported."""


def problem(
    code: Code,
    span: Span,
    message: str,
    *,
    label: str = "",
    help: str = "",
    related: tuple[Label, ...] = (),
) -> Problem:
    """A finding of a kind, at a place."""
    return Problem(Diagnostic(code.id, message, span, label=label, help=help, related=related))
