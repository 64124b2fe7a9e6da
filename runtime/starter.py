"""The files of a new project: a small example, or what a database lets one guess."""

import re
from collections.abc import Mapping

from segue.compiler.catalog.load import load_catalog
from segue.compiler.catalog.model import Catalog, TableEvent
from segue.runtime.layout import CATALOG, SETTINGS

RULES = "rules.seg"
TESTS = "rules.test.yml"
FILES = (SETTINGS, CATALOG, RULES, TESTS)

_CATALOG = """\
# The tables, columns and events that rules may speak of.

# The zone of calendar windows, such as `over this month`.
timezone: UTC

# What a segment has as members: a table with a row for each, and its key.
entity:
  name: customer
  table: customers
  key: customer_id
  attributes:
    # `?` says that a value may be missing.
    country: string?
    plan: {type: enum, values: [free, pro]}
    signed_up_at: timestamp
    # `pii` marks what must not be shown in reports and explanations.
    email: {type: string?, pii: true}

# What happens to them: a table with a row for each event, and the column of its time.
# Each has the column `customer_id` as well.
events:
  email_open:
    table: email_opens
    at: opened_at
  purchase:
    table: purchases
    at: purchased_at
    properties:
      amount: decimal(2)
      category: string?
"""

_RULES = """\
# A metric is a number (or date, or text) about one customer.
metric opens_30d = count(email_open over last 30d)

metric spent_90d = sum(purchase.amount over last 90d)

# A condition is true or false about one customer.
condition ever_bought = exists(purchase)

condition bought_lately = exists(purchase over last 90d)

# A segment is everyone for whom `when` is true.
segment engaged_buyers "Opens our emails and buys" {
  when opens_30d >= 3
   and spent_90d >= 50
  priority high
  actions  early_access
}

segment lapsed "Bought once, and not for three months" {
  when ever_bought
   and not bought_lately
  priority medium
  actions  win_back_offer
}
"""

_TESTS = """\
# What somebody did, and which segments that puts them in: `segue test` looks.
as_of: 2025-06-01T12:00:00Z
tests:
  - name: somebody who opens and buys
    given:
      attributes: {plan: pro}
      events:
        email_open: {count: 4, every: 1d, last: 2d ago}
        purchase: [{at: 3d ago, amount: 80.00}]
    expect:
      in: [engaged_buyers]
      not_in: [lapsed]
      metrics: {opens_30d: 4}

  - name: somebody who bought long ago
    given:
      events:
        purchase: [{at: 200d ago, amount: 20.00}]
    expect: {exactly: [lapsed]}
"""

_TARGETS = """\
# Where the rules are evaluated: `segue run` uses `target` unless told another one.
target: dev
targets:
  dev: {{{settings}}}
"""


def example_project() -> Mapping[str, str]:
    """The files of a project that has no database yet."""
    targets = _TARGETS.format(settings="engine: duckdb, path: warehouse.duckdb")
    return {SETTINGS: targets, CATALOG: _CATALOG, RULES: _RULES, TESTS: _TESTS}


def project_of(catalog: str, engine: str, path: str | None) -> Mapping[str, str]:
    """The files of a project with this catalog, for a database at `path`, or else an address.

    An address holds a password more often than not, so it stays in the environment.
    """
    place = f"path: {_quoted(path)}" if path is not None else 'dsn: "${DATABASE_URL}"'
    result = load_catalog(catalog)
    return {
        SETTINGS: _TARGETS.format(settings=f"engine: {engine}, {place}"),
        CATALOG: catalog,
        **_first_rules(result.catalog),
    }


def _first_rules(catalog: Catalog | None) -> Mapping[str, str]:
    """A rule about an event of the catalog, and a test of it."""
    event = next(
        (e for e in catalog.events.values() if isinstance(e, TableEvent)) if catalog else iter(()),
        None,
    )
    if catalog is None or event is None:
        rules = 'segment everyone "Everyone there is" { when true }\n'
        return {RULES: rules, TESTS: _first_test("somebody", "everyone", "attributes: {}")}
    names = (*catalog.entity.attributes, *catalog.events, catalog.entity.key.name)
    taken = {catalog.entity.name.lower(), *(name.lower() for name in names)}
    metric, segment = _free(f"{event.name}_count_30d", taken), _free("active", taken)
    rules = (
        f"# How often it happened in the 30 days before the instant of evaluation.\n"
        f"metric {metric} = count({event.name} over last 30d)\n\n"
        f"# Everyone for whom `when` is true.\n"
        f'segment {segment} "Active in the last 30 days" {{\n'
        f"  when {metric} >= 1\n"
        f"  priority medium\n"
        f"}}\n"
    )
    test = _first_test("somebody active", segment, f"events: {{{event.name}: 2d ago}}")
    return {RULES: rules, TESTS: test}


def _first_test(name: str, segment: str, given: str) -> str:
    return (
        f"# What somebody did, and which segments that puts them in: `segue test` looks.\n"
        f"as_of: 2025-06-01T12:00:00Z\n"
        f"tests:\n"
        f"  - name: {name}\n"
        f"    given: {{{given}}}\n"
        f"    expect: {{in: [{segment}]}}\n"
    )


def _free(name: str, taken: set[str]) -> str:
    while name.lower() in taken:
        name += "_"
    return name


def _quoted(path: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_./-]+", path):
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
