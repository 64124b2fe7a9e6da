"""What a lint rule is: a declaration, and a function that looks for what it forbids.

A rule is one file in `compiler/lint/rules/`. Its docstring says what the rule is for (see
`documentation.py`), and its `RULE` declares the rest.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from segue.grammar.diagnostics import Severity

if TYPE_CHECKING:
    from segue.compiler.lint.context import Context
    from segue.compiler.lint.finding import Hit


class Category(StrEnum):
    """What a rule looks after. The hundreds of a code are its category."""

    CORRECTNESS = "correctness"
    """SEG1xx: the rule means something else than it seems to."""
    LOGIC = "logic"
    """SEG2xx: found by the solver, with a customer that proves it."""
    CLARITY = "clarity"
    """SEG3xx: the same can be said more plainly."""
    UPKEEP = "upkeep"
    """SEG4xx: what nobody uses, says twice, or cannot tell apart."""
    DATA = "data"
    """SEG5xx: cost, privacy, and what the catalog knows."""
    SUPPRESSIONS = "suppressions"
    """SEG9xx: comments that silence findings."""


class Needs(IntEnum):
    """What a rule must be given. Without it the rule does not run."""

    SYNTAX = 1
    """Files that can be read: each definition is looked at by itself."""
    NAMES = 2
    """A ruleset that can be read as a whole: who uses what."""
    PLAN = 3
    """A ruleset without errors: types, and what expressions become."""
    SOLVER = 4
    """A ruleset without errors, and `Context.solver`."""
    FINDINGS = 5
    """What the other rules found; such a rule runs after them."""


Option = int | str | tuple[str, ...]
"""The value of an option of a rule, in `lint.options` of segue.yml."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The declaration of a lint rule.

    `default` says whether it runs when nothing is selected. `options` are the names of its
    options and what they are when not set: a value that is set must be of the same type.
    `documentation` is the docstring of the rule's file.
    """

    code: str
    name: str
    category: Category
    severity: Severity
    needs: Needs
    check: "Callable[[Context], Iterable[Hit]]" = field(repr=False)
    documentation: str = field(repr=False)
    default: bool = True
    options: Mapping[str, Option] = field(default_factory=lambda: MappingProxyType({}))
