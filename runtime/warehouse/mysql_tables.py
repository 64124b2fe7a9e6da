"""The tables of a store as MySQL makes them.

A text that is looked up has a length there, a time its digits, and a table of texts how they are
compared. A working table is indexed by its key as it is made, for an index that is added later
would end the transaction; and of a UNION it is filled with one query after the other, for MySQL
opens a temporary table once in a statement. So are the tables that a run keeps by key for the next
one: without an index a join there compares each row with each.
"""

from collections.abc import Iterator

from sqlglot import exp

KEY_LENGTH = 512
"""Characters of a key: an index of InnoDB holds 768 of them, with the name of a segment."""
NAME_LENGTH = 255
LONG = ("body", "meaning", "source", "trait_", "total_", "fold_")
"""How the names begin of texts that may be of any length, and that nothing is looked up by."""
KEPT = "kept_"
NAMES = ("segment", "reason", "lifecycle", "from_stage", "to_stage")
"""Texts of working tables, whose first query may hold shorter ones than the next."""


def created(statement: exp.Expr, collation: str) -> Iterator[exp.Expr]:
    """The statements of MySQL that do what a `CREATE` or `ALTER` of ours says, in order."""
    if not isinstance(statement, exp.Create) or statement.kind != "TABLE":
        yield statement
        return
    create = statement.copy()
    assert isinstance(create, exp.Create)
    for column in create.find_all(exp.ColumnDef):
        _type_column(column)
    if create.expression is None:
        if create.this.this.name.startswith(KEPT):
            _index_key(create.this)
        _compare_texts(create, collation)
        yield create
        return
    names = create.expression.named_selects
    first, *others = _arms(create.expression)
    table = create.this
    columns: list[exp.Expr] = [
        exp.ColumnDef(this=exp.to_identifier(name, quoted=True), kind=_text(name))
        for name in names
        if name in NAMES or (name == "key" and _is_text(first))
    ]
    if "key" in names:
        columns.append(_key_index())
    if columns:
        create.set("this", exp.Schema(this=table.copy(), expressions=columns))
    create.set("expression", first)
    _compare_texts(create, collation)
    yield create
    for query in others:
        yield exp.insert(query, table.copy(), columns=list(names))


def dropped(statement: exp.Drop) -> exp.Drop:
    """A `DROP` of a working table, which has no schema, as that of a temporary one."""
    drop = statement.copy()
    if all(not table.db for table in drop.find_all(exp.Table)):
        drop.set("temporary", True)
    return drop


def _index_key(schema: exp.Schema) -> None:
    if any(column.name == "key" for column in schema.find_all(exp.ColumnDef)):
        schema.append("expressions", _key_index())


def _key_index() -> exp.Expr:
    return exp.IndexColumnConstraint(expressions=[exp.column("key", quoted=True)])


def _arms(query: exp.Expr) -> Iterator[exp.Expr]:
    """The queries of a UNION ALL."""
    if isinstance(query, exp.Union) and not query.args.get("distinct"):
        yield from _arms(query.this)
        yield from _arms(query.expression)
    else:
        yield query


def _type_column(column: exp.ColumnDef) -> None:
    kind = column.kind
    assert kind is not None
    if kind.is_type(exp.DataType.Type.TIMESTAMP):
        column.set("kind", exp.DataType.build("DATETIME(6)", dialect="mysql"))
    if kind.is_type(exp.DataType.Type.TEXT):
        column.set("kind", _text(column.name))


def _text(name: str) -> exp.DataType:
    """The type of a column of texts; one that is too long is refused by the server."""
    length = KEY_LENGTH if name == "key" else NAME_LENGTH
    text = "LONGTEXT" if name.startswith(LONG) else f"VARCHAR({length})"
    return exp.DataType.build(text, dialect="mysql")


def _is_text(query: exp.Expr) -> bool:
    """Whether the key that a query selects is made a text there; else it has its type already."""
    assert isinstance(query, exp.Query)
    keys = [item.unalias() for item in query.selects if item.alias_or_name == "key"]
    return any(isinstance(k, exp.Cast) and k.to.is_type(exp.DataType.Type.TEXT) for k in keys)


def _compare_texts(create: exp.Create, collation: str) -> None:
    properties = create.args.get("properties") or exp.Properties()
    properties.append("expressions", exp.CharacterSetProperty(this=exp.var("utf8mb4")))
    properties.append("expressions", exp.CollateProperty(this=exp.var(collation)))
    create.set("properties", properties)
