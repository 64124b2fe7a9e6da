"""A warehouse in which it is written down who is in which segment, and runs over it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

from sqlglot import exp

from segue.compiler.types import Kind
from segue.runtime.membership.outcome import Outcome
from segue.runtime.membership.refresh import Request, refresh
from segue.runtime.membership.slots import Layout, Segment
from segue.runtime.membership.words import StagedQuery, Words, WordsQuery
from segue.runtime.warehouse.warehouse import Warehouse

START = 1_700_000_000_000_000
DAY = 86_400_000_000


def ungrouped_words(layout: Layout) -> Words:
    """The same where each person has one mark, a row for each row."""
    (words,) = marked_words(layout)
    query = words.query
    query.set("group", None)
    for total in list(query.find_all(exp.Sum)):
        total.replace(total.this)
    return (words,)


def marked_words(layout: Layout) -> Words:
    """The words of `marks`, a table with a row for each person and segment."""
    columns = [exp.column("key")]
    for word in range(layout.words):
        marks = [
            exp.Case(
                ifs=[exp.If(this=exp.column("segment").eq(s.segment), true=exp.convert(s.flag))],
                default=exp.convert(0),
            )
            for s in layout.active
            if s.word == word
        ]
        total = reduce(lambda a, b: exp.Add(this=a, expression=b), marks or [exp.convert(0)])
        columns.append(exp.alias_(exp.Sum(this=total), f"word_{word}"))
    return (StagedQuery(exp.select(*columns).from_("marks").group_by("key")),)


def in_parts(words: WordsQuery) -> WordsQuery:
    """The same words, with a query for each segment."""

    def parted(layout: Layout) -> Words:
        return tuple(
            query for slot in layout.active for query in words(replace(layout, active=(slot,)))
        )

    return parted


class World:
    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.day = 0
        self.words: WordsQuery = marked_words
        self.prepare()

    def prepare(self) -> None:
        """Makes the table."""
        self.warehouse.execute_text("CREATE TABLE marks (key VARCHAR(50), segment VARCHAR(50))")

    def people(self, **segments: str) -> None:
        """`ann="reader buyer", bob=""`: who is there, and where they belong from now on."""
        self.fill(
            [
                (key, name)
                for key, names in segments.items()
                for name in names.split() or ["nothing"]
            ]
        )

    def fill(self, marks: list[tuple[str, str]]) -> None:
        """Puts these marks in the table, in place of those before."""
        self.warehouse.execute_text("DELETE FROM marks WHERE 1 = 1")
        for key, name in marks:
            self.warehouse.execute_text(f"INSERT INTO marks VALUES ('{key}', '{name}')")

    def repeat(self, key: str) -> None:
        """From now on one more row has this key."""
        self.warehouse.execute_text(f"INSERT INTO marks VALUES ('{key}', 'nothing')")

    def run(self, segments: str | Mapping[str, str], **options: Any) -> Outcome:
        """A run of the next day, over segments with these definitions (default: their name)."""
        if isinstance(segments, str):
            segments = {name: name for name in segments.split()}
        self.day += 1
        options.setdefault("as_of", START + self.day * DAY)
        options.setdefault("ruleset", "rules")
        survey = options.pop("survey", lambda: None)
        report = options.pop("report", lambda step: None)
        request = Request(
            segments=[Segment(name, definition) for name, definition in segments.items()],
            entity="person",
            key=Kind.STRING,
            **options,
        )
        return refresh(self.warehouse, request, self.words, lambda: START, report, survey)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        if self.warehouse.dialect == "sqlite":
            query = query.replace("segue.", "segue_")
        return self.warehouse.execute_text(query)

    def members(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for segment, key in self.rows("SELECT segment, key FROM segue.members ORDER BY 1, 2"):
            found.setdefault(segment, []).append(key)
        return found

    def history(self, run: int) -> list[tuple[str, str, str, str]]:
        return self.rows(
            f"SELECT segment, key, change, reason FROM segue.history WHERE run_id = {run} "
            "ORDER BY 1, 2"
        )
