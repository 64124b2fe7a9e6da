"""Columns that cannot hold what the catalog says, found by their declared types.

An engine would stop at the first such value, and show it, or compare it as something that it is
not. So it is asked for the types before anything is computed. No row is read, but the keys where
their column may hold others than whole numbers; in SQLite, where a column of any type may hold
texts, always.
"""

import re
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
    """A column that rules read: its type by the catalog, and how to say another one.

    `is_key` where it says whose a row is.
    """

    table: TableName
    name: str
    kind: Kind
    span: Span
    help: str
    is_key: bool = False


def check_types(
    warehouse: Warehouse, plan: Plan, binding: Binding, roots: Sequence[Expr] | None = None
) -> None:
    """Raises `Mistyped` where a column that is read cannot hold what the catalog says.

    By all rules, or by these roots. Says nothing on an engine that is not asked for types, of a
    table that is not there, and of types that may hold it: engines read numbers of other kinds, and
    texts of what is none.
    """
    columns = list(_columns(plan, binding, plan.roots if roots is None else roots))
    declared = _declared(warehouse, columns)
    found = list(_contradictions(warehouse, declared)) or list(_wrong_keys(warehouse, declared))
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
    if not attributes:
        return
    columns = (_key(entity), *_fields(entity.table, attributes))
    found = list(_contradictions(warehouse, _declared(warehouse, columns)))
    if found:
        raise Mistyped(found)


def _declared(warehouse: Warehouse, columns: Sequence[_Column]) -> list[tuple[_Column, str]]:
    """Columns with their types in the engine: empty where that is not known, no column at all on an
    engine that is not asked."""
    by_table: dict[TableName, list[_Column]] = {}
    for column in columns:
        by_table.setdefault(column.table, []).append(column)
    found = []
    for table, read in by_table.items():
        types = warehouse.column_types(table)
        if types is None:
            return []
        declared = {name.lower(): type for name, type in types.items()}
        found += [(column, declared.get(column.name.lower(), "")) for column in read]
    return found


def _contradictions(
    warehouse: Warehouse, declared: Sequence[tuple[_Column, str]]
) -> Iterator[Diagnostic]:
    """The columns whose types say that they cannot hold what the catalog says."""
    for column, type in declared:
        if _contradicts(column.kind, catalog_type(type), warehouse):
            yield _diagnostic(column, f"it is `{type}`", warehouse.engine)


def _wrong_keys(
    warehouse: Warehouse, declared: Sequence[tuple[_Column, str]]
) -> Iterator[Diagnostic]:
    """The columns of keys whose values are no keys of the catalog's type, or of one another."""
    keys = [(column, type) for column, type in declared if column.is_key]
    if not keys:
        return
    key, type = keys[0]
    if key.kind is Kind.STRING and not warehouse.times_are_texts:
        yield from _of_another_kind(keys, warehouse.engine)
    elif key.kind is Kind.INT and warehouse.holds_texts(key.table, key.name):
        yield _diagnostic(key, "it holds texts that are no numbers", warehouse.engine)
    elif key.kind is Kind.INT and _holds_fractions(warehouse, key, type):
        holds = "it holds numbers that are not whole, or do not fit 64 bits"
        yield _diagnostic(key, holds, warehouse.engine)


def _holds_fractions(warehouse: Warehouse, key: _Column, declared: str) -> bool:
    """Whether keys are no whole numbers of 64 bits: written down, they would be somebody else's."""
    whole = re.fullmatch(r"(decimal|numeric)\(1?[0-8], ?0\)", declared, re.IGNORECASE)
    wide = re.match(r"decimal|numeric|float|double|real|u?hugeint|ubigint", declared, re.IGNORECASE)
    if whole is not None or not (wide or warehouse.times_are_texts):
        return False
    return warehouse.holds_fractions(key.table, key.name)


def _of_another_kind(keys: Sequence[tuple[_Column, str]], engine: str) -> Iterator[Diagnostic]:
    """Keys of events that are of another kind than those of the entity, as texts beside numbers.

    Some engines do not compare the two; others do as numbers, to which `7` and `07` are the same.
    """
    (entity, declared), *others = keys
    for column, type in others:
        theirs, own = _kind_of_key(type), _kind_of_key(declared)
        if theirs and own and theirs != own:
            yield Diagnostic(
                OTHER_TYPE.id,
                f"`{column.table}.{column.name}` is `{type}` in {engine}, and the key whose values "
                f"it holds, `{entity.table}.{entity.name}`, is `{declared}`",
                column.span,
                label="named here",
                help="give both one type, as in a view that the catalog names as the table",
            )


def _kind_of_key(declared: str) -> str:
    """What keys that can be compared have in common; empty where that is not known."""
    return "uuid" if declared.lower() == "uuid" else catalog_type(declared).partition("(")[0]


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
    return _Column(entity.table, key.name, key.type.kind, entity.place("key"), written, is_key=True)


def _event(event: TableEvent, key: Kind, entity: str) -> Iterator[_Column]:
    whose = f"it holds the key of `{entity}`, and has its type: change one of the two"
    yield _Column(event.table, event.key, key, event.place("key"), whose, is_key=True)
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
