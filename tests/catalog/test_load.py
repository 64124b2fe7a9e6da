"""What a catalog means once it is loaded."""

import pytest

from segue.compiler.catalog.load import load_catalog
from segue.compiler.catalog.model import (
    Catalog,
    Column,
    TableEvent,
    TableName,
    TimeColumn,
    TimeKind,
    UnionEvent,
    Unit,
)
from segue.compiler.catalog.partition import Holds, Partition, Period
from segue.compiler.types import (
    BOOL,
    DURATION,
    INT,
    PROBABILITY,
    STRING,
    TIMESTAMP,
    Kind,
    Type,
    decimal,
    enum,
)

ENTITY = "entity: {name: customer, table: customers, key: customer_id}\n"


def load(text: str) -> Catalog:
    result = load_catalog(text)
    assert result.diagnostics == ()
    assert result.catalog is not None
    return result.catalog


def with_attributes(text: str) -> Catalog:
    head = "entity:\n  name: customer\n  table: customers\n  key: customer_id\n  attributes:\n"
    return load(head + "".join(f"    {line}\n" for line in text.splitlines()))


def with_events(text: str) -> Catalog:
    return load(ENTITY + "events:\n" + "".join(f"  {line}\n" for line in text.splitlines()))


def table_event(catalog: Catalog, name: str) -> TableEvent:
    event = catalog.events[name]
    assert isinstance(event, TableEvent)
    return event


def test_the_smallest_catalog_has_an_entity_in_utc() -> None:
    catalog = load(ENTITY)
    assert catalog.entity.table == TableName("customers")
    assert catalog.entity.key == Column("customer_id", INT)
    assert catalog.timezone == "UTC"
    assert catalog.events == {}


def test_a_table_can_have_a_schema_and_a_catalog() -> None:
    text = ENTITY.replace("customers", "warehouse.shop.customers")
    assert load(text).entity.table == TableName("customers", "shop", "warehouse")


def test_a_table_given_in_parts_may_contain_dots() -> None:
    text = ENTITY.replace("table: customers", 'table: ["my.shop", customers]')
    assert load(text).entity.table == TableName("customers", "my.shop")


def test_the_key_can_be_a_text() -> None:
    text = ENTITY.replace("key: customer_id", "key: {column: uid, type: string}")
    assert load(text).entity.key == Column("uid", STRING)


def test_a_type_alone_declares_an_attribute() -> None:
    attribute = with_attributes("email_subscribed: bool").entity.attributes["email_subscribed"]
    assert (attribute.type, attribute.column) == (BOOL, "email_subscribed")


def test_a_question_mark_says_that_a_value_may_be_missing() -> None:
    assert with_attributes("city: string?").entity.attributes["city"].type == STRING.optional


def test_an_enum_lists_its_values() -> None:
    attributes = with_attributes("plan: {enum: [free, pro]}\ntier: {type: enum?, values: [a]}")
    assert attributes.entity.attributes["plan"].type == enum(("free", "pro"))
    assert attributes.entity.attributes["tier"].type == enum(("a",)).optional


def test_no_is_a_country_and_not_false() -> None:
    country = with_attributes("country: {enum: [NO, on, y]}").entity.attributes["country"]
    assert country.type.values == ("NO", "on", "y")


def test_a_decimal_has_two_places_unless_told() -> None:
    attributes = with_attributes("price: decimal\nrate: decimal(4)?").entity.attributes
    assert attributes["price"].type == decimal(2)
    assert attributes["rate"].type == decimal(4).optional


def test_values_are_held_as_their_type_represents_them() -> None:
    attributes = with_attributes(
        "fee: {type: decimal(2), range: [0, 9.99], default: 1.5}\n"
        "born: {type: date, default: 1970-01-03}\n"
        "seen: {type: timestamp, default: 1970-01-01T00:00:01.5Z}\n"
        "gap: {type: duration(s), min: 2, max: 1h30min}\n"
        "open_rate: {type: ratio, default: 15%}"
    ).entity.attributes
    assert (attributes["fee"].minimum, attributes["fee"].maximum) == (0, 999)
    assert attributes["fee"].default == 150
    assert attributes["born"].default == 2
    assert attributes["seen"].default == 1_500_000
    assert (attributes["gap"].minimum, attributes["gap"].maximum) == (2_000_000, 5_400_000_000)
    assert attributes["open_rate"].default == 0.15


