"""Projects to run commands on."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from segue.runtime.cli import main

CATALOG = """\
timezone: Europe/Paris
entity:
  name: customer
  table: customers
  key: customer_id
  attributes:
    plan: {type: enum, values: [free, pro]}
    country: string?
events:
  email_open: {table: email_opens, at: opened_at}
  purchase:
    table: purchases
    at: bought_at
    properties: {amount: decimal(2), category: string?}
"""

RULES = """\
# Readers and buyers.
metric opens_30d "Opens, lately" = count(email_open over last 30d)

segment engaged "Opens a lot" {
  when opens_30d >= 10
  priority high
  cadence  weekly
  actions  premium_content, early_access
  owner    "Lifecycle | team"
}

segment newcomers "Opened a mail" {
  when opens_30d >= 1
   and country in ["FR", "BE"]
  priority critical
}
"""

EMAIL = """\
metric spent_this_month = sum(purchase.amount over this month)

segment buyers "Spent this month" {
  when spent_this_month > 100
   and in engaged
}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without faults, which is the working folder as well."""
    (tmp_path / "catalog.yml").write_text(CATALOG, "utf-8")
    (tmp_path / "rules.seg").write_text(RULES, "utf-8")
    (tmp_path / "email").mkdir()
    (tmp_path / "email" / "buyers.seg").write_text(EMAIL, "utf-8")
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "SEGUE_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def segue() -> Callable[..., Result]:
    """Runs a command line, as in `segue("check", "--format", "json")`."""

    def run(*arguments: str, input: str | None = None) -> Result:
        return CliRunner().invoke(main, arguments, input=input, prog_name="segue")

    return run
