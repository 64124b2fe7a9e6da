"""What a lint rule finds, and how to mend it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from segue.grammar.diagnostics import Diagnostic, Label
from segue.grammar.span import Span

# Findings are read back from a cache by who never asks the solver.
if TYPE_CHECKING:
    from segue.compiler.solver.witness import Witness


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
class Shown:
    """A customer who shows what was found, so that a test can be made of them.

    `what` it is that they show, in words. The test is about the segments and conditions in `names`,
    and about the lifecycles in `stages`, with the stage they are in before, None for no stage.
    """

    what: str
    witness: "Witness"
    names: tuple[str, ...] = ()
    stages: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule says of one place; code and severity are added by the linter.

    The parts are those of a `Diagnostic`; `shown` is a customer whom the solver found.
    """

    span: Span
    message: str
    label: str = ""
    help: str = ""
    related: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    fix: Fix | None = None
    shown: Shown | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A reported finding of a rule. The customer who shows it is not kept with a cached one.

    `fingerprint` stays the same when lines move or the file is formatted: it is made of the rule
    and the syntax tree of the definition that the finding stands in.
    """

    diagnostic: Diagnostic
    fix: Fix | None = None
    fingerprint: str = ""
    shown: Shown | None = None
