"""Findings while analysing: raised at the smallest place, collected per definition."""

from collections.abc import Iterable
from difflib import get_close_matches

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


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """A question that offers the closest candidate, or nothing when none is close."""
    close = get_close_matches(name, sorted(set(candidates)), n=1, cutoff=0.7)
    return f"did you mean `{close[0]}`?" if close else ""
