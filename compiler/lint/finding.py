"""What a lint rule finds, and how to mend it."""

from dataclasses import dataclass
from enum import StrEnum

from segue.grammar.diagnostics import Diagnostic, Label
from segue.grammar.span import Span


class Safety(StrEnum):
    """What a fix may change."""

    SAFE = "safe"
    """Every segment keeps its members."""
    UNSAFE = "unsafe"
    """What it does is likely meant, but somebody should look."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement of the text of one span; an empty `text` deletes it."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together: all are made or none. `title` completes "this would …"."""

    title: str
    edits: tuple[Edit, ...]
    safety: Safety = Safety.SAFE


@dataclass(frozen=True, slots=True)
class Undecided:
    """A segment of which the solver cannot say whether anybody is in it, and why.

    No finding, as nothing need be wrong with it; and no pass either.
    """

    segment: str
    why: str
    span: Span
    """Of its name."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule says of one place; code and severity are added by the linter.

    The parts are those of a `Diagnostic`.
    """

    span: Span
    message: str
    label: str = ""
    help: str = ""
    related: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A reported finding of a rule.

    `fingerprint` stays the same when lines move or the file is formatted: it is made of the rule
    and the syntax tree of the definition that the finding stands in.
    """

    diagnostic: Diagnostic
    fix: Fix | None = None
    fingerprint: str = ""