def test_a_default_hides_missing_values_from_rules() -> None:
    attribute = with_attributes("vip: {type: bool, default: false}").entity.attributes["vip"]
    assert attribute.type == BOOL.optional
    assert attribute.read_type == BOOL


def test_a_probability_lies_between_0_and_1() -> None:
    attribute = with_attributes("risk: probability").entity.attributes["risk"]
    assert (attribute.type, attribute.minimum, attribute.maximum) == (PROBABILITY, 0.0, 1.0)


def test_a_duration_has_the_unit_of_its_column() -> None:
    attributes = with_attributes("a: duration(ms)\nb: {type: duration?, unit: h}").entity.attributes
    assert (attributes["a"].type, attributes["a"].unit) == (DURATION, Unit.MILLISECOND)
    assert (attributes["b"].type, attributes["b"].unit) == (DURATION.optional, Unit.HOUR)


def test_a_timestamp_is_utc_unless_told() -> None:
    attributes = with_attributes("a: timestamp\nb: timestamp(instant)?").entity.attributes
    assert (attributes["a"].type, attributes["a"].time) == (TIMESTAMP, TimeKind.UTC)
    assert attributes["b"].time is TimeKind.INSTANT


def test_pii_consent_and_descriptions_are_kept() -> None:
    attributes = with_attributes(
        "email: {type: string, pii: true, description: where we write to}\n"
        "opted_in: {type: bool, consent: true}"
    ).entity.attributes
    assert attributes["email"].pii
    assert attributes["email"].description == "where we write to"
    assert attributes["opted_in"].consent


def test_an_event_has_the_key_of_the_entity_unless_told() -> None:
    catalog = with_events(
        "a: {table: opens, at: opened_at}\n"
        "b: {table: opens, key: user_id, at: {column: day, kind: date}, id: message}"
    )
    assert table_event(catalog, "a").key == "customer_id"
    assert table_event(catalog, "a").at == TimeColumn("opened_at", TimeKind.UTC)
    assert table_event(catalog, "b").key == "user_id"
    assert table_event(catalog, "b").at == TimeColumn("day", TimeKind.DATE)
    assert table_event(catalog, "b").id == Column("message", INT)


def test_where_picks_the_rows_of_an_event() -> None:
    catalog = with_events("a: {table: log, at: t, where: {kind: [open, view], bot: false, v: 2}}")
    assert table_event(catalog, "a").where == {"kind": ("open", "view"), "bot": (False,), "v": (2,)}


def test_a_union_has_what_its_members_have_in_common() -> None:
    catalog = with_events(
        "a: {table: a, at: t, properties: {amount: decimal(2), place: string, n: int}}\n"
        "b: {table: b, at: t, properties: {amount: decimal(2)?, place: int, n: int}}\n"
        "ab: {any_of: [a, b]}\n"
    )
    union = catalog.events["ab"]
    assert isinstance(union, UnionEvent)
    assert {name: p.type for name, p in union.properties.items()} == {
        "amount": decimal(2).optional,
        "n": INT,
    }
    assert [event.name for event in catalog.members("ab")] == ["a", "b"]


def test_a_union_of_unions_names_each_table_event_once() -> None:
    catalog = with_events(
        "all: {any_of: [mail, view, open]}\nopen: {table: a, at: t}\nclick: {table: b, at: t}\n"
        "mail: {any_of: [open, click]}\nview: {table: c, at: t}\n"
    )
    union = catalog.events["all"]
    assert isinstance(union, UnionEvent)
    assert union.any_of == ("open", "click", "view")
    assert list(catalog.events) == ["all", "open", "click", "mail", "view"]


def test_a_union_of_enums_accepts_the_values_of_all() -> None:
    catalog = with_events(
        "a: {table: a, at: t, properties: {kind: {enum: [x, y]}}}\n"
        "b: {table: b, at: t, properties: {kind: {enum: [y, z]}}}\n"
        "ab: {any_of: [a, b]}\n"
    )
    assert catalog.events["ab"].properties["kind"].type == Type(Kind.ENUM, values=("x", "y", "z"))


