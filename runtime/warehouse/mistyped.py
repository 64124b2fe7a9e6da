"""Columns that cannot hold what the catalog says, found by their declared types.

An engine would stop at the first such value, and show it, or compare it as something that it is
not. So it is asked for the types before anything is computed. No row is read, but in SQLite, where
a column of any type may hold texts, the keys.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from segue.compiler.catalog.model import Attribute, Entity, Field, TableEvent, TableName
from segue.compiler.plan.nodes import Expr, reachable
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.readings import readings
from segue.compiler.plan.windows import Binding
from segue.compiler.scores.definition import ScoreDefinition
from segue.compiler.types import FLOATS, Kind
from segue.grammar.diagnostics import Diagnostic
from segue.grammar.span import Span
from segue.runtime.introspection import catalog_type
from segue.runtime.warehouse.codes import OTHER_TYPE
from segue.runtime.warehouse.failures import Mistyped
from segue.runtime.warehouse.warehouse import Warehouse

NUMBERS = FLOATS | {Kind.INT, Kind.DECIMAL, Kind.DURATION}
TIMES = frozenset({Kind.DATE, Kind.TIMESTAMP})


@dataclass(frozen=True, slots=True)
class _Column:
    """A column that rules read: its type by the catalog, and how to say another one."""

    table: TableName
    name: str
    kind: Kind
    span: Span
    help: str


def check_types(
    warehouse: Warehouse, plan: Plan, binding: Binding, roots: Sequence[Expr] | None = None
) -> None:
    """Raises `Mistyped` where a column that is read cannot hold what the catalog says.

    By all rules, or by these roots. Says nothing on an engine that is not asked for types, of a
    table that is not there, and of types that may hold it: engines read numbers of other kinds, and
    texts of what is none.
    """
    key, *others = _columns(plan, binding, plan.roots if roots is None else roots)
    found = list(_contradictions(warehouse, (key, *others)))
    if not found and key.kind is Kind.INT and warehouse.holds_texts(key.table, key.name):
        found.append(_diagnostic(key, "it holds texts that are no numbers", warehouse.engine))
    if found:
        raise Mistyped(found)


def check_score_types(
    warehouse: Warehouse, plan: Plan, definition: ScoreDefinition, as_of: int
) -> None:
    """The same of what a score reads, for a training or a scoring at an instant."""
    binding = Binding(as_of, ZoneInfo(plan.catalog.timezone))
    check_types(warehouse, plan, binding, definition.roots)


def check_attribute_types(
    warehouse: Warehouse, entity: Entity, attributes: Sequence[Attribute]
) -> None:
    """The same of some attributes, and of the key that they are found by."""
    found = list(
        _contradictions(warehouse, (_key(entity), *_fields(entity.table, attributes)))
        if attributes
        else ()
    )
    if found:
        raise Mistyped(found)


def _contradictions(warehouse: Warehouse, columns: Sequence[_Column]) -> Iterator[Diagnostic]:
    """The columns whose types say that they cannot hold what the catalog says."""
    by_table: dict[TableName, list[_Column]] = {}
    for column in columns:
        by_table.setdefault(column.table, []).append(column)
    for table, read in by_table.items():
        types = warehouse.column_types(table)
        if types is None:
            return
        declared = {name.lower(): type for name, type in types.items()}
        for column in read:
            type = declared.get(column.name.lower(), "")
            if _contradicts(column.kind, catalog_type(type), warehouse):
                yield _diagnostic(column, f"it is `{type}`", warehouse.engine)


def _columns(plan: Plan, binding: Binding, roots: Sequence[Expr]) -> Iterator[_Column]:
    entity = plan.catalog.entity
    yield _key(entity)
    read = (str(node.param) for node in reachable(roots) if node.op == "attribute")
    # The key is read as an attribute too, where entities with the same value are put in order.
    known = entity.attributes
    attributes = [known[name] for name in dict.fromkeys(read) if name in known]
    yield from _fields(entity.table, attributes)
    for event, reading in readings(roots, binding).items():
        for member in plan.catalog.members(event):
            yield from _event(member, entity.key.type.kind, entity.name)
            fields = [member.properties[name] for name in reading.properties]
            yield from _fields(member.table, fields)


def _key(entity: Entity) -> _Column:
    key = entity.key
    written = f"where the key is a text, write `key: {{column: {key.name}, type: string}}`"
    return _Column(entity.table, key.name, key.type.kind, entity.place("key"), written)


def _event(event: TableEvent, key: Kind, entity: str) -> Iterator[_Column]:
    whose = f"it holds the key of `{entity}`, and has its type: change one of the two"
    yield _Column(event.table, event.key, key, event.place("key"), whose)
    when = "`at` is a column of times or days: choose another one, or change its type"
    yield _Column(event.table, event.at.name, Kind.TIMESTAMP, event.place("at"), when)


def _fields(table: TableName, fields: Sequence[Field]) -> Iterator[_Column]:
    for field in fields:
        yield _Column(table, field.column, field.type.kind, field.span, _OTHERWISE)


_OTHERWISE = "say the type that the column has, as in `type: string`, or change the column"


def _contradicts(kind: Kind, column: str, warehouse: Warehouse) -> bool:
    """Whether no value of a column can be of a type; `column` is its type as a catalog has it."""
    holds = column.partition("(")[0]
    if kind in NUMBERS:
        return holds in ("string", "date", "timestamp")
    if kind is Kind.BOOL:
        return holds in ("string", "date", "timestamp")
    if kind in TIMES and not warehouse.times_are_texts:
        return holds in ("string", "bool", "int", "decimal", "float")
    return False


def _diagnostic(column: _Column, holds: str, engine: str) -> Diagnostic:
    message = (
        f"the catalog says that `{column.table}.{column.name}` is "
        f"{_KINDS.get(column.kind, f'of the type `{column.kind}`')}, and in {engine} {holds}"
    )
    return Diagnostic(OTHER_TYPE.id, message, column.span, label="named here", help=column.help)


_KINDS = {Kind.DATE: "a date", Kind.TIMESTAMP: "a time"}
