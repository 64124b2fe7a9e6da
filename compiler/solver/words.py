"""A customer in words: `country: "FR"`, `3 × purchase 10d ago (amount 50.00)`."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from segue.compiler.catalog.model import Catalog, TableEvent, Value
from segue.compiler.plan.windows import DAY, from_microseconds, to_date
from segue.compiler.solver.witness import Happening, Witness
from segue.compiler.types import FLOATS, Kind, Type
from segue.grammar.unparse import duration_text, quote

MISSING = "missing"


def describe(witness: Witness, catalog: Catalog) -> tuple[str, ...]:
    """What makes a customer who they are: one attribute or kind of event each."""
    return (
        *_attributes(witness, catalog),
        *(_happening(happening, witness.as_of, catalog) for happening in witness.events),
    )


def sentence(witness: Witness, catalog: Catalog) -> str:
    """The same on one line: `a customer with country "FR", 3 × purchase 10d ago`."""
    parts = describe(witness, catalog)
    who = f"a {catalog.entity.name}"
    return f"{who} with {', '.join(parts)}" if parts else f"{who} without any events"


def _attributes(witness: Witness, catalog: Catalog) -> Iterator[str]:
    entity = catalog.entity
    for name, value in witness.attributes.items():
        type = entity.key.type if name == entity.key.name else entity.attributes[name].type
        yield f"{name} {show(value, type, witness.as_of)}"


def _happening(happening: Happening, as_of: int, catalog: Catalog) -> str:
    event = _event(happening, catalog)
    details = []
    for name, field in event.properties.items():
        if field.column in happening.columns and field.column not in event.where:
            value = happening.columns[field.column]
            details.append(f"{name} {show(value, field.type, as_of)}")
    moment = happening.columns.get(event.at.name)
    when = f" {ago(as_of - moment)}" if isinstance(moment, int) else ""
    more = f" ({', '.join(details)})" if details else ""
    return f"{happening.times} × {event.name}{when}{more}"


def _event(happening: Happening, catalog: Catalog) -> TableEvent:
    """The event that says most of a row: of those that it fits, the most particular."""
    fitting = [
        event
        for event in catalog.events.values()
        if isinstance(event, TableEvent)
        and str(event.table) == happening.table
        and all(happening.columns.get(column) in values for column, values in event.where.items())
    ]
    return max(fitting, key=lambda event: len(event.where))


def show(value: Value | None, type: Type, as_of: int) -> str:
    """A value as a rule would write it; an instant by its distance."""
    if value is None:
        return MISSING
    match type.kind:
        case Kind.BOOL:
            return "true" if value else "false"
        case Kind.DECIMAL:
            return f"{Decimal(int(value)).scaleb(-type.scale):f}"
        case Kind.RATIO | Kind.PROBABILITY:
            return f"{float(value) * 100:.6g}%"
        case kind if kind in FLOATS:
            return f"{float(value):.6g}"
        case Kind.STRING | Kind.ENUM:
            return quote(str(value))
        case Kind.DATE:
            return to_date(int(value)).isoformat()
        case Kind.DURATION:
            return length(int(value))
        case Kind.TIMESTAMP:
            return ago(as_of - int(value))
    return str(value)


def ago(age: int) -> str:
    """How long before `as_of`."""
    if age == 0:
        return "now"
    return f"{length(age)} ago" if age > 0 else f"in {length(-age)}"


def length(microseconds: int) -> str:
    """A length of time: people think of it in days, `30d` and not `4w2d`."""
    if microseconds % DAY == 0:
        return f"{microseconds // DAY}d"
    days, rest = divmod(microseconds, DAY)
    return (f"{days}d" if days > 0 else "") + duration_text(rest if days > 0 else microseconds)


def instant(witness: Witness) -> str:
    """As of when the customer is one: `2025-08-20 12:00 UTC`."""
    return from_microseconds(witness.as_of).strftime("%Y-%m-%d %H:%M UTC")


def data(witness: Witness, catalog: Catalog) -> Mapping[str, object]:
    """The customer for machines: the instant, and what makes them who they are."""
    return {"as_of": instant(witness), "customer": list(describe(witness, catalog))}
