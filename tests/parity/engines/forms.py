"""The other forms of a statement: members alone as columns, as rows and as the bits of words,
those also from working tables and, of the largest, in parts, and the counts and conditions of large
rulesets, here whatever the size.

Asked for members alone, nothing keeps windows from being narrowed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sqlglot import exp

from parity.case import Case
from parity.engines.base import Answers
from parity.engines.sql import SqlEngine, answers, everything, possible
from segue.compiler.plan.nodes import Expr, reachable
from segue.compiler.sql import packing, row_steps, statements
from segue.compiler.sql.cuts import Steps, Write, cut
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.query import CompiledQuery, Outputs, compile_query, generate
from segue.compiler.sql.statements import WORD_BITS, compile_flags, compile_members
from segue.compiler.sql.working import TableOf
from segue.compiler.types import Kind

Truths = dict[str, dict[Any, Any]]
NEVER = 10**9
WORKING = frozenset({"duckdb", "clickhouse"})
"""The engines whose working tables are tried: one of the ordinary tests, and that which runs
with them."""
PARTED = frozenset({"duckdb", "sqlite", "postgres", "clickhouse", "mysql"})
"""The engines on which conditions are cut: those that make tables here."""


class Forms:
    """See the module. The truth of a segment is that of all forms, or says where they differ."""

    def __init__(self, engine: SqlEngine) -> None:
        self.engine = engine
        self.name = f"{engine.name} forms"

    def evaluate(self, case: Case) -> Answers:
        """The answers for every entity: of segments, and of metrics where counts are packed."""
        self.engine.load(case)
        found = self._packed(case)
        segments = possible(case.plan, self.engine.name, case.plan.segments)
        if segments:
            found |= agreed(self._truths(case, segments))
        return found

    def _packed(self, case: Case) -> Answers:
        if dialect(self.engine.name).packed is None:
            return {}
        with large():
            return self._ask(case, everything(case, self.engine.name))

    def _truths(self, case: Case, segments: tuple[str, ...]) -> dict[str, Truths]:
        name = self.engine.name
        alone = compile_query(case.plan, case.binding, name, Outputs(segments=segments))
        found = {"columns": self._ask(case, alone)}
        members = compile_members(case.plan, case.binding, name, segments)
        rows = {tuple(row) for row in self.engine.run(members.sql(pretty=False))}
        found["rows"] = {
            segment: {key: (segment, key) in rows for key in found["columns"][segment]}
            for segment in segments
        }
        with small():
            found["words"] = self._words(case, segments)
            if name in WORKING:
                found["working tables"] = self._words(case, segments, working_table)
        if dialect(name).byte is not None:
            with large():
                found["masks"] = self._words(case, segments)
        if name in PARTED:
            sizes = {s: len(reachable([case.plan.segments[s].expr])) for s in segments}
            largest = max(segments, key=sizes.__getitem__)
            found["parts"] = found["words"] | {largest: self._in_parts(case, largest)}
        return found

    def _in_parts(self, case: Case, segment: str) -> dict[Any, bool]:
        """The truth of a condition that is cut as long as it can be, also what is of rows alone."""
        name, root = self.engine.name, case.plan.segments[segment].expr
        whole = case.catalog.entity.key.type.kind is Kind.INT
        key = "BIGINT" if whole else dialect(name).text_key
        with patch.object(row_steps, "MOST", 1):
            query = Pieces(case.plan, case.binding, name, part_table, key).compile(
                root,
                lambda rest, given: compile_flags(
                    case.plan, case.binding, name, [rest], given=given
                ),
            )
        return {key: bool(word) for key, word in self._rows(query)}

    def _words(
        self, case: Case, segments: tuple[str, ...], working: TableOf | None = None
    ) -> Truths:
        roots = [case.plan.segments[name].expr for name in segments]
        name = self.engine.name
        query = compile_flags(case.plan, case.binding, name, roots, working=working)
        rows = self._rows(query)
        return {
            segment: {
                key: bool(words[place // WORD_BITS] >> place % WORD_BITS & 1)
                for key, *words in rows
            }
            for place, segment in enumerate(segments)
        }

    def _rows(self, query: CompiledQuery) -> list[Any]:
        """The rows of a query, its tables made before it and dropped after it."""
        name = self.engine.name
        for made in query.working:
            # A case that failed may have left it.
            drop = exp.Drop(tables=[made.table], kind="TABLE", exists=True)
            self.engine.run(generate(drop, name, pretty=False))
            create = exp.Create(this=made.table, kind="TABLE", expression=made.query)
            create.set("properties", exp.Properties(expressions=[exp.TemporaryProperty()]))
            self.engine.run(generate(create, name, pretty=False))
        rows = list(self.engine.run(query.sql(pretty=False)))
        for made in query.working:
            drop = exp.Drop(tables=[made.table], kind="TABLE")
            self.engine.run(generate(drop, name, pretty=False))
        return rows

    def _ask(self, case: Case, query: CompiledQuery) -> Answers:
        return answers(case, query.columns, self.engine.run(query.sql(pretty=False)))


class Pieces(Steps):
    """Parts as small as can be."""

    def _fitting(self, root: Expr, write: Write) -> CompiledQuery:
        while found := cut(self.plan.graph, root):
            self._keep(found)
            root = found.rest
        return write(root, self._given(root))


def part_table(title: str) -> exp.Table:
    """The table of a part."""
    return exp.to_table(f"working_{title}")


def working_table(step: str) -> exp.Table:
    """The table of a step."""
    return exp.to_table(f"working_{step}")


def agreed(found: dict[str, Truths]) -> Answers:
    """What all forms say of each entity, or else what each says."""
    first, *others = found.values()
    return {
        segment: {
            key: truth
            if all(other[segment].get(key) is truth for other in others)
            else str({form: truths[segment].get(key) for form, truths in found.items()})
            for key, truth in by_key.items()
        }
        for segment, by_key in first.items()
    }


@contextmanager
def large() -> Iterator[None]:
    """Every ruleset is as large as those whose counts are packed and conditions are masks."""
    with patch.object(packing, "MANY", 0), patch.object(statements, "MANY", 0):
        yield


@contextmanager
def small() -> Iterator[None]:
    """No ruleset is."""
    with patch.object(packing, "MANY", NEVER), patch.object(statements, "MANY", NEVER):
        yield
