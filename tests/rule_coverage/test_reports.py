"""`segue test --coverage`: the table, the pages, and what other tools read."""

import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from segue.runtime.cli import main

CATALOG = """\
entity:
  name: customer
  table: customers
  key: id
  attributes:
    plan: {enum: [free, pro]}
    points: int?
    note: string?
events:
  open: {table: opens, at: at}
"""
RULES = """\
metric opens = count(open over last 30d)

segment keen {
  when opens >= 3
   and (plan == "pro"
    or points >= 100)
}
"""
TESTS = """\
as_of: 2025-12-01T12:00:00Z
tests:
  - name: a keen pro
    given: {attributes: {plan: pro, points: 5}, events: {open: {count: 3, every: 1d}}}
    expect: {in: [keen]}
  - name: a pro
    given: {attributes: {plan: pro}}
    expect: {not_in: [keen]}
  - name: opens only
    given: {attributes: {plan: free, points: 200}, events: {open: {count: 9, every: 1d}}}
    expect: {metrics: {opens: 9}}
"""

Segue = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "catalog.yml").write_text(CATALOG, "utf-8")
    (tmp_path / "rules.seg").write_text(RULES, "utf-8")
    (tmp_path / "rules.test.yml").write_text(TESTS, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def segue(project: Path) -> Segue:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["test", *arguments])

    return run


def test_the_table_and_what_is_not_covered(segue: Segue) -> None:
    result = segue("--coverage")
    assert result.exit_code == 0
    # The third test expects nothing of the segment, and so shows nothing about it.
    row = next(line for line in result.output.splitlines() if line.startswith(" keen"))
    assert row.split() == ["keen", "2", "3", "5", "of", "7", "1", "of", "3", "60%"]
    assert result.output.splitlines()[-2:] == [
        'rules.seg:5:9: keen: `plan == "pro"` was never false',
        "rules.seg:6:8: keen: `points >= 100` was never true, never decides",
    ]


def test_too_little_fails(segue: Segue) -> None:
    assert segue("--fail-under", "60").exit_code == 0
    result = segue("--fail-under", "60.5")
    assert result.exit_code == 1
    assert "covered 6 of 10 (60%), and --fail-under asks for 60.5%" in result.output


def test_other_output_stays_what_it_is(segue: Segue) -> None:
    result = segue("--coverage", "--format", "json")
    assert json.loads(result.stdout)["passed"] == 3
    assert "keen" in result.stderr


def test_lcov(project: Path, segue: Segue) -> None:
    segue("--coverage-lcov", "out/rules.info")
    records: dict[str, list[str]] = {}
    for line in (project / "out" / "rules.info").read_text("utf-8").splitlines():
        kind, _, rest = line.partition(":")
        records.setdefault(kind, []).append(rest)
    assert records["SF"] == ["rules.seg"]
    branches = [tuple(record.split(",")) for record in records["BRDA"]]
    # true, false, (missing,) decides: of three conditions on three lines.
    assert branches == [
        *[("4", "0", str(i), taken) for i, taken in enumerate("112")],
        *[("5", "0", str(i), taken) for i, taken in enumerate("200")],
        *[("6", "0", str(i), taken) for i, taken in enumerate("0110")],
    ]
    assert records["BRF"] == ["10"]
    assert records["BRH"] == [str(sum(taken not in "0-" for *_, taken in branches))]
    assert records["DA"] == ["4,2", "5,2", "6,2"]
    assert "end_of_record" in records


def test_json(project: Path, segue: Segue) -> None:
    segue("--coverage-json", "rules.json")
    data = json.loads((project / "rules.json").read_text("utf-8"))
    (rule,) = data["rules"]
    first = rule["conditions"][0]
    assert (first["text"], first["line"], first["pair"]) == (
        "opens >= 3",
        4,
        ["a keen pro", "a pro"],
    )
    assert first["outcomes"]["false"] == {"covered": True, "tests": ["a pro"]}


class _Page(HTMLParser):
    """The marked conditions, the lines of the source, and what would be loaded."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.marks: list[tuple[str, str]] = []
        self.source = ""
        self.loads: list[str] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in ("meta", "link", "img"):
            self._open.append(tag)
        if tag in ("script", "img", "link") or (given.get("href") or "").startswith("http"):
            self.loads.append(tag)
        if tag == "mark" and "pre" in self._open:
            self.marks.append((given.get("class") or "", ""))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "pre" in self._open:
            self.source += data
            if "mark" in self._open:
                style, text = self.marks[-1]
                self.marks[-1] = (style, text + data)


def test_pages_mark_every_condition(project: Path, segue: Segue) -> None:
    segue("--coverage-html", "site")
    page = _Page((project / "site" / "rules.seg.html").read_text("utf-8"))
    assert page.marks == [
        ("full", "opens >= 3"),
        ("part", 'plan == "pro"'),
        ("part", "points >= 100"),
    ]
    assert page.source.replace("\n", "") == RULES.replace("\n", "")
    assert page.loads == []
    assert 'href="rules.seg.html#keen"' in (project / "site" / "index.html").read_text("utf-8")


def test_pages_show_markup_in_rules_as_text(project: Path, segue: Segue) -> None:
    rules = 'segment odd { when note == "<script>alert(1)</script>" }\n'
    (project / "rules.seg").write_text(rules + RULES, "utf-8")
    segue("--coverage-html", "site")
    text = (project / "site" / "rules.seg.html").read_text("utf-8")
    assert "<script>" not in text
    assert _Page(text).marks[0][1] == 'note == "<script>alert(1)</script>"'
