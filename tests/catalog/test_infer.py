"""A first catalog from what a database tells."""

from hypothesis import given
from hypothesis import strategies as st

from segue.compiler.catalog.infer import infer_catalog
from segue.compiler.catalog.load import load_catalog
from segue.compiler.catalog.model import Catalog, TableEvent, TableName, TimeColumn, TimeKind
from segue.compiler.catalog.tables import ColumnInfo, TableInfo
from segue.compiler.types import enum

CUSTOMERS = TableInfo(
    TableName("customers"),
    (
        ColumnInfo("customer_id", "int", unique=True, distinct=100),
        ColumnInfo("email", "string", nullable=True, unique=True, distinct=90),
        ColumnInfo("plan", "string", distinct=2, values=("free", "pro")),
        ColumnInfo("email_subscribed", "bool", distinct=2),
    ),
    rows=100,
    sampled=100,
    primary_key=("customer_id",),
)


def table(name: str, *columns: ColumnInfo, rows: int = 1000) -> TableInfo:
    return TableInfo(TableName(name), columns, rows=rows, sampled=rows)


def load(*tables: TableInfo) -> Catalog:
    result = load_catalog(infer_catalog(tables))
    assert result.diagnostics == ()
    assert result.catalog is not None
    return result.catalog


def event(catalog: Catalog, name: str) -> TableEvent:
    found = catalog.events[name]
    assert isinstance(found, TableEvent)
    return found


KEY = ColumnInfo("customer_id", "int", distinct=80)
AT = ColumnInfo("opened_at", "timestamp", distinct=990)


def test_the_entity_is_the_table_that_others_refer_to() -> None:
    opens = table("opens", ColumnInfo("open_id", "int", unique=True, distinct=1000), KEY, AT)
    catalog = load(opens, CUSTOMERS)
    assert catalog.entity.name == "customer"
    assert catalog.entity.key.name == "customer_id"


def test_a_key_called_id_is_referred_to_by_the_name_of_its_table() -> None:
    users = table("users", ColumnInfo("id", "string", unique=True, distinct=1000))
    logins = table("logins", ColumnInfo("user_id", "string", distinct=9), AT)
    catalog = load(logins, users)
    assert catalog.entity.name == "user"
    assert event(catalog, "login").key == "user_id"


def test_a_foreign_key_says_which_column_refers() -> None:
    buyer = ColumnInfo("buyer", "int", distinct=9, references="customers")
    catalog = load(CUSTOMERS, table("orders", buyer, AT))
    assert event(catalog, "order").key == "buyer"


def test_events_have_the_time_that_is_always_known() -> None:
    shipped = ColumnInfo("shipped_at", "timestamp", nullable=True, distinct=9)
    placed = ColumnInfo("placed_on", "date", distinct=9)
    catalog = load(CUSTOMERS, table("orders", KEY, shipped, placed))
    assert event(catalog, "order").at == TimeColumn("placed_on", TimeKind.DATE)


def test_a_table_without_a_time_is_named_and_left_out() -> None:
    text = infer_catalog([CUSTOMERS, table("labels", KEY)])
    assert "##   labels" in text
    assert "events:" not in text


def test_a_column_of_kinds_makes_one_event_for_each() -> None:
    kind = ColumnInfo("event_type", "string", distinct=2, values=("Signed up", "demo"))
    catalog = load(CUSTOMERS, table("events", KEY, AT, kind))
    assert event(catalog, "signed_up").where == {"event_type": ("Signed up",)}
    assert list(catalog.events) == ["signed_up", "demo"]


def test_a_kind_that_says_little_is_called_after_its_table_too() -> None:
    kind = ColumnInfo("kind", "string", distinct=2, values=("forward", "reply"))
    catalog = load(CUSTOMERS, table("email_interactions", KEY, AT, kind))
    assert list(catalog.events) == ["email_forward", "email_reply"]


def test_few_texts_again_and_again_are_an_enum() -> None:
    assert load(CUSTOMERS).entity.attributes["plan"].type == enum(("free", "pro"))


def test_what_tells_who_somebody_is_is_marked() -> None:
    attributes = load(CUSTOMERS).entity.attributes
    assert [name for name, a in attributes.items() if a.pii] == ["email"]
    assert [name for name, a in attributes.items() if a.consent] == ["email_subscribed"]


def test_guesses_are_marked_as_such() -> None:
    lines = infer_catalog([CUSTOMERS]).splitlines()
    assert any(line.endswith("## are these all the values?") for line in lines)
    assert any(line.endswith("## is this what segments are made of?") for line in lines)


def test_a_database_without_tables_gives_something_to_fill_in() -> None:
    assert load().entity.table == TableName("customers")


NAMES = st.sampled_from(
    ["id", "at", "customer_id", "user_id", "where", "e-mail", "2nd", "no", "name", "type", "a.b"]
) | st.text(min_size=1, max_size=8)
COLUMNS = st.builds(
    ColumnInfo,
    name=NAMES,
    type=st.sampled_from(
        ["", "int", "string", "string", "bool", "decimal(2)", "date", "timestamp", "float"]
    ),
    nullable=st.booleans(),
    unique=st.booleans(),
    distinct=st.integers(0, 20),
    values=st.lists(st.text(max_size=5), max_size=4, unique=True).map(tuple),
    references=st.none() | NAMES,
    declared=st.booleans(),
    description=st.text(max_size=8),
    private=st.booleans(),
)
TABLES = st.builds(
    TableInfo,
    name=st.builds(TableName, NAMES, st.none() | NAMES),
    columns=st.lists(COLUMNS, max_size=6, unique_by=lambda c: c.name).map(tuple),
    rows=st.integers(0, 1000),
    sampled=st.integers(0, 1000),
    title=st.just("") | NAMES,
)


@given(st.lists(TABLES, max_size=4))
def test_whatever_the_tables_the_catalog_loads(tables: list[TableInfo]) -> None:
    text = infer_catalog(tables)
    assert load_catalog(text).diagnostics == (), text
