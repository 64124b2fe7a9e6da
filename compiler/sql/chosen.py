"""Where a query starts: from some of the entities, or with values that are in tables already."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from segue.compiler.sql.trees import Tree, cast, column, named


@dataclass(frozen=True, slots=True)
class Chosen:
    """The entities whose key is in `column` of `table`, as the entity's own table spells it."""

    table: exp.Table
    column: str

    def holds(self, key: Tree, apart: Callable[[Tree], Tree] = lambda key: key) -> Tree:
        """Whether a key is one of them, as far as the engine itself tells keys apart.

        Or by what `apart` makes of each, as a dialect tells them apart.
        """
        theirs = named(apart(column(self.column)), self.column)
        keys = exp.select(theirs, copy=False).from_(self.table.copy())
        return exp.In(this=apart(key), query=exp.Subquery(this=keys))


@dataclass(frozen=True, slots=True)
class Given:
    """Values of entities that are in tables or queries by alias, with a column `key` of `key_type`:
    what tells entities apart, as a dialect makes it of a key.

    `values` are expressions over these tables, by the `id` of the expression they are.
    """

    tables: Mapping[str, exp.Table | exp.Query]
    key_type: str
    values: Mapping[int, Tree] = field(default_factory=dict)

    def instead(self, table: exp.Table, other: exp.Table) -> "Given":
        """The same, read from another table where it is from `table`."""

        tables = {alias: found.copy() for alias, found in self.tables.items()}
        for found in tables.values():
            for same in [node for node in found.find_all(exp.Table) if node == table]:
                same.replace(other.copy())
        return replace(self, tables=tables)

    def joined(self, query: exp.Select, key: Tree) -> exp.Select:
        """A query over entities with the tables beside it."""
        for alias, table in self.tables.items():
            source = table.copy()
            if isinstance(source, exp.Query):
                source = exp.Subquery(this=source)
            named = exp.alias_(source, alias, table=True, quoted=True)
            same = exp.EQ(this=column("key", alias), expression=cast(key.copy(), self.key_type))
            query = query.join(named, on=same, join_type="left", copy=False)
        return query
