"""What keeps a command from working: outside the rules, or in the files of a project."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from segue.grammar.diagnostics import Diagnostic, SegueError


class Refusal(Exception):
    """A missing file, folder, target or variable: what is wrong, and what to do about it.

    The command line shows it on one line, with the hint below, and exits with 2.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = message
        self.hint = hint
        super().__init__(f"{message}\n  {hint}" if hint else message)


class ProjectError(SegueError):
    """Findings in the files of one project; their paths are relative to `root`."""

    def __init__(
        self, root: Path, diagnostics: Iterable[Diagnostic], texts: Mapping[str, str]
    ) -> None:
        self.root = root
        super().__init__(diagnostics, texts)
