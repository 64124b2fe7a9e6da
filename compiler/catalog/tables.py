"""What a database tells about its tables, as far as a first catalog can be guessed from it."""

from dataclasses import dataclass

from segue.compiler.catalog.model import TableName


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """A column: its type as a catalog writes it, and what a sample of the rows shows.

    `type` is empty for what no rule can read (lists, bytes). `values` lists the distinct values
    of a text column when there are few. `references` is the table a foreign key leads to.
    What is `declared` somebody has written down: its values are all there are, and it is
    `private` or not as they say, and described in their words.
    """

    name: str
    type: str
    nullable: bool = False
    unique: bool = False
    distinct: int = 0
    values: tuple[str, ...] = ()
    references: str | None = None
    declared: bool = False
    description: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True)
class TableInfo:
    """A table with its columns; `sampled` rows were looked at out of about `rows`.

    `title` is what the table is about where its name says more, as `stg_orders` does.
    `partitions` are the columns by which the engine says that it is partitioned.
    """

    name: TableName
    columns: tuple[ColumnInfo, ...]
    rows: int = 0
    sampled: int = 0
    primary_key: tuple[str, ...] = ()
    title: str = ""
    description: str = ""
    partitions: tuple[str, ...] = ()

    @property
    def called(self) -> str:
        """What its rows are, in the plural."""
        return self.title or self.name.name

    def column(self, name: str) -> ColumnInfo | None:
        """The column of this name."""
        return next((column for column in self.columns if column.name == name), None)
