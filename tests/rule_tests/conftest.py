from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from segue.runtime.cli import main

CATALOG = """\
timezone: Europe/Paris
entity:
  name: customer
  table: shop.customers
  key: customer_id
  attributes:
    plan: {type: enum?, values: [free, pro]}
    signed_up_at: {type: timestamp?, kind: instant}
    born: date?
    credit: {type: decimal(2), default: 0}
    name: string?
events:
  email_send: {table: sends, id: send_id, at: at}
  email_open: {table: opens, at: at}
  email_click: {table: clicks, at: at, properties: {campaign: string?}}
  page_view:
    table: views
    at: at
    properties: {page: string?, stay: &stay {type: duration(s)?, column: seconds}}
  pricing_view:
    table: views
    at: at
    where: {page: [pricing, plans]}
    properties: {stay: *stay}
  purchase: {table: purchases, at: {column: day, kind: date}, properties: {amount: decimal(2)?}}
  activity: {any_of: [email_open, email_click]}
"""

RULES = """\
metric opens = count(email_open over last 30d)
metric click_rate = count(email_click over last 30d) / count(email_send over last 30d)
metric since_click = age(last(email_click.at))
metric stay = sum(page_view.stay over last 7d)
metric pricing_views = count(pricing_view over last 7d)
metric spent = sum(purchase.amount)
metric bought_today = count(purchase over this day)
condition active = exists(activity over last 7d)
segment keen { when opens >= 10 and click_rate >= 15% }
segment fresh { when age(signed_up_at) <= 30d }
segment adults { when age(born) >= 6570d }
lifecycle customer {
  stage reader { enter when opens >= 1 exit when opens == 0 next buyer }
  stage buyer { enter when spent > 0.00 }
}
"""

Segue = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "catalog.yml").write_text(CATALOG, "utf-8")
    (tmp_path / "rules.seg").write_text(RULES, "utf-8")
    (tmp_path / "tests").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def segue(project: Path) -> Segue:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments))

    return run


@pytest.fixture
def tested(project: Path, segue: Segue) -> Callable[..., Result]:
    """Runs tests given as the text under `tests:`."""

    def run(tests: str, *arguments: str) -> Result:
        text = f"as_of: 2024-05-01T12:00:00Z\ntests:\n{tests}"
        (project / "tests" / "a.test.yml").write_text(text, "utf-8")
        return segue("test", *arguments)

    return run
