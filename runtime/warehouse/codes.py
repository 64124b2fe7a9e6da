"""The kinds of finding about what a warehouse has."""

from segue.grammar.codes import Code

MISSING_TABLE = Code(
    "SEG070",
    "a table that the warehouse does not have",
    "The catalog names this table, and the warehouse knows none of that name. Either it is "
    "misspelt, or it is in another schema, or the command was told the wrong target.",
    "entity: {name: customer, table: custommers, key: customer_id}",
)
MISSING_COLUMN = Code(
    "SEG071",
    "a column that the table does not have",
    "The catalog names this column, and the table in the warehouse has none of that name. Where "
    "the column is called otherwise than the attribute, `column` says so.",
    "attributes:\n  country: {type: string, column: contry}",
)
NO_RIGHT = Code(
    "SEG072",
    "a table that may not be read",
    "The warehouse has the table, and the user of this target may not read it.",
    "",
)
MISPLACED = Code(
    "SEG073",
    "rows in another partition than the catalog promises",
    "Queries bound the partition column, so that the engine reads only the partitions in which the "
    "catalog says the rows to be. Those that are elsewhere are not found. Either they are written "
    "anew, or the catalog promises less: `lag` and `lead` say how much later and earlier than its "
    "time a row's partition may be. `segue check --partitions` looks at all rows.",
    "partition: {column: loaded_on, by: day, lag: 2d}",
)
OTHER_TYPE = Code(
    "SEG074",
    "a column of another type",
    "The catalog says a type that no value of this column has in the warehouse, as a number where "
    "there are texts. Nothing is computed: an engine would stop at the first value, or take it for "
    "something that it is not.",
    "key: {column: customer_id, type: int}   # and in the warehouse it is a VARCHAR",
)

CODES = (MISSING_TABLE, MISSING_COLUMN, NO_RIGHT, MISPLACED, OTHER_TYPE)
