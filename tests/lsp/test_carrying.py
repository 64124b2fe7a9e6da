"""What lint rules said stays at its place while somebody types."""

from collections.abc import Callable
from pathlib import Path

import pytest
from lsprotocol import types

from segue.runtime.lsp.diagnostics import all_findings, errors_first
from segue.runtime.lsp.workspace import Workspace

CATALOG = "entity: {name: customer, table: customers, key: id}\nevents: {buy: {table: b, at: at}}"
RULES = """\
metric unused = count(buy)
segment a "All" { when true }
metric other = count(buy)
"""


def words(lines: list[str], place: types.Range) -> str:
    return lines[place.start.line][place.start.character : place.end.character]


@pytest.fixture
def typed(tmp_path: Path) -> Callable[[str], list[tuple[str, str]]]:
    """The codes and words of the findings right after the text became another one."""
    (tmp_path / "catalog.yml").write_text(CATALOG, "utf-8")
    uri = (tmp_path / "rules.seg").as_uri()
    workspace = Workspace()
    workspace.put(uri, RULES)
    all_findings(workspace)

    def change(text: str) -> list[tuple[str, str]]:
        workspace.put(uri, text)
        lines = text.split("\n")
        return [
            (
                str(f.code),
                lines[f.range.start.line][f.range.start.character : f.range.end.character],
            )
            for f in errors_first(workspace)[uri]
            if f.code in ("SEG010", "SEG401")
        ]

    return change


Typed = Callable[[str], list[tuple[str, str]]]


def test_findings_before_a_change_stay_and_those_behind_it_move(typed: Typed) -> None:
    longer = RULES.replace("when true", "when true\n   and true")

    assert typed(longer) == [("SEG401", "unused"), ("SEG401", "other")]


def test_a_finding_that_the_change_touches_goes(typed: Typed) -> None:
    assert typed(RULES.replace("unused", "unuseds")) == [("SEG401", "other")]


def test_errors_are_there_at_once(typed: Typed) -> None:
    found = typed(RULES.replace("when true", "when othr > 1"))

    assert ("SEG010", "othr") in found
    assert ("SEG401", "other") in found
