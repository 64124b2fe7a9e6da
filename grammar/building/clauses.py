"""From the clauses of a block to its fields: each at most once, the necessary ones there."""

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeVar

from segue.grammar.ast import Identifier, Name
from segue.grammar.building.context import Context
from segue.grammar.codes import MISSING_CLAUSE, REPEATED_CLAUSE
from segue.grammar.diagnostics import Diagnostic, Label
from segue.grammar.lexer import Token
from segue.grammar.span import Span

T = TypeVar("T")


class Clause(NamedTuple):
    """`priority high`: the keyword that begins a clause, and what follows it."""

    keyword: Token
    value: Any
    span: Span


class Broken:
    """Stands in a list of clauses for one that could not be read and was reported already."""


BROKEN = Broken()


class Fields:
    """The clauses of one block by keyword."""

    def __init__(self, context: Context, block: str, name: Identifier | Name, clauses: list[Any]):
        self.context = context
        self.block = f"{block} `{name.text}`"
        self.name = name
        self.broken = BROKEN in clauses
        self.clauses: dict[str, Clause] = {}
        for clause in clauses:
            if isinstance(clause, Clause):
                self._add(clause)

    def _add(self, clause: Clause) -> None:
        earlier = self.clauses.setdefault(clause.keyword.text, clause)
        if earlier is not clause:
            word = clause.keyword.text
            self.context.report(
                Diagnostic(
                    REPEATED_CLAUSE.id,
                    f"{self.block} has `{word}` twice",
                    clause.keyword.span,
                    label="the second one",
                    help=_MERGE.get(word, f"keep one `{word}`"),
                    related=(Label(earlier.keyword.span, "the first one"),),
                )
            )

    def get(self, keyword: str) -> Any:
        """The value of a clause, or None."""
        clause = self.clauses.get(keyword)
        return None if clause is None else clause.value

    def list(self, keyword: str) -> tuple[Any, ...]:
        """The values of a clause that lists some."""
        return tuple(self.get(keyword) or ())

    def require(self, keyword: str, help: str) -> Any:
        """The value of a clause; without it a finding, and None."""
        if keyword not in self.clauses:
            self.missing(f"`{keyword}`", help)
        return self.get(keyword)

    def missing(self, what: str, help: str) -> None:
        """Report what the block cannot do without, unless an error may have swallowed it."""
        if not self.broken:
            self.context.report(
                Diagnostic(
                    MISSING_CLAUSE.id,
                    f"{self.block} has no {what}",
                    self.name.span,
                    label=f"{what} is missing",
                    help=help,
                )
            )

    def unreachable(self, otherwise: Identifier, following: Identifier) -> None:
        """Report a tier that stands after `otherwise`, where nobody is left."""
        self.context.report(
            Diagnostic(
                REPEATED_CLAUSE.id,
                f"tier `{following.text}` comes after `otherwise`, which leaves nobody for it",
                following.span,
                label="nobody gets here",
                help="let the tier with `otherwise` be the last one, and the only such one",
                related=(Label(otherwise.span, "this tier takes everybody left"),),
            )
        )


_MERGE = {
    "when": "join the two conditions with `and` or `or`",
    "actions": "list all actions in one clause, separated by commas",
    "tags": "list all tags in one clause, separated by commas",
}


def only(kind: type[T], clauses: Iterable[Any]) -> tuple[T, ...]:
    """The clauses that are nodes of one kind, in order."""
    return tuple(clause for clause in clauses if isinstance(clause, kind))
