"""Real git repositories with a small project in them."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from segue.runtime.cli import main

CATALOG = """
timezone: Europe/Paris
entity:
  name: customer
  table: customers
  key: customer_id
  attributes:
    country: {type: enum?, values: [DE, ES, FR]}
    email: {type: string, pii: true}
events:
  purchase:
    table: purchases
    id: order_id
    at: purchased_at
    properties:
      amount: {type: decimal(2), min: 0}
      category: string
  visit:
    table: visits
    at: visited_at
"""

RULES = """
metric orders_30d = count(purchase over last 30d)

segment buyers "Bought twice" {
  when orders_30d >= 2
  actions thanks
}

segment visitors { when exists(visit over last 7d) and not in buyers }
"""


@dataclass(frozen=True)
class Repository:
    """A project in a folder of a repository; `write` changes files, `commit` keeps them."""

    top: Path
    root: Path

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "rules")

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.top, check=True, capture_output=True)

    def diff(self, *arguments: str) -> Result:
        command = ["diff", *arguments, "--project", str(self.root)]
        return CliRunner().invoke(main, command)

    def changes(self, *arguments: str) -> dict[str, dict[str, Any]]:
        """What became of what changed, by kind and name."""
        result = self.diff("HEAD", "--format", "json", *arguments)
        assert result.exit_code == 0, result.output
        found = json.loads(result.output)["changes"]
        return {f"{c['kind']} {c['name']}": c for c in found if c["status"] != "unchanged"}

    def statuses(self) -> dict[str, str]:
        return {name: change["status"] for name, change in self.changes().items()}


def repository(folder: Path, rules: str = RULES, inside: str = "marketing/rules") -> Repository:
    """A repository with one commit of the project."""
    top = folder / "repository"
    made = Repository(top, top / inside)
    top.mkdir()
    made.git("init", "-q")
    made.write({"catalog.yml": CATALOG, "rules.seg": rules})
    made.commit()
    return made
