"""Catalogs: every type with and without a default, events on tables of their own, on one table
told apart by a column, and unions of them."""

from dataclasses import dataclass, replace
from random import Random

from parity.generate import pools
from segue.compiler.catalog.model import (
    Attribute,
    Catalog,
    Column,
    Entity,
    Property,
    TableEvent,
    TableName,
    TimeColumn,
    TimeKind,
    UnionEvent,
    Unit,
)
from segue.compiler.catalog.partition import FORMATS, Holds, Partition, Period
from segue.compiler.plan.windows import DAY
from segue.compiler.types import INT, STRING, Kind, Type, decimal, enum

# A small number of columns keeps queries small; the wild ones hold extremes.
KINDS = (
    Kind.INT,
    Kind.STRING,
    Kind.BOOL,
    Kind.DECIMAL,
    Kind.FLOAT,
    Kind.ENUM,
    Kind.DATE,
    Kind.TIMESTAMP,
    Kind.DURATION,
    Kind.RATIO,
    Kind.PROBABILITY,
)
WILD = "wild"
KEYS = ("user_id", "Key", "select")


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """What both kinds of field are made of."""

    name: str
    column: str
    type: Type
    default: bool | int | float | str | None
    unit: Unit | None
    time: TimeKind | None
    maximum: int | None


def is_wild(name: str) -> bool:
    """Whether a field holds extremes that arithmetic must keep away from."""
    return name.startswith(WILD)


def catalog(random: Random, zone: str) -> Catalog:
    """A catalog of one entity and a few events."""
    key = Column(random.choice(KEYS), random.choice((INT, STRING)))
    attributes = {
        plan.name: Attribute(
            name=plan.name,
            column=plan.column,
            type=plan.type,
            default=plan.default,
            maximum=plan.maximum,
            unit=plan.unit,
            time=plan.time,
        )
        for plan in _fields(random, "a")
    }
    entity = Entity(
        name="user",
        table=TableName(random.choice(("users", "Users", "order"))),
        key=key,
        attributes=attributes,
    )
    events: dict[str, TableEvent | UnionEvent] = {}
    shared = _fields(random, "p")
    own = _event(random, "buy", TableName("buys"), shared)
    events["buy"] = own
    discriminator = random.choice(("type", "Group"))
    # Events on one table share its partitions as well.
    log = _partition(random)
    for name, values in (("view", ("view", "View")), ("click", ("cl'ick",))):
        event = _event(random, name, TableName("log"), shared, log=True)
        events[name] = replace(event, where={discriminator: values}, partition=log)
    if random.randrange(2):
        events["visit"] = _event(random, "visit", TableName("visits"), _fields(random, "v"))
    if random.randrange(2):
        events["signup"] = _own_table(entity)
    members = [e for e in events.values() if isinstance(e, TableEvent)]
    chosen = tuple(random.sample(members, random.randrange(2, len(members) + 1)))
    common = {
        name: prop
        for name, prop in chosen[0].properties.items()
        if all(
            name in m.properties
            and (m.properties[name].type, m.properties[name].default) == (prop.type, prop.default)
            for m in chosen
        )
    }
    events["touch"] = UnionEvent(
        name="touch", any_of=tuple(m.name for m in chosen), properties=common
    )
    return Catalog(entity=entity, events=events, timezone=zone)


def _own_table(entity: Entity) -> TableEvent:
    """An event whose rows are the entities themselves."""
    when = entity.attributes[f"a_{Kind.TIMESTAMP}"]
    return TableEvent(
        name="signup",
        table=entity.table,
        key=entity.key.name,
        at=TimeColumn(when.column, when.time or TimeKind.UTC),
        properties={
            name: Property(
                name=name,
                column=attribute.column,
                type=attribute.type,
                default=attribute.default,
                maximum=attribute.maximum,
                unit=attribute.unit,
                time=attribute.time,
            )
            for name, attribute in entity.attributes.items()
            if attribute.type.kind is not Kind.TIMESTAMP
        },
    )


def _event(
    random: Random, name: str, table: TableName, fields: list[FieldPlan], *, log: bool = False
) -> TableEvent:
    # Events on one table share its columns, so their shape may not differ.
    kinds = (TimeKind.UTC,) if log else (TimeKind.UTC, TimeKind.INSTANT, TimeKind.DATE)
    columns = {
        plan.name: Property(
            name=plan.name,
            column=plan.column if log else plan.column + random.choice(("", "_2")),
            type=plan.type,
            default=plan.default,
            maximum=plan.maximum,
            unit=plan.unit,
            time=plan.time,
        )
        for plan in fields
    }
    has_id = log or random.randrange(3)
    return TableEvent(
        name=name,
        properties=columns,
        table=table,
        key="who",
        partition=None if log else _partition(random),
        at=TimeColumn("time", random.choice(kinds)),
        id=Column("event id", INT if log else random.choice((INT, STRING))) if has_id else None,
    )


def _partition(random: Random) -> Partition | None:
    """The partition column of a table, of any kind that there is; or none."""
    if random.randrange(2):
        return None
    by = random.choice(list(Period))
    dated = [Holds.DATE] if by is not Period.HOUR else []
    holds = random.choice([*dated, Holds.TIMESTAMP, Holds.INSTANT, Holds.STRING, Holds.INT])
    format = FORMATS.get(holds, {}).get(by, "")
    if holds is Holds.STRING and random.randrange(2):
        format = format.replace("-", "/").replace(" ", "/")
    lengths = (0, 0, 1, 3_600_000_000, 2 * DAY)
    lag, lead = random.choice(lengths), random.choice(lengths)
    column = random.choice(("dt", 'the "part'))
    return Partition(column=column, by=by, holds=holds, format=format, lag=lag, lead=lead)


def _fields(random: Random, prefix: str) -> list[FieldPlan]:
    fields = [_field(random, f"{prefix}_{kind}", kind) for kind in KINDS]
    fields.append(_field(random, f"{prefix}_number", Kind.INT))
    fields.append(_field(random, f"{prefix}_text", Kind.STRING))
    fields.append(_field(random, f"{WILD}_{prefix}_int", Kind.INT))
    fields.append(_field(random, f"{WILD}_{prefix}_float", Kind.FLOAT))
    # One name that attributes and properties share.
    fields.append(_field(random, "both", random.choice(KINDS)))
    return fields


def _field(random: Random, name: str, kind: Kind) -> FieldPlan:
    type, unit, time = Type(kind), None, None
    match kind:
        case Kind.ENUM:
            type = enum(pools.ENUMS)
        case Kind.DECIMAL:
            type = decimal(random.choice((2, 0, 4)))
        case Kind.DURATION:
            unit = random.choice(list(Unit))
        case Kind.TIMESTAMP:
            time = random.choice(list(TimeKind))
    default = None
    if random.randrange(3) == 0:
        found = pools.value(random, kind, (pools.CENTRE,))
        if not isinstance(found, float) or abs(found) < 1e9:
            assert isinstance(found, bool | int | float | str)
            default = found
    column = name if random.randrange(4) else name.title() + ' "x'
    nullable = random.choice((True, False))
    # A table may hold whole numbers of a small range in 32 bits.
    maximum = 2**31 - 1 if kind is Kind.INT and not is_wild(name) else None
    return FieldPlan(name, column, type.or_missing(nullable), default, unit, time, maximum)
