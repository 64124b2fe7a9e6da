"""What the builders of one parse share: where they are, and what they have to complain about."""

from segue.grammar.diagnostics import Diagnostic


class Context:
    """Collects the diagnostics of one file."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.diagnostics: list[Diagnostic] = []

    def report(self, diagnostic: Diagnostic) -> None:
        """Remember a finding."""
        self.diagnostics.append(diagnostic)
