"""What is asked of `segue check`, and what it found."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from segue.compiler.lint.finding import Finding, Undecided

if TYPE_CHECKING:
    from segue.compiler.lint.policy import Policy


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for, on top of the settings of the project."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    solver: bool = False

    def policy(self, settings: "Policy") -> "Policy":
        """The policy of the settings, with what is selected and ignored here."""
        return replace(
            settings,
            select=self.select or settings.select,
            extend=() if self.select else settings.extend,
            ignore=(*settings.ignore, *self.ignore),
        )

    @property
    def key(self) -> str:
        """The same for the same wishes."""
        return f"{self.select} {self.ignore} {self.solver}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """All findings in a project, in order; `suppressed` others have a comment.

    `texts` are the files by path, as far as findings are about them. Of the `undecided` segments
    the solver could not say whether anybody is in them.
    """

    findings: tuple[Finding, ...]
    suppressed: int
    files: int
    texts: Mapping[str, str] = field(repr=False)
    undecided: tuple[Undecided, ...] = ()