def test_an_anchor_can_be_used_again() -> None:
    attributes = with_attributes("a: &level {enum: [low, high]}\nb: *level").entity.attributes
    assert attributes["a"].type == attributes["b"].type


def test_an_event_that_cannot_be_read_is_no_unknown_member() -> None:
    result = load_catalog(ENTITY + "events:\n  a: {table: a}\n  b: {any_of: [a]}\n")
    assert [d.code for d in result.diagnostics] == ["SEG043"]


def test_all_mistakes_are_reported_in_the_order_of_the_file() -> None:
    result = load_catalog("timezone: Mars\n" + ENTITY + "events:\n  a: {table: a, at: t, b: 1}\n")
    assert [d.code for d in result.diagnostics] == ["SEG047", "SEG042"]


def test_spans_count_characters_as_the_file_has_them() -> None:
    text = '\ufeff# 😀\r\nentity: {name: "ÉÉ", tabel: x, table: t, key: k}\r\n'
    (name, unknown) = load_catalog(text).diagnostics
    assert text[name.span.start : name.span.end] == '"ÉÉ"'
    assert text[unknown.span.start : unknown.span.end] == "tabel"
    assert (unknown.span.line, unknown.span.column) == (2, 22)


def test_how_late_events_come_is_said_of_the_catalog_or_of_an_event() -> None:
    catalog = load_catalog("""
lateness: 2d
entity: {name: c, table: customers, key: id}
events:
  order: {table: orders, at: at}
  visit: {table: visits, at: at, lateness: 90m}
  call: {table: calls, at: at, arrived: {column: loaded_at, kind: instant}}
""").catalog
    assert catalog is not None
    minute = 60_000_000
    found = [(m.lateness, m.arrived) for e in catalog.events for m in catalog.members(e)]
    assert found == [
        (2880 * minute, None),
        (90 * minute, None),
        (None, TimeColumn("loaded_at", TimeKind.INSTANT)),
    ]


@pytest.mark.parametrize("none", ["0m", "0h", "0d"])
def test_events_may_never_come_late(none: str) -> None:
    text = f"lateness: {none}\nentity: {{name: c, table: customers, key: id}}\n"
    catalog = load_catalog(text + "events: {visit: {table: visits, at: at}}").catalog
    assert catalog is not None
    assert [member.lateness for member in catalog.members("visit")] == [0]


def test_a_lateness_that_is_no_length_is_refused() -> None:
    text = "lateness: 2 days\nentity: {name: c, table: customers, key: id}\n"
    (found,) = load_catalog(text).diagnostics
    assert found.message == "`lateness` should be a length, as in `30m`, `36h` or `3d`"


def partition_of(written: str) -> Partition | None:
    catalog = load_catalog(f"""
entity: {{name: c, table: customers, key: id}}
events: {{visit: {{table: visits, at: at, partition: {written}}}}}
""").catalog
    assert catalog is not None
    return catalog.members("visit")[0].partition


def test_a_partition_is_a_column_of_days_unless_it_says_more() -> None:
    assert partition_of("dt") == Partition(column="dt", by=Period.DAY, holds=Holds.DATE)
    assert partition_of("{column: dt, lag: 2d, lead: 12h}") == Partition(
        column="dt", lag=172_800_000_000, lead=43_200_000_000
    )


@pytest.mark.parametrize(
    ("written", "holds", "format"),
    [
        ("{column: c, by: hour}", Holds.TIMESTAMP, ""),
        ("{column: c, by: month}", Holds.DATE, ""),
        ("{column: c, format: yyyymmdd}", Holds.STRING, "yyyymmdd"),
        ("{column: c, by: hour, type: string}", Holds.STRING, "yyyy-mm-dd hh"),
        ("{column: c, by: month, type: int}", Holds.INT, "yyyymm"),
        ("{column: c, type: timestamp(instant)}", Holds.INSTANT, ""),
    ],
)
def test_what_a_partition_column_holds_follows_from_what_it_says(
    written: str, holds: Holds, format: str
) -> None:
    found = partition_of(written)
    assert found is not None
    assert (found.holds, found.format) == (holds, format)
