"""Values that several folds of one scan share, computed once for each row.

An engine does not see that the same expression stands inside many CASEs, and would evaluate it
in each: hoisting it halves the time of a scan with many sums of decimals.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from segue.compiler.sql.dialects.folds import Fold
from segue.compiler.sql.names import Names
from segue.compiler.sql.trees import Tree, column, identifier


@dataclass(frozen=True, slots=True)
class Hoisted:
    """Folds over a table with further columns."""

    folds: tuple[Fold, ...]
    columns: dict[str, Tree]

    def source(self, table: exp.Table | exp.Subquery) -> exp.Table | exp.Subquery:
        """The table, with the further columns if there are any, under its own name."""
        if not self.columns:
            return table
        items = [exp.alias_(tree, name, quoted=True) for name, tree in self.columns.items()]
        query = exp.select(exp.Star(), *items, copy=False).from_(table)
        return exp.Subquery(this=query, alias=exp.TableAlias(this=identifier(table.alias_or_name)))


def hoist(folds: Sequence[Fold], names: Names) -> Hoisted:
    """The folds, reading what several of them compute from columns."""
    values = [fold.value for fold in folds if fold.value is not None]
    uses = Counter(value for value in values if not isinstance(value, exp.Column | exp.Literal))
    shared: dict[Tree, str] = {}
    for value, count in uses.items():
        if count > 1:
            first = value.find(exp.Column)
            shared[value] = names.fresh(f"{first.name}_value" if first else "value")
    hoisted = (
        replace(fold, value=column(shared[fold.value])) if fold.value in shared else fold
        for fold in folds
    )
    return Hoisted(tuple(hoisted), {name: value for value, name in shared.items()})
